"""What was asked of a model: the truth of each row, and what the model said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

THRESHOLD = 0.5


@dataclass(frozen=True)
class Scored:
    """Rows with their truth and a model's answers.

    Args:
        truth: the quantity (regression), 0 or 1 (binary), or the number of the class (several).
        scores: the answer (regression), the probability of 1 (binary), or a row of probabilities, one a class; None
            when the model answers classes alone.
        answered: the class that the model answers, as in truth; of a regression its answer again.
        classes: names of the classes, in the order of their numbers; none but with several.
    """

    truth: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64] | None
    answered: npt.NDArray[np.float64]
    classes: tuple[str, ...] = ()

    def of(self, rows: npt.NDArray[np.bool_]) -> Scored:
        """Some of the rows."""
        scores = None if self.scores is None else self.scores[rows]
        return replace(self, truth=self.truth[rows], scores=scores, answered=self.answered[rows])


def of_numbers(truth: npt.NDArray[np.float64], answers: npt.NDArray[np.float64]) -> Scored:
    """A regression."""
    return Scored(truth=truth, scores=answers, answered=answers)


def of_probabilities(truth: npt.NDArray[np.float64], probabilities: npt.NDArray[np.float64]) -> Scored:
    """Two classes, of which the second one is answered above a half."""
    return Scored(truth=truth, scores=probabilities, answered=(probabilities > THRESHOLD).astype(np.float64))


def of_classes(
    truth: npt.NDArray[np.float64], probabilities: npt.NDArray[np.float64], classes: tuple[str, ...]
) -> Scored:
    """Several classes, of which the likeliest is answered; the sum of 32-bit probabilities is not quite 1."""
    answered: Any = probabilities.argmax(axis=1)
    sums = probabilities.sum(axis=1, keepdims=True)
    return Scored(
        truth=truth,
        scores=probabilities / np.where(sums > 0, sums, 1),
        answered=answered.astype(np.float64),
        classes=classes,
    )
