"""State ``Judge Candidate``: applies the gate to the evaluation and records both."""

from typing import Any

from contract.history import Kind
from retraining.logic import evaluation
from shared import catalogue, events, settings
from shared.adapters import s3, tables


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: model, run_id, recorded_at, evaluation (S3 URI), training (results), champion (ARN or empty), test_run.

    Result: passed, metric, value, champion_value, threshold and reason.
    """
    name, run_id = events.text(event, "model"), events.text(event, "run_id")
    gate = catalogue.model(name)["gate"]
    found = s3.read_json(events.text(event, "evaluation"))
    verdict = evaluation.judge(found, gate=gate)
    training = events.mapping(event, "training")
    row = {
        "recorded_at": events.text(event, "recorded_at"),
        "test_run": bool(event.get("test_run")),
        "training_job": training["training_job"],
        "tuning_job": training.get("tuning_job"),
        "metric": training.get("objective_metric"),
        "objective": training.get("objective"),
        "trial_count": training.get("trial_count"),
        "eval_metric": gate["metric"],
        "eval_value": verdict.value,
        "champion": event.get("champion") or None,
        "champion_value": verdict.champion_value,
    }
    history_table = settings.text("HISTORY_TABLE")
    tables.append(
        history_table,
        kind=Kind.EVALUATION,
        subject=name,
        moment=run_id,
        values={
            **row,
            "metrics": found["candidate"]["metrics"],
            "difference": found.get("difference"),
            "evaluation": event["evaluation"],
        },
    )
    tables.append(
        history_table,
        kind=Kind.DECISION,
        subject=name,
        moment=run_id,
        values={
            **row,
            "outcome": "accepted" if verdict.passed else "rejected",
            "threshold": gate["threshold"],
            "tolerance": gate["tolerance"],
            "reason": verdict.reason,
        },
    )
    result = {
        "passed": verdict.passed,
        "metric": gate["metric"],
        "value": verdict.value,
        "threshold": gate["threshold"],
        "reason": verdict.reason,
    }
    if verdict.champion_value is not None:
        result["champion_value"] = verdict.champion_value
    return result
