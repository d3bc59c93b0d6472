"""Plans a tuning job: which earlier ones it learns from, and the request for SageMaker.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_PARENTS = 5
# "The number of total changes from static and tunable parameters ... cannot exceed 10".
_MAX_CHANGES = 10


@dataclass(frozen=True, kw_only=True)
class Space:
    """What a tuning job searches, as far as it must be the same for a warm start.

    Args:
        metric: objective metric.
        direction: Maximize or Minimize.
        image: training image.
        tunable: type by name of the hyperparameters with a range.
        static: value by name of all others.
    """

    metric: str
    direction: str
    image: str
    tunable: Mapping[str, str]
    static: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """JSON of the history."""
        return {
            "metric": self.metric,
            "direction": self.direction,
            "image": self.image,
            "tunable": dict(self.tunable),
            "static": dict(self.static),
        }


@dataclass(frozen=True, kw_only=True)
class WarmStart:
    """What a tuning job learns from.

    Args:
        parents: names of tuning jobs, newest first; empty for a cold start.
        type: IdenticalDataAndAlgorithm or TransferLearning, empty for a cold start.
        reason: why, for people.
    """

    parents: tuple[str, ...] = ()
    type: str = ""
    reason: str


def space(settings: Mapping[str, Any], *, image: str) -> Space:
    """The space of a model's tuning settings."""
    return Space(
        metric=settings["metric"],
        direction=settings["direction"],
        image=image,
        tunable={item["Name"]: kind for kind, items in settings["parameter_ranges"].items() for item in items},
        static=settings["static_hyperparameters"],
    )


def choose_parents(rows: Iterable[Mapping[str, Any]], *, wanted: Space, fingerprint: str) -> WarmStart:
    """Choose the parents of the next tuning job.

    Args:
        rows: the model's tuning history, newest first.
        wanted: what the next job searches.
        fingerprint: of its data.
    """
    refused: dict[str, int] = {}
    eligible: list[Mapping[str, Any]] = []
    for row in rows:
        reason = _refusal(row, wanted)
        if reason is None:
            eligible.append(row)
        else:
            refused[reason] = refused.get(reason, 0) + 1
    if not eligible:
        told = ", ".join(f"{count} {reason}" for reason, count in refused.items())
        return WarmStart(reason=f"cold start: no earlier tuning job is eligible ({told or 'there is none'})")
    # With the same image and data the parents' results hold as they are; a mixture only transfers.
    identical = [row for row in eligible if row["fingerprint"] == fingerprint and row["space"]["image"] == wanted.image]
    if identical:
        parents, kind = identical, "IdenticalDataAndAlgorithm"
    else:
        parents, kind = eligible, "TransferLearning"
    names = tuple(str(row["tuning_job"]) for row in parents[:MAX_PARENTS])
    return WarmStart(
        parents=names, type=kind, reason=f"{kind} from {len(names)} of {len(eligible)} eligible tuning jobs"
    )


def request(
    settings: Mapping[str, Any],
    *,
    warm_start: WarmStart,
    training: Mapping[str, Any],
    test_run: bool,
) -> dict[str, Any]:
    """CreateHyperParameterTuningJob without the name.

    Args:
        settings: the model's tuning settings.
        warm_start: its parents.
        training: TrainingJobDefinition without hyperparameters.
        test_run: one trial, without parents.
    """
    built: dict[str, Any] = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": settings["direction"], "MetricName": settings["metric"]},
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": 1 if test_run else settings["max_jobs"],
                "MaxParallelTrainingJobs": 1 if test_run else settings["max_parallel_jobs"],
            },
            "ParameterRanges": settings["parameter_ranges"],
            "TrainingJobEarlyStoppingType": "Off",
        },
        "TrainingJobDefinition": {**training, "StaticHyperParameters": settings["static_hyperparameters"]},
    }
    if warm_start.parents and not test_run:
        built["WarmStartConfig"] = {
            "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": name} for name in warm_start.parents],
            "WarmStartType": warm_start.type,
        }
    return built


def _refusal(row: Mapping[str, Any], wanted: Space) -> str | None:
    """Why a row is no parent, None when it is one."""
    found = row["space"]
    if row.get("test_run"):
        return "test run"
    if row["trial_count"] <= 1:
        return "with one trial only"
    if (found["metric"], found["direction"]) != (wanted.metric, wanted.direction):
        return "with another objective"
    if dict(found["tunable"]) != dict(wanted.tunable) or set(found["static"]) != set(wanted.static):
        return "with other hyperparameters"
    changed = sum(found["static"][name] != value for name, value in wanted.static.items())
    if changed > _MAX_CHANGES:
        return f"with more than {_MAX_CHANGES} changed static hyperparameters"
    return None
