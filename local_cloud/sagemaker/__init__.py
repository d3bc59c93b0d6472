"""SageMaker: training jobs and multi-model endpoints that really run."""

from typing import Any

from local_cloud.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Make jobs and endpoints real, and add the calls that moto lacks."""
    from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

    from local_cloud import state
    from local_cloud.moto_patches import model_registry as registry_patches
    from local_cloud.moto_patches import sagemaker as patches
    from local_cloud.sagemaker import invocations, processing_calls, registry

    _install_jobs()
    processing_calls.install()
    _install_endpoints()
    registry.install()
    SageMakerRuntimeResponse.invoke_endpoint = invocations.invoke_endpoint
    state.on_restore(_end_interrupted)
    patches.install()
    registry_patches.install()


def _install_jobs() -> None:
    from moto.core.responses import EmptyResult
    from moto.sagemaker.exceptions import AWSValidationException, ResourceInUseException
    from moto.sagemaker.models import SageMakerModelBackend
    from moto.sagemaker.responses import SageMakerResponse

    from local_cloud.errors import NotEmulatedError
    from local_cloud.sagemaker import images, training

    create_job = SageMakerModelBackend.create_training_job

    def check_image(uri: str) -> None:
        try:
            images.find(uri)
        except NotEmulatedError as error:
            raise AWSValidationException(str(error)) from error

    def create_training_job(self: Any, training_job_name: str, **request: Any) -> Any:
        if training_job_name in self.training_jobs:
            raise ResourceInUseException(
                message="Job name must be unique within an AWS account and region, and a training job with this name"
                f" already exists ({self.training_jobs[training_job_name].arn})"
            )
        check_image((request["algorithm_specification"] or {}).get("TrainingImage", ""))
        stopping = request["stopping_condition"] or {}
        if request["enable_managed_spot_training"] and (
            stopping.get("MaxWaitTimeInSeconds", 0) < stopping.get("MaxRuntimeInSeconds", 86400)
        ):
            raise AWSValidationException(
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
            )
        if request["checkpoint_config"]:
            raise AWSValidationException("the local cloud does not emulate CheckpointConfig")
        job = create_job(self, training_job_name=training_job_name, **request)
        training.start(job, region=self.region_name)
        return job

    def stop_training_job(self: Any) -> Any:
        name = self._get_param("TrainingJobName")
        self.sagemaker_backend.describe_training_job(name)
        training.stop(self.sagemaker_backend.training_jobs[name])
        return EmptyResult()

    SageMakerModelBackend.create_training_job = create_training_job
    SageMakerResponse.stop_training_job = stop_training_job


def _install_endpoints() -> None:
    from moto.core.responses import ActionResult
    from moto.sagemaker.exceptions import AWSValidationException
    from moto.sagemaker.models import SageMakerModelBackend
    from moto.sagemaker.responses import SageMakerResponse

    from local_cloud import control
    from local_cloud.sagemaker import capacity, endpoints, faults

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

    from local_cloud.sagemaker import endpoints, processing, training

    for regions in list(sagemaker_backends.values()):
        for backend in list(regions.values()):
            for job in backend.training_jobs.values():
                training.fail_interrupted(job)
            for job in backend.processing_jobs.values():
                processing.fail_interrupted(job)
            for endpoint in backend.endpoints.values():
                endpoints.after_restore(endpoint)
