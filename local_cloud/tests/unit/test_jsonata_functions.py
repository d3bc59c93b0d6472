"""JSONata as Step Functions has it.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata

from local_cloud.kernel.clock import VirtualClock
from local_cloud.services.step_functions.jsonata_functions import QueryEvaluationError, evaluate


def _evaluate(expression: str) -> Any:
    return evaluate(expression, clock=VirtualClock())


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$partition([1,2,3,4], 2)", [[1, 2], [3, 4]]),
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        # A size or a step that is no integer is rounded to the nearest one.
        ("$partition([1,2,3,4], 1.5)", [[1, 2], [3, 4]]),
        ("$partition([1,2,3], 1.4)", [[1], [2], [3]]),
        ("$range(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("$range(0.6, 9.4, 1.9)", [1, 3, 5, 7, 9]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$distinct([1, 1])", [1]),
        ("$distinct([1, true, 1.0, {'a': 1}, {'a': 1}])", [1, True, {"a": 1}]),
        ("$distinct('one')", "one"),
        # Data that talks about the forbidden function is only data.
        ("'call $eval(1)'", "call $eval(1)"),
        ('{"$eval(": 1}', {"$eval(": 1}),
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


@pytest.mark.parametrize(
    "expression",
    [
        "$eval('1')",
        "$eval /* a comment */ ('1')",
        "($other := $eval; $other('1'))",
        "$map(['1'], $eval)",
        "$partition([1], 0)",
        "$hash('a', 'CRC32')",
        "1 +",
        "$range(1, 2, 0)",
        "$range(1, 2, 0.4)",
    ],
)
def test_what_cannot_be_evaluated_is_an_error(expression: str) -> None:
    with pytest.raises(QueryEvaluationError):
        _evaluate(expression)


def test_now_follows_the_virtual_clock() -> None:
    clock = VirtualClock(offset_seconds=10 * 365 * 86400)

    assert str(evaluate("$now()", clock=clock))[:4] > "2035"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # 2001-09-09T01:46:40Z is a billion seconds after the epoch.
        ("$now('[Y0001]-[M01]-[D01] [H01]:[m01]')", "2001-09-09 01:46"),
        ("$now('[H01]:[m01]', '+0200')", "03:46"),
        ("$now() = $fromMillis($millis())", True),
    ],
)
def test_now_takes_a_picture_and_a_time_zone(expression: str, expected: Any) -> None:
    clock = VirtualClock(offset_seconds=1e9 - time.time())

    assert evaluate(expression, clock=clock) == expected


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(
    value=_VALUES,
    expression=st.sampled_from(
        [
            "$x",
            "$x.a",
            "$x[0]",
            "$string($x)",
            "{'r': $x, 'n': $x.b}",
            "[$x]",
            "$count($x)",
            "$x = null",
            "$append($x, 1)",
            "($y := $x; $y)",
            "$type($x.a)",
            "$map($x, function($v) {$v})",
        ]
    ),
    around=st.sampled_from(["{}", "$type({})", "$exists({})"]),
)
def test_values_of_variables_mean_what_they_mean_as_a_part_of_the_expression(
    value: Any, expression: str, around: str
) -> None:
    # As moto writes a state's variables.
    text = around.format(f'($x:={json.dumps(value, ensure_ascii=False)};$other:={{"a":[1]}};{expression})')

    found, expected = [_outcome(evaluation, text) for evaluation in (_evaluate, Jsonata.jsonata)]

    assert repr(found) == repr(expected)


def test_a_character_beyond_the_first_plane_stays_one() -> None:
    # JSON writes it as two escapes: https://www.rfc-editor.org/rfc/rfc8259#section-7
    assert _evaluate('($x:="\\ud83d\\ude00";$length($x) & $x)') == "1\N{GRINNING FACE}"


def _outcome(evaluation: Callable[[str], Any], text: str) -> Any:
    try:
        found = evaluation(text)
        return found.evaluate(None) if isinstance(found, Jsonata) else found
    except (QueryEvaluationError, JException, ValueError, TypeError):
        return "error"


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        # Recorded on AWS: https://github.com/localstack/localstack, test_math_operations_jsonata.snapshot.json.
        ("$foo()", "T1006: Attempted to invoke a non-function"),
        ("$error('boom')", "D3137: boom"),
        ("$assert(false, 'no')", "D3141: no"),
        ("$sum('x')", "T0412: Argument 1 of function sum must be an array of n"),
        ("1 / 0", "D1001: Number out of range"),
        ("$power(10, 10000)", "D1001: Number out of range"),
    ],
)
def test_an_error_has_its_code_and_no_word_of_python(expression: str, told: str) -> None:
    with pytest.raises(QueryEvaluationError) as failed:
        _evaluate(expression)
    assert str(failed.value) == told


@pytest.mark.parametrize(
    "expression", ["$number('abc')", "$toMillis('x')", "$parseInteger('x', 'zz')", "$hash(1, 'X')"]
)
def test_an_error_without_a_code_is_told_in_words(expression: str) -> None:
    with pytest.raises(QueryEvaluationError) as failed:
        _evaluate(expression)
    assert not re.search(r"could not convert|isoformat|Error|[\[\]]", str(failed.value))
