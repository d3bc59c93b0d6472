"""By what models are compared, and where a binary classifier draws the line between its classes.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/ll_how-it-works.html, step 3, and the hyperparameter
``binary_classifier_model_selection_criteria``.
"""

from dataclasses import dataclass

import numpy as np

from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import BINARY, Settings

_BY_LOSS = ("loss_function", "cross_entropy_loss")


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A line between the classes.

    Args:
        threshold: scores from it on are class 1.
        value: how good that is by the criterion; more is better.
    """

    threshold: float
    value: float


def is_by_loss(settings: Settings) -> bool:
    """Whether models are compared by their loss alone."""
    return settings.predictor != BINARY or settings["binary_classifier_model_selection_criteria"] in _BY_LOSS


def best_cut(settings: Settings, scores: Matrix, labels: Matrix, *, neutral: float) -> Cut:
    """The best line by the job's criterion; of equally good ones the one that is closest to the neutral one.

    Args:
        settings: the job's.
        scores: one a row.
        labels: 0 or 1 a row.
        neutral: where the line is without any calibration.
    """
    if is_by_loss(settings):
        return Cut(threshold=neutral, value=0.0)
    order = np.argsort(-scores, kind="stable")
    ordered, hits = scores[order], np.cumsum(labels[order] > 0)
    # After each row whose score is not the next one's too, and before the first one.
    places = np.concatenate([[0], np.flatnonzero(np.diff(ordered, append=-np.inf)) + 1])
    found = np.concatenate([[0], hits])[places].astype(np.float64)
    values = _values(settings, found, places.astype(np.float64), positives=float(hits[-1]), rows=float(len(labels)))
    thresholds = np.concatenate(
        [[np.nextafter(ordered[0], np.inf)], (ordered[places[1:-1] - 1] + ordered[places[1:-1]]) / 2, [ordered[-1]]]
    )
    # Before all and after all rows every line is as good, so that the neutral one is, if it lies there.
    thresholds[0], thresholds[-1] = max(thresholds[0], neutral), min(thresholds[-1], neutral)
    best = np.flatnonzero(values == values.max())
    chosen = int(best[np.argmin(np.abs(thresholds[best] - neutral))])
    return Cut(threshold=float(thresholds[chosen]), value=float(values[chosen]))


def _values(settings: Settings, found: Matrix, told: Matrix, *, positives: float, rows: float) -> Matrix:
    """The criterion for each line.

    Args:
        settings: the job's.
        found: rows of class 1 that are told to be that.
        told: all rows that are told to be class 1.
        positives: rows of class 1.
        rows: of all classes.
    """
    criterion = settings["binary_classifier_model_selection_criteria"]
    if criterion == "accuracy":
        return np.asarray((found + (rows - positives) - (told - found)) / rows)
    precision = np.divide(found, told, out=np.zeros_like(found), where=told > 0)
    recall = found / positives if positives else np.zeros_like(found)
    if criterion == "precision_at_target_recall":
        return _at_target(precision, recall, settings["target_recall"])
    if criterion == "recall_at_target_precision":
        return _at_target(recall, precision, settings["target_precision"])
    return f_beta(precision, recall, 1.0 if criterion == "f1" else settings["f_beta"])


def _at_target(wanted: Matrix, held: Matrix, target: float) -> Matrix:
    """One measure where the other reaches its target; where none does, the closest to it is best."""
    if (held >= target).any():
        return np.where(held >= target, wanted, -1.0)
    return np.asarray(held - 2.0)


def f_beta(precision: Matrix, recall: Matrix, beta: float) -> Matrix:
    """The F score."""
    below = beta**2 * precision + recall
    return np.divide((1 + beta**2) * precision * recall, below, out=np.zeros_like(precision), where=below > 0)
