"""Plans a tuning job: which earlier ones it learns from, and the request for SageMaker.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from contract.calls.plan_tuning import WarmStart
from contract.catalogue import Tuning
from contract.warm_start import MOST_PARENTS, MOST_TRAINING_JOBS, Space, difference

# Always: how AWS decides that data are identical is not public, and every run has a prefix of its own.
_TYPE = "TransferLearning"


OF_A_TEST_RUN = WarmStart(reason="cold start: a test run has no parents")


def request(settings: Tuning, *, training: Mapping[str, Any], test_run: bool) -> dict[str, Any]:
    """CreateHyperParameterTuningJob without the name, for a cold start.

    Args:
        settings: the model's tuning settings.
        training: TrainingJobDefinition without hyperparameters.
        test_run: one trial.
    """
    return {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": settings.direction, "MetricName": settings.metric},
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": 1 if test_run else settings.max_jobs,
                "MaxParallelTrainingJobs": 1 if test_run else settings.max_parallel_jobs,
            },
            "ParameterRanges": settings.parameter_ranges,
            "TrainingJobEarlyStoppingType": "Off",
        },
        "TrainingJobDefinition": {**training, "StaticHyperParameters": settings.static_hyperparameters},
    }


def choose_parents(rows: Iterable[Mapping[str, Any]], *, cold: Mapping[str, Any]) -> WarmStart:
    """Choose the parents of the next tuning job: newest first, as long as all training jobs together are allowed.

    A row that is too large is passed over, so that a smaller and older one may still be a parent.

    Args:
        rows: the model's tuning history, newest first.
        cold: the next job's request.
    """
    wanted = Space.of(cold)
    jobs = int(cold["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"])
    refused: Counter[str] = Counter()
    parents: list[str] = []
    for row in rows:
        if len(parents) == MOST_PARENTS:
            break
        reason = _refusal(row, wanted)
        if reason is None and jobs + int(row["launched"]) > MOST_TRAINING_JOBS:
            reason = f"above {MOST_TRAINING_JOBS} training jobs in all"
        if reason is not None:
            refused[reason] += 1
            continue
        parents.append(str(row["tuning_job"]))
        jobs += int(row["launched"])
    told = ", ".join(f"{count} {reason}" for reason, count in refused.items())
    if not parents:
        return WarmStart(reason=f"cold start: no earlier tuning job is eligible ({told or 'there is none'})")
    passed_over = f"; passed over: {told}" if told else ""
    return WarmStart(
        parents=tuple(parents),
        type=_TYPE,
        reason=f"{_TYPE} from {len(parents)} earlier, {jobs} training jobs with this one{passed_over}",
    )


def warm_started(cold: Mapping[str, Any], warm_start: WarmStart) -> dict[str, Any]:
    """The request with its parents, or as it is for a cold start."""
    if not warm_start.parents:
        return dict(cold)
    return {
        **cold,
        "WarmStartConfig": {
            "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": name} for name in warm_start.parents],
            "WarmStartType": warm_start.type,
        },
    }


def _refusal(row: Mapping[str, Any], wanted: Space) -> str | None:
    """Why a row is no parent, None when it is one."""
    if row.get("test_run"):
        return "test run"
    if row["trial_count"] <= 1:
        return "with one trial only"
    found = Space.read(row["space"])
    if found is None or "launched" not in row:
        # What it does not tell may be what AWS refuses, and a refused start would be planned again for ever.
        return "recorded by an earlier version of the app"
    differs = difference(wanted, found)
    return differs.kind if differs else None
