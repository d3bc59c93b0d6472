"""SageMaker: jobs and endpoints that really run."""

from typing import Any

from local_cloud.kernel import patching
from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import model_registry as registry_patches
    from local_cloud.moto_patches import sagemaker as patches
    from local_cloud.services.sagemaker import (
        listings,
        model_requests,
        processing_calls,
        registry,
        resource_search,
        training_calls,
        transform_calls,
        tuning_calls,
    )

    training_calls.install()
    tuning_calls.install()
    processing_calls.install()
    transform_calls.install()
    model_requests.install()
    model_requests.instance_types()
    listings.install()
    resource_search.install()
    _endpoints()
    _invocations()
    registry.install()
    patches.install()
    registry_patches.install()


@patching.owner
def _invocations() -> None:
    """InvokeEndpoint answers what a test queued before; here a model that runs answers."""
    from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

    from local_cloud.services.sagemaker import invocations

    patching.replace(SageMakerRuntimeResponse, "invoke_endpoint", invocations.invoke_endpoint)


@patching.owner
def _endpoints() -> None:
    """Endpoints are records that nothing stands behind, and UpdateEndpoint is missing."""
    from moto.core.responses import ActionResult
    from moto.sagemaker.exceptions import AWSValidationException
    from moto.sagemaker.models import SageMakerModelBackend
    from moto.sagemaker.responses import SageMakerResponse

    from local_cloud.services.sagemaker import capacity, endpoints

    create_endpoint = SageMakerModelBackend.create_endpoint
    delete_endpoint = SageMakerModelBackend.delete_endpoint
    answer_create = SageMakerResponse.create_endpoint

    def create_real_endpoint(self: Any, endpoint_name: str, endpoint_config_name: str, tags: Any) -> Any:
        if endpoint_name in self.endpoints:
            arn = self.endpoints[endpoint_name].arn
            raise AWSValidationException(f'Cannot create already existing endpoint "{arn}".')
        if endpoint_config_name in self.endpoint_configs:
            endpoints.check_servable(self, endpoint_config_name)
        endpoint = create_endpoint(
            self, endpoint_name=endpoint_name, endpoint_config_name=endpoint_config_name, tags=tags
        )
        endpoints.create(endpoint)
        return endpoint

    def create_endpoint_with_config(self: Any) -> Any:
        config = self._get_param("DeploymentConfig")
        endpoints.check_deployment_config(config, self.sagemaker_backend, self._get_param("EndpointConfigName"))
        answer = answer_create(self)
        self.sagemaker_backend.endpoints[self._get_param("EndpointName")].last_deployment_config = config
        return answer

    def update_endpoint(self: Any) -> Any:
        backend, name = self.sagemaker_backend, self._get_param("EndpointName")
        backend.describe_endpoint(name)
        order = endpoints.Update(
            config_name=self._get_param("EndpointConfigName"),
            deployment_config=self._get_param("DeploymentConfig"),
            retain=bool(self._get_param("RetainAllVariantProperties")),
            exclude=tuple(
                item["VariantPropertyType"] for item in self._get_param("ExcludeRetainedVariantProperties") or ()
            ),
            reuse_deployment_config=bool(self._get_param("RetainDeploymentConfig")),
        )
        endpoints.update(backend.endpoints[name], order)
        return ActionResult({"EndpointArn": backend.endpoints[name].arn})

    def update_weights_and_capacities(self: Any, endpoint_name: str, desired_weights_and_capacities: Any) -> str:
        self.describe_endpoint(endpoint_name)
        capacity.update(self.endpoints[endpoint_name], desired_weights_and_capacities)
        return str(self.endpoints[endpoint_name].arn)

    def delete_real_endpoint(self: Any, endpoint_name: str) -> None:
        self.describe_endpoint(endpoint_name)
        endpoints.delete(self.endpoints[endpoint_name])
        delete_endpoint(self, endpoint_name)

    patching.replace(SageMakerModelBackend, "create_endpoint", create_real_endpoint)
    patching.replace(SageMakerModelBackend, "delete_endpoint", delete_real_endpoint)
    patching.replace(SageMakerModelBackend, "update_endpoint_weights_and_capacities", update_weights_and_capacities)
    patching.replace(SageMakerResponse, "create_endpoint", create_endpoint_with_config)
    patching.replace(SageMakerResponse, "update_endpoint", update_endpoint)


def _end_interrupted() -> None:
    """Jobs and endpoint operations that were under way when the server stopped."""
    from moto.sagemaker.models import sagemaker_backends

    from local_cloud.services.sagemaker import endpoints
    from local_cloud.services.sagemaker.training import TrainingJob

    for regions in list(sagemaker_backends.values()):
        for backend in list(regions.values()):
            for job in backend.training_jobs.values():
                TrainingJob(job).interrupted()
            for job in backend.processing_jobs.values():
                job.interrupted()
            for job in backend.transform_jobs.values():
                job.interrupted()
            for job in backend.hyper_parameter_tuning_jobs.values():
                job.interrupted()
            for endpoint in backend.endpoints.values():
                endpoints.after_restore(endpoint)


def _endpoint_faults(order: dict[str, Any]) -> dict[str, Any]:
    from local_cloud.services.sagemaker import faults

    return faults.order(order)


# Deployments watch alarms, and endpoints write metrics.
SERVICE = Service(
    name="sagemaker",
    backends=("sagemaker", "sagemakerruntime", "sagemakermetrics"),
    keeps=("sagemaker",),
    needs=("cloudwatch",),
    patch=_patch,
    resume=_end_interrupted,
    orders={"endpoint_faults": _endpoint_faults},
)
