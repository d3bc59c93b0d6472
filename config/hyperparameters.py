"""What a training job takes, and what each value may be."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.ranges import Range

Value = bool | str | int | float
# As the algorithms' own schemas read them, which are stricter than Python's float().
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TRUTH = ("False", "True")


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What the value of a hyperparameter may be: one of some words, or a number between two others.

    Args:
        words: such as ``auto``.
        low: the least number; None where no number is allowed.
        high: the largest one.
        without_low: whether ``low`` itself is too little.
        without_high: whether ``high`` itself is too much.
        whole: whether the number has to be an integer.
    """

    words: frozenset[str] = frozenset()
    low: float | None = None
    high: float = math.inf
    without_low: bool = False
    without_high: bool = False
    whole: bool = False

    def takes(self, value: Value) -> bool:
        """Whether a value of a configuration is such a one; truth may be written as Python does, as SageMaker's SDK."""
        text = written(value)
        if text in self.words or (text in _TRUTH and text.lower() in self.words):
            return True
        if isinstance(value, bool) or self.low is None or not (_WHOLE if self.whole else _NUMBER).fullmatch(text):
            return False
        return self.holds(float(text))

    def holds(self, number: float) -> bool:
        """Whether a number, which is whole where it has to be, lies between the two."""
        if self.low is None or not math.isfinite(number):
            return False
        enough = number > self.low if self.without_low else number >= self.low
        return enough and (number < self.high if self.without_high else number <= self.high)

    def __str__(self) -> str:
        """As an error tells it."""
        told = [f"one of {sorted(self.words)}"] if self.words else []
        if self.low is not None:
            kind = "an integer" if self.whole else "a number"
            bounds = [] if self.low == -math.inf else [f"{'above' if self.without_low else 'from'} {self.low:g}"]
            if self.high != math.inf:
                bounds.append(f"{'below' if self.without_high else 'up to'} {self.high:g}")
            told.append(" ".join([kind, *bounds]))
        return " or ".join(told)


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """What a training job of the algorithm takes.

    Args:
        known: all names; any other ends the job. Empty where a script of the user's own decides.
        required: names without which there is no job.
        aliases: names that people try, and what the container calls the same thing.
        tunable: names that a tuning job may vary; empty where a script decides.
        ranges: that a tuning job gets when the model has none.
        page: where AWS describes them.
        values: what some of them may be.
        any: whether a script of the user's own decides what there is.
        as_json: whether each value is written as JSON, as frameworks read them.
        fixed: what a job of the algorithm always has besides, as SageMaker takes it.
    """

    known: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    tunable: frozenset[str] = frozenset()
    ranges: Mapping[str, Range] = field(default_factory=dict)
    page: str
    values: Mapping[str, Allowed] = field(default_factory=dict)
    any: bool = False
    as_json: bool = False
    fixed: Mapping[str, str] = field(default_factory=dict)


def written(value: Value) -> str:
    """A value as SageMaker takes it: a text; truth as JSON writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
