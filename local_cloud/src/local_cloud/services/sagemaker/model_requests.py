"""What of CreateModel and CreateEndpointConfig AWS refuses and moto takes.

AWS documents what it allows, not in which words it refuses the rest:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html and API_ProductionVariant.html.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.kernel import patching
from local_cloud.services.sagemaker import instances, network


@patching.owner
def install() -> None:
    """CreateModel and CreateEndpointConfig take what AWS refuses, and CreateModel forgets EnableNetworkIsolation."""
    from moto.sagemaker.responses import SageMakerResponse

    create, create_config = SageMakerResponse.create_model, SageMakerResponse.create_endpoint_config

    def create_model(self: Any) -> Any:
        check_containers(self._get_param("PrimaryContainer"), self._get_param("Containers") or ())
        network.check(self._get_param("VpcConfig"), account_id=self.current_account, region=self.region)
        answer = create(self)
        model = self.sagemaker_backend._models[self._get_param("ModelName")]  # noqa: SLF001  # moto has no other way
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
    patching.replace(SageMakerResponse, "create_endpoint_config", create_endpoint_config)


def check_containers(primary: Mapping[str, Any] | None, containers: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a model with both, or with neither.

    Raises:
        AWSValidationException: with the reason.
    """
    if bool(primary) == bool(containers):
        got = "both" if primary else "neither"
        raise AWSValidationException(f"A model has either PrimaryContainer or Containers, got {got}.")


def check_names(variants: Sequence[Mapping[str, Any]]) -> None:
    """Refuse two variants of one name.

    Raises:
        AWSValidationException: with the names.
    """
    again = sorted(name for name, count in Counter(str(item["VariantName"]) for item in variants).items() if count > 1)
    if again:
        raise AWSValidationException(f"Each production variant needs a name of its own, got {again} more than once.")
