"""Steps of gradient descent, for all columns of a matrix of parameters at once.

Adam: https://arxiv.org/abs/1412.6980; RMSprop: slide 29 of
https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf. What ``auto`` means for their own
hyperparameters the documentation does not say; here it is what their authors recommend, and 0.9 for the momentum. A
job of few steps gets a smaller ``beta_1``: with 0.9 it would end while it still swings around its goal.
"""

from dataclasses import dataclass, field

import numpy as np

from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import Settings

_SMALL = 1e-8
# Of so many steps at least the first moment must forget what it knew.
_FORGETS = 12


@dataclass(kw_only=True)
class Optimizer:
    """What it remembers between steps is saved in checkpoints.

    Args:
        name: ``adam``, ``rmsprop`` or ``sgd``.
        shape: of the parameters.
        settings: the job's.
        in_all: how many steps there will be.
        steps: how many were made.
    """

    name: str
    shape: tuple[int, int]
    settings: Settings
    in_all: int
    steps: int = 0
    first: Matrix = field(init=False)
    second: Matrix = field(init=False)

    def __post_init__(self) -> None:
        """It has seen nothing yet."""
        self.first, self.second = np.zeros(self.shape), np.zeros(self.shape)

    def change(self, gradient: Matrix) -> Matrix:
        """What to subtract from the parameters, for a learning rate of 1."""
        self.steps += 1
        if self.name == "sgd":
            self.first = self.settings.or_else("momentum", 0.9) * self.first + gradient
            return self.first
        if self.name == "rmsprop":
            self.second = 0.9 * self.second + 0.1 * gradient**2
            return np.asarray(gradient / np.sqrt(self.second + _SMALL))
        one = self.settings.or_else("beta_1", min(0.9, max(0.0, 1 - _FORGETS / self.in_all)))
        two = self.settings.or_else("beta_2", 0.999)
        self.first = one * self.first + (1 - one) * gradient
        self.second = two * self.second + (1 - two) * gradient**2
        mean, square = self.first / (1 - one**self.steps), self.second / (1 - two**self.steps)
        return np.asarray(mean / (np.sqrt(square) + _SMALL))


def of(settings: Settings, shape: tuple[int, int], *, steps: int) -> Optimizer:
    """The optimizer of a job of so many steps."""
    return Optimizer(name=settings.or_else("optimizer", "adam"), shape=shape, settings=settings, in_all=steps)
