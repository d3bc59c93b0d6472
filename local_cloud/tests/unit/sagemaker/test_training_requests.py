"""What CreateTrainingJob refuses before a job is there, and what a container is told of its channels."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import channels, images, s3_uri, training_calls
from local_cloud.services.sagemaker.s3_uri import S3UriError
from local_cloud.testing.sagemaker import data

CHANNEL: dict[str, Any] = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}},
}
SOURCE = ("inputs", 0, "DataSource", "S3DataSource")


def _request() -> dict[str, Any]:
    return copy.deepcopy(
        {
            "algorithm": {"TrainingImage": data.IMAGE, "TrainingInputMode": "File"},
            "resources": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "stopping": {"MaxRuntimeInSeconds": 60},
            "spot": False,
            "inputs": [CHANNEL],
            "hyperparameters": {"num_round": "1"},
            "environment": {},
        }
    )


def _check(*path: str | int, value: Any) -> None:
    request = _request()
    part: Any = request
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    training_calls.check(**request)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            ("hyperparameters", "sagemaker_program"),
            "t.py",
            "no script mode, which sagemaker_program asks for: leave it",
        ),
        (("hyperparameters", "sagemaker_submit_directory"), "s3://a/b", "which sagemaker_submit_directory asks for"),
        (("environment", "SAGEMAKER_PROGRAM"), "t.py", "no script mode, which SAGEMAKER_PROGRAM asks for"),
        (
            ("algorithm", "ContainerEntrypoint"),
            ["bash"],
            "runs no programs of its user's: leave ContainerEntrypoint out",
        ),
    ],
)
def test_an_image_of_one_algorithm_runs_no_scripts(
    monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...], value: Any, said: str
) -> None:
    own = replace(images.find(data.IMAGE).image, script=None)
    monkeypatch.setattr(images, "declared", lambda: {own.name: own})
    with pytest.raises(NotEmulatedError, match=said):
        _check(*path, value=value)


def test_a_launcher_that_is_not_here_is_refused() -> None:
    _check("hyperparameters", "sagemaker_mpi_enabled", value="false")
    _check("hyperparameters", "sagemaker_torch_distributed_enabled", value="true")
    with pytest.raises(NotEmulatedError, match="does not emulate sagemaker_mpi_enabled: start the script by torchrun"):
        _check("hyperparameters", "sagemaker_mpi_enabled", value="true")


def test_an_image_for_gpus_wants_an_instance_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(images.find(data.IMAGE).image, needs_gpu=True)
    monkeypatch.setattr(images, "declared", lambda: {own.name: own})
    for instance in ("ml.g4dn.xlarge", "ml.p3.2xlarge", "ml.gr6.4xlarge"):
        _check("resources", "InstanceType", value=instance)
    with pytest.raises(AWSValidationException, match=r"ml.m5.large has no GPU, and there is .* for GPUs only: take"):
        training_calls.check(**_request())


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("algorithm", "ContainerArguments"), ["-c"], "ContainerArguments without ContainerEntrypoint"),
        (("algorithm", "TrainingInputMode"), "Pipe", "3.0-5' reads no pipes, which InputMode Pipe of channel 'train' asks"),
        (("resources", "InstanceCount"), 2, "'sagemaker-xgboost:3.0-5' trains on one instance, got 2"),
        (("checkpoints",), {"S3Uri": "s3://a/b", "LocalPath": "/home/c"}, "below /opt/ml, got LocalPath '/home/c'"),
        (("checkpoints",), {"S3Uri": "s3://a/b", "LocalPath": "/opt/ml"}, "below /opt/ml, got LocalPath '/opt/ml'"),
        (("checkpoints",), {"S3Uri": "s3://a/b", "LocalPath": "/opt/ml/../c"}, "got LocalPath '/opt/ml/../c'"),
        (("checkpoints",), {"S3Uri": "https://example.com/b"}, "CheckpointConfig: .* is no URL of S3"),
        (("inputs", 0, "DataSource"), {}, "DataSource of channel 'train' is empty, name an S3DataSource"),
        (("inputs",), [CHANNEL, CHANNEL], r"the channels \['train'\] are there twice"),
        ((*SOURCE, "S3Uri"), "bucket/train", "'inputDataConfig.1.member.dataSource.s3DataSource.s3Uri' failed to"),
        ((*SOURCE, "S3Uri"), "https://example.com/bucket/train", "is no URL of S3: write s3://bucket/key"),
    ],
)  # fmt: skip
def test_a_job_that_is_refused(path: tuple[str | int, ...], value: Any, said: str) -> None:
    with pytest.raises((AWSValidationException, NotEmulatedError), match=said):
        _check(*path, value=value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*SOURCE, "S3Uri"), "https://s3.us-east-1.amazonaws.com/bucket/train"),
        (("inputs",), []),
        (("environment", "LOG_LEVEL"), "debug"),
        (("checkpoints",), {"S3Uri": "s3://a", "LocalPath": "/opt/ml/checkpoints/"}),
    ],
)
def test_a_job_that_is_taken(path: tuple[str | int, ...], value: Any) -> None:
    _check(*path, value=value)


@pytest.mark.parametrize(("checkpoints", "wait"), [(True, 86400), (False, 3600), (False, 3601)])
def test_spot_instances_for_an_algorithm_without_checkpoints(
    monkeypatch: pytest.MonkeyPatch, checkpoints: bool, wait: int
) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html: "limited to 3600 seconds"
    image = images.find(data.IMAGE).image
    assert image.built_in
    changed = replace(image, built_in=replace(image.built_in, checkpoints=checkpoints))
    monkeypatch.setattr(images, "declared", lambda: {image.name: changed})
    request = _request() | {"spot": True, "stopping": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": wait}}
    if wait == 3601:
        with pytest.raises(AWSValidationException, match=r"MaxWaitTimeInSeconds 3601\. .* at most 3600 are allowed"):
            training_calls.check(**request)
    else:
        training_calls.check(**request)


def test_a_container_is_told_of_its_channels_as_aws_tells_it() -> None:
    sharded = copy.deepcopy(CHANNEL) | {"ChannelName": "validation", "ContentType": "text/csv", "InputMode": "FastFile"}
    sharded["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    whole = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
    # Without a content type there is none, not a null: https://github.com/aws/sagemaker-python-sdk/issues/1422
    assert channels.input_data_config([CHANNEL, sharded]) == {
        "train": whole,
        "validation": whole | {"ContentType": "text/csv", "S3DistributionType": "ShardedByS3Key"},
    }


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("s3://bucket", ("bucket", "")),
        ("s3://bucket/a b/%20?c#d", ("bucket", "a b/%20?c#d")),
        ("https://s3.amazonaws.com/bucket/a/b", ("bucket", "a/b")),
        ("https://s3.us-east-1.amazonaws.com/bucket/a/", ("bucket", "a/")),
        ("https://s3-us-west-2.amazonaws.com/bucket/a", ("bucket", "a")),
        ("https://s3.dualstack.eu-central-1.amazonaws.com/bucket/a", ("bucket", "a")),
        ("https://s3.cn-north-1.amazonaws.com.cn/bucket/a", ("bucket", "a")),
        ("https://s3.us-gov-west-1.amazonaws.com/bucket/a", ("bucket", "a")),
        ("https://bucket.s3.us-east-1.amazonaws.com/a/b", ("bucket", "a/b")),
        ("https://my.bucket.s3.amazonaws.com/a%20b", ("my.bucket", "a b")),
        ("https://bucket.s3.amazonaws.com", ("bucket", "")),
    ],
)
def test_a_uri_of_s3(uri: str, place: tuple[str, str]) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    assert s3_uri.split(uri) == place


@pytest.mark.parametrize(
    "uri",
    ["bucket/a", "", "http://s3.amazonaws.com/b/a", "https://s3.amazonaws.com/", "https://s3.example.com/b", "s3:///a"],
)
def test_no_uri_of_s3(uri: str) -> None:
    with pytest.raises(S3UriError, match="S3"):
        s3_uri.split(uri)
