"""Ranges of hyperparameters, as a tuning job's request gives them and as the optimiser takes them.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_cloud.kernel.errors import LocalCloudError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value = int | float | str
_SCALINGS = ("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")
# From which ratio of its ends on a range is searched by orders of magnitude when the caller leaves that open.
_WIDE = 100
_MOST = 30


class RangeError(LocalCloudError):
    """A range that AWS would refuse; the message is for the caller."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """One tunable hyperparameter.

    Args:
        name: the hyperparameter.
        kind: ``Integer``, ``Continuous`` or ``Categorical``; must not change between parents and children.
        low: smallest value, of numbers.
        high: largest value, of numbers.
        scaling: ``Linear``, ``Logarithmic`` or ``ReverseLogarithmic``, of numbers.
        values: all values, of categories.
    """

    name: str
    kind: str
    low: float = 0
    high: float = 0
    scaling: str = "Linear"
    values: tuple[str, ...] = ()

    def distribution(self) -> "BaseDistribution":
        """What the optimiser draws from."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.kind == "Categorical":
            return CategoricalDistribution(self.values)
        logarithmic = self.scaling == "Logarithmic"
        if self.kind == "Integer":
            return IntDistribution(int(self.low), int(self.high), log=logarithmic)
        if self.scaling == "ReverseLogarithmic":
            # Fine steps near one: the distance to one is what is drawn by orders of magnitude.
            return FloatDistribution(1 - self.high, 1 - self.low, log=True)
        return FloatDistribution(self.low, self.high, log=logarithmic)

    def to_text(self, drawn: Value) -> str:
        """What the optimiser drew, as the container gets it."""
        if self.kind == "Continuous":
            # The way there and back loses the last digit, which must not lead out of the range.
            return repr(min(max(self._mirror(float(drawn)), self.low), self.high))
        return str(drawn)

    def from_text(self, text: str) -> Value | None:
        """What the optimiser would have drawn for a value; None when it is outside of the range."""
        if self.kind == "Categorical":
            return text if text in self.values else None
        try:
            value = int(text) if self.kind == "Integer" else float(text)
        except ValueError:
            return None
        if not self.low <= value <= self.high:
            return None
        return self._mirror(value) if self.kind == "Continuous" else value

    def _mirror(self, value: float) -> float:
        return 1 - value if self.scaling == "ReverseLogarithmic" else value


def parse(ranges: Mapping[str, Any]) -> tuple[Range, ...]:
    """The ranges of a request.

    Args:
        ranges: ParameterRanges.

    Raises:
        RangeError: one is empty, reversed, no number or named twice, or has a scaling it cannot have.
    """
    found = [
        *(_number(item, kind="Integer") for item in ranges.get("IntegerParameterRanges") or []),
        *(_number(item, kind="Continuous") for item in ranges.get("ContinuousParameterRanges") or []),
        *(_category(item) for item in ranges.get("CategoricalParameterRanges") or []),
    ]
    names = [item.name for item in found]
    if not 1 <= len(names) <= _MOST:
        raise RangeError(f"ParameterRanges hold {len(names)} hyperparameters, from 1 to {_MOST} are allowed")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RangeError(f"ParameterRanges name {twice} more than once")
    return tuple(found)


def _category(item: Mapping[str, Any]) -> Range:
    values: Sequence[str] = item.get("Values") or []
    if not values or len(set(values)) != len(values):
        raise RangeError(f"the range of {item['Name']!r} needs at least one value and no value twice, got {values}")
    return Range(name=item["Name"], kind="Categorical", values=tuple(values))


def _number(item: Mapping[str, Any], *, kind: str) -> Range:
    name = item["Name"]
    try:
        low, high = ((int(item[end]) if kind == "Integer" else float(item[end])) for end in ("MinValue", "MaxValue"))
    except ValueError as error:
        raise RangeError(f"the range of {name!r} needs numbers of the type {kind}: {error}") from error
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise RangeError(f"the range of {name!r} goes from {low} to {high}, the first must not exceed the second")
    scaling = item.get("ScalingType") or "Auto"
    if scaling not in _SCALINGS:
        raise RangeError(f"ScalingType of {name!r} is {scaling!r}, it must be one of {list(_SCALINGS)}")
    if scaling == "Auto":
        scaling = "Logarithmic" if low > 0 and high / low >= _WIDE else "Linear"
    if scaling == "Logarithmic" and low <= 0:
        raise RangeError(f"Logarithmic scaling of {name!r} needs values greater than 0, the range begins at {low}")
    if scaling == "ReverseLogarithmic" and (kind != "Continuous" or low < 0 or high >= 1):
        raise RangeError(
            f"ReverseLogarithmic scaling of {name!r} needs a continuous range within 0 <= x < 1.0, got {low} to {high}"
        )
    return Range(name=name, kind=kind, low=low, high=high, scaling=scaling)
