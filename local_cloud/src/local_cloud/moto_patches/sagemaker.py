"""Faults of moto's SageMaker."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    from local_cloud.moto_patches import sagemaker_answers

    sagemaker_answers.install()
    idempotent_model_packages()
    existing_names()
    raw_bodies()


@patching.owner
def idempotent_model_packages() -> None:
    """CreateModelPackage ignores ClientToken, so that a retry makes a second version."""
    from moto.sagemaker.models import SageMakerModelBackend

    create = SageMakerModelBackend.create_model_package

    def create_model_package(self: Any, **request: Any) -> str:
        token = request.get("client_token")
        for package in self.model_packages.values():
            same_group = package.model_package_group_name == request.get("model_package_group_name")
            if token and same_group and package.client_token == token:
                return str(package.arn)
        return str(create(self, **request))

    patching.replace(SageMakerModelBackend, "create_model_package", create_model_package)


@patching.owner
def existing_names() -> None:
    """CreateModel and CreateEndpointConfig overwrite what exists; AWS refuses."""
    from moto.sagemaker.exceptions import AWSValidationException
    from moto.sagemaker.models import SageMakerModelBackend

    create_model = SageMakerModelBackend.create_model
    create_config = SageMakerModelBackend.create_endpoint_config

    def refuse(kind: str, arn: str) -> None:
        raise AWSValidationException(f'Cannot create already existing {kind} "{arn}".')

    def create_model_once(self: Any, model_name: str, *rest: Any, **named: Any) -> Any:
        if model_name in self._models:
            refuse("model", self._models[model_name].arn)
        return create_model(self, model_name, *rest, **named)

    def create_config_once(self: Any, endpoint_config_name: str, *rest: Any, **named: Any) -> Any:
        if endpoint_config_name in self.endpoint_configs:
            refuse("endpoint configuration", self.endpoint_configs[endpoint_config_name].arn)
        return create_config(self, endpoint_config_name, *rest, **named)

    patching.replace(SageMakerModelBackend, "create_model", create_model_once)
    patching.replace(SageMakerModelBackend, "create_endpoint_config", create_config_once)


@patching.owner
def raw_bodies() -> None:
    """The body of InvokeEndpoint is read as UTF-8, and what is none answered with status 500; AWS passes it on."""
    from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

    patching.replace(SageMakerRuntimeResponse, "use_raw_body", True)
