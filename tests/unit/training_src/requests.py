"""Requests of evaluations for the tests."""

from typing import Any

from evaluation_job.request import Answers, Artifact, Request

ARTIFACT = {"file": "xgboost-model", "begins_with": "7b", "most_bytes": 512 * 1024**2}
XGBOOST = Artifact(file="xgboost-model", begins_with=b"{", most_bytes=512 * 1024**2)


def asked(features: tuple[str, ...], **changes: Any) -> Request:
    """Of a model that the job loads itself."""
    known: dict[str, Any] = {
        "problem_type": "regression",
        "metric": "rmse",
        "features": features,
        "slices": (),
        "golden_request": "",
        "artifact": XGBOOST,
        "answers": None,
    }
    return Request(**known | changes)


def answers(**changes: Any) -> Answers:
    known: dict[str, Any] = {
        "content_type": "text/csv",
        "accept": "application/json",
        "score": None,
        "label": None,
        "labelled_scores": None,
        "classes": (),
    }
    return Answers(**known | changes)
