"""The API of training jobs, in place of moto's, whose jobs are complete before they ran."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores
from moto.sagemaker.exceptions import AWSValidationException
from moto.sagemaker.models import SageMakerModelBackend

from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE
from local_cloud.containers.sagemaker.image import Image
from local_cloud.kernel import opt_ml, patching
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import (
    channels,
    choices,
    entrypoint,
    images,
    instances,
    job_names,
    network,
    scripts,
    training_defaults,
)
from local_cloud.services.sagemaker import checkpoints as checkpoint_rules
from local_cloud.services.sagemaker.images import StandIn
from local_cloud.services.sagemaker.training import TrainingJob

_moto_create = SageMakerModelBackend.create_training_job
_DAY_SECONDS = 86400
_LONGEST_WAIT_SECONDS = 3600
# What moto's create_training_job takes; it demands each, also what no request may have here.
_MEMBERS = (
    "AlgorithmSpecification",
    "CheckpointConfig",
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "EnableNetworkIsolation",
    "ExperimentConfig",
    "HyperParameters",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "RoleArn",
    "StoppingCondition",
    "Tags",
    "TensorBoardOutputConfig",
    "TrainingJobName",
    "VpcConfig",
)


@patching.owner
def install() -> None:
    """Training jobs are complete before they ran, cannot be stopped, and forget their Environment."""
    from moto.sagemaker.responses import SageMakerResponse

    patching.replace(
        SageMakerResponse, "create_training_job", choices.checked(create_training_job, "CreateTrainingJob")
    )
    patching.replace(SageMakerResponse, "stop_training_job", stop_training_job)


def create_training_job(self: Any) -> Any:
    """CreateTrainingJob."""
    request = {
        camelcase_to_underscores(member): self._get_param(member, False if member.startswith("Enable") else None)
        for member in _MEMBERS
    }
    job = create(self.sagemaker_backend, request, environment=self._get_param("Environment"))
    return ActionResult({"TrainingJobArn": job.key})


def create(
    backend: Any,
    request: dict[str, Any],
    *,
    environment: Mapping[str, str] | None = None,
    tuning_job_arn: str | None = None,
    on_end: Callable[[], None] = lambda: None,
) -> TrainingJob:
    """Create a training job and let it run.

    Args:
        backend: moto's, of the account and region.
        request: the arguments of moto's create_training_job.
        environment: Environment, which moto does not know.
        tuning_job_arn: the job is a trial of this one.
        on_end: called once it is over.

    Raises:
        ResourceInUseException: the name was used.
        AWSValidationException: what was asked for is not valid.
        NotEmulatedError: it is not emulated.
    """
    name = request["training_job_name"]
    job_names.check(name, member="trainingJobName", longest=63)
    job_names.check_unused(name, backend.training_jobs, kind="training")
    check(
        algorithm=request["algorithm_specification"] or {},
        resources=request["resource_config"] or {},
        stopping=request["stopping_condition"] or {},
        spot=bool(request["enable_managed_spot_training"]),
        inputs=request["input_data_config"] or [],
        hyperparameters=request["hyper_parameters"] or {},
        environment=environment or {},
        checkpoints=request["checkpoint_config"],
    )
    network.check(request["vpc_config"], account_id=backend.account_id, region=backend.region_name)
    algorithm = dict(request["algorithm_specification"] or {})
    objective = (request["hyper_parameters"] or {}).get(TUNING_OBJECTIVE)
    made = _moto_create(backend, **request)
    made.environment = dict(environment) if environment else None
    made.algorithm_specification = training_defaults.algorithm(algorithm, objective=objective)
    made.output_data_config = training_defaults.output(made.output_data_config)
    if made.input_data_config:
        made.input_data_config = [training_defaults.channel(item) for item in made.input_data_config]
    if tuning_job_arn is not None:
        made.tuning_job_arn = tuning_job_arn
    job = TrainingJob(made, on_end=on_end)
    job.start()
    return job


def check(
    *,
    algorithm: Mapping[str, Any],
    resources: Mapping[str, Any],
    stopping: Mapping[str, Any],
    spot: bool,
    inputs: Sequence[Mapping[str, Any]],
    hyperparameters: Mapping[str, str],
    environment: Mapping[str, str],
    checkpoints: Mapping[str, str] | None = None,
) -> None:
    """Refuse what AWS refuses, and what the image does not do, of a job or of a tuning job's definition.

    Args:
        algorithm: AlgorithmSpecification.
        resources: ResourceConfig.
        stopping: StoppingCondition.
        spot: EnableManagedSpotTraining.
        inputs: InputDataConfig.
        hyperparameters: HyperParameters, or those that all trials share.
        environment: Environment.
        checkpoints: CheckpointConfig.

    Raises:
        AWSValidationException: AWS refuses it.
        NotEmulatedError: the image does not do it here.
    """
    image = images.find(algorithm.get("TrainingImage", ""))
    image.program("train")
    _check_program(image, {*hyperparameters, *environment})
    scripts.check(hyperparameters)
    instances.check_cluster(resources)
    if image.image.needs_gpu:
        instances.check_gpu(resources.get("InstanceType"), image=image.image.name)
    _check_hosts(resources, image.image)
    checkpoint_rules.check(checkpoints)
    entrypoint.check(algorithm, image.image)
    channels.check(inputs, image=image.image, mode=algorithm.get("TrainingInputMode"))
    if image.built_in and algorithm.get("MetricDefinitions"):
        raise AWSValidationException(
            "You can't override the metric definitions for Amazon SageMaker algorithms."
            " Please retry the request without specifying metric definitions."
        )
    for definition in algorithm.get("MetricDefinitions") or []:
        _check_definition(definition)
    if spot:
        _check_wait(stopping, image)


def _check_wait(stopping: Mapping[str, Any], image: StandIn) -> None:
    wait = stopping.get("MaxWaitTimeInSeconds", 0)
    if wait < stopping.get("MaxRuntimeInSeconds", _DAY_SECONDS):
        raise AWSValidationException(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html, not its words.
    if image.built_in and not image.built_in.checkpoints and wait > _LONGEST_WAIT_SECONDS:
        raise AWSValidationException(
            f"Invalid MaxWaitTimeInSeconds {wait}. The algorithm of {image.image.name} does not checkpoint, so that at"
            f" most {_LONGEST_WAIT_SECONDS} are allowed"
        )


def _check_program(image: StandIn, given: Collection[str]) -> None:
    if (asked := scripts.asked(given)) and image.image.script is None:
        raise NotEmulatedError(
            f"the local cloud's image {image.image.name!r} has no script mode, which {asked} asks for: leave it out,"
            " the image's own algorithm runs"
        )


def _check_hosts(resources: Mapping[str, Any], image: Image) -> None:
    count = resources.get("InstanceCount")
    if count is None:
        # Left out, it is one.
        return
    if count < 1:
        raise AWSValidationException(f"InstanceCount is {count}, at least 1 is needed")
    if count == 1:
        return
    if not image.distributed:
        raise NotEmulatedError(f"the local cloud's image {image.name!r} trains on one instance, got {count}")
    if not opt_ml.is_own():
        raise NotEmulatedError(
            f"InstanceCount is {count}, and this system does not let the local cloud give hosts names of their own:"
            " train on one instance"
        )


def _check_definition(definition: Mapping[str, str]) -> None:
    try:
        groups = re.compile(definition["Regex"]).groups
    except re.error as error:
        raise AWSValidationException(
            f"Regex of metric {definition['Name']} is {definition['Regex']!r}, no regular expression: {error}"
        ) from error
    if groups < 1:
        raise AWSValidationException(
            f"Regex of metric {definition['Name']} is {definition['Regex']!r}, it needs a group around the value"
        )


def stop_training_job(self: Any) -> Any:
    """StopTrainingJob."""
    name = self._get_param("TrainingJobName")
    self.sagemaker_backend.describe_training_job(name)
    TrainingJob(self.sagemaker_backend.training_jobs[name]).stop()
    return EmptyResult()
