"""The models that are trained in parallel: the one that was asked for, and others with values close by.

AWS says that there are such models and not which (``num_models``); public logs of its jobs show 32 of them for
``auto``, and 0.0001 as the weight decay of one that won. The rest is ours: learning rates that differ by factors of
two, weight decays and L1 by factors of ten. What ``auto`` means for the learning rate depends on the number of steps,
since a fixed one does not get there in the few steps that small data give.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import REGRESSOR, Settings

_MODELS = 32
# Learning rates differ first of all.
_RATES = 4
_WEIGHT_DECAY = 1e-4
# By this much all steps together move a parameter, at most, before the schedule lowers the rate.
_WAY = 16.0
_SLOWEST, _FASTEST = 0.005, 0.5
# Those of others follow from Adam's, which moves every parameter by the rate itself.
_OF_ADAM = {"adam": 1.0, "rmsprop": 0.3, "sgd": 0.05}
# The schedule brings a rate down to this part of it, in so many parts of the way.
_LAST, _PARTS = 0.1, 100


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One model.

    Args:
        learning_rate: of its first step.
        l1: weight of the absolute values of its weights.
        wd: weight of their squares.
        positive_weight: of rows whose label is 1.
    """

    learning_rate: float
    l1: float
    wd: float
    positive_weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How learning rates fall.

    Args:
        step: after so many steps again.
        factor: to this part.
        minimum: never below.
    """

    step: int
    factor: float
    minimum: float

    def rate(self, first: Matrix, steps: int) -> Matrix:
        """Learning rates after some steps.

        Args:
            first: those of the first step.
            steps: how many were made.
        """
        return np.asarray(np.maximum(first * self.factor ** (steps // self.step), np.minimum(first, self.minimum)))


def schedule(settings: Settings, steps: int) -> Schedule:
    """The schedule of a job of so many steps."""
    if not settings["use_lr_scheduler"]:
        return Schedule(step=max(steps, 1), factor=1.0, minimum=0.0)
    step = int(settings.or_else("lr_scheduler_step", max(1, steps // _PARTS)))
    return Schedule(
        step=step,
        factor=settings.or_else("lr_scheduler_factor", _LAST ** min(1.0, step / steps)),
        minimum=settings.or_else("lr_scheduler_minimum_lr", 1e-5),
    )


def of(settings: Settings, *, steps: int, labels: Matrix) -> tuple[Candidate, ...]:
    """All models of a job; the first one has the values that it asks for.

    Args:
        settings: the job's.
        steps: how many there will be.
        labels: of the training data, as the models see them.
    """
    count = 1 if settings.is_tuned else int(settings.or_else("num_models", _MODELS))
    optimizer = settings.or_else("optimizer", "adam")
    automatic = min(max(_WAY / steps, _SLOWEST), _FASTEST) * _OF_ADAM[optimizer]
    if settings.predictor == REGRESSOR:
        # The way is as long as the labels are wide, where they are not normalised.
        automatic *= float(labels.std()) or 1.0
    rate = settings.or_else("learning_rate", automatic)
    decays = _near(settings.or_else("wd", _WEIGHT_DECAY), (1.0, 10.0, 0.1, 100.0))
    # None at all is what auto means, and then a little of it is close by.
    l1s = (0.0, _WEIGHT_DECAY) if settings["l1"] == "auto" else _near(settings["l1"], (1.0, 0.1))
    weights = _positive_weights(settings, labels)
    others = len(decays) * len(l1s) * len(weights)
    rates = [rate * 2.0**power for power in _powers(max(_RATES, math.ceil(count / others)))]
    places = itertools.product(*(range(len(values)) for values in (rates, decays, l1s, weights)))
    nearest = sorted(places, key=sum)[:count]
    return tuple(
        Candidate(learning_rate=rates[at[0]], wd=decays[at[1]], l1=l1s[at[2]], positive_weight=weights[at[3]])
        for at in nearest
    )


def _near(value: float, factors: tuple[float, ...]) -> tuple[float, ...]:
    """The values close to one; who says 0 wants none of it in any model."""
    return tuple(value * factor for factor in factors) if value else (0.0,)


def _powers(count: int) -> list[int]:
    """0, -1, 1, -2, 2 and so on."""
    return [(number + 1) // 2 * (-1 if number % 2 else 1) for number in range(count)]


def _positive_weights(settings: Settings, labels: Matrix) -> tuple[float, ...]:
    weight = settings["positive_example_weight_mult"]
    if weight not in {"balanced", "auto"} or settings.predictor != "binary_classifier":
        return (1.0 if isinstance(weight, str) else float(weight),)
    positive = int((labels > 0).sum())
    balanced = (len(labels) - positive) / positive if 0 < positive < len(labels) else 1.0
    return (balanced,) if weight == "balanced" else (balanced, 1.0)
