"""What AWS refuses: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html"""

from typing import Any

import pytest
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import container_definitions, transform_checks, transform_settings
from local_cloud.services.sagemaker.servable import Served
from local_cloud.services.sagemaker.transform_settings import Settings


def _request(data: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    request: dict[str, Any] = {
        "TransformJobName": "job",
        "ModelName": "model",
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://in/a/"}}},
        "TransformOutput": {"S3OutputPath": "s3://out/b"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    for member in ("ContentType", "SplitType", "CompressionType"):
        if member in changes:
            request["TransformInput"][member] = changes.pop(member)
    for member in ("Accept", "AssembleWith"):
        if member in changes:
            request["TransformOutput"][member] = changes.pop(member)
    return request | changes | ({"DataProcessing": data} if data else {})


CSV = {"ContentType": "text/csv", "Accept": "text/csv", "SplitType": "Line", "AssembleWith": "Line"}
LINES = CSV | {"ContentType": "application/jsonlines", "Accept": "application/jsonlines"}
JSON = {"ContentType": "application/json", "Accept": "application/json"}


@pytest.mark.parametrize(
    "request_",
    [
        _request(),
        _request(MaxPayloadInMB=0, MaxConcurrentTransforms=100),
        _request(MaxPayloadInMB=100, MaxConcurrentTransforms=0),
        _request({"InputFilter": "$", "JoinSource": "None", "OutputFilter": "$"}),
        _request({"JoinSource": "Input"}, **CSV),
        _request({"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}, **CSV),
        _request({"InputFilter": "$.features", "JoinSource": "Input", "OutputFilter": "$['id','SageMakerOutput']"}, **LINES),
        _request({"JoinSource": "Input"}, **JSON),
        # As AWS's own tutorials ask, the first without AssembleWith, the second with two forms.
        _request({"InputFilter": "$[1:]"}, ContentType="text/csv", Accept="text/csv", SplitType="Line"),
        _request({"InputFilter": "$[:14]", "OutputFilter": "$['class']"}, **CSV | {"Accept": "application/json"}),
    ],
)  # fmt: skip
def test_what_is_allowed(request_: dict[str, Any]) -> None:
    transform_checks.check(request_)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (_request(TransformJobName="a_b"), "transformJobName"),
        (_request(TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 101}), "1 to 100 are allowed"),
        (_request(TransformResources={"InstanceType": "ml.m5d.large", "InstanceCount": 1, "VolumeKmsKeyId": "k"}), "local NVMe"),
        (_request(Environment={f"V{number}": "1" for number in range(17)}), "17 entries, 16 are allowed"),
        (_request(TransformOutput={"S3OutputPath": "out"}), "no S3 URI"),
        (_request(MaxPayloadInMB=101), "MaxPayloadInMB is 101, 0 to 100"),
        (_request(MaxConcurrentTransforms=17), r"17 \* 6, it must not be more than 100"),
        (_request(MaxPayloadInMB=50, MaxConcurrentTransforms=3), r"3 \* 50, it must not be more than 100"),
        (_request({"InputFilter": "features"}, **LINES), "must begin with"),
        (_request({"InputFilter": "$.features"}, **CSV), "InputFilter of text/csv takes columns by their index"),
        (_request({"OutputFilter": "$['class']"}, **CSV), "OutputFilter of text/csv takes columns by their index"),
        (_request({"InputFilter": "$[0]"}, **CSV | {"ContentType": "text/libsvm"}), "ContentType to be one of"),
        (_request({"InputFilter": "$[0]"}), "ContentType to be one of .*, got none"),
        (_request({"OutputFilter": "$[0]"}, ContentType="text/csv", SplitType="Line"), "Accept to be one of .*, got none"),
        (_request({"JoinSource": "Input"}, **CSV | {"Accept": "application/json"}), "Accept must be the same as ContentType"),
        (_request({"JoinSource": "Input"}, **CSV | {"AssembleWith": "None"}), "AssembleWith must be the same as SplitType"),
        (_request({"JoinSource": "Input"}, **CSV | {"AssembleWith": "None", "SplitType": "None"}), "need the SplitType Line"),
        (_request({"InputFilter": "$[0]"}, **CSV | {"SplitType": "None"}), "need the SplitType Line, got None"),
        (_request({"OutputFilter": "$[0]"}, **CSV | {"AssembleWith": "None"}), "need AssembleWith Line, got None"),
    ],
)  # fmt: skip
def test_what_is_refused(request_: dict[str, Any], said: str) -> None:
    with pytest.raises(AWSValidationException) as raised:
        transform_checks.check(request_)
    assert raised.match(said)


def test_an_augmented_manifest_is_refused() -> None:
    request = _request()
    request["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = "AugmentedManifestFile"
    with pytest.raises(AWSValidationException) as raised:
        transform_checks.check(request)
    assert raised.match("AugmentedManifestFile is not compatible")


@pytest.mark.parametrize(
    ("definition", "is_direct", "said"),
    [
        ({"Mode": "MultiModel", "ModelDataUrl": "s3://b/p/"}, False, "m has many"),
        ({"ModelDataUrl": "s3://b/m.tar.gz"}, True, "names no target container"),
        (
            {"ModelDataSource": {"S3DataSource": {"S3Uri": "s3://b/m", "S3DataType": "S3Object", "CompressionType": "Gzip"}}},
            False,
            "SageMaker Batch currently doesn't support Model entity",
        ),
    ],
)  # fmt: skip
def test_models_that_no_transform_job_takes(definition: dict[str, Any], is_direct: bool, said: str) -> None:
    plain = {"Image": "i", "ModelDataUrl": "s3://b/first.tar.gz"}
    transform_checks.check_model(_served(plain), [plain])
    definitions = [plain, {"Image": "i"} | definition]
    with pytest.raises(AWSValidationException) as raised:
        transform_checks.check_model(_served(*definitions, is_direct=is_direct), definitions)
    assert raised.match(said)


def _served(*definitions: dict[str, Any], is_direct: bool = False) -> Served:
    containers = container_definitions.of(None, definitions, backend=None)
    return Served(name="m", role_arn="arn:aws:iam::1:role/r", containers=containers, is_direct=is_direct)


def test_defaults_are_those_of_the_documentation() -> None:
    settings = Settings.of(_request())
    assert settings.described == "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"
    assert (settings.timeout_seconds, settings.retries, settings.split_type) == (600, 3, "None")
    assert Settings.of(_request(ModelClientConfig={"InvocationsMaxRetries": 0})).retries == 0
    assert Settings.of(_request(MaxPayloadInMB=0)).most_bytes == 0


def test_the_containers_are_told_of_the_job_and_what_it_sets() -> None:
    assert transform_settings.environment(_request()) == {"SAGEMAKER_BATCH": "true"}
    request = _request(
        BatchStrategy="SingleRecord", MaxPayloadInMB=0, MaxConcurrentTransforms=2, Environment={"COLOUR": "blue"}
    )
    assert transform_settings.environment(request) == {
        "COLOUR": "blue",
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "2",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "0",
    }
