"""Golden answers: how they are written, read and compared."""

import ast
from pathlib import Path

import pytest

from contract import golden
from contract.golden import Golden

EVALUATION = Path(__file__).parents[3] / "training_src" / "xgboost" / "evaluation.py"


def test_the_evaluation_writes_what_is_read() -> None:
    # It runs in a container that does not have the contract.
    (written,) = [
        value
        for node in ast.walk(ast.parse(EVALUATION.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "golden"
    ]
    assert isinstance(written, ast.Dict)
    names = {key.value for key in written.keys if isinstance(key, ast.Constant)}
    assert names == set(Golden.__dataclass_fields__)
    content = {"golden": {"request": "0.5,2", "answer": 1}}
    assert Golden.from_evaluation(content) == Golden(request="0.5,2", answer=1.0)


@pytest.mark.parametrize(("said", "value"), [("0.25\n", 0.25), (" 1e-3 ", 0.001), ("-17.5", -17.5)])
def test_one_number_is_read_whatever_is_around_it(said: str, value: float) -> None:
    assert golden.number(said) == value


@pytest.mark.parametrize("said", ["", "yes", "0.1,0.2", "0.1\n0.2", '{"predictions": []}'])
def test_what_is_not_one_number_is_quoted(said: str) -> None:
    with pytest.raises(ValueError, match="instead of one number") as raised:
        golden.number(said)
    assert str(raised.value).startswith(repr(said))


# The spacing of 32-bit floats at 0.1 and at 12 (numpy.spacing): 7.45e-09 and 9.5e-07.
@pytest.mark.parametrize(("answer", "expected"), [(0.10000001, 0.1), (12.000001, 12.0), (0.000001, 0.0)])
def test_the_last_digit_of_a_float_does_not_count(answer: float, expected: float) -> None:
    assert golden.agrees(answer, expected=expected)


@pytest.mark.parametrize("answer", [0.26, 0.2501, -0.25, float("nan"), float("inf")])
def test_another_answer_does_not_agree(answer: float) -> None:
    assert not golden.agrees(answer, expected=0.25)
