"""The evaluation itself: what lies below the input folder becomes the content of evaluation.json."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from evaluation_job import answers, comparison, held_out, request, slices
from evaluation_job.errors import EvaluationError
from evaluation_job.held_out import HeldOut
from evaluation_job.request import Answers, Artifact, Request
from evaluation_job.scored import Scored


def evaluate(folder: Path) -> dict[str, Any]:
    """Evaluate what lies below the input folder; the result is the content of evaluation.json.

    Raises:
        EvaluationError: something there cannot be evaluated.
    """
    asked = request.parse(_read_text(folder / "request" / "request.json"))
    rows = held_out.read(folder / "test", asked)
    if asked.artifact is not None:
        return _of_models(folder, asked, rows, asked.artifact)
    if asked.answers is not None:
        return _of_answers(folder, asked, rows, asked.answers)
    raise EvaluationError("request.json has neither an artifact nor answers")


def _of_models(folder: Path, asked: Request, rows: HeldOut, wanted: Artifact) -> dict[str, Any]:
    """Models that this job loads itself; only their own image has the library, so that nothing else imports it."""
    from evaluation_job import xgboost_model  # noqa: PLC0415  # see above

    candidate = xgboost_model.load_model(folder / "candidate" / "model.tar.gz", wanted)
    xgboost_model.check_features(candidate.num_features(), asked.features, "the candidate")
    ours = xgboost_model.score(candidate, rows, asked.problem_type)
    golden = xgboost_model.golden_answer(candidate, asked)
    archive = folder / "champion" / "model.tar.gz"
    if not archive.exists():
        return _result(asked, rows, ours, golden=golden, reason="there is no champion")
    champion = xgboost_model.load_model(archive, wanted)
    if champion.num_features() != len(asked.features):
        reason = (
            f"not comparable: the champion takes {champion.num_features()} features, "
            f"the test rows have {len(asked.features)}"
        )
        return _result(asked, rows, ours, golden=golden, reason=reason)
    try:
        theirs = xgboost_model.score(champion, rows, asked.problem_type)
    except EvaluationError as error:
        return _result(asked, rows, ours, golden=golden, reason=_not_comparable(error))
    return _result(asked, rows, ours, golden=golden, champion=theirs)


def _of_answers(folder: Path, asked: Request, rows: HeldOut, wanted: Answers) -> dict[str, Any]:
    said = answers.read(folder / "candidate", rows, wanted)
    ours = answers.scored_by(said, rows, asked, wanted)
    golden = answers.golden(folder / "candidate", wanted)
    if not (folder / "champion").is_dir():
        return _result(asked, rows, ours, golden=golden, reason="there is no champion")
    try:
        theirs = answers.scored_by(answers.read(folder / "champion", rows, wanted), rows, asked, wanted)
    except EvaluationError as error:
        return _result(asked, rows, ours, golden=golden, reason=_not_comparable(error))
    return _result(asked, rows, ours, golden=golden, champion=theirs)


def _not_comparable(error: EvaluationError) -> str:
    """The champion knows other columns or classes, say; that is no fault of the candidate."""
    return f"not comparable: of the champion, {error}"


def _result(
    asked: Request,
    rows: HeldOut,
    ours: Scored,
    *,
    golden: Any,
    champion: Scored | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    columns = rows.columns(asked)
    difference = comparison.compare(asked.metric, asked.problem_type, ours, champion) if champion else None
    return {
        "problem_type": asked.problem_type,
        "rows": len(rows.labels),
        "candidate": slices.score(ours, asked.problem_type, columns),
        "champion": slices.score(champion, asked.problem_type, columns) if champion else None,
        "champion_reason": reason,
        "difference": asdict(difference) if difference else None,
        "golden": {"request": asked.golden_request, "answer": golden},
    }


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"cannot read {path.name}: {error}") from error
