"""request.json: what is evaluated, and how it is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from evaluation_job.errors import EvaluationError
from evaluation_job.metrics import METRICS

CSV, JSON_LINES = "text/csv", "application/jsonlines"
_NAMES = ("problem_type", "metric", "features", "slices", "golden_request", "artifact", "answers")


@dataclass(frozen=True)
class Artifact:
    """A model that the job loads itself.

    Args:
        file: the only member of its archive.
        begins_with: first bytes of the file, which no format that runs code begins with.
        most_bytes: what the archive may unpack to.
    """

    file: str
    begins_with: bytes
    most_bytes: int


@dataclass(frozen=True)
class Answers:
    """How the answers of a batch transform job are read, one a line; pointers are those of RFC 6901.

    Args:
        content_type: of the test rows: ``text/csv``, label first, or ``application/jsonlines``, objects with ``label``
            and ``request``.
        accept: of the answers.
        score: to a number (of a binary classifier the probability of 1), or to a list of the classes' probabilities.
        label: to the class that is answered; None when the scores say it.
        labelled_scores: to a list of objects with ``label`` and ``score``, one a class.
        classes: in the order of a list of scores; empty for 0, 1, 2 and so on.
    """

    content_type: str
    accept: str
    score: str | None
    label: str | None
    labelled_scores: str | None
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """What to evaluate.

    Args:
        problem_type: one of `metrics.METRICS`.
        metric: the gate's.
        features: the columns of a CSV row after the label, in order; none for other rows.
        slices: features by whose values the metrics are told too.
        golden_request: the row whose answer every deployment repeats.
        artifact: of a model that the job loads itself, else None.
        answers: of a model that a batch transform job asked, else None.
    """

    problem_type: str
    metric: str
    features: tuple[str, ...]
    slices: tuple[str, ...]
    golden_request: str
    artifact: Artifact | None
    answers: Answers | None


def parse(text: str) -> Request:
    """Read request.json.

    Raises:
        EvaluationError: it is no such request.
    """
    content = _checked_types(text)
    request = Request(
        problem_type=content["problem_type"],
        metric=content["metric"],
        features=tuple(content["features"]),
        slices=tuple(content["slices"]),
        golden_request=content["golden_request"],
        artifact=_artifact(content["artifact"]),
        answers=_answers(content["answers"]),
    )
    if request.problem_type not in METRICS:
        raise EvaluationError(f"problem_type must be one of {', '.join(METRICS)}, got {request.problem_type!r}")
    if request.metric not in METRICS[request.problem_type]:
        allowed = ", ".join(METRICS[request.problem_type])
        raise EvaluationError(f"metric of {request.problem_type} must be one of {allowed}, got {request.metric!r}")
    if (request.artifact is None) == (request.answers is None):
        raise EvaluationError("request.json must have either an artifact or answers, and null for the other")
    _check_features(request)
    return request


def _check_features(request: Request) -> None:
    needed = request.answers is None or request.answers.content_type == CSV
    if (needed and not request.features) or len(set(request.features)) != len(request.features):
        raise EvaluationError(f"features must be at least one name, each once, got {', '.join(request.features)!r}")
    unknown = [name for name in request.slices if name not in request.features]
    if unknown:
        raise EvaluationError(
            f"slices must be features, got {', '.join(unknown)}; there are {', '.join(request.features) or 'none'}"
        )


def _checked_types(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise EvaluationError(f"request.json is no JSON: {error}") from error
    if not isinstance(content, dict) or set(content) != set(_NAMES):
        found = ", ".join(sorted(content)) if isinstance(content, dict) else type(content).__name__
        raise EvaluationError(f"request.json must have exactly the keys {', '.join(_NAMES)}, got {found}")
    for name in ("features", "slices"):
        if not isinstance(content[name], list) or not all(isinstance(item, str) for item in content[name]):
            raise EvaluationError(f"{name} of request.json must be a list of names, got {content[name]!r}")
    for name in ("problem_type", "metric", "golden_request"):
        if not isinstance(content[name], str):
            raise EvaluationError(f"{name} of request.json must be text, got {content[name]!r}")
    return content


def _artifact(content: Any) -> Artifact | None:
    if content is None:
        return None
    try:
        return Artifact(
            file=str(content["file"]),
            begins_with=bytes.fromhex(content["begins_with"]),
            most_bytes=int(content["most_bytes"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationError(f"artifact of request.json must say what an archive holds, got {content!r}") from error


def _answers(content: Any) -> Answers | None:
    if content is None:
        return None
    try:
        answers = Answers(
            content_type=content["content_type"],
            accept=content["accept"],
            score=content["score"],
            label=content["label"],
            labelled_scores=content["labelled_scores"],
            classes=tuple(content["classes"]),
        )
    except (KeyError, TypeError) as error:
        raise EvaluationError(f"answers of request.json must say how they are read, got {content!r}") from error
    if answers.content_type not in (CSV, JSON_LINES):
        raise EvaluationError(f"test rows must be {CSV} or {JSON_LINES}, got {answers.content_type!r}")
    if answers.score is None and answers.label is None and answers.labelled_scores is None:
        raise EvaluationError("answers of request.json must point to a score, a label or labelled scores, got none")
    return answers
