"""Refuses instance types that cannot do what is asked of them.

AWS documents that it refuses a key for volumes of types with local storage, not in which words; and it starts a
container on a processor that cannot run it, where the job or endpoint then fails. Here both are refused at once.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import instance_types

# https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
_GPU = re.compile(r"ml\.(g|gr|p)[0-9]")


def check(instance_type: str | None, *, key_id: str | None, member: str) -> None:
    """Refuse a type with the key of its volumes, or for the processor; all images here are built for x86_64.

    Args:
        instance_type: of the job or variant; None for a request without instances.
        key_id: of the KMS key for its volumes, if any.
        member: the API's name of that key.

    Raises:
        AWSValidationException: with the reason.
    """
    if instance_type is None:
        return
    if key_id and (reason := instance_types.takes_no_key(instance_type)):
        raise AWSValidationException(f"You can't request a {member}: {reason}")
    if reason := instance_types.runs_no_x86(instance_type):
        raise AWSValidationException(reason)


def check_cluster(cluster: Mapping[str, Any] | None) -> None:
    """Refuse what a ResourceConfig or ClusterConfig asks for.

    Raises:
        AWSValidationException: with the reason.
    """
    asked = cluster or {}
    check(asked.get("InstanceType"), key_id=asked.get("VolumeKmsKeyId"), member="VolumeKmsKeyId")


def check_gpu(instance_type: str | None, *, image: str) -> None:
    """Refuse a type without a GPU for an image that there is for GPUs only.

    Args:
        instance_type: of the job; None for a request without instances.
        image: name of the image.

    Raises:
        AWSValidationException: with what to do.
    """
    if instance_type is not None and not _GPU.match(instance_type):
        raise AWSValidationException(
            f"{instance_type} has no GPU, and there is {image} for GPUs only: take a type with one, for example"
            " ml.g4dn.xlarge, or the image pytorch-training with transformers in the script's requirements.txt"
        )


def check_variants(variants: Iterable[Mapping[str, Any]], *, key_id: str | None) -> None:
    """Refuse what an endpoint configuration asks for.

    Raises:
        AWSValidationException: with the reason.
    """
    for variant in variants:
        check(variant.get("InstanceType"), key_id=key_id, member="KmsKeyId")
