"""Endpoints of one model, and of several containers.

https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-direct.html tell what is expected here.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import serving
from local_cloud.testing.sagemaker.data import IMAGE

Make = Callable[..., dict[str, Any]]
# In which formats containers answer requests that do not say; XGBoost's of one model in CSV.
AS_CSV, AS_JSON = ({"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": kind} for kind in ("text/csv", "application/json"))


def _url(name: str) -> str:
    return f"s3://{serving.BUCKET}/{name}/model.tar.gz"


def _container(name: str, **changes: Any) -> dict[str, Any]:
    return {"Image": IMAGE, "ModelDataUrl": _url(name), **changes}


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=serving.BUCKET)
    for name, answer in (("three", 3.0), ("five", 5.0)):
        serving.put_model(cloud, f"{name}/model.tar.gz", answer)
    return serving.role(cloud, "serving")


@pytest.fixture(scope="module")
def make(cloud: RunningCloud, role: str) -> Make:
    """Makes a model, its configuration and its endpoint, and describes that once it serves or has failed."""
    client = cloud.client("sagemaker", ACCOUNT)

    def model(name: str, **request: Any) -> dict[str, Any]:
        client.create_model(ModelName=name, **{"ExecutionRoleArn": role, **request})
        variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        client.create_endpoint(EndpointName=name, EndpointConfigName=name)
        return serving.settled(cloud, name)

    return model


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return serving.runtime(cloud)


def _ask(client: Any, name: str, **changes: Any) -> tuple[Any, str]:
    answer = client.invoke_endpoint(**{"EndpointName": name, "ContentType": "text/csv", "Body": "0"} | changes)
    body = answer["Body"].read().decode()
    return json.loads(body) if answer["ContentType"] == "application/json" else body, answer["ContentType"]


def _refusal(client: Any, name: str, **changes: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        _ask(client, name, **changes)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_a_model_serves_alone(make: Make, client: Any) -> None:
    assert make("single", PrimaryContainer=_container("three", Mode="SingleModel"))["EndpointStatus"] == "InService"

    # ``algorithm_mode/serve.py`` of XGBoost's container, which is not what serves many models.
    assert _ask(client, "single") == ("3.0\n", "text/csv")
    assert _ask(client, "single", Accept="text/csv", Body="0\n0") == ("3.0\n3.0\n", "text/csv")
    as_json = {"predictions": [{"score": 3.0}]}
    assert _ask(client, "single", Accept="application/json") == (as_json, "application/json")
    code, said = _refusal(client, "single", Body="0,1")
    assert code == "ModelError"
    assert 'Received client error (415) from primary with message "the model takes 1 features, got 2 in row' in said
    # https://github.com/aws/amazon-sagemaker-examples/issues/1026
    assert _refusal(client, "single", TargetModel="m.tar.gz") == (
        "ValidationError",
        "Endpoint single is not a multi-model endpoint and does not support target model header.",
    )
    code, said = _refusal(client, "single", TargetContainerHostname="primary")
    assert code == "ValidationError"
    assert "takes no TargetContainerHostname" in said


def test_a_version_of_the_registry_serves(cloud: RunningCloud, make: Make, client: Any) -> None:
    registry = cloud.client("sagemaker", ACCOUNT)
    registry.create_model_package_group(ModelPackageGroupName="group")
    specification = {
        "Containers": [_container("five", Environment=AS_CSV)],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    package = registry.create_model_package(ModelPackageGroupName="group", InferenceSpecification=specification)
    container = {"ModelPackageName": package["ModelPackageArn"]}

    assert make("version", Containers=[container])["EndpointStatus"] == "InService"
    assert registry.describe_model(ModelName="version")["Containers"] == [container]
    assert _ask(client, "version") == ("5.0\n", "text/csv")
    assert "from container-1 with message" in _refusal(client, "version", Body="0,1")[1]


def test_the_answer_of_one_container_is_the_request_of_the_next(make: Make, client: Any) -> None:
    containers = [_container("three", Environment=AS_CSV), _container("five")]
    assert make("pipeline", Containers=containers)["EndpointStatus"] == "InService"

    assert _ask(client, "pipeline") == ("5.0\n", "text/csv")
    # What the client accepts is for the last one.
    as_json = {"predictions": [{"score": 5.0}] * 2}
    assert _ask(client, "pipeline", Accept="application/json", Body="0\n0") == (as_json, "application/json")
    assert "from container-1 with message" in _refusal(client, "pipeline", Body="a")[1]


def test_a_container_answers_in_the_format_that_is_its_own_default(make: Make, client: Any) -> None:
    # https://github.com/aws/amazon-sagemaker-examples/issues/729: whatever the client accepts.
    first = _container("three", ContainerHostname="first", Environment=AS_JSON)
    make("json-between", Containers=[first, _container("five", ContainerHostname="second")])
    assert (
        'from second with message "application/json is not an accepted'
        in _refusal(client, "json-between", Accept="text/csv")[1]
    )


def test_a_request_names_the_container_that_answers_it_directly(cloud: RunningCloud, make: Make, client: Any) -> None:
    containers = [_container("three", ContainerHostname="a"), _container("five", ContainerHostname="b")]
    make("direct", Containers=containers, InferenceExecutionConfig={"Mode": "Direct"})

    described = cloud.client("sagemaker", ACCOUNT).describe_model(ModelName="direct")
    assert described["InferenceExecutionConfig"] == {"Mode": "Direct"}
    assert [_ask(client, "direct", TargetContainerHostname=name)[0] for name in "ab"] == ["3.0\n", "5.0\n"]
    for changes in ({}, {"TargetContainerHostname": "c"}):
        code, said = _refusal(client, "direct", **changes)
        assert code == "ValidationError"
        assert "['a', 'b']" in said


def test_a_pipeline_may_end_in_many_models(cloud: RunningCloud, make: Make, client: Any) -> None:
    serving.put_model(cloud, "many/seven.tar.gz", 7.0)
    many = {
        "Image": IMAGE,
        "Mode": "MultiModel",
        "ModelDataUrl": f"s3://{serving.BUCKET}/many/",
        "Environment": AS_CSV,
    }
    make("many", Containers=[_container("three", Environment=AS_CSV), many])

    assert _ask(client, "many", TargetModel="seven.tar.gz") == ("7.0", "text/csv")
    assert _refusal(client, "many")[0] == "ValidationError"


def test_an_artifact_that_is_no_model_fails_the_endpoint(cloud: RunningCloud, make: Make) -> None:
    cloud.client("s3", ACCOUNT).put_object(Bucket=serving.BUCKET, Key="broken/model.tar.gz", Body=b"no archive")
    broken = make("broken", PrimaryContainer=_container("broken"))
    assert broken["EndpointStatus"] == "Failed"
    assert (
        f'Failed to extract model data archive for container "container_1" from URL "{_url("broken")}".'
        in (broken["FailureReason"])
    )
    empty = make("empty", PrimaryContainer={"Image": IMAGE})
    assert empty["EndpointStatus"] == "Failed"
    assert empty["FailureReason"].startswith(
        "The primary container for production variant v did not pass the ping health check."
    )
    assert "got nothing" in empty["FailureReason"]


def test_an_artifact_that_went_since_fails_the_endpoint(cloud: RunningCloud, make: Make, role: str) -> None:
    client, name = cloud.client("sagemaker", ACCOUNT), "gone-since"
    serving.put_model(cloud, "gone-since/model.tar.gz", 1.0)
    client.create_model(ModelName="before", ExecutionRoleArn=role, PrimaryContainer=_container(name))
    cloud.client("s3", ACCOUNT).delete_object(Bucket=serving.BUCKET, Key="gone-since/model.tar.gz")
    variant = {"VariantName": "v", "ModelName": "before", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert serving.settled(cloud, name)["FailureReason"].startswith(
        f'Failed to download model data for container "container_1" from URL: "{_url(name)}".'
    )


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"PrimaryContainer": _container("nowhere")}, f"Could not find model data at {_url('nowhere')}."),
        (
            {"PrimaryContainer": _container("three"), "ExecutionRoleArn": "blind"},
            "Could not access model data at s3://",
        ),
        ({"PrimaryContainer": {"ModelPackageName": "nobodys"}}, "ModelPackage nobodys does not exist"),
        (
            {"Containers": [{"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://b/k/"}] * 2},
            "More than one container in MultiModel mode is not supported with inference pipeline.",
        ),
        (
            {"Containers": [_container("three", ContainerHostname="a"), _container("five")]},
            "Either all containers have a ContainerHostname or none",
        ),
        ({"Containers": [_container("three", ContainerHostname="a")] * 2}, "['a'] more than once"),
        ({"Containers": [_container("three")] * 16}, "at most 15 containers, got 16"),
        (
            {
                "PrimaryContainer": _container(
                    "three",
                    ModelDataSource={
                        "S3DataSource": {"S3Uri": "s3://b/k", "S3DataType": "S3Object", "CompressionType": "Gzip"}
                    },
                )
            },
            "either ModelDataUrl or ModelDataSource",
        ),
    ],
)
def test_a_model_that_aws_refuses_is_refused(
    cloud: RunningCloud, role: str, request_: dict[str, Any], said: str
) -> None:
    asked = {"ExecutionRoleArn": role, **request_}
    if asked["ExecutionRoleArn"] == "blind":
        asked["ExecutionRoleArn"] = serving.role(cloud, "blind", without="s3:GetObject")
    with pytest.raises(ClientError) as refused:
        cloud.client("sagemaker", ACCOUNT).create_model(ModelName="refused", **asked)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert said in refused.value.response["Error"]["Message"]
