"""What AWS answered for a job of the SageMaker SDK with XGBoost 1.5-1, beside what its request said."""

import re

import pytest

from local_cloud.containers.sagemaker.image import Image
from local_cloud.services.sagemaker import images, training_defaults
from local_cloud.testing.sagemaker.data import IMAGE


def test_the_output_has_a_key_that_is_empty() -> None:
    assert training_defaults.output({"S3OutputPath": "s3://b/o"}) == {
        "KmsKeyId": "",
        "S3OutputPath": "s3://b/o",
        "CompressionType": "GZIP",
    }
    assert training_defaults.output({"S3OutputPath": "s3://b/o", "KmsKeyId": "key"})["KmsKeyId"] == "key"


def test_a_channel_says_how_its_data_are_packed_and_shared_out() -> None:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train"}
    assert training_defaults.channel({"ChannelName": "train", "DataSource": {"S3DataSource": source}}) == {
        "ChannelName": "train",
        "DataSource": {"S3DataSource": {**source, "S3DataDistributionType": "FullyReplicated"}},
        "CompressionType": "None",
        "RecordWrapperType": "None",
    }


def test_an_algorithm_of_sagemakers_own_defines_its_metrics() -> None:
    told = training_defaults.algorithm({"TrainingImage": IMAGE, "TrainingInputMode": "File"})

    assert told["EnableSageMakerMetricsTimeSeries"] is False
    defined = {item["Name"]: item["Regex"] for item in told["MetricDefinitions"]}
    assert defined["train:rmse"] == r".*\[[0-9]+\].*#011train-rmse:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"
    found = re.search(defined["validation:auc"], "[12]#011train-auc:0.5#011validation-auc:0.25")
    assert found is not None
    assert found[1] == "0.25"
    # MetricDefinitions has at most 40.
    assert len(defined) <= 40


def test_other_images_have_the_metrics_of_their_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "declared", lambda: {"own:1": Image(name="own:1", packages=(), train="own")})
    mine = [{"Name": "loss", "Regex": "loss=(.*)"}]

    assert training_defaults.with_metrics({"TrainingImage": "own:1", "MetricDefinitions": mine}) == {
        "TrainingImage": "own:1",
        "MetricDefinitions": mine,
    }
    assert training_defaults.with_metrics({"TrainingImage": "own:1"}) == {"TrainingImage": "own:1"}
