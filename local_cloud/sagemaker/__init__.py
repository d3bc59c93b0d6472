"""SageMaker: training jobs and multi-model endpoints that really run."""

from typing import Any

from local_cloud.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Make jobs and endpoints real, and add the calls that moto lacks."""
    from moto.sagemaker.responses import SageMakerResponse
    from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

    from local_cloud import state
    from local_cloud.moto_patches import sagemaker as patches
    from local_cloud.sagemaker import invocations, processing_calls, registry, training_calls, tuning_calls

    training_calls.install()
    tuning_calls.install()
    processing_calls.install()
    _install_endpoints()
    SageMakerResponse.delete_model_package = registry.delete_model_package
    SageMakerResponse.delete_model_package_group = registry.delete_model_package_group
    SageMakerRuntimeResponse.invoke_endpoint = invocations.invoke_endpoint
    state.on_restore(_end_interrupted)
    patches.install()


def _install_endpoints() -> None:
    from moto.core.responses import ActionResult
    from moto.sagemaker.exceptions import AWSValidationException
    from moto.sagemaker.models import SageMakerModelBackend
    from moto.sagemaker.responses import SageMakerResponse

    from local_cloud.sagemaker import endpoints

    create_endpoint = SageMakerModelBackend.create_endpoint
    delete_endpoint = SageMakerModelBackend.delete_endpoint

    def create_real_endpoint(self: Any, endpoint_name: str, endpoint_config_name: str, tags: Any) -> Any:
        if endpoint_name in self.endpoints:
            arn = self.endpoints[endpoint_name].arn
            raise AWSValidationException(f'Cannot create already existing endpoint "{arn}".')
        endpoint = create_endpoint(
            self, endpoint_name=endpoint_name, endpoint_config_name=endpoint_config_name, tags=tags
        )
        endpoints.create(endpoint, account_id=self.account_id, region=self.region_name)
        return endpoint

    def update_endpoint(self: Any) -> Any:
        backend, name = self.sagemaker_backend, self._get_param("EndpointName")
        backend.describe_endpoint(name)
        endpoint = backend.endpoints[name]
        if self._get_param("DeploymentConfig"):
            raise AWSValidationException("the local cloud does not emulate DeploymentConfig of UpdateEndpoint")
        endpoints.update(
            endpoint,
            self._get_param("EndpointConfigName"),
            account_id=self.current_account,
            region=self.region,
        )
        return ActionResult({"EndpointArn": endpoint.arn})

    def delete_real_endpoint(self: Any, endpoint_name: str) -> None:
        self.describe_endpoint(endpoint_name)
        endpoints.delete(self.endpoints[endpoint_name])
        delete_endpoint(self, endpoint_name)

    SageMakerModelBackend.create_endpoint = create_real_endpoint
    SageMakerModelBackend.delete_endpoint = delete_real_endpoint
    SageMakerResponse.update_endpoint = update_endpoint


def _end_interrupted() -> None:
    """Jobs and endpoint operations that were under way when the server stopped."""
    from moto.sagemaker.models import sagemaker_backends

    from local_cloud.sagemaker import endpoints, processing, training, tuning

    for regions in list(sagemaker_backends.values()):
        for backend in list(regions.values()):
            for job in backend.training_jobs.values():
                training.fail_interrupted(job)
            for job in backend.processing_jobs.values():
                processing.fail_interrupted(job)
            for job in backend.hyper_parameter_tuning_jobs.values():
                tuning.fail_interrupted(job)
            for endpoint in backend.endpoints.values():
                endpoints.after_restore(endpoint)
