"""The metrics that the container computes itself, beside those that XGBoost knows.

They are those of ``metrics/custom_metrics.py`` of https://github.com/aws/sagemaker-xgboost-container, v3.0-5, which
calls scikit-learn 1.5; older versions have some of them. Since 3.0-5 that container hands them to XGBoost as
``custom_metric``, which gets probabilities
(https://xgboost.readthedocs.io/en/release_3.0.0/tutorials/custom_metric_obj.html), but it still takes everything above
0 for class 1, as if they were log-odds. So with ``binary:logistic`` all rows are of class 1 to these metrics: accuracy
and precision are the share of ones, recall is 1, whatever the model is. Numbers here are the same.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import xgboost as xgb

Vector = npt.NDArray[np.float64]


def _share(part: Vector, whole: Vector) -> Vector:
    """0 of nothing."""
    shares: Vector = part / np.maximum(whole, 1)
    return shares


class _Counts:
    """How often each class was right, predicted and meant.

    Args:
        labels: what is meant.
        found: what was predicted.

    Raises:
        ValueError: a label is no class; scikit-learn's words.
    """

    def __init__(self, labels: Vector, found: Vector) -> None:
        if (labels != np.floor(labels)).any():
            kind = "binary" if len(np.unique(found)) <= 2 else "multiclass"  # noqa: PLR2004  # two classes
            raise ValueError(f"Classification metrics can't handle a mix of continuous and {kind} targets")
        self.classes = np.union1d(labels, found)
        same = labels == found
        self.right = np.array([np.sum(same & (labels == each)) for each in self.classes], dtype=np.float64)
        self.found = np.array([np.sum(found == each) for each in self.classes], dtype=np.float64)
        self.meant = np.array([np.sum(labels == each) for each in self.classes], dtype=np.float64)

    def of_ones(self, values: Vector) -> float:
        """What one of two classes has."""
        if len(self.classes) > 2:  # noqa: PLR2004  # two classes
            raise ValueError(
                "Target is multiclass but average='binary'. Please choose another average setting,"
                " one of [None, 'micro', 'macro', 'weighted']."
            )
        ones = values[self.classes == 1]
        if ones.size:
            return float(ones[0])
        if len(self.classes) > 1:
            raise ValueError(f"pos_label=1 is not a valid label. It should be one of {self.classes.tolist()}")
        return 0.0

    @property
    def accuracy(self) -> float:
        """Share of the rows that are right."""
        return float(self.right.sum() / self.meant.sum())

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the recalls of all classes that are meant."""
        there = self.meant > 0
        return float(np.mean(self.right[there] / self.meant[there]))

    @property
    def precision(self) -> Vector:
        """By class; 0 for one that was never predicted."""
        return _share(self.right, self.found)

    @property
    def recall(self) -> Vector:
        """By class; 0 for one that is never meant."""
        return _share(self.right, self.meant)

    @property
    def f1(self) -> Vector:
        """By class."""
        return _share(2 * self.right, self.found + self.meant)


_OF_CLASSES: dict[str, Callable[[_Counts], float]] = {
    "accuracy": lambda counts: counts.accuracy,
    "balanced_accuracy": lambda counts: counts.balanced_accuracy,
    "f1": lambda counts: float(np.mean(counts.f1)),
    "f1_binary": lambda counts: counts.of_ones(counts.f1),
    "f1_macro": lambda counts: float(np.mean(counts.f1)),
    "precision": lambda counts: counts.of_ones(counts.precision),
    "precision_macro": lambda counts: float(np.mean(counts.precision)),
    # Of all classes together, each row that is wrong is one too many and one too few.
    "precision_micro": lambda counts: counts.accuracy,
    "recall": lambda counts: counts.of_ones(counts.recall),
    "recall_macro": lambda counts: float(np.mean(counts.recall)),
    "recall_micro": lambda counts: counts.accuracy,
}


def _r2(labels: Vector, predictions: Vector) -> float:
    rest, all_ = np.sum((labels - predictions) ** 2), np.sum((labels - labels.mean()) ** 2)
    if len(labels) < 2:  # noqa: PLR2004  # not defined for one
        return float("nan")
    return float(1 - rest / all_) if all_ else float(rest == 0)


_OF_NUMBERS: dict[str, Callable[[Vector, Vector], float]] = {
    "mae": lambda labels, predictions: float(np.mean(np.abs(labels - predictions))),
    "mse": lambda labels, predictions: float(np.mean((labels - predictions) ** 2)),
    "rmse": lambda labels, predictions: float(np.sqrt(np.mean((labels - predictions) ** 2))),
    "r2": _r2,
}
# XGBoost's own metrics of these names are not asked for.
NAMES = frozenset({*_OF_CLASSES, *_OF_NUMBERS})


def above_zero(predictions: Vector) -> Vector:
    """Classes of margins: the largest of several, else 1 above 0."""
    return np.asarray(np.argmax(predictions, axis=1) if predictions.ndim > 1 else predictions > 0, dtype=np.float64)


def rounded(predictions: Vector) -> Vector:
    """Classes of probabilities, as 0.90-2 has them: the nearest whole number, of two the even one.

    Raises:
        ValueError: a row has several predictions, which that version cannot round either.
    """
    if predictions.ndim > 1:
        raise ValueError("type numpy.ndarray doesn't define __round__ method")
    return np.rint(predictions.astype(np.float64))


def custom_metric(
    names: Sequence[str], *, classes: Callable[[Vector], Vector] = above_zero
) -> Callable[[Vector, xgb.DMatrix], list[tuple[str, float]]]:
    """What XGBoost calls after each round.

    Args:
        names: of this module's metrics.
        classes: of predictions.
    """

    def compute(predictions: Vector, rows: xgb.DMatrix) -> list[tuple[str, float]]:
        labels = rows.get_label().astype(np.float64)
        return [(name, value(name, labels, predictions, classes=classes)) for name in names]

    return compute


def value(name: str, labels: Vector, predictions: Vector, *, classes: Callable[[Vector], Vector] = above_zero) -> float:
    """One metric; it is not weighted.

    Raises:
        ValueError: it does not fit the labels or the predictions.
    """
    if name in _OF_NUMBERS:
        if predictions.ndim > 1:
            raise ValueError(f"y_true and y_pred have different number of output (1!={predictions.shape[1]})")
        return _OF_NUMBERS[name](labels, predictions.astype(np.float64))
    if not predictions.size:
        return 0.0
    return _OF_CLASSES[name](_Counts(labels, classes(predictions)))
