"""Instance types that cannot do what is asked of them.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html: "You can't request a VolumeKmsKeyId
when using an instance type with local storage."
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import instances, processing_calls, training_calls, tuning_requests
from local_cloud.testing.sagemaker import tuning
from local_cloud.testing.sagemaker.data import IMAGE

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
Call = Callable[[str, str | None], None]


def _cluster(instance_type: str, key: str | None) -> dict[str, Any]:
    asked: dict[str, Any] = {"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": 1}
    return asked | ({"VolumeKmsKeyId": key} if key else {})


def _training(instance_type: str, key: str | None) -> None:
    training_calls.check(
        algorithm={"TrainingImage": IMAGE},
        resources=_cluster(instance_type, key),
        stopping={},
        spot=False,
        inputs=[],
        hyperparameters={},
        environment={},
    )


def _tuning(instance_type: str, key: str | None) -> None:
    request = copy.deepcopy(tuning.request("t", "arn:aws:iam::111111111111:role/tuning"))
    request["TrainingJobDefinition"]["ResourceConfig"] = _cluster(instance_type, key)
    tuning_requests.check(request)


def _processing(instance_type: str, key: str | None) -> None:
    processing_calls.check(
        {
            "ProcessingJobName": "p",
            "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3"]},
            "ProcessingResources": {"ClusterConfig": _cluster(instance_type, key)},
        }
    )


def _endpoint_config(instance_type: str, key: str | None) -> None:
    instances.check_variants([{"VariantName": "v", "InstanceType": instance_type}], key_id=key)


CALLS = pytest.mark.parametrize("call", [_training, _tuning, _processing, _endpoint_config])


@CALLS
@pytest.mark.parametrize("instance_type", ["ml.m5d.large", "ml.g4dn.xlarge", "ml.p5.48xlarge", "ml.g99.large"])
def test_a_key_for_local_storage_is_refused(call: Call, instance_type: str) -> None:
    call(instance_type, None)
    with pytest.raises(AWSValidationException, match=rf"You can't request a (Volume)?KmsKeyId: {instance_type} "):
        call(instance_type, KEY)


@CALLS
@pytest.mark.parametrize("key", [KEY, None])
def test_graviton_is_refused(call: Call, key: str | None) -> None:
    call("ml.m5.large", key)
    with pytest.raises(AWSValidationException, match=r"ml\.m7g\.large has an Arm processor"):
        call("ml.m7g.large", key)


def test_a_variant_without_instances_is_none_of_this() -> None:
    instances.check_variants([{"VariantName": "v", "ServerlessConfig": {"MemorySizeInMB": 1024}}], key_id=KEY)
