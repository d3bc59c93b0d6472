r"""Intrinsic functions of JSONPath states.

Expected values are AWS's: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html, and what
LocalStack recorded of executions on AWS (tests/aws/services/stepfunctions/v2/intrinsic_functions/*.snapshot.json).
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.services.step_functions.intrinsic_functions import IntrinsicError, apply, fill
from local_cloud.services.step_functions.intrinsics import Call, IntrinsicSyntaxError, Literal, Path, Text, parse

_SPECIAL = "'{}\\"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in _SPECIAL else sign for sign in text)


@given(st.text())
def test_an_escaped_text_stands_for_itself(text: str) -> None:
    assert parse(f"States.Array('{_escaped(text)}')").arguments == (Text(value=text, pieces=(text,)),)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_template_has_its_values_at_its_places(texts: list[str]) -> None:
    call = parse(f"States.Format('{'{}'.join(map(_escaped, texts))}')")
    pieces = call.arguments[0].pieces
    assert fill(pieces, ["|"] * (len(texts) - 1)) == "|".join(texts)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("States.Array()", ()),
        (
            "States.Array(1, -2.5, 1e3, true, false, null)",
            tuple(Literal(value=value) for value in (1, -2.5, 1000.0, True, False, None)),
        ),
        ("States.Array($.a , $$.Execution.Id)", (Path(text="$.a"), Path(text="$$.Execution.Id"))),
        ("States.Array($['a, b'][0], $.c[?(@.d > 1)].e)", (Path(text="$['a, b'][0]"), Path(text="$.c[?(@.d > 1)].e"))),
        ("States.Array($name)", (Path(text="$name"),)),
        (
            "States.Array(States.UUID())",
            (Call(name="UUID", arguments=(), text="States.UUID()"),),
        ),
    ],
)
def test_arguments_are_read(text: str, arguments: tuple[Any, ...]) -> None:
    assert parse(text).arguments == arguments


@pytest.mark.parametrize(
    "text",
    [
        "States.Array(",
        "States.Array(1 2)",
        "States.Array(1,)",
        "States.Array('open)",
        r"States.Format('He said \"Hello\"')",
        r"States.Format('\n')",
        "States.Array(1) and more",
        "Array(1)",
        "$.a",
        "States.Array(nothing)",
        "States.ArrayLength(" * 11 + "$.a" + ")" * 11,
    ],
)
def test_what_is_no_call_is_refused(text: str) -> None:
    with pytest.raises(IntrinsicSyntaxError):
        parse(text)


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("Array", [1, None], [1, None]),
        ("ArrayPartition", [[0, 1, 2], 2], [[0, 1], [2]]),
        ("ArrayContains", [[1, 2, 3], 2], True),
        ("ArrayContains", [[[1, 2, 3], 2], [1, 2, 3]], True),
        ("ArrayContains", [[True], 1], False),
        ("ArrayRange", [1, 9, 2], [1, 3, 5, 7, 9]),
        ("ArrayGetItem", [[1, 2, 3, 4, 5, 6, 7, 8, 9], 5], 6),
        ("ArrayLength", [[1, 2, 3]], 3),
        ("ArrayUnique", [[1, 2, 3, 3, 1.0, True, {"a": 1}, {"a": 1}]], [1, 2, 3, True, {"a": 1}]),
        ("Base64Encode", ["Data to encode"], "RGF0YSB0byBlbmNvZGU="),
        ("Base64Decode", ["RGF0YSB0byBlbmNvZGU="], "Data to encode"),
        ("Hash", ["input data", "SHA-1"], "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("JsonMerge", [{"a": {"a1": 1}, "b": 2}, {"a": {"a3": 1}, "c": 3}, False], {"a": {"a3": 1}, "b": 2, "c": 3}),
        ("StringToJson", ['{"a": 1}'], {"a": 1}),
        ("StringToJson", [" "], None),
        ("JsonToString", [{"Arg1": 1, "Arg2": []}], '{"Arg1":1,"Arg2":[]}'),
        ("MathAdd", [1.49, 1.5], 3),
        ("MathAdd", [-1.5, -1.51], -3),
        ("StringSplit", ["This.is+a,test=string", ".+,="], ["This", "is", "a", "test", "string"]),
        ("StringSplit", [",,,,", ","], []),
        ("MathRandom", [7, 8], 7),
        ("Format", ["{} and {}", {"Arg1": 1, "Arg2": []}, 1.1], "{Arg1=1, Arg2=[]} and 1.1"),
    ],
)
def test_functions_give_what_aws_gives(name: str, arguments: list[Any], value: Any) -> None:
    given_back = apply(name, arguments)
    assert (given_back, type(given_back)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ArrayPartition", [[1], 0]),
        ("ArrayRange", [1, 9, 0]),
        ("ArrayRange", [0, 1000, 1]),
        ("ArrayGetItem", [[1], 1]),
        ("ArrayGetItem", [[1], -1]),
        ("ArrayLength", ["text"]),
        ("Base64Encode", ["x" * 10_001]),
        ("Base64Decode", ["/w=="]),
        ("Hash", ["text", "SHA-2"]),
        ("JsonMerge", [{}, {}, True]),
        ("JsonMerge", [1, {}, False]),
        ("StringToJson", ["{"]),
        ("MathAdd", ["1", 2]),
        ("MathAdd", [True, 2]),
        ("MathRandom", [2, 2]),
        ("StringSplit", [1, ","]),
        ("Format", ["{} {}", 1]),
        ("Format", [5]),
    ],
)
def test_arguments_that_aws_does_not_take_are_told_in_words(name: str, arguments: list[Any]) -> None:
    with pytest.raises(IntrinsicError) as refused:
        apply(name, arguments)
    assert "'" not in str(refused.value)
