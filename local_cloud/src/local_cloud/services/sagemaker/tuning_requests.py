"""What a tuning job's request must look like.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
"""

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import images, job_names, search_space, training_calls
from local_cloud.services.sagemaker.search_space import Range, RangeError
from local_cloud.services.sagemaker.warm_start_rules import MOST_TRAINING_JOBS

_LONGEST_NAME = 32
_RESOURCES = "HyperParameterTuningResourceConfig"


def check(request: Mapping[str, Any]) -> None:
    """Refuse what AWS refuses, and what the trials cannot do.

    Args:
        request: CreateHyperParameterTuningJob's input.

    Raises:
        AWSValidationException: AWS refuses it.
        NotEmulatedError: the number of trials is left open, or the image does not do what is asked of it.
    """
    job_names.check(request["HyperParameterTuningJobName"], member="hyperParameterTuningJobName", longest=_LONGEST_NAME)
    definition = request.get("TrainingJobDefinition")
    if not definition:
        raise AWSValidationException("TrainingJobDefinition is missing: a tuning job needs one")
    _check_config(request["HyperParameterTuningJobConfig"])
    algorithm = definition["AlgorithmSpecification"]
    training_calls.check(
        algorithm=algorithm,
        resources=resources(definition),
        stopping=definition.get("StoppingCondition") or {},
        spot=bool(definition.get("EnableManagedSpotTraining")),
        inputs=definition.get("InputDataConfig") or [],
        hyperparameters=definition.get("StaticHyperParameters") or {},
        environment=definition.get("Environment") or {},
        checkpoints=definition.get("CheckpointConfig"),
    )
    _check_objective(request["HyperParameterTuningJobConfig"], algorithm)
    static = definition.get("StaticHyperParameters") or {}
    both = sorted({item.name for item in ranges(request)} & set(static))
    if both:
        raise AWSValidationException(f"the hyperparameters {both} are static and have ranges, only one is allowed")


def resources(definition: Mapping[str, Any]) -> dict[str, Any]:
    """ResourceConfig of the trials, which HyperParameterTuningResourceConfig says too: the SDK sends it in its place.

    Args:
        definition: TrainingJobDefinition.

    Raises:
        AWSValidationException: there is none, there are both, or the second one names no instances.
    """
    plain, flexible = definition.get("ResourceConfig"), definition.get(_RESOURCES)
    if bool(plain) == bool(flexible):
        raise AWSValidationException(
            f"TrainingJobDefinition has {f'ResourceConfig and {_RESOURCES}' if plain else 'no ResourceConfig'}:"
            " it needs one of the two"
        )
    found = dict(plain or flexible or {})
    for member in ("InstanceType", "InstanceCount"):
        if flexible and not found.get(member):
            raise AWSValidationException(f"{_RESOURCES} has no {member}: name InstanceType and InstanceCount")
    return found


def with_plain_resources(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A TrainingJobDefinition that has ResourceConfig, whichever of the two it was sent with."""
    return {name: value for name, value in definition.items() if name != _RESOURCES} | {
        "ResourceConfig": resources(definition)
    }


def ranges(request: Mapping[str, Any]) -> tuple[Range, ...]:
    """The request's ranges.

    Raises:
        AWSValidationException: one is not valid.
    """
    try:
        return search_space.parse(request["HyperParameterTuningJobConfig"].get("ParameterRanges") or {})
    except RangeError as error:
        raise AWSValidationException(str(error)) from error


def _check_config(config: Mapping[str, Any]) -> None:
    limits = config["ResourceLimits"]
    trials, parallel = limits.get("MaxNumberOfTrainingJobs"), limits["MaxParallelTrainingJobs"]
    if trials is None:
        raise NotEmulatedError("the local cloud does not emulate a tuning job without MaxNumberOfTrainingJobs: name it")
    if not 1 <= trials <= MOST_TRAINING_JOBS:
        raise AWSValidationException(f"MaxNumberOfTrainingJobs is {trials}, from 1 to {MOST_TRAINING_JOBS} are allowed")
    if not 1 <= parallel <= trials:
        raise AWSValidationException(
            f"MaxParallelTrainingJobs is {parallel}, from 1 to MaxNumberOfTrainingJobs ({trials}) are allowed"
        )


def _check_objective(config: Mapping[str, Any], algorithm: Mapping[str, Any]) -> None:
    objective = config.get("HyperParameterTuningJobObjective")
    if not objective:
        raise AWSValidationException("HyperParameterTuningJobObjective is missing: the trials are compared by it")
    image, name, direction = algorithm["TrainingImage"], objective["MetricName"], objective["Type"]
    built_in = images.find(image).built_in
    defined = [definition["Name"] for definition in algorithm.get("MetricDefinitions") or []]
    allowed = sorted(built_in.objectives if built_in else defined)
    if name not in allowed:
        raise AWSValidationException(
            f"The objective metric for the hyperparameter tuning job, [{name}], isn't valid for the [{image}]"
            f" algorithm. Choose a valid objective metric: {allowed}"
        )
    if built_in and direction != built_in.objectives[name]:
        raise AWSValidationException(
            f"The objective metric type, [{direction}], that you specified for objective metric, [{name}], isn't valid"
            f" for the [{image}] algorithm. Choose a valid objective metric type."
        )
