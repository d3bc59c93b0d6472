"""Builds the evaluation's processing job and judges what it found."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retraining.errors import MetricNotFoundError

INPUT = "/opt/ml/processing/input"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The gate's decision.

    Args:
        passed: whether the candidate may be registered.
        value: of the gate's metric.
        champion_value: of the champion, None when there was nothing to compare with.
        reason: for people.
    """

    passed: bool
    value: float
    champion_value: float | None
    reason: str


def request(*, model: Mapping[str, Any], features: list[str], golden_request: str) -> dict[str, Any]:
    """request.json of the evaluation script."""
    return {
        "problem_type": model["problem_type"],
        "metric": model["gate"]["metric"],
        "features": features,
        "slices": model["gate"]["slices"],
        "golden_request": golden_request,
    }


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


def judge(evaluation: Mapping[str, Any], *, gate: Mapping[str, Any]) -> Verdict:
    """Apply the gate: better than the threshold, and not worse than the champion beyond the tolerance.

    Args:
        evaluation: evaluation.json.
        gate: metric, threshold, tolerance and greater_is_better.

    Raises:
        MetricNotFoundError: the evaluation has no such metric, or could not compute it.
    """
    metric, sign = gate["metric"], 1 if gate["greater_is_better"] else -1
    value = _value(evaluation["candidate"], metric)
    champion = evaluation.get("champion")
    champion_value = _value(champion, metric) if champion else None
    above = math.isfinite(value) and sign * value > sign * gate["threshold"]
    kept_up = champion_value is None or (
        math.isfinite(champion_value) and _tolerated(sign * (champion_value - value), gate["tolerance"])
    )
    comparison = "greater" if sign > 0 else "less"
    parts = [f"{metric} is {value:.5g}, it must be {comparison} than {gate['threshold']:g}"]
    if champion_value is not None:
        parts.append(
            f"the champion's is {champion_value:.5g}, at most {gate['tolerance']:g} worse is tolerated"
            f"{_interval(evaluation)}"
        )
    else:
        parts.append(f"not compared: {evaluation.get('champion_reason') or 'there is no champion'}")
    return Verdict(passed=above and kept_up, value=value, champion_value=champion_value, reason="; ".join(parts))


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
