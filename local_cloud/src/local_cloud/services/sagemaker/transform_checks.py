"""What of CreateTransformJob AWS refuses.

AWS documents what it allows, not in which words it refuses the rest, unless a message is said to be its own.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import instances, job_names, s3_uri, transform_data
from local_cloud.services.sagemaker.s3_uri import S3UriError
from local_cloud.services.sagemaker.servable import Served
from local_cloud.services.sagemaker.transform_paths import PathError
from local_cloud.services.sagemaker.transform_settings import Settings

_MOST_MEGABYTES = 100
_MOST_VARIABLES = 16
_MOST_INSTANCES = 100


def check(request: Mapping[str, Any]) -> Settings:
    """Refuse what AWS refuses of a request, but for its model.

    Args:
        request: CreateTransformJob's input.

    Raises:
        AWSValidationException: AWS refuses it.
    """
    job_names.check(request["TransformJobName"], member="transformJobName", longest=63)
    resources = request["TransformResources"]
    instances.check_cluster(resources)
    if not 1 <= resources["InstanceCount"] <= _MOST_INSTANCES:
        raise _invalid(f"InstanceCount is {resources['InstanceCount']}, 1 to {_MOST_INSTANCES} are allowed")
    if len(request.get("Environment") or {}) > _MOST_VARIABLES:
        raise _invalid(f"Environment has {len(request['Environment'])} entries, {_MOST_VARIABLES} are allowed")
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] == "AugmentedManifestFile":
        raise _invalid("S3DataType AugmentedManifestFile is not compatible with batch transform, use S3Prefix")
    for uri in (source["S3Uri"], request["TransformOutput"]["S3OutputPath"]):
        _check_uri(uri)
    try:
        settings = Settings.of(request)
    except PathError as error:
        raise _invalid(str(error)) from error
    _check_payload(request, settings)
    _check_data(request, settings)
    return settings


def check_model(model: Served, definitions: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a model that no transform job takes.

    Args:
        model: as it can be served.
        definitions: of its containers, as CreateModel got them.

    Raises:
        AWSValidationException: AWS refuses it; of ModelDataSource in its own words
            (https://github.com/aws/sagemaker-python-sdk/issues/4777).
    """
    if any(container.prefix is not None for container in model.containers):
        raise _invalid(
            f"Batch transform names no target model, and {model.name} has many: use a model whose containers have the"
            " mode SingleModel"
        )
    if model.is_direct:
        raise _invalid(
            f"Batch transform names no target container, and {model.name} has several of which a request names one:"
            " use a model with the InferenceExecutionConfig Serial"
        )
    if any(definition.get("ModelDataSource") for definition in definitions):
        raise _invalid(
            "SageMaker Batch currently doesn't support Model entity with container definitions which use"
            " ModelDataSource attribute"
        )


def _check_payload(request: Mapping[str, Any], settings: Settings) -> None:
    if not 0 <= settings.megabytes <= _MOST_MEGABYTES:
        raise _invalid(f"MaxPayloadInMB is {settings.megabytes}, 0 to {_MOST_MEGABYTES} are allowed")
    concurrent = request.get("MaxConcurrentTransforms") or 0
    if not 0 <= concurrent * settings.megabytes <= _MOST_MEGABYTES:
        raise _invalid(
            f"MaxConcurrentTransforms * MaxPayloadInMB is {concurrent} * {settings.megabytes}, it must not be more than"
            f" {_MOST_MEGABYTES}"
        )


def _check_data(request: Mapping[str, Any], settings: Settings) -> None:
    data, given, output = settings.data, request["TransformInput"], request["TransformOutput"]
    if data.joins or not data.input_filter.is_root:
        _check_form("ContentType", given.get("ContentType"), data.sent)
    if data.joins or not data.output_filter.is_root:
        _check_form("Accept", output.get("Accept"), data.answered)
    if data.joins and data.sent != data.answered:
        raise _invalid(
            f"With JoinSource Input, Accept must be the same as ContentType, got {output.get('Accept')} and"
            f" {given.get('ContentType')}"
        )
    assembled = output.get("AssembleWith") or "None"
    if data.joins and assembled != settings.split_type:
        raise _invalid(
            f"With JoinSource Input, AssembleWith must be the same as SplitType, got {assembled} and"
            f" {settings.split_type}"
        )
    _check_filter("InputFilter", data.input_filter.is_root, by_index=data.input_filter.by_index, form=data.sent)
    _check_filter("OutputFilter", data.output_filter.is_root, by_index=data.output_filter.by_index, form=data.answered)
    if (data.joins or not data.input_filter.is_root) and data.sent == "csv" and settings.split_type != "Line":
        raise _invalid(f"With text/csv, InputFilter and JoinSource need the SplitType Line, got {settings.split_type}")
    if (data.joins or not data.output_filter.is_root) and data.answered == "csv" and assembled != "Line":
        raise _invalid(f"With text/csv, OutputFilter and JoinSource need AssembleWith Line, got {assembled}")


def _check_form(member: str, value: str | None, form: str | None) -> None:
    if form is None:
        raise _invalid(
            f"DataProcessing needs {member} to be one of {list(transform_data.FORMS)}, got {value or 'none'}"
        )


def _check_filter(member: str, is_root: bool, *, by_index: bool, form: str | None) -> None:
    if not is_root and form == "csv" and not by_index:
        raise _invalid(f"{member} of text/csv takes columns by their index only, for example $[1:] or $[0,-1]")


def _check_uri(uri: str) -> None:
    try:
        s3_uri.split(uri)
    except S3UriError as error:
        raise _invalid(str(error)) from error


def _invalid(message: str) -> AWSValidationException:
    return AWSValidationException(message)
