"""The requests for a batch transform job and for the SageMaker model that it asks, whoever starts it.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be transformed.

    Args:
        model: whose approved version answers.
        source: S3 URI of a file, or what the URIs of files begin with.
        target: S3 URI of the folder for the results.
        content_type: of the files; None for what the version takes first.
        accept: of the results; None for what the version answers first.
        input_filter: InputFilter; None for whole records.
        joins: whether the records stand before their answers.
        output_filter: OutputFilter; None for all.
        instance_type: of the job.
        instance_count: of the job.
    """

    model: str
    source: str
    target: str
    content_type: str | None = None
    accept: str | None = None
    input_filter: str | None = None
    joins: bool = False
    output_filter: str | None = None
    instance_type: str = "ml.m5.large"
    instance_count: int = 1


# What a container of CreateModel shares with one of a registered version.
_MEMBERS = ("Image", "ModelDataUrl", "Environment")


def containers(specification: Mapping[str, Any]) -> dict[str, Any]:
    """PrimaryContainer, or Containers, of CreateModel for a registered version.

    They are written out as deployments write them. Whether CreateModel takes the name of a version that nobody has
    approved, which the training account may serve, is nowhere documented.

    Args:
        specification: InferenceSpecification of the version.
    """
    found = [{name: each[name] for name in _MEMBERS if name in each} for each in specification["Containers"]]
    return {"PrimaryContainer": found[0]} if len(found) == 1 else {"Containers": found}


def request(
    order: Order,
    *,
    sagemaker_model: str,
    specification: Mapping[str, Any],
    key_id: str | None = None,
    volume_key_id: str | None = None,
) -> dict[str, Any]:
    """CreateTransformJob without its name and tags.

    Args:
        order: what is to be transformed.
        sagemaker_model: name of the SageMaker model that answers.
        specification: InferenceSpecification of the version.
        key_id: of the KMS key that encrypts the results; None for that of S3.
        volume_key_id: of the KMS key that encrypts the instances' volumes; None for one of SageMaker.
    """
    content_type = order.content_type or specification["SupportedContentTypes"][0]
    accept = order.accept or specification["SupportedResponseMIMETypes"][0]
    data = {"InputFilter": order.input_filter, "OutputFilter": order.output_filter}
    filters = {member: path for member, path in data.items() if path is not None}
    joined = {"JoinSource": "Input"} if order.joins else {}
    return {
        "ModelName": sagemaker_model,
        # A document in JSON is one request; rows are sent as many as fit.
        "BatchStrategy": "SingleRecord" if content_type == "application/json" else "MultiRecord",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": order.source}},
            "ContentType": content_type,
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": order.target,
            "Accept": accept,
            "AssembleWith": "Line",
            **({"KmsKeyId": key_id} if key_id else {}),
        },
        "TransformResources": {
            "InstanceType": order.instance_type,
            "InstanceCount": order.instance_count,
            **({"VolumeKmsKeyId": volume_key_id} if volume_key_id else {}),
        },
        **({"DataProcessing": filters | joined} if filters or joined else {}),
    }
