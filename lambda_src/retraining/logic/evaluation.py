"""Builds the evaluation's processing job and judges what it found."""

import math
from collections.abc import Mapping
from typing import Any

from contract.calls.judge_candidate import JudgeCandidate, Verdict
from contract.calls.prepare_evaluation import PreparedEvaluation, PrepareEvaluation, Scoring
from contract.catalogue import Answers, Gate
from contract.family import BEFORE, Family
from contract.history import Kind
from retraining.errors import MetricNotFoundError
from shared.versions import Version

INPUT = "/opt/ml/processing/input"


def request(asked: PrepareEvaluation) -> dict[str, Any]:
    """request.json of the evaluation, which loads the versions itself or reads what they answered."""
    told = {
        "problem_type": asked.problem_type,
        "metric": asked.gate.metric,
        "features": list(asked.report.features),
        "slices": list(asked.gate.slices),
        "golden_request": asked.report.golden_request,
    }
    if asked.family == BEFORE:
        # The run began before there were families, and its script takes these keys and no others.
        return told
    answers = asked.answers if asked.scoring == "transform" else None
    return {
        **told,
        "artifact": _artifact(asked.family) if answers is None else None,
        "answers": _answers(answers, accept=asked.family.accept) if answers else None,
    }


def _artifact(family: Family) -> dict[str, Any]:
    artifact = family.artifact
    return {"file": artifact.file, "begins_with": artifact.begins_with, "most_bytes": artifact.most_bytes}


def _answers(answers: Answers, *, accept: str) -> dict[str, Any]:
    pointers = {name: answers.pointers.get(name) for name in ("score", "label", "labelled_scores")}
    return {"content_type": answers.held_out, "accept": accept, **pointers, "classes": list(answers.classes)}


def comparable(champion: Version | None, *, algorithm: str) -> Version | None:
    """The champion, unless it is of another algorithm than the candidate, whose evaluation cannot read it."""
    return champion if champion is not None and champion.algorithm == algorithm else None


def prepared(
    asked: PrepareEvaluation, *, champion: Version | None, scoring: Scoring | None = None
) -> PreparedEvaluation:
    """The processing job that compares a candidate with the champion, if there is one.

    Args:
        asked: what is evaluated.
        champion: None without one.
        scoring: the jobs whose answers it reads; None when it reads the versions themselves.
    """
    candidate, other = asked.model_data_url, champion.model_data_url if champion else None
    if scoring:
        candidate, other = scoring.candidate.output, scoring.champion.output if scoring.champion else None
    return PreparedEvaluation(
        entrypoint=tuple(entrypoint(asked.script)),
        inputs=tuple(
            inputs(
                code=asked.script,
                request_uri=asked.request,
                test=asked.test,
                candidate=candidate,
                champion=other,
            )
        ),
        champion=champion.arn if champion else "",
        scoring=scoring,
    )


def entrypoint(code: str) -> list[str]:
    """ContainerEntrypoint; the script keeps the name that it has on S3."""
    return ["python3", f"{INPUT}/code/{code.rpartition('/')[2]}"]


def inputs(*, code: str, request_uri: str, test: str, candidate: str, champion: str | None) -> list[dict[str, Any]]:
    """ProcessingInputs by their S3 URIs."""
    sources = {"code": code, "request": request_uri, "test": test, "candidate": candidate, "champion": champion}
    return [
        {
            "InputName": name,
            "S3Input": {
                "S3Uri": uri,
                "LocalPath": f"{INPUT}/{name}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
                "S3DataDistributionType": "FullyReplicated",
            },
        }
        for name, uri in sources.items()
        if uri is not None
    ]


def judge(evaluation: Mapping[str, Any], *, gate: Gate, not_compared: str = "") -> Verdict:
    """Apply the gate: better than the threshold, and not worse than the champion beyond the tolerance.

    Args:
        evaluation: evaluation.json.
        gate: what it must reach.
        not_compared: why there was nothing to compare with; empty for what the evaluation says.

    Raises:
        MetricNotFoundError: the evaluation has no such metric, or could not compute it.
    """
    metric, sign = gate.metric, 1 if gate.greater_is_better else -1
    value = _value(evaluation["candidate"], metric)
    champion = evaluation.get("champion")
    champion_value = _value(champion, metric) if champion else None
    above = math.isfinite(value) and sign * value > sign * gate.threshold
    kept_up = champion_value is None or (
        math.isfinite(champion_value) and _tolerated(sign * (champion_value - value), gate.tolerance)
    )
    comparison = "greater" if sign > 0 else "less"
    parts = [f"{metric} is {value:.5g}, it must be {comparison} than {gate.threshold:g}"]
    if champion_value is not None:
        parts.append(
            f"the champion's is {champion_value:.5g}, at most {gate.tolerance:g} worse is tolerated"
            f"{_interval(evaluation)}"
        )
    else:
        why = not_compared or evaluation.get("champion_reason") or "there is no champion"
        parts.append(f"not compared: {why}")
    return Verdict(
        passed=above and kept_up,
        metric=metric,
        value=value,
        threshold=gate.threshold,
        reason="; ".join(parts),
        champion_value=champion_value,
    )


def rows(asked: JudgeCandidate, evaluation: Mapping[str, Any], verdict: Verdict) -> dict[Kind, dict[str, Any]]:
    """Rows of the history by kind: what was measured, and what was decided.

    Args:
        asked: what was judged.
        evaluation: evaluation.json.
        verdict: the gate's decision.
    """
    training = asked.training
    common = {
        "recorded_at": asked.recorded_at,
        "test_run": asked.test_run,
        "training_job": training.training_job,
        "tuning_job": training.tuning_job or None,
        "metric": training.objective_metric or None,
        "objective": training.objective,
        "trial_count": training.trial_count,
        "eval_metric": verdict.metric,
        "eval_value": verdict.value,
        "champion": asked.champion or None,
        "champion_value": verdict.champion_value,
    }
    return {
        Kind.EVALUATION: {
            **common,
            "metrics": evaluation["candidate"]["metrics"],
            "difference": evaluation.get("difference"),
            "evaluation": asked.evaluation,
        },
        Kind.DECISION: {
            **common,
            "outcome": "accepted" if verdict.passed else "rejected",
            "threshold": verdict.threshold,
            "tolerance": asked.gate.tolerance,
            "reason": verdict.reason,
        },
    }


def _tolerated(worse: float, tolerance: float) -> bool:
    # 0.9 - 0.88 is a little more than 0.02 in binary; exactly the tolerance is tolerated.
    return worse <= tolerance or math.isclose(worse, tolerance)


def _value(scores: Mapping[str, Any], metric: str) -> float:
    value = scores["metrics"].get(metric)
    if value is None:
        raise MetricNotFoundError(
            f"the evaluation has no value of {metric!r}, it computed {sorted(scores['metrics'])}; "
            "see the evaluation job's log"
        )
    return float(value)


def _interval(evaluation: Mapping[str, Any]) -> str:
    difference = evaluation.get("difference")
    if not difference:
        return ""
    low, high = difference["interval"]
    return f", {difference['confidence']:.0%} interval of the difference {low:.5g} to {high:.5g}"
