"""The SageMaker SDK v3, by its own classes and a shell's variables alone."""

from integration.sagemaker_sdk.conftest import Client
from local_cloud.testing.roles import ACCOUNT


def test_it_trains_with_an_image_of_sagemakers_own(client: Client) -> None:
    told = client(".venv-sagemaker-v3", "train.py")

    bucket = f"sagemaker-us-east-1-{ACCOUNT}"
    assert (told["bucket"], told["status"]) == (bucket, "Completed")
    assert told["model"].startswith(f"s3://{bucket}/rides/models/rides-")
    assert told["model"].endswith("/output/model.tar.gz")
    # The prices differ by 10 from their mean (distances of 1 to 20 at 1.5, minutes of 5 to 60 at 0.4): it learned them.
    assert 0 < told["metrics"]["train:rmse"] < 1
