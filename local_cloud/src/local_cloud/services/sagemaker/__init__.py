"""SageMaker: training jobs and multi-model endpoints that really run."""

from typing import Any

from local_cloud.kernel.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Make jobs and endpoints real, and add the calls that moto lacks."""
    from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

    from local_cloud.kernel import state
    from local_cloud.moto_patches import model_registry as registry_patches
    from local_cloud.moto_patches import sagemaker as patches
    from local_cloud.services.sagemaker import (
        instances,
        invocations,
        network,
        processing_calls,
        registry,
        training_calls,
        tuning_calls,
    )

    training_calls.install()
    tuning_calls.install()
    processing_calls.install()
    network.install()
    instances.install()
    _install_endpoints()
    registry.install()
    SageMakerRuntimeResponse.invoke_endpoint = invocations.invoke_endpoint
    state.on_restore(_end_interrupted)
    patches.install()
    registry_patches.install()


def _install_endpoints() -> None:
    from moto.core.responses import ActionResult
    from moto.sagemaker.exceptions import AWSValidationException
    from moto.sagemaker.models import SageMakerModelBackend
    from moto.sagemaker.responses import SageMakerResponse

    from local_cloud.kernel import control
    from local_cloud.services.sagemaker import capacity, endpoints, faults

    create_endpoint = SageMakerModelBackend.create_endpoint
    delete_endpoint = SageMakerModelBackend.delete_endpoint
    answer_create = SageMakerResponse.create_endpoint

    def create_real_endpoint(self: Any, endpoint_name: str, endpoint_config_name: str, tags: Any) -> Any:
        if endpoint_name in self.endpoints:
            arn = self.endpoints[endpoint_name].arn
            raise AWSValidationException(f'Cannot create already existing endpoint "{arn}".')
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

    SageMakerModelBackend.create_endpoint = create_real_endpoint
    SageMakerModelBackend.delete_endpoint = delete_real_endpoint
    SageMakerModelBackend.update_endpoint_weights_and_capacities = update_weights_and_capacities
    SageMakerResponse.create_endpoint = create_endpoint_with_config
    SageMakerResponse.update_endpoint = update_endpoint
    control.register("endpoint_faults", faults.order)


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
            for job in backend.hyper_parameter_tuning_jobs.values():
                job.interrupted()
            for endpoint in backend.endpoints.values():
                endpoints.after_restore(endpoint)
