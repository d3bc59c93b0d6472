"""Kinds of hyperparameters: how the text of one becomes a value, and which values are allowed.

The same kinds, in the same words, as ``sagemaker_algorithm_toolkit/hyperparameter_validation.py`` of
https://github.com/aws/sagemaker-xgboost-container, v3.0-5, which is what a job's FailureReason quotes on AWS.
"""

import ast
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any


class HyperparameterError(ValueError):
    """A hyperparameter is missing, unknown or out of range."""


class Interval:
    """All numbers between two.

    Args:
        text: as mathematics writes it, such as ``(0, 1]`` or ``[1, +inf)``; errors quote it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        low, high = text[1:-1].split(", ")
        self._low, self._high = float(low), float(high)

    def __contains__(self, value: float) -> bool:
        # Written so that NaN is no less and no more: the container leaves it to XGBoost.
        below = value <= self._low if self._text[0] == "(" else value < self._low
        above = value >= self._high if self._text[-1] == ")" else value > self._high
        return not (below or above)

    def __str__(self) -> str:
        return self._text


class Kind(ABC):
    """What all kinds have."""

    def parse(self, name: str, text: str) -> Any:
        """The value of a text, within the range.

        Raises:
            HyperparameterError: it has none, or one that is not allowed.
        """
        try:
            value = self.read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
            raise HyperparameterError(
                f"Hyperparameter {name}: could not parse value (caused by {type(error).__name__}), got {text!r}"
            ) from error
        try:
            self.check(name, value)
        except TypeError as error:
            raise HyperparameterError(
                f"Hyperparameter {name}: unexpected failure when validating {value} (caused by TypeError)"
            ) from error
        return value

    @abstractmethod
    def read(self, text: str) -> Any:
        """The value of a text, which may raise a ValueError."""

    @abstractmethod
    def check(self, name: str, value: Any) -> None:
        """Refuse what the range does not hold."""


class Integer(Kind):
    """A whole number.

    Args:
        interval: of `Interval`.
    """

    def __init__(self, interval: str) -> None:
        self._interval = Interval(interval)

    def read(self, text: str) -> float:
        """As Python reads it: no point, no exponent."""
        return int(text)

    def check(self, name: str, value: Any) -> None:
        """It lies within the interval."""
        if value not in self._interval:
            raise HyperparameterError(f"Hyperparameter {name}: {value} is not in {self._interval}")


class Continuous(Integer):
    """A number."""

    def read(self, text: str) -> float:
        """As Python reads it."""
        return float(text)


class Categorical(Kind):
    """One of some words.

    Args:
        words: them.
    """

    def __init__(self, *words: str) -> None:
        self._words = list(words)

    def read(self, text: str) -> str:
        """As it stands."""
        return text

    def check(self, name: str, value: Any) -> None:
        """It is one of them."""
        if value not in self._words:
            raise HyperparameterError(f"Hyperparameter {name}: {value} is not in {self._words}")


class CategoricalOnCpus(Categorical):
    """One of some words, of a version that knows no GPU."""

    def check(self, name: str, value: Any) -> None:
        """It is one of them, and none that needs a GPU."""
        if "gpu" in value:
            raise HyperparameterError("GPU training is not supported yet.")
        super().check(name, value)


class Words(Kind):
    """Some words with commas, and no blanks, between them.

    Args:
        words: which are allowed.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)

    def read(self, text: str) -> list[str]:
        """As they stand."""
        return text.split(",")

    def check(self, name: str, value: Any) -> None:
        """Each is allowed."""
        if not all(self.allows(word) for word in value):
            raise HyperparameterError(f"Hyperparameter {name}: value {value} not in range {self._words}")

    def allows(self, word: str) -> bool:
        """Whether one word is allowed."""
        return word in self._words


class Metrics(Words):
    """Words that may have a threshold."""

    _WITH_THRESHOLD = ("error", "ndcg", "map")

    def allows(self, word: str) -> bool:
        """A known metric, or one of three with a number behind an @."""
        if "<function" in word:
            raise HyperparameterError(f"User defined evaluation metric {word} is not supported yet.")
        if "@" not in word:
            return super().allows(word)
        name, threshold = (part.strip() for part in word.split("@")[:2])
        if name not in self._WITH_THRESHOLD:
            raise HyperparameterError(
                f"Metric '{word}' is not supported. Parameter 'eval_metric' with customized threshold should "
                "be one of these options: 'error', 'ndcg', 'map'."
            )
        try:
            float(threshold)
        except ValueError as error:
            raise HyperparameterError(f"Threshold value 't' in '{name}@t' expects float input.") from error
        return True


class Signs(Kind):
    """A tuple of -1, 0 and 1.

    The container runs the text as a program of Python; here it must be a literal.
    """

    _SIGNS = (-1, 0, 1)

    def read(self, text: str) -> Any:
        """A literal of Python."""
        return ast.literal_eval(text)

    def check(self, name: str, value: Any) -> None:
        """Each is one of the three."""
        if any(sign not in self._SIGNS for sign in value):
            raise HyperparameterError(f"Hyperparameter {name}: value {value} not in range {list(self._SIGNS)}")


class Groups(Kind):
    """A list of lists of numbers.

    Args:
        interval: of each number.
    """

    def __init__(self, interval: str) -> None:
        self._interval = Interval(interval)

    def read(self, text: str) -> Any:
        """A literal of Python."""
        return ast.literal_eval(text)

    def check(self, name: str, value: Any) -> None:
        """Each number lies within the interval."""
        if any(number not in self._interval for group in value for number in group):
            raise HyperparameterError(f"Hyperparameter {name}: value {value} not in range {self._interval}")
