"""JSONata as Step Functions has it.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided
"""

import re
from typing import Any

import pytest

from local_cloud.clock import VirtualClock
from local_cloud.step_functions.jsonata_functions import QueryEvaluationError, evaluate


def _evaluate(expression: str) -> Any:
    return evaluate(expression, clock=VirtualClock())


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$partition([1,2,3,4], 2)", [[1, 2], [3, 4]]),
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(1, 9, 2)", [1, 3, 5, 7, 9]),
        # RFC 6234's test vector
        ("$hash('abc', 'SHA-256')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("$hash('abc', 'MD5')", "900150983cd24fb0d6963f7d28e17f72"),
        ("$parse('{\"a\": [1, 2]}')", {"a": [1, 2]}),
        ("$string(1) & '-' & $string(0)", "1-0"),
    ],
)
def test_function(expression: str, expected: Any) -> None:
    assert _evaluate(expression) == expected


def test_whole_numbers_stay_whole() -> None:
    assert isinstance(_evaluate("1 + 2"), int)


def test_uuid_is_of_version_4() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", _evaluate("$uuid()"))


def test_a_seeded_random_number_is_always_the_same() -> None:
    assert _evaluate("$random(7) = $random(7)") is True


@pytest.mark.parametrize("expression", ["$eval('1')", "$hash('a', 'CRC32')", "1 +", "$range(1, 2, 0)"])
def test_what_cannot_be_evaluated_is_an_error(expression: str) -> None:
    with pytest.raises(QueryEvaluationError):
        _evaluate(expression)


def test_now_follows_the_virtual_clock() -> None:
    clock = VirtualClock(offset_seconds=10 * 365 * 86400)

    assert str(evaluate("$now()", clock=clock))[:4] > "2035"
