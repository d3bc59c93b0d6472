import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import data
from local_cloud.testing.waiting import until

ENDPOINT = "endpoint"
PREFIX = "served/"
ROW = ",".join(data.lines()[0].split(",")[1:])


def _artifact(cloud: RunningCloud, job: str) -> str:
    return f"models/{job}/output/model.tar.gz"


def _put(cloud: RunningCloud, job: str, target: str) -> None:
    cloud.client("s3", ACCOUNT).copy_object(
        Bucket=data.BUCKET, Key=f"{PREFIX}{target}", CopySource={"Bucket": data.BUCKET, "Key": _artifact(cloud, job)}
    )


def _config(cloud: RunningCloud, name: str, role_arn: str, *, prefix: str = PREFIX) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_model(
        ModelName=name,
        ExecutionRoleArn=role_arn,
        PrimaryContainer={
            "Image": data.IMAGE,
            "Mode": "MultiModel",
            "ModelDataUrl": f"s3://{data.BUCKET}/{prefix}",
        },
    )
    assert "Containers" not in client.describe_model(ModelName=name)
    variant = {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def _status(cloud: RunningCloud, name: str = ENDPOINT) -> str:
    return str(cloud.client("sagemaker", ACCOUNT).describe_endpoint(EndpointName=name)["EndpointStatus"])


def _in_service(cloud: RunningCloud, name: str = ENDPOINT) -> None:
    until(lambda: _status(cloud, name) == "InService" or None)


def _invoke(cloud: RunningCloud, target: str, body: str = ROW) -> float:
    answer = cloud.client("sagemaker-runtime", ACCOUNT).invoke_endpoint(
        EndpointName=ENDPOINT, TargetModel=target, ContentType="text/csv", Accept="text/csv", Body=body
    )
    return float(answer["Body"].read())


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    data.upload(cloud)
    return data.role(cloud, "serving")


@pytest.fixture(scope="module")
def serving(cloud: RunningCloud, role: str) -> Iterator[RunningCloud]:
    """Two jobs' artifacts and an endpoint that has the first of them as ``a`` and the second as ``b``."""
    data.train(cloud, "first", role)
    data.train(cloud, "second", role, num_round="2", eta="0.05")
    for job, target in (("first", "a.tar.gz"), ("second", "b.tar.gz")):
        assert data.ended(cloud, job)["TrainingJobStatus"] == "Completed"
        _put(cloud, job, target)
    _config(cloud, "config-1", role)
    cloud.client("sagemaker", ACCOUNT).create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="config-1")
    assert _status(cloud) == "Creating"
    _in_service(cloud)
    yield cloud
    cloud.client("sagemaker", ACCOUNT).delete_endpoint(EndpointName=ENDPOINT)


def test_each_target_model_answers_for_itself(serving: RunningCloud) -> None:
    # The first patient's tumour is malignant (label 0): more rounds are surer of it.
    strong, weak = _invoke(serving, "a.tar.gz"), _invoke(serving, "b.tar.gz")
    assert 0 <= strong < weak < 0.63


def test_an_unknown_target_model_is_a_validation_error(serving: RunningCloud) -> None:
    with pytest.raises(ClientError) as raised:
        _invoke(serving, "missing.tar.gz")
    assert raised.value.response["Error"]["Code"] == "ValidationError"
    assert f"{PREFIX}missing.tar.gz" in raised.value.response["Error"]["Message"]


def test_a_multi_model_endpoint_needs_a_target_model(serving: RunningCloud) -> None:
    with pytest.raises(ClientError) as raised:
        serving.client("sagemaker-runtime", ACCOUNT).invoke_endpoint(EndpointName=ENDPOINT, Body=ROW)
    assert raised.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize("body", ["1,2,3", "a,b,c", ""])
def test_a_request_that_the_model_does_not_take_is_a_model_error(serving: RunningCloud, body: str) -> None:
    with pytest.raises(ClientError) as raised:
        _invoke(serving, "a.tar.gz", body)
    assert raised.value.response["Error"]["Code"] == "ModelError"
    assert dict(raised.value.response)["OriginalStatusCode"] == 503


def test_an_overwritten_artifact_is_served_after_an_update_only(serving: RunningCloud, role: str) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/add-models-to-endpoint.html warns against overwriting.
    client = serving.client("sagemaker", ACCOUNT)
    before, other = _invoke(serving, "a.tar.gz"), _invoke(serving, "b.tar.gz")
    _put(serving, "second", "a.tar.gz")
    assert _invoke(serving, "a.tar.gz") == before
    _config(serving, "config-2", role)
    client.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="config-2")
    assert _status(serving) == "Updating"
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint") as raised:
        client.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="config-2")
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert _invoke(serving, "a.tar.gz") in {before, other}
    _in_service(serving)
    assert client.describe_endpoint(EndpointName=ENDPOINT)["EndpointConfigName"] == "config-2"
    assert _invoke(serving, "a.tar.gz") == other


def test_an_update_to_the_same_or_a_missing_configuration_is_refused(serving: RunningCloud) -> None:
    client = serving.client("sagemaker", ACCOUNT)
    current = client.describe_endpoint(EndpointName=ENDPOINT)["EndpointConfigName"]
    for name in (current, "missing"):
        with pytest.raises(ClientError) as raised:
            client.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName=name)
        assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert _status(serving) == "InService"


def test_names_are_used_once(serving: RunningCloud, role: str) -> None:
    with pytest.raises(ClientError, match="already existing"):
        _config(serving, "config-1", role)
    with pytest.raises(ClientError, match="already existing endpoint"):
        serving.client("sagemaker", ACCOUNT).create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="config-1")


@pytest.mark.parametrize(
    ("instance_type", "key", "said"), [("ml.m5d.large", "alias/k", "KmsKeyId"), ("ml.m6g.large", None, "Arm")]
)
def test_instances_that_cannot_serve_are_refused(
    serving: RunningCloud, instance_type: str, key: str | None, said: str
) -> None:
    variant = {"VariantName": "v", "ModelName": "config-1", "InstanceType": instance_type, "InitialInstanceCount": 1}
    request = {"EndpointConfigName": "refused", "ProductionVariants": [variant], **({"KmsKeyId": key} if key else {})}
    with pytest.raises(ClientError, match=said) as raised:
        serving.client("sagemaker", ACCOUNT).create_endpoint_config(**request)
    assert raised.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("accept", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}])
def test_json_is_a_list_and_the_default(serving: RunningCloud, accept: dict[str, str]) -> None:
    # https://github.com/aws/sagemaker-xgboost-container/blob/v3.0-5/src/sagemaker_xgboost_container/algorithm_mode/handler_service.py
    answer = serving.client("sagemaker-runtime", ACCOUNT).invoke_endpoint(
        EndpointName=ENDPOINT, TargetModel="b.tar.gz", ContentType="text/csv", Body=f"{ROW}\n{ROW}", **accept
    )
    assert json.loads(answer["Body"].read()) == [_invoke(serving, "b.tar.gz")] * 2
    assert answer["ContentType"] == "application/json"


def test_csv_is_one_line_for_all_rows(serving: RunningCloud) -> None:
    answer = serving.client("sagemaker-runtime", ACCOUNT).invoke_endpoint(
        EndpointName=ENDPOINT, TargetModel="b.tar.gz", ContentType="text/csv", Accept="text/csv", Body=f"{ROW}\n{ROW}"
    )
    expected = str(_invoke(serving, "b.tar.gz"))
    assert answer["Body"].read().decode() == f"{expected},{expected}"
