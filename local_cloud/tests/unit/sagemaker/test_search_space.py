"""https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html"""

from typing import Any

import pytest

from local_cloud.services.sagemaker.search_space import Range, RangeError, parse


def _continuous(low: str, high: str, scaling: str | None = None) -> dict[str, Any]:
    item = {"Name": "x", "MinValue": low, "MaxValue": high}
    return {"ContinuousParameterRanges": [item | ({"ScalingType": scaling} if scaling else {})]}


@pytest.mark.parametrize(
    ("low", "high", "scaling"),
    [("0.001", "1", "Logarithmic"), ("0.1", "0.5", "Linear"), ("0", "1000", "Linear")],
)
def test_a_scaling_is_chosen_when_it_is_left_open(low: str, high: str, scaling: str) -> None:
    assert parse(_continuous(low, high))[0].scaling == scaling
    assert parse(_continuous(low, high, "Auto"))[0].scaling == scaling


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({}, "hold 0 hyperparameters"),
        (_continuous("1", "0"), "must not exceed"),
        (_continuous("one", "2"), "'x' needs numbers"),
        (_continuous("0", "nan"), "must not exceed"),
        (_continuous("0", "1", "Logarithmic"), "greater than 0"),
        (_continuous("0", "1", "ReverseLogarithmic"), "0 <= x < 1.0"),
        (_continuous("0", "1", "Square"), "'Square'"),
        ({"IntegerParameterRanges": [{"Name": "x", "MinValue": "0.5", "MaxValue": "2"}]}, "type Integer"),
        ({"IntegerParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "0", "ScalingType": "ReverseLogarithmic"}]}, "continuous"),
        ({"CategoricalParameterRanges": [{"Name": "x", "Values": []}]}, "at least one value"),
        ({"CategoricalParameterRanges": [{"Name": "x", "Values": ["a", "a"]}]}, "no value twice"),
        ({"CategoricalParameterRanges": [{"Name": "x", "Values": ["a"]}], **_continuous("0", "1")}, "more than once"),
    ],
)  # fmt: skip
def test_a_range_that_cannot_be_searched_is_refused(ranges: dict[str, Any], said: str) -> None:
    with pytest.raises(RangeError, match=said):
        parse(ranges)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Range(name="x", kind="Integer", low=1, high=9), "7"),
        (Range(name="x", kind="Continuous", low=0.1, high=0.5), "0.25"),
        (Range(name="x", kind="Continuous", low=0.5, high=0.75, scaling="ReverseLogarithmic"), "0.625"),
        (Range(name="x", kind="Categorical", values=("a", "b")), "b"),
    ],
)
def test_a_text_comes_back_from_the_optimiser_as_it_went_in(found: Range, text: str) -> None:
    drawn = found.from_text(text)
    assert drawn is not None
    assert found.to_text(drawn) == text


@pytest.mark.parametrize("text", ["0", "10", "1.5", "many", ""])
def test_a_text_outside_of_the_range_is_none_of_its_values(text: str) -> None:
    assert Range(name="x", kind="Integer", low=1, high=9).from_text(text) is None
