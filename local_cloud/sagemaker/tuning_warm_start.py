"""Which parents a tuning job may start from.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
"""

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.sagemaker import tuning_requests
from local_cloud.sagemaker.tuning_job import TuningJob

_TYPES = ("IdenticalDataAndAlgorithm", "TransferLearning")
_TERMINAL = ("Completed", "Failed", "Stopped")
_MOST_PARENTS = 5
_MOST_CHANGES = 10
_MOST_TRIALS = 750


def check(request: Mapping[str, Any], jobs: Mapping[str, TuningJob]) -> None:
    """Refuse parents that AWS refuses.

    Whether the data of the parents is the same, which ``IdenticalDataAndAlgorithm`` claims, is the caller's word: equal
    data may lie elsewhere in S3.

    Args:
        request: CreateHyperParameterTuningJob's input, without faults of its own.
        jobs: all tuning jobs by their names.

    Raises:
        AWSValidationException: with the reason.
    """
    warm = request.get("WarmStartConfig")
    if not warm:
        return
    if warm["WarmStartType"] not in _TYPES:
        raise AWSValidationException(f"WarmStartType is {warm['WarmStartType']!r}, choose one of {list(_TYPES)}")
    names = parent_names(request)
    if not 1 <= len(names) <= _MOST_PARENTS:
        raise AWSValidationException(
            f"WarmStartConfig names {len(names)} parent tuning jobs, from 1 to {_MOST_PARENTS} are allowed"
        )
    if len(set(names)) != len(names):
        raise AWSValidationException(f"WarmStartConfig names a parent tuning job twice: {names}")
    for name in names:
        if name not in jobs:
            raise AWSValidationException(f"Could not find hyper parameter tuning job '{name}'.")
        _check_parent(request, jobs[name], identical=warm["WarmStartType"] == _TYPES[0])
    trials = sum(len(jobs[name].trials) for name in names)
    trials += request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    if trials > _MOST_TRIALS:
        raise AWSValidationException(
            f"the tuning job and its parents have {trials} training jobs together, at most {_MOST_TRIALS} are allowed"
        )


def parent_names(request: Mapping[str, Any]) -> list[str]:
    """The parents' names, in the order of the request."""
    warm = request.get("WarmStartConfig") or {}
    return [item["HyperParameterTuningJobName"] for item in warm.get("ParentHyperParameterTuningJobs") or []]


def _check_parent(request: Mapping[str, Any], parent: TuningJob, *, identical: bool) -> None:
    if parent.status not in _TERMINAL:
        raise _refused(parent, f"is {parent.status}, it must be one of {list(_TERMINAL)}")
    key = "HyperParameterTuningJobObjective"
    mine, theirs = (item["HyperParameterTuningJobConfig"][key] for item in (request, parent.request))
    if (mine["MetricName"], mine["Type"]) != (theirs["MetricName"], theirs["Type"]):
        raise _refused(parent, f"has the objective metric {theirs}, the new tuning job has {mine}: they must be equal")
    images = [item["TrainingJobDefinition"]["AlgorithmSpecification"] for item in (request, parent.request)]
    if identical and images[0]["TrainingImage"] != images[1]["TrainingImage"]:
        raise _refused(
            parent,
            f"used the training image {images[1]['TrainingImage']}, the new one uses {images[0]['TrainingImage']}:"
            " IdenticalDataAndAlgorithm needs the same, TransferLearning does not",
        )
    _check_hyperparameters(request, parent)


def _check_hyperparameters(request: Mapping[str, Any], parent: TuningJob) -> None:
    (static, tuned), (old_static, old_tuned) = _hyperparameters(request), _hyperparameters(parent.request)
    differing = sorted((static.keys() | tuned.keys()) ^ (old_static.keys() | old_tuned.keys()))
    if differing:
        raise _refused(
            parent,
            f"has other hyperparameters: {differing}; the static and tunable ones together must be the same set, make"
            " one static that is not to be tuned",
        )
    retyped = sorted(name for name in tuned.keys() & old_tuned.keys() if tuned[name] != old_tuned[name])
    if retyped:
        raise _refused(parent, f"has other types of the hyperparameters {retyped}, types must not change")
    fixed = static.keys() & old_tuned.keys()
    changed = {name for name in static.keys() & old_static.keys() if static[name] != old_static[name]}
    # So AWS counts in its own example of either kind.
    changes = 2 * (len(fixed) + len(changed))
    if changes > _MOST_CHANGES:
        raise _refused(
            parent,
            f"differs in {changes} changes of static hyperparameters ({sorted(fixed | changed)}, each counts twice),"
            f" at most {_MOST_CHANGES} are allowed",
        )


def _hyperparameters(request: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    static = request["TrainingJobDefinition"].get("StaticHyperParameters") or {}
    return dict(static), {item.name: item.kind for item in tuning_requests.ranges(request)}


def _refused(parent: TuningJob, reason: str) -> AWSValidationException:
    return AWSValidationException(f"the parent tuning job '{parent.name}' cannot be used for warm start: it {reason}")
