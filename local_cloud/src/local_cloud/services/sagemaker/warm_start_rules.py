"""SageMaker's rules of warm start: the one statement of them.

The planner of tuning jobs imports it; the local cloud, which refuses what AWS refuses, reads the same file through a
link (decision 40).

Sources:
    https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html (all that is not said below)
    https://docs.aws.amazon.com/general/latest/gr/sagemaker.html (training jobs of one tuning job)
    https://github.com/aws/sagemaker-python-sdk/issues/3693 (AWS's own error, which lists what may change)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

MOST_PARENTS = 5
# Of the new tuning job and of all its parents together.
MOST_TRAINING_JOBS = 750
# "red" in place of "blue" are two of them, in AWS's own example; so every changed value is.
MOST_CHANGES = 10
_CHANGES_A_VALUE = 2
# Members of TrainingJobDefinition; all others must be as they were.
MAY_CHANGE = frozenset(
    {
        "AlgorithmSpecification",
        "CheckpointConfig",
        "EnableManagedSpotTraining",
        "InputDataConfig",
        "OutputDataConfig",
        "ResourceConfig",
        "RoleArn",
        "StaticHyperParameters",
        "StoppingCondition",
        "VpcConfig",
    }
)
_CATEGORICAL = "CategoricalParameterRanges"


@dataclass(frozen=True, kw_only=True)
class Space:
    """What a tuning job searches and how, as far as warm start asks.

    Args:
        metric: objective metric.
        direction: Maximize or Minimize.
        image: training image.
        tunable: kind of range by name of the hyperparameters with one, as ParameterRanges calls it.
        choices: number of values by name of the categorical ones among them.
        static: value by name of all other hyperparameters.
        fixed: JSON by name of the members of TrainingJobDefinition that must not change; what is off is left out.
    """

    metric: str
    direction: str
    image: str
    tunable: Mapping[str, str]
    choices: Mapping[str, int]
    static: Mapping[str, str]
    fixed: Mapping[str, str]

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Self:
        """The space of a CreateHyperParameterTuningJob request with one TrainingJobDefinition."""
        config, definition = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
        objective, ranges = config["HyperParameterTuningJobObjective"], config["ParameterRanges"]
        return cls(
            metric=objective["MetricName"],
            direction=objective["Type"],
            image=definition["AlgorithmSpecification"]["TrainingImage"],
            tunable={item["Name"]: kind for kind, items in ranges.items() for item in items or ()},
            choices={item["Name"]: len(item["Values"]) for item in ranges.get(_CATEGORICAL) or ()},
            static=dict(definition.get("StaticHyperParameters") or {}),
            fixed={
                name: json.dumps(value, sort_keys=True)
                for name, value in definition.items()
                if value and name not in MAY_CHANGE
            },
        )

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self | None:
        """The space of a row of the history; None when the row is older than one of the fields."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: values[name] for name in names}) if names <= values.keys() else None

    def as_dict(self) -> dict[str, Any]:
        """JSON of the history."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Why a tuning job may not be a parent of another.

    Args:
        kind: in a few words, the same for all that differ in this way.
        detail: what differs, said of the parent.
    """

    kind: str
    detail: str


def difference(child: Space, parent: Space) -> Difference | None:
    """The first rule that a parent breaks; None when it may be one."""
    mine, theirs = (child.metric, child.direction), (parent.metric, parent.direction)
    if mine != theirs:
        return Difference(
            kind="with another objective",
            detail=f"has the objective metric {theirs}, the new tuning job has {mine}: they must be equal",
        )
    differing = sorted((child.static.keys() | child.tunable.keys()) ^ (parent.static.keys() | parent.tunable.keys()))
    if differing:
        return Difference(
            kind="with other hyperparameters",
            detail=f"has other hyperparameters: {differing}; the static and tunable ones together must be the same set,"
            " make one static that is not to be tuned",
        )
    both = child.tunable.keys() & parent.tunable.keys()
    if retyped := sorted(name for name in both if child.tunable[name] != parent.tunable[name]):
        return Difference(
            kind="with other types of hyperparameters",
            detail=f"has other types of the hyperparameters {retyped}, types must not change",
        )
    if other := sorted(name for name, _ in child.fixed.items() ^ parent.fixed.items()):
        return Difference(
            kind="with other settings of its training jobs",
            detail=f"differs in {sorted(set(other))} of TrainingJobDefinition, only these may change: "
            f"{sorted(MAY_CHANGE)}",
        )
    return _too_many_changes(child, parent)


def _too_many_changes(child: Space, parent: Space) -> Difference | None:
    counted = {
        # Each value that a categorical one had counts; AWS gives no number for a range, which is taken for one value.
        name: max(_CHANGES_A_VALUE, parent.choices.get(name, 0)) if name in parent.tunable else _CHANGES_A_VALUE
        for name, value in child.static.items()
        if name in parent.tunable or parent.static[name] != value
    }
    if (changes := sum(counted.values())) <= MOST_CHANGES:
        return None
    return Difference(
        kind="with too many changed static hyperparameters",
        detail=f"differs in {changes} changes of static hyperparameters, {MOST_CHANGES} are allowed: {counted}",
    )
