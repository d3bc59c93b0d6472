"""The metrics of each type of problem, as scikit-learn computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn import metrics as skm

if TYPE_CHECKING:
    from evaluation_job.scored import Scored

BINARY, REGRESSION = "binary_classification", "regression"
MULTICLASS, TEXT = "multiclass_classification", "text_classification"
_OF_CLASSES = ("accuracy", "macro_f1", "log_loss", "lowest_recall")
METRICS = {
    BINARY: ("accuracy", "auc", "precision", "recall", "log_loss"),
    REGRESSION: ("mae", "rmse", "error_std"),
    MULTICLASS: _OF_CLASSES,
    TEXT: _OF_CLASSES,
}


def compute(scored: Scored, problem_type: str) -> dict[str, float | None]:
    """All metrics of a problem type; None for one that is undefined on these rows.

    error_std is the standard deviation of label - prediction (divisor: number of rows), lowest_recall the recall of
    the class that has the lowest one, of the classes that occur.
    """
    if problem_type == REGRESSION:
        return _of_quantities(scored)
    return _of_two_classes(scored) if problem_type == BINARY else _of_classes(scored)


def recalls(scored: Scored) -> dict[str, float]:
    """Recall by class, of those that occur."""
    present = np.unique(scored.truth).astype(int)
    found = skm.recall_score(scored.truth, scored.answered, labels=present, average=None, zero_division=0)
    return {scored.classes[number]: float(value) for number, value in zip(present, found)}  # noqa: B905  # Python 3.8


def _of_quantities(scored: Scored) -> dict[str, float | None]:
    return {
        "mae": float(skm.mean_absolute_error(scored.truth, scored.answered)),
        "rmse": float(np.sqrt(skm.mean_squared_error(scored.truth, scored.answered))),
        "error_std": float(np.std(scored.truth - scored.answered)),
    }


def _of_two_classes(scored: Scored) -> dict[str, float | None]:
    truth, answered, scores = scored.truth, scored.answered, scored.scores
    both_classes = 0 < truth.sum() < len(truth)
    return {
        "accuracy": float(skm.accuracy_score(truth, answered)),
        "auc": float(skm.roc_auc_score(truth, scores)) if both_classes and scores is not None else None,
        "precision": float(skm.precision_score(truth, answered)) if answered.any() else None,
        "recall": float(skm.recall_score(truth, answered)) if truth.any() else None,
        "log_loss": None if scores is None else float(skm.log_loss(truth, scores, labels=[0, 1])),
    }


def _of_classes(scored: Scored) -> dict[str, float | None]:
    numbers = list(range(len(scored.classes)))
    scores = scored.scores
    return {
        "accuracy": float(skm.accuracy_score(scored.truth, scored.answered)),
        "macro_f1": float(skm.f1_score(scored.truth, scored.answered, average="macro", zero_division=0)),
        "log_loss": None if scores is None else float(skm.log_loss(scored.truth, scores, labels=numbers)),
        "lowest_recall": min(recalls(scored).values()),
    }
