"""Ranges of hyperparameters, in which a tuning job looks for the best values."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.strict import Strict


class NumericRange(Strict):
    """A continuous or integer range of a hyperparameter."""

    type: Literal["continuous", "integer"]
    min: float
    max: float
    scaling: Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"] = "Auto"

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if not self.min < self.max:
            raise ValueError(f"min must be less than max, got {self.min:g} and {self.max:g}")
        if self.type == "integer" and not (self.min.is_integer() and self.max.is_integer()):
            raise ValueError(f"an integer range has whole bounds, got {self.min:g} and {self.max:g}")
        if self.scaling == "Logarithmic" and self.min <= 0:
            raise ValueError(f"logarithmic scaling needs a min above 0, got {self.min:g}")
        if self.scaling == "ReverseLogarithmic" and not (self.type == "continuous" and 0 <= self.min < self.max < 1):
            raise ValueError("reverse logarithmic scaling needs a continuous range within [0, 1)")
        return self


class CategoricalRange(Strict):
    """Values of a hyperparameter."""

    type: Literal["categorical"]
    values: tuple[str, ...] = Field(min_length=1)


Range = Annotated[NumericRange | CategoricalRange, Field(discriminator="type")]
