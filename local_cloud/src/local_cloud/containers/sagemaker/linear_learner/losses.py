"""The losses that linear learner can minimise, for several models at once.

Scores have the shape (rows, models, outputs), values (rows, models). Reference:
https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html (``loss`` and the parameters that it names).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import Settings


class Loss(Protocol):
    """One of them."""

    def value(self, scores: Matrix, labels: Matrix) -> Matrix:
        """What each row costs each model."""

    def slope(self, scores: Matrix, labels: Matrix) -> Matrix:
        """By how much that grows with each score."""


def _error(scores: Matrix, labels: Matrix) -> Matrix:
    return np.asarray(scores[:, :, 0] - labels[:, None])


@dataclass(frozen=True, kw_only=True)
class Power:
    """Squared or absolute error; errors up to a width cost nothing.

    Args:
        squared: which.
        width: loss_insensitivity, or 0.
    """

    squared: bool
    width: float = 0.0

    def value(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        over = np.maximum(np.abs(_error(scores, labels)) - self.width, 0)
        return np.asarray(over**2 if self.squared else over)

    def slope(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        error = _error(scores, labels)
        over = np.maximum(np.abs(error) - self.width, 0)
        size = 2 * over if self.squared else (over > 0).astype(np.float64)
        return np.asarray((np.sign(error) * size)[:, :, None])


@dataclass(frozen=True, kw_only=True)
class Quantile:
    """The pinball loss: the share of labels below the prediction becomes the quantile.

    So the SDK describes it, and so others define it; the documentation's sentence says "greater" there.

    Args:
        quantile: between 0 and 1.
    """

    quantile: float

    def value(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        missing = -_error(scores, labels)
        return np.maximum(self.quantile * missing, (self.quantile - 1) * missing)

    def slope(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        missing = -_error(scores, labels)
        return np.where(missing > 0, -self.quantile, 1 - self.quantile)[:, :, None]


@dataclass(frozen=True, kw_only=True)
class Huber:
    """Squared for small errors, absolute for large ones.

    Args:
        delta: where the one becomes the other.
    """

    delta: float

    def value(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        size = np.abs(_error(scores, labels))
        return np.where(size <= self.delta, size**2 / 2, self.delta * (size - self.delta / 2))

    def slope(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        return np.clip(_error(scores, labels), -self.delta, self.delta)[:, :, None]


@dataclass(frozen=True)
class Logistic:
    """Cross-entropy of two classes, 0 and 1."""

    def value(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        found = np.logaddexp(0, np.where(labels[:, None] > 0, -scores[:, :, 0], scores[:, :, 0]))
        return np.asarray(found)

    def slope(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        return np.asarray((sigmoid(scores[:, :, 0]) - labels[:, None])[:, :, None])


@dataclass(frozen=True, kw_only=True)
class Hinge:
    """What a support vector machine minimises.

    Args:
        margin: how far beyond zero a score must be to cost nothing.
    """

    margin: float

    def value(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        return np.asarray(np.maximum(self.margin - self._signs(labels) * scores[:, :, 0], 0))

    def slope(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        return np.asarray((-self._signs(labels) * (self.value(scores, labels) > 0))[:, :, None])

    @staticmethod
    def _signs(labels: Matrix) -> Matrix:
        return np.asarray(2 * labels[:, None] - 1)


@dataclass(frozen=True)
class Softmax:
    """Cross-entropy of several classes."""

    def value(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        chosen = np.take_along_axis(scores, labels.astype(np.int64)[:, None, None], axis=2)[:, :, 0]
        return np.asarray(np.logaddexp.reduce(scores, axis=2) - chosen)

    def slope(self, scores: Matrix, labels: Matrix) -> Matrix:
        """See `Loss`."""
        found = softmax(scores)
        rows = np.arange(len(labels))
        found[rows, :, labels.astype(np.int64)] -= 1
        return found


def of(settings: Settings) -> Loss:
    """The loss of a job."""
    width = float(settings["loss_insensitivity"])
    losses: dict[str, Loss] = {
        "squared_loss": Power(squared=True),
        "absolute_loss": Power(squared=False),
        "eps_insensitive_squared_loss": Power(squared=True, width=width),
        "eps_insensitive_absolute_loss": Power(squared=False, width=width),
        "quantile_loss": Quantile(quantile=settings["quantile"]),
        "huber_loss": Huber(delta=settings["huber_delta"]),
        "logistic": Logistic(),
        "hinge_loss": Hinge(margin=settings["margin"]),
        "softmax_loss": Softmax(),
    }
    return losses[settings.loss]


def sigmoid(scores: Matrix) -> Matrix:
    """Probabilities of class 1."""
    return np.asarray(np.exp(-np.logaddexp(0, -scores)))


def softmax(scores: Matrix) -> Matrix:
    """Probabilities of the classes, along the last axis."""
    return np.asarray(np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)))
