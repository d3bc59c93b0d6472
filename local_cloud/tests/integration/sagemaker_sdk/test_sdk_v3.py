"""The SageMaker SDK v3, by its own classes and a shell's variables alone."""

from typing import Any

import pytest

from integration.sagemaker_sdk.conftest import Client
from local_cloud.kernel import opt_ml
from local_cloud.testing.roles import ACCOUNT


@pytest.fixture(scope="module")
def told(client: Client) -> dict[str, Any]:
    return client(".venv-sagemaker-v3", "train.py")


def test_it_trains_with_an_image_of_sagemakers_own(told: dict[str, Any]) -> None:
    bucket = f"sagemaker-us-east-1-{ACCOUNT}"
    assert (told["bucket"], told["status"]) == (bucket, "Completed")
    assert told["model"].startswith(f"s3://{bucket}/rides/models/rides-")
    assert told["model"].endswith("/output/model.tar.gz")
    # The prices differ by 10 from their mean (distances of 1 to 20 at 1.5, minutes of 5 to 60 at 0.4): it learned them.
    assert 0 < told["metrics"]["train:rmse"] < 1


def test_it_runs_a_script_on_two_instances(told: dict[str, Any]) -> None:
    if not opt_ml.is_own():
        assert "an /opt/ml of its own" in told["script"]["refused"]
        return
    assert told["script"]["status"] == "Completed"
    # Twice the sum of 1, 2 and 3.
    one = {"product": 12, "sklearn": "1.2.1", "hosts": '["algo-1", "algo-2"]'}
    assert told["script"]["told"] == {"algo-1.json": one, "algo-2.json": one}
