"""Golden answers: how they are written, read and compared."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from config.algorithm import Algorithm
from config.algorithms import resolve
from contract import golden
from contract.family import BEFORE
from contract.golden import Golden
from evaluation_job import answers
from evaluation_job.request import Answers

TRAINING_SOURCE = Path(__file__).parents[3] / "training_src"


@pytest.mark.parametrize("algorithm", [resolve("xgboost")])
def test_the_evaluation_writes_what_is_read(algorithm: Algorithm) -> None:
    # It runs in a container that does not have the contract.
    place = TRAINING_SOURCE / algorithm.evaluation
    (written,) = [
        value
        for path in ([place] if place.is_file() else place.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
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
    assert golden.read(said, family=BEFORE) == value


IN_JSON = replace(BEFORE, content_type="application/json", answer="/predictions/0/score", tolerance=0.01)


# https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html
@pytest.mark.parametrize(
    "said", ['{"predictions": [{"score": 0.4, "predicted_label": 0}]}', '{"predictions":[{"score":0.4}]}\n']
)
def test_a_number_is_found_where_the_family_says(said: str) -> None:
    assert golden.read(said, family=IN_JSON) == 0.4


# The examples of https://www.rfc-editor.org/rfc/rfc6901#section-5
@pytest.mark.parametrize(("pointer", "value"), [("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/ ", 7), ("/m~0n", 8)])
def test_a_pointer_is_that_of_the_standard(pointer: str, value: float) -> None:
    said = '{"": 0, "a/b": 1, "c%d": 2, " ": 7, "m~n": 8}'
    assert golden.read(said, family=replace(IN_JSON, answer=pointer)) == value


@pytest.mark.parametrize(
    "said",
    [
        "0.4",
        '{"predictions": []}',
        '{"predictions": {"0": 0.4}}',
        '{"predictions": "0"}',
        "{",
        "[" * 100_000,
    ],
)
def test_what_has_nothing_there_is_quoted(said: str) -> None:
    with pytest.raises(ValueError, match="instead of a value at /predictions/0/score") as raised:
        golden.read(said, family=IN_JSON)
    assert str(raised.value).startswith(repr(said[:200]))


def test_a_family_says_how_exact_an_answer_is() -> None:
    assert golden.agrees(100.9, expected=100, family=IN_JSON)
    assert not golden.agrees(101.1, expected=100, family=IN_JSON)
    assert not golden.agrees(100.9, expected=100, family=BEFORE)


# The spacing of 32-bit floats at 0.1 and at 12 (numpy.spacing): 7.45e-09 and 9.5e-07.
@pytest.mark.parametrize(("answer", "expected"), [(0.10000001, 0.1), (12.000001, 12.0), (0.000001, 0.0)])
def test_the_last_digit_of_a_float_does_not_count(answer: float, expected: float) -> None:
    assert golden.agrees(answer, expected=expected, family=BEFORE)


@pytest.mark.parametrize("answer", [0.26, 0.2501, -0.25, float("nan"), float("inf")])
def test_another_answer_does_not_agree(answer: float) -> None:
    assert not golden.agrees(answer, expected=0.25, family=BEFORE)


LABELS = replace(BEFORE, accept="application/json", tolerance=0.01)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ('[{"label": "positive", "score": 0.9}]', [{"label": "positive", "score": 0.9}]),
        ('"setosa"', "setosa"),
        ("[0.1, 0.9]\n", [0.1, 0.9]),
        ("3", 3),
    ],
)
def test_an_answer_is_any_json(said: str, answer: object) -> None:
    assert golden.read(said, family=LABELS) == answer


@pytest.mark.parametrize(
    ("said", "answer"), [("setosa\n", "setosa"), ("0.1, 0.9", [0.1, 0.9]), ("[0.1, 0.9]", [0.1, 0.9]), (".5", 0.5)]
)
def test_an_answer_in_csv_is_a_value_or_a_list(said: str, answer: object) -> None:
    assert golden.read(said, family=BEFORE) == answer


# A class may be called true, null or nan; and what is no list in JSON may still have its brackets.
@pytest.mark.parametrize(
    "said", ["true", "null", "NaN", "nan", "inf", '"yes"', "[a, b]", "007", "1,true", '{"a": 1}', "[0.1, 0.9]", "1e-3"]
)
def test_an_answer_is_read_as_the_evaluation_reads_it(tmp_path: Path, said: str) -> None:
    (tmp_path / f"{answers.GOLDEN}.csv.out").write_text(f"{said}\n", encoding="utf-8")
    wanted = Answers(content_type="text/csv", accept="text/csv", score=None, label="", labelled_scores=None, classes=())
    expected = answers.golden(tmp_path, wanted)
    assert golden.agrees(golden.read(said, family=BEFORE), expected=expected, family=BEFORE)


@pytest.mark.parametrize("said", ["", "positive", "{", "[" * 100_000])
def test_what_is_no_json_is_quoted(said: str) -> None:
    with pytest.raises(ValueError, match="instead of an answer in application/json") as raised:
        golden.read(said, family=LABELS)
    assert str(raised.value).startswith(repr(said[:200]))


@pytest.mark.parametrize(
    ("answer", "expected", "same"),
    [
        ("setosa", "setosa", True),
        ("setosa", "virginica", False),
        ([0.1, 0.9], [0.1001, 0.9], True),
        ([0.1, 0.9], [0.2, 0.8], False),
        ([0.1, 0.9], [0.1], False),
        ([{"label": "a", "score": 0.5}], [{"label": "a", "score": 0.504}], True),
        ([{"label": "a", "score": 0.5}], [{"label": "b", "score": 0.5}], False),
        ({"label": "a"}, {"label": "a", "score": 1}, False),
        (1, 1.0, True),
        (1, True, False),
        (1, "1", False),
        (None, None, True),
        ([], {}, False),
        (float("nan"), float("nan"), False),
    ],
)
def test_answers_agree_part_by_part(answer: object, expected: object, same: bool) -> None:
    assert golden.agrees(answer, expected=expected, family=LABELS) is same
    assert golden.agrees(expected, expected=answer, family=LABELS) is same


@pytest.mark.parametrize(("answer", "shown"), [(0.25, "0.25"), (1, "1"), ("a", '"a"'), ([1, "b"], '[1, "b"]')])
def test_an_answer_is_shown_in_a_line(answer: object, shown: str) -> None:
    assert golden.shown(answer) == shown
