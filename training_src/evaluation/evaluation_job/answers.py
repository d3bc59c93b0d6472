"""The answers of a batch transform job: what an endpoint of the model says to each row.

Such a job writes a file ``<name>.out`` for each of its input files, here with one answer a line
(https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evaluation_job import cells, scored
from evaluation_job.errors import EvaluationError
from evaluation_job.held_out import HeldOut
from evaluation_job.metrics import BINARY, REGRESSION
from evaluation_job.pointers import follow
from evaluation_job.request import Answers, Request
from evaluation_job.scored import Scored

# How the name of the file begins that holds the golden request, whose answer lies beside the others.
GOLDEN = "golden-request"
_SUFFIX = ".out"
# By how much the sum of a row of 32-bit probabilities may differ from 1.
_ROUNDED = 1e-3


def read(folder: Path, held_out: HeldOut, wanted: Answers) -> list[Any]:
    """What the model said to each held-out row, in their order.

    Raises:
        EvaluationError: the answers are not those of the rows.
    """
    said: list[Any] = []
    for name, rows in held_out.rows.items():
        answers = _lines(_only(folder, f"{name}{_SUFFIX}"), wanted)
        if len(answers) != rows:
            raise EvaluationError(
                f"{name}{_SUFFIX} has {len(answers)} answers to the {rows} rows of {name}; "
                "the model must answer each request with one line"
            )
        said += answers
    return said


def golden(folder: Path, wanted: Answers) -> Any:
    """The answer to the golden request, whole.

    Raises:
        EvaluationError: there is none, or more than one.
    """
    answers = _lines(_only(folder, f"{GOLDEN}*{_SUFFIX}"), wanted)
    if len(answers) != 1:
        raise EvaluationError(f"the golden request has {len(answers)} answers, one is needed")
    return answers[0]


def scored_by(said: list[Any], held_out: HeldOut, request: Request, wanted: Answers) -> Scored:
    """The answers beside the truth.

    Raises:
        EvaluationError: an answer is not what the problem type needs.
    """
    if request.problem_type == REGRESSION:
        return scored.of_numbers(_truth(held_out), _numbers(said, wanted.score, "score"))
    if request.problem_type == BINARY:
        return _of_two_classes(said, held_out, wanted)
    return _of_classes(said, held_out, wanted)


def _of_two_classes(said: list[Any], held_out: HeldOut, wanted: Answers) -> Scored:
    truth = _truth(held_out)
    scores = None if wanted.score is None else _numbers(said, wanted.score, "score")
    if scores is not None and (scores.min() < 0 or scores.max() > 1):
        raise EvaluationError(
            f"the model answers between {scores.min():g} and {scores.max():g}, {BINARY} needs probabilities of class 1"
        )
    if wanted.label is None:
        if scores is None:
            raise EvaluationError(f"answers of {BINARY} need a score or a label")
        return scored.of_probabilities(truth, scores)
    answered = _numbers(said, wanted.label, "label")
    other = answered[(answered != 0) & (answered != 1)]
    if len(other):
        raise EvaluationError(f"the label of an answer of {BINARY} must be 0 or 1, got {other[0]:g}")
    return Scored(truth=truth, scores=scores, answered=answered)


def _of_classes(said: list[Any], held_out: HeldOut, wanted: Answers) -> Scored:
    truth = [_class_name(label) for label in held_out.labels]
    rows = _probabilities(said, wanted)
    labels = None if wanted.label is None else [_class_name(_at(item, wanted.label, "label")) for item in said]
    known = {name for row in rows for name in row} | set(labels or ())
    classes = tuple(sorted(known | set(truth), key=_order))
    number = {name: index for index, name in enumerate(classes)}
    y = np.array([number[name] for name in truth], dtype=np.float64)
    if not rows:
        return Scored(
            truth=y, scores=None, answered=np.array([number[name] for name in labels or ()], float), classes=classes
        )
    scores = np.array([[row.get(name, 0.0) for name in classes] for row in rows], dtype=np.float64)
    if not np.isfinite(scores).all() or scores.min() < 0 or scores.max() > 1 + _ROUNDED:
        raise EvaluationError("the scores of the classes must be probabilities, between 0 and 1")
    found = scored.of_classes(y, scores, classes)
    if (np.abs(scores.sum(axis=1) - 1) > _ROUNDED).any():
        # Those of the likeliest classes only, as a text classifier answers if it is not asked for all.
        found = replace(found, scores=None)
    if labels is None:
        return found
    return replace(found, answered=np.array([number[name] for name in labels], dtype=np.float64))


def _probabilities(said: list[Any], wanted: Answers) -> list[dict[str, float]]:
    """Probability by class of each answer; nothing when the answers have none."""
    if wanted.labelled_scores is not None:
        listed = [_at(item, wanted.labelled_scores, "labelled scores") for item in said]
        try:
            return [{_class_name(part["label"]): float(part["score"]) for part in item} for item in listed]
        except (TypeError, KeyError, ValueError) as error:
            raise EvaluationError(
                f'labelled scores must be a list like [{{"label": "a", "score": 0.5}}], got {str(listed[0])[:100]}'
            ) from error
    if wanted.score is None:
        return []
    found: list[dict[str, float]] = []
    for item in said:
        scores = _at(item, wanted.score, "score")
        names = wanted.classes or tuple(str(index) for index in range(len(scores) if isinstance(scores, list) else 0))
        if not isinstance(scores, list) or len(scores) != len(names):
            raise EvaluationError(f"a list of {len(names) or 'all'} classes' scores is needed, got {str(scores)[:100]}")
        found.append({name: float(value) for name, value in zip(names, scores)})  # noqa: B905  # Python 3.8
    return found


def _truth(held_out: HeldOut) -> Any:
    if held_out.labels.dtype.kind != "f":
        first = next(label for label in held_out.labels if not _is_number(label))
        raise EvaluationError(f"labels of this problem type must be numbers, got {str(first)!r}")
    return held_out.labels


def _is_number(text: Any) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _numbers(said: list[Any], pointer: str | None, what: str) -> Any:
    if pointer is None:
        raise EvaluationError(f"answers of this problem type need a {what}")
    values = [_at(item, pointer, what) for item in said]
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
            raise EvaluationError(f"the {what} of an answer must be a finite number, got {str(value)[:100]!r}")
    return np.array(values, dtype=np.float64)


def _at(item: Any, pointer: str, what: str) -> Any:
    try:
        return follow(item, pointer)
    except (LookupError, TypeError) as error:
        place = f"at {pointer}" if pointer else "there"
        raise EvaluationError(f"an answer has no {what} {place}: {json.dumps(item)[:100]}") from error


def _class_name(label: Any) -> str:
    """One spelling of a class: 1, 1.0 and "1" are the same."""
    if isinstance(label, (int, float)) and not isinstance(label, bool) and float(label).is_integer():
        return str(int(label))
    return str(label)


def _order(name: str) -> tuple[int, float, str]:
    return (0, float(name), name) if _is_number(name) else (1, 0.0, name)


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.rglob(pattern))
    if len(found) != 1:
        raise EvaluationError(f"{len(found)} files {pattern} lie in {folder.name}/, one is needed")
    return found[0]


def _lines(path: Path, wanted: Answers) -> list[Any]:
    texts = [line for line in cells.lines(path.read_bytes(), path.name) if line.strip()]
    try:
        return [_json(line) if "json" in wanted.accept else _plain(line) for line in texts]
    except ValueError as error:
        raise EvaluationError(f"{path.name} has an answer that is no JSON: {error}") from error


def _json(line: str) -> Any:
    """What Python reads beyond JSON is refused: https://www.rfc-editor.org/rfc/rfc8259#section-6."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(line, parse_constant=refuse)


def _plain(line: str) -> Any:
    """A number, a label, or several of them between commas."""
    parts = [float(part) if _is_number(part) else part.strip() for part in line.strip().strip("[]").split(",")]
    return parts[0] if len(parts) == 1 else parts
