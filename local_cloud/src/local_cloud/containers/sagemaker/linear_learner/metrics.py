"""What linear learner tells of a model at the end of a job.

Names as in public logs of such jobs; https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html
describes most of them. A second log loss, which AWS's logs tell too, nobody could derive from what is documented; here
it is the cross-entropy. ``rmse`` and the names of objectives but those of squared, logistic and softmax loss are ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner import losses, selection
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import BINARY, REGRESSOR, Settings

_OBJECTIVES = {
    "squared_loss": "mse_objective",
    "logistic": "binary_classification_cross_entropy_objective",
    "softmax_loss": "multiclass_cross_entropy_objective",
}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One of them.

    Args:
        name: as the log tells it.
        value: what it is.
        kind: whether less or more is better, as the log says it.
    """

    name: str
    value: float
    kind: Literal["loss", "score"] = "score"


def objective(settings: Settings) -> str:
    """The name of what is minimised."""
    return _OBJECTIVES.get(settings.loss, f"{settings.loss}_objective")


def of(settings: Settings, scores: Matrix, labels: Matrix, *, threshold: float) -> Iterator[Metric]:
    """All metrics of a model.

    Args:
        settings: the job's.
        scores: of its rows, before sigmoid or softmax; (rows, outputs).
        labels: of the rows.
        threshold: from which score on a binary classifier says 1.
    """
    value = losses.of(settings).value(scores[:, None, :], labels).mean()
    yield Metric(name=objective(settings), value=float(value), kind="loss")
    if settings.predictor == REGRESSOR:
        error = scores[:, 0] - labels
        square = float(np.mean(error**2))
        yield Metric(name="mse", value=square, kind="loss")
        yield Metric(name="absolute_loss", value=float(np.mean(np.abs(error))), kind="loss")
        yield Metric(name="rmse", value=square**0.5, kind="loss")
    elif settings.predictor == BINARY:
        yield from _binary(settings, scores[:, 0], labels, threshold)
    else:
        yield from _multiclass(settings, scores, labels.astype(np.int64))


def _binary(settings: Settings, scores: Matrix, labels: Matrix, threshold: float) -> Iterator[Metric]:
    told, right = scores >= threshold, labels > 0
    found = float((told & right).sum())
    precision = found / told.sum() if told.any() else 0.0
    recall = found / right.sum() if right.any() else 0.0
    yield Metric(name="binary_classification_accuracy", value=float((told == right).mean()))
    beta = settings["f_beta"]
    f_score = selection.f_beta(np.array([precision]), np.array([recall]), beta)
    yield Metric(name=f"binary_f_{beta:.3f}", value=float(f_score[0]))
    yield Metric(name="precision", value=float(precision))
    yield Metric(name="recall", value=float(recall))
    # Of one class alone there is no such area.
    if 0 < right.sum() < len(right):
        yield Metric(name="roc_auc_score", value=area(scores, right))
        specificity = float((~told & ~right).sum() / (~right).sum())
        yield Metric(name="binary_balanced_accuracy", value=float((recall + specificity) / 2))
    if settings.loss == "logistic":
        yield Metric(name="binary_log_loss", value=float(losses.Logistic().value(scores[:, None, None], labels).mean()))


def area(scores: Matrix, positive: npt.NDArray[Any]) -> float:
    """The area under the ROC curve: how often a row of class 1 has the greater score than one of class 0."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    # Equal scores share the mean of their ranks.
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    ones = int(positive.sum())
    zeros = len(scores) - ones
    return float((ranks[positive > 0].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def _multiclass(settings: Settings, scores: Matrix, labels: npt.NDArray[np.int64]) -> Iterator[Metric]:
    classes = scores.shape[1]
    rows = np.arange(len(labels))
    # How many classes have a greater score, the first of equal ones being ahead.
    order = np.argsort(-scores, axis=1, kind="stable")
    place = np.argmax(order == labels[:, None], axis=1)
    told = order[:, 0]
    yield Metric(name="multiclass_accuracy", value=float((place == 0).mean()))
    top = settings["accuracy_top_k"]
    yield Metric(name=f"multiclass_top_k_accuracy_{top}", value=float((place < top).mean()))
    yield Metric(name="dcg", value=float((1 / np.log2(place + 2)).mean()))
    table = np.zeros((classes, classes))
    np.add.at(table, (labels, told), 1)
    right, are, said = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    seen = (are > 0) | (said > 0)
    recall = np.divide(right, are, out=np.zeros(classes), where=are > 0)[seen]
    precision = np.divide(right, said, out=np.zeros(classes), where=said > 0)[seen]
    yield Metric(name="macro_recall", value=float(recall.mean()))
    yield Metric(name="macro_precision", value=float(precision.mean()))
    beta = settings["f_beta"]
    yield Metric(name=f"macro_f_{beta:.3f}", value=float(selection.f_beta(precision, recall, beta).mean()))
    yield Metric(name="multiclass_balanced_accuracy", value=float(recall.mean()))
    chances = losses.softmax(scores)[rows, labels]
    yield Metric(name="multiclass_log_loss", value=float(-np.log(np.maximum(chances, np.finfo(float).tiny)).mean()))
