"""Models that a batch transform job asked: their answers are read as an endpoint gives them."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation_job.errors import EvaluationError
from evaluation_job.evaluate import evaluate

SCORE = {"score": "/predictions/0/score"}
LABELLED = {"labelled_scores": "", "content_type": "application/jsonlines"}


def _request(folder: Path, problem_type: str, answers: dict[str, Any], **changes: Any) -> None:
    reading: dict[str, Any] = {
        "content_type": "text/csv",
        "accept": "application/json",
        "score": None,
        "label": None,
        "labelled_scores": None,
        "classes": [],
    }
    content = {
        "problem_type": problem_type,
        "metric": "rmse" if problem_type == "regression" else "accuracy",
        "features": ["a", "b"],
        "slices": [],
        "golden_request": "5,x",
        "artifact": None,
        "answers": reading | answers,
    }
    (folder / "request").mkdir(parents=True)
    (folder / "request" / "request.json").write_text(json.dumps(content | changes))


def _write(folder: Path, name: str, *lines: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n")


def _said(folder: Path, *answers: Any, model: str = "candidate") -> None:
    """Below the prefix that the job read, in two files, and the golden request's answer."""
    place = folder / model / "runs" / "m" / "test"
    lines = [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
    _write(place, "part-0.csv.out", *lines[:2])
    _write(place, "part-1.csv.out", *lines[2:])
    _write(folder / model / "golden", "golden-request.csv.out", lines[0])


def _rows(folder: Path, *rows: str) -> None:
    _write(folder / "test", "part-0.csv", *rows[:2])
    _write(folder / "test", "part-1.csv", *rows[2:])


def _prediction(**values: Any) -> dict[str, Any]:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html
    return {"predictions": [values]}


def test_a_regression_against_its_champion(tmp_path: Path) -> None:
    _request(tmp_path, "regression", SCORE, slices=["b"])
    _rows(tmp_path, "1,5,x", "2,6,y", "4,7,x")
    _said(tmp_path, *[_prediction(score=value) for value in (1, 3, 4)])
    _said(tmp_path, *[_prediction(score=value) for value in (1, 2, 7)], model="champion")
    found = evaluate(tmp_path)
    assert found["candidate"]["metrics"]["mae"] == pytest.approx(1 / 3)
    assert found["champion"]["metrics"]["mae"] == pytest.approx(1)
    assert found["difference"]["value"] == pytest.approx((1 / 3) ** 0.5 - 3**0.5)
    assert found["candidate"]["slices"]["b"] == {
        "x": {"rows": 2, "metrics": {"mae": 0.0, "rmse": 0.0, "error_std": 0.0}},
        "y": {"rows": 1, "metrics": {"mae": 1.0, "rmse": 1.0, "error_std": 0.0}},
    }
    assert found["golden"] == {"request": "5,x", "answer": {"predictions": [{"score": 1}]}}


def test_the_class_that_is_answered_counts_and_not_a_half(tmp_path: Path) -> None:
    # Linear learner chooses its threshold itself.
    _request(tmp_path, "binary_classification", SCORE | {"label": "/predictions/0/predicted_label"})
    _rows(tmp_path, "1,5,x", "0,6,y", "1,7,x")
    answers = [(0.4, 1), (0.1, 0), (0.3, 1)]
    _said(tmp_path, *[_prediction(score=score, predicted_label=label) for score, label in answers])
    found = evaluate(tmp_path)["candidate"]["metrics"]
    assert (found["accuracy"], found["auc"], found["recall"]) == (1.0, 1.0, 1.0)


def test_probabilities_in_a_list_are_those_of_the_classes_in_order(tmp_path: Path) -> None:
    _request(tmp_path, "multiclass_classification", {"score": "/0", "classes": ["cat", "dog", "bird"]})
    _rows(tmp_path, "dog,5,x", "cat,6,y", "bird,7,x")
    _said(tmp_path, [[0.1, 0.7, 0.2]], [[0.2, 0.5, 0.3]], [[0, 0, 1]])
    found = evaluate(tmp_path)["candidate"]
    assert found["metrics"]["accuracy"] == pytest.approx(2 / 3)
    assert found["recalls"] == {"bird": 1.0, "cat": 0.0, "dog": 1.0}


def test_numbers_of_classes_may_be_written_as_either_kind_of_number(tmp_path: Path) -> None:
    _request(tmp_path, "multiclass_classification", {"label": "", "accept": "text/csv"})
    _rows(tmp_path, "0,5,x", "1,6,y", "2.0,7,x")
    _said(tmp_path, "0.0", "1", "2")
    found = evaluate(tmp_path)["candidate"]
    assert (found["metrics"]["accuracy"], found["metrics"]["log_loss"]) == (1.0, None)
    assert list(found["recalls"]) == ["0", "1", "2"]


def test_a_text_is_classified_by_labelled_scores(tmp_path: Path) -> None:
    _request(tmp_path, "text_classification", LABELLED, features=[], golden_request='{"inputs": "good"}')
    _write(tmp_path / "test", "part-0.csv", '{"label": "POS", "request": {"inputs": "good"}}')
    _write(tmp_path / "test", "part-1.csv", '{"label": "NEG", "request": {"inputs": "bad"}}')
    place = tmp_path / "candidate"
    both = [[{"label": "POS", "score": 0.75}, {"label": "NEG", "score": 0.25}] for _ in range(2)]
    _write(place, "part-0.csv.out", json.dumps(both[0]))
    _write(place, "part-1.csv.out", json.dumps(both[1]))
    _write(place, "golden-request.json.out", json.dumps(both[0]))
    found = evaluate(tmp_path)
    assert found["candidate"]["metrics"]["accuracy"] == 0.5
    assert found["candidate"]["recalls"] == {"NEG": 0.0, "POS": 1.0}
    assert found["golden"]["answer"] == both[0]


def test_the_likeliest_class_alone_has_no_loss(tmp_path: Path) -> None:
    _request(tmp_path, "multiclass_classification", {"labelled_scores": ""})
    _rows(tmp_path, "a,5,x", "b,6,y", "b,7,x")
    _said(tmp_path, *[[{"label": name, "score": 0.7}] for name in "abb"])
    found = evaluate(tmp_path)["candidate"]["metrics"]
    assert (found["accuracy"], found["log_loss"]) == (1.0, None)


def test_a_champion_of_other_answers_is_not_comparable(tmp_path: Path) -> None:
    _request(tmp_path, "regression", SCORE)
    _rows(tmp_path, "1,5,x", "2,6,y", "4,7,x")
    _said(tmp_path, *[_prediction(score=value) for value in (1, 3, 4)])
    _said(tmp_path, [1], [2], [3], model="champion")
    found = evaluate(tmp_path)
    assert found["champion"] is None
    assert (
        found["champion_reason"]
        == "not comparable: of the champion, an answer has no score at /predictions/0/score: [1]"
    )


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ((_prediction(score=1), _prediction(score=1)), "part-1.csv.out has 0 answers to the 1 rows of part-1.csv"),
        (("{", "{", "{"), "part-0.csv.out has an answer that is no JSON"),
        (([1], [2], [3]), r"an answer has no score at /predictions/0/score: \[1\]"),
        ([_prediction(score="1")] * 3, "the score of an answer must be a finite number, got '1'"),
        ([_prediction(score=True)] * 3, "the score of an answer must be a finite number, got 'True'"),
        (['{"predictions": [{"score": NaN}]}'] * 3, "has an answer that is no JSON: NaN"),
    ],
)
def test_what_is_no_answer_to_the_rows_is_told(tmp_path: Path, answers: Any, message: str) -> None:
    _request(tmp_path, "regression", SCORE)
    _rows(tmp_path, "1,5,x", "2,6,y", "4,7,x")
    _said(tmp_path, *answers)
    with pytest.raises(EvaluationError, match=message):
        evaluate(tmp_path)


@pytest.mark.parametrize(
    ("problem_type", "answers", "said", "message"),
    [
        ("binary_classification", SCORE, _prediction(score=3), "answers between 3 and 3, binary_classification needs"),
        ("binary_classification", {"labelled_scores": ""}, [], "need a score or a label"),
        ("multiclass_classification", {"score": "", "classes": ["0"]}, [0.5, 0.5], "a list of 1 classes' scores"),
        ("multiclass_classification", {"score": ""}, [2, -1], "must be probabilities, between 0 and 1"),
        ("multiclass_classification", {"labelled_scores": ""}, [{"name": 1}], "labelled scores must be a list like"),
    ],
)
def test_answers_that_do_not_fit_the_problem_are_told(
    tmp_path: Path, problem_type: str, answers: dict[str, Any], said: Any, message: str
) -> None:
    _request(tmp_path, problem_type, answers)
    _rows(tmp_path, "1,5,x", "0,6,y", "1,7,x")
    _said(tmp_path, said, said, said)
    with pytest.raises(EvaluationError, match=message):
        evaluate(tmp_path)


@pytest.mark.parametrize(
    ("problem_type", "rows", "message"),
    [
        ("regression", ("1,5,x", "tall,6,y"), "labels of this problem type must be numbers, got 'tall'"),
        ("binary_classification", ("1,5,0", "no,6,1"), "must be 0 or 1, got .* in 2 of 2 rows; .* stand under b"),
        ("regression", ("1,5", "2,6"), "test rows must have a label and 2 features, part-0.csv has 2 columns"),
        ("regression", (",5,6", "2,6,7"), "every test row needs a label, its first column; one is missing"),
    ],
)
def test_rows_that_do_not_fit_are_told(tmp_path: Path, problem_type: str, rows: tuple[str, ...], message: str) -> None:
    _request(tmp_path, problem_type, SCORE)
    _write(tmp_path / "test", "part-0.csv", *rows)
    _write(tmp_path / "candidate", "part-0.csv.out", *[json.dumps(_prediction(score=0.5))] * 2)
    with pytest.raises(EvaluationError, match=message):
        evaluate(tmp_path)


def test_a_line_that_is_no_row_is_told(tmp_path: Path) -> None:
    _request(tmp_path, "text_classification", LABELLED, features=[])
    _write(tmp_path / "test", "part-0.csv", "__label__positive  good")
    with pytest.raises(EvaluationError, match="line 1 is no test row: it must be JSON like"):
        evaluate(tmp_path)


def test_a_class_of_two_is_0_or_1(tmp_path: Path) -> None:
    _request(tmp_path, "binary_classification", {"label": "/l"})
    _rows(tmp_path, "1,5,x", "0,6,y", "1,7,x")
    _said(tmp_path, {"l": 1}, {"l": 2}, {"l": 0})
    with pytest.raises(EvaluationError, match=r"the label of an answer of binary_classification must be 0 or 1, got 2"):
        evaluate(tmp_path)


def test_an_answer_that_json_does_not_know_is_refused(tmp_path: Path) -> None:
    # Python reads it; evaluation.json, and whoever compares with it, could not.
    _request(tmp_path, "regression", SCORE)
    _rows(tmp_path, "1,5,x", "2,6,y", "4,7,x")
    _said(tmp_path, *[f'{{"predictions": [{{"score": {value}, "spread": NaN}}]}}' for value in (1, 2, 4)])
    with pytest.raises(EvaluationError, match=r"part-0.csv.out has an answer that is no JSON: NaN"):
        evaluate(tmp_path)
