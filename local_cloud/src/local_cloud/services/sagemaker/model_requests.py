"""What of CreateModel and CreateEndpointConfig AWS refuses and moto takes.

AWS documents what it allows, not in which words it refuses the rest:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html and API_ProductionVariant.html.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.kernel import patching
from local_cloud.kernel.errors import AccessDeniedError
from local_cloud.services.sagemaker import choices, container_definitions, fleet_start, instances, network
from local_cloud.services.sagemaker.container_definitions import Definition, NoPackageError
from local_cloud.services.sagemaker.model_data import ModelDataSourceError, NoModelDataError
from local_cloud.services.sagemaker.s3_uri import S3UriError

_MOST_CONTAINERS = 15


@patching.owner
def install() -> None:
    """CreateModel and CreateEndpointConfig take what AWS refuses, and CreateModel forgets EnableNetworkIsolation."""
    from moto.sagemaker.responses import SageMakerResponse

    create, create_config = SageMakerResponse.create_model, SageMakerResponse.create_endpoint_config

    def create_model(self: Any) -> Any:
        primary, containers = self._get_param("PrimaryContainer"), self._get_param("Containers") or ()
        check_containers(primary, containers)
        network.check(self._get_param("VpcConfig"), account_id=self.current_account, region=self.region)
        check_model_data(_definitions(self, primary, containers), self._get_param("ExecutionRoleArn"), _arn(self))
        answer = create(self)
        model = self.sagemaker_backend._models[self._get_param("ModelName")]  # noqa: SLF001  # moto has no other way
        model.inference_execution_config = self._get_param("InferenceExecutionConfig")
        model.enable_network_isolation = bool(self._get_param("EnableNetworkIsolation"))
        # DescribeModel shows the members that the request had.
        model.primary_container = model.primary_container or None
        return answer

    def create_endpoint_config(self: Any) -> Any:
        variants = self._get_param("ProductionVariants") or ()
        check_names(variants)
        instances.check_variants(variants, key_id=self._get_param("KmsKeyId"))
        return create_config(self)

    patching.replace(SageMakerResponse, "create_model", create_model)
    patching.replace(
        SageMakerResponse,
        "create_endpoint_config",
        choices.checked(create_endpoint_config, "CreateEndpointConfig"),
    )


@patching.owner
def instance_types() -> None:
    """CreateEndpointConfig takes the instance types of some years ago only; those of today are looked at before."""
    from moto.sagemaker.models import FakeEndpointConfig

    patching.replace(FakeEndpointConfig, "validate_instance_type", lambda *_: None)


def check_containers(primary: Mapping[str, Any] | None, containers: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a model with both, or with neither, and containers that cannot be told apart.

    Raises:
        AWSValidationException: with the reason.
    """
    if bool(primary) == bool(containers):
        got = "both" if primary else "neither"
        raise AWSValidationException(f"A model has either PrimaryContainer or Containers, got {got}.")
    if len(containers) > _MOST_CONTAINERS:
        raise AWSValidationException(f"A model has at most {_MOST_CONTAINERS} containers, got {len(containers)}.")
    if sum(item.get("Mode") == "MultiModel" for item in containers) > 1:
        # https://github.com/OElesin/sagemaker-autopilot-step-functions/issues/10
        raise AWSValidationException(
            "More than one container in MultiModel mode is not supported with inference pipeline."
        )
    names = [str(item["ContainerHostname"]) for item in containers if item.get("ContainerHostname")]
    if names and len(names) < len(containers):
        raise AWSValidationException(f"Either all containers have a ContainerHostname or none, got {names}.")
    again = sorted(name for name, count in Counter(names).items() if count > 1)
    if again:
        raise AWSValidationException(
            f"Each container needs a ContainerHostname of its own, got {again} more than once."
        )


def check_model_data(definitions: Sequence[Definition], role_arn: str, model_arn: str) -> None:
    """Refuse a model whose artifact is not there, or cannot be read by its execution role.

    AWS looks when a model is made, and for what lies below the prefix of many models when they are served:
    https://github.com/aws/aws-step-functions-data-science-sdk-python/issues/61 has its words for the first, and
    https://github.com/aws/sagemaker-python-sdk/issues/3755 those for the second.

    Raises:
        AWSValidationException: with the reason.
    """
    for data in (item.data for item in definitions if item.data is not None):
        try:
            data.check(fleet_start.session_of(role_arn, source_arn=model_arn))
        except S3UriError as error:
            raise AWSValidationException(str(error)) from error
        except (NoModelDataError, AccessDeniedError) as error:
            if isinstance(error, NoModelDataError) and error.missing:
                raise AWSValidationException(f"Could not find model data at {data.uri}.") from error
            raise AWSValidationException(
                f'Could not access model data at {data.uri}. Please ensure that the role "{role_arn}" exists and that'
                ' its trust relationship policy allows the action "sts:AssumeRole" for the service principal'
                ' "sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the'
                f" object is located in {model_arn.split(':')[3]}."
            ) from error


def _definitions(
    self: Any, primary: Mapping[str, Any] | None, containers: Sequence[Mapping[str, Any]]
) -> Sequence[Definition]:
    try:
        return container_definitions.of(primary, containers, backend=self.sagemaker_backend)
    except (NoPackageError, ModelDataSourceError) as error:
        raise AWSValidationException(str(error)) from error


def _arn(self: Any) -> str:
    return f"arn:aws:sagemaker:{self.region}:{self.current_account}:model/{self._get_param('ModelName')}".lower()


def check_names(variants: Sequence[Mapping[str, Any]]) -> None:
    """Refuse two variants of one name.

    Raises:
        AWSValidationException: with the names.
    """
    again = sorted(name for name, count in Counter(str(item["VariantName"]) for item in variants).items() if count > 1)
    if again:
        raise AWSValidationException(f"Each production variant needs a name of its own, got {again} more than once.")
