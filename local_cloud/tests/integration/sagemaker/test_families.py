"""A family of images is a folder: put it where the others are, and it trains and serves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.sagemaker.family_server import running
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.archives import member, packed
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker import data, serving
from local_cloud.testing.waiting import until

MEAN = Path(__file__).parent / "mean"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
IMAGE, INFERENCE = f"{REGISTRY}/mean-of-labels:1", f"{REGISTRY}/mean-of-labels:1-inference"
BUCKET, ENDPOINT = "families", "mean"
METRICS = [{"Name": "mean", "Regex": "mean=(.*);"}]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A server of this package with one folder more."""
    with running(tmp_path_factory.mktemp("package"), MEAN) as found:
        found.client("s3", ACCOUNT).create_bucket(Bucket=BUCKET)
        yield found


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    return make_role(cloud, "sagemaker", everything, trust={"Service": "sagemaker.amazonaws.com"})


def _train(
    cloud: RunningCloud, name: str, role_arn: str, rows: str = "", *, image: str = IMAGE, metrics: Any = METRICS
) -> dict[str, Any]:
    cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key=f"{name}/part.csv", Body=rows.encode())
    place = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/"}}
    cloud.client("sagemaker", ACCOUNT).create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File", "MetricDefinitions": metrics},
        RoleArn=role_arn,
        HyperParameters={"factor": "10"},
        InputDataConfig=[{"ChannelName": "train", "DataSource": place}],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
    )
    return data.ended(cloud, name)


@pytest.fixture(scope="module")
def trained(cloud: RunningCloud, role: str) -> dict[str, Any]:
    return _train(cloud, "trained", role, "1,7\n3,7\n8,7\n")


@pytest.fixture(scope="module")
def endpoint(cloud: RunningCloud, trained: dict[str, Any], role: str) -> Any:
    """A client of an endpoint that serves what was trained as ``m.tar.gz``, from the image that only serves."""
    s3, client = cloud.client("s3", ACCOUNT), cloud.client("sagemaker", ACCOUNT)
    key = trained["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{BUCKET}/")
    s3.copy_object(Bucket=BUCKET, Key="served/m.tar.gz", CopySource={"Bucket": BUCKET, "Key": key})
    s3.put_object(Bucket=BUCKET, Key="served/empty.tar.gz", Body=packed(member("else", b"-")))
    container = {"Image": INFERENCE, "Mode": "MultiModel", "ModelDataUrl": f"s3://{BUCKET}/served/"}
    client.create_model(ModelName=ENDPOINT, ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {"VariantName": "v", "ModelName": ENDPOINT, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName=ENDPOINT, ProductionVariants=[variant])
    client.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=ENDPOINT)
    status = until(
        lambda: None if (found := serving.describe(cloud, ENDPOINT))["EndpointStatus"] == "Creating" else found
    )
    assert status["EndpointStatus"] == "InService", status.get("FailureReason")
    return serving.runtime(cloud)


def _ask(client: Any, target: str = "m.tar.gz", **changes: Any) -> Any:
    request = {"ContentType": "application/json", "Accept": "text/x-any", "Body": b'{"rows": 2}'}
    return client.invoke_endpoint(EndpointName=ENDPOINT, TargetModel=target, **request | changes)


def test_it_trains_and_the_job_defines_its_metrics(trained: dict[str, Any]) -> None:
    assert trained["TrainingJobStatus"] == "Completed", trained.get("FailureReason")
    # Ten times a third of 1 + 3 + 8.
    assert [(item["MetricName"], item["Value"]) for item in trained["FinalMetricDataList"]] == [("mean", 40)]
    assert trained["AlgorithmSpecification"]["MetricDefinitions"] == METRICS


def test_it_serves_in_its_own_words(endpoint: Any) -> None:
    answer = _ask(endpoint)
    assert json.loads(answer["Body"].read()) == {"means": [40, 40], "for": "text/x-any"}
    assert answer["ContentType"] == "application/x-means"


def test_its_answer_may_be_any_bytes(endpoint: Any) -> None:
    answer = _ask(endpoint, Accept="application/octet-stream")
    # -40 as IEEE 754 has it, which is no UTF-8.
    assert answer["Body"].read() == bytes.fromhex("00000000000044c0")
    assert answer["ContentType"] == "application/octet-stream"


@pytest.mark.parametrize("content_type", ["text/csv", None])
def test_a_request_that_it_does_not_take_is_refused_with_its_status(endpoint: Any, content_type: str | None) -> None:
    said = {"ContentType": content_type} if content_type else {}
    with pytest.raises(ClientError, match=f"{content_type or 'nothing'} is not application/json") as raised:
        endpoint.invoke_endpoint(EndpointName=ENDPOINT, TargetModel="m.tar.gz", Body=b"1", **said)
    assert raised.value.response["Error"]["Code"] == "ModelError"
    assert dict(raised.value.response)["OriginalStatusCode"] == 415


def test_an_artifact_that_is_no_model_of_it_is_refused(endpoint: Any) -> None:
    with pytest.raises(ClientError, match=r"Failed to load model empty.tar.gz: the artifact has no parts/mean.json"):
        _ask(endpoint, "empty.tar.gz")


def test_data_that_it_cannot_train_with_fails_the_job(cloud: RunningCloud, role: str) -> None:
    job = _train(cloud, "nothing", role)
    assert job["FailureReason"] == "AlgorithmError: the channel train has no label, exit code: 1"


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        (
            {"image": f"{REGISTRY}/median:1"},
            "NotEmulated",
            r"no image 'median:1'.*'mean-of-labels:1'.*'sagemaker-xgboost:3.0-5'",
        ),
        ({"image": INFERENCE}, "NotEmulated", "'mean-of-labels:1-inference' does not train"),
        (
            {"metrics": [{"Name": "m", "Regex": "("}]},
            "ValidationException",
            r"Regex of metric m is '\(', no regular expression",
        ),
        ({"metrics": [{"Name": "m", "Regex": "m=.*"}]}, "ValidationException", "needs a group around the value"),
    ],
)
def test_what_no_image_does_is_refused_by_name(
    cloud: RunningCloud, role: str, changes: dict[str, Any], code: str, said: str
) -> None:
    with pytest.raises(ClientError, match=said) as raised:
        _train(cloud, "refused", role, "1,1\n", **changes)
    assert raised.value.response["Error"]["Code"] == code
