"""Refuses parents that AWS refuses; the rules themselves are in `warm_start_rules`, a copy of the planner's file."""

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import tuning_requests
from local_cloud.services.sagemaker.tuning_record import TuningRecord
from local_cloud.services.sagemaker.warm_start_rules import MOST_PARENTS, MOST_TRAINING_JOBS, Space, difference

_TYPES = ("IdenticalDataAndAlgorithm", "TransferLearning")
_TERMINAL = ("Completed", "Failed", "Stopped")


def check(request: Mapping[str, Any], jobs: Mapping[str, TuningRecord]) -> None:
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
    if not 1 <= len(names) <= MOST_PARENTS:
        raise AWSValidationException(
            f"WarmStartConfig names {len(names)} parent tuning jobs, from 1 to {MOST_PARENTS} are allowed"
        )
    if len(set(names)) != len(names):
        raise AWSValidationException(f"WarmStartConfig names a parent tuning job twice: {names}")
    for name in names:
        if name not in jobs:
            raise AWSValidationException(f"Could not find hyper parameter tuning job '{name}'.")
        _check_parent(request, jobs[name], identical=warm["WarmStartType"] == _TYPES[0])
    trials = sum(len(jobs[name].trials) for name in names)
    trials += request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    if trials > MOST_TRAINING_JOBS:
        raise AWSValidationException(
            f"the tuning job and its parents have {trials} training jobs together,"
            f" at most {MOST_TRAINING_JOBS} are allowed"
        )


def parent_names(request: Mapping[str, Any]) -> list[str]:
    """The parents' names, in the order of the request."""
    warm = request.get("WarmStartConfig") or {}
    return [item["HyperParameterTuningJobName"] for item in warm.get("ParentHyperParameterTuningJobs") or []]


def _check_parent(request: Mapping[str, Any], parent: TuningRecord, *, identical: bool) -> None:
    if parent.status not in _TERMINAL:
        raise _refused(parent, f"is {parent.status}, it must be one of {list(_TERMINAL)}")
    mine, theirs = _space(request), _space(parent.request)
    if identical and mine.image != theirs.image:
        raise _refused(
            parent,
            f"used the training image {theirs.image}, the new one uses {mine.image}:"
            " IdenticalDataAndAlgorithm needs the same, TransferLearning does not",
        )
    if differs := difference(mine, theirs):
        raise _refused(parent, differs.detail)


def _space(request: Mapping[str, Any]) -> Space:
    """The rules know one way to name the trials' instances, which may change; the SDK's other way means the same."""
    definition = request["TrainingJobDefinition"]
    return Space.of({**request, "TrainingJobDefinition": tuning_requests.with_plain_resources(definition)})


def _refused(parent: TuningRecord, reason: str) -> AWSValidationException:
    return AWSValidationException(f"the parent tuning job '{parent.name}' cannot be used for warm start: it {reason}")
