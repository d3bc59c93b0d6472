"""The evaluation's job, and the gate in both directions and on its boundaries."""

import json
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from contract.calls.judge_candidate import JudgeCandidate
from contract.calls.prepare_evaluation import EtlReport, PrepareEvaluation
from contract.calls.query_training_results import TrainingResults
from contract.catalogue import Gate
from contract.family import BEFORE
from contract.history import Kind
from evaluation_job import request as requests
from retraining.errors import MetricNotFoundError
from retraining.logic import evaluation


def _evaluation(candidate: float | None, champion: float | None = None, *, metric: str, **extra: Any) -> dict[str, Any]:
    return {
        "rows": 1000,
        "candidate": {"metrics": {metric: candidate, "precision": 0.5}, "slices": {}},
        "champion": None if champion is None else {"metrics": {metric: champion}, "slices": {}},
        "difference": None,
        **extra,
    }


def _gate(metric: str, threshold: float, tolerance: float = 0.0) -> Gate:
    return Gate(
        metric=metric,
        threshold=threshold,
        tolerance=tolerance,
        greater_is_better=metric in {"auc", "accuracy", "precision", "recall"},
    )


@pytest.mark.parametrize(
    ("candidate", "champion", "tolerance", "passed"),
    [
        (0.86, None, 0.0, True),
        # The threshold itself is not enough.
        (0.85, None, 0.0, False),
        (0.84, None, 0.0, False),
        (0.90, 0.90, 0.0, True),
        (0.91, 0.90, 0.0, True),
        (0.89, 0.90, 0.0, False),
        # Exactly as much worse as is tolerated, in numbers that binary floats do not hold.
        (0.89, 0.90, 0.01, True),
        (0.87, 0.90, 0.03, True),
        (0.88, 0.90, 0.02, True),
        (0.8899, 0.90, 0.01, False),
        # Tolerance does not soften the threshold.
        (0.845, 0.85, 0.1, False),
        # A candidate far above the threshold is refused when the champion is better still.
        (0.95, 0.99, 0.01, False),
    ],
)
def test_where_more_is_better(candidate: float, champion: float | None, tolerance: float, passed: bool) -> None:
    found = evaluation.judge(_evaluation(candidate, champion, metric="auc"), gate=_gate("auc", 0.85, tolerance))
    assert (found.passed, found.value, found.champion_value) == (passed, candidate, champion)


@pytest.mark.parametrize(
    ("candidate", "champion", "tolerance", "passed"),
    [
        (11.9, None, 0.0, True),
        (12.0, None, 0.0, False),
        (12.1, None, 0.0, False),
        (11.0, 11.0, 0.0, True),
        (10.9, 11.0, 0.0, True),
        (11.1, 11.0, 0.0, False),
        (11.1, 11.0, 0.1, True),
        (11.3, 11.2, 0.1, True),
        (11.11, 11.0, 0.1, False),
        (12.05, 12.0, 0.1, False),
    ],
)
def test_where_less_is_better(candidate: float, champion: float | None, tolerance: float, passed: bool) -> None:
    found = evaluation.judge(_evaluation(candidate, champion, metric="rmse"), gate=_gate("rmse", 12, tolerance))
    assert (found.passed, found.value, found.champion_value) == (passed, candidate, champion)


@pytest.mark.parametrize(("metric", "word"), [("auc", "greater"), ("rmse", "less")])
def test_the_reason_tells_value_threshold_and_champion(metric: str, word: str) -> None:
    difference = {"metric": metric, "value": 0.01, "interval": [-0.0025, 0.0225], "confidence": 0.95, "resamples": 999}
    reason = evaluation.judge(
        _evaluation(0.91, 0.9, metric=metric, difference=difference), gate=_gate(metric, 0.85, 0.02)
    ).reason
    assert reason == (
        f"{metric} is 0.91, it must be {word} than 0.85; the champion's is 0.9, at most 0.02 worse is tolerated, "
        "95% interval of the difference -0.0025 to 0.0225"
    )


def test_the_reason_tells_why_there_is_no_champion() -> None:
    gate = _gate("auc", 0.85)
    assert evaluation.judge(_evaluation(0.9, metric="auc"), gate=gate).reason.endswith(
        "not compared: there is no champion"
    )
    told = evaluation.judge(_evaluation(0.9, metric="auc", champion_reason="other columns"), gate=gate).reason
    assert told.endswith("not compared: other columns")


@pytest.mark.parametrize("missing", ["recall", "log_loss"])
def test_a_metric_that_was_not_computed_is_no_zero(missing: str) -> None:
    with pytest.raises(MetricNotFoundError, match=r"it computed \['auc', 'precision'\]") as raised:
        evaluation.judge(_evaluation(0.9, metric="auc"), gate=_gate(missing, 0.5))
    assert repr(missing) in str(raised.value)


def test_a_metric_that_has_no_value_is_no_zero() -> None:
    # The AUC of a single class does not exist.
    with pytest.raises(MetricNotFoundError):
        evaluation.judge(_evaluation(None, metric="auc"), gate=_gate("auc", 0.5))


@pytest.mark.parametrize("metric", ["auc", "rmse"])
@pytest.mark.parametrize(("candidate", "champion"), [(float("nan"), None), (0.9, float("nan")), (float("nan"), 0.9)])
def test_what_is_no_number_never_passes(metric: str, candidate: float, champion: float | None) -> None:
    found = _evaluation(candidate, champion, metric=metric)
    assert not evaluation.judge(found, gate=_gate(metric, 0.5 if metric == "auc" else 12)).passed


def test_zero_is_a_value() -> None:
    assert evaluation.judge(_evaluation(0, metric="rmse"), gate=_gate("rmse", 12)).passed
    assert not evaluation.judge(_evaluation(0, metric="auc"), gate=_gate("auc", 0.5)).passed


@pytest.mark.parametrize("champion", [None, "s3://b/models/m/0/output/model.tar.gz"])
def test_the_inputs_are_what_the_service_takes(champion: str | None) -> None:
    inputs = evaluation.inputs(
        code="s3://b/code/evaluation.py",
        request_uri="s3://b/evaluations/m/r/request.json",
        test="s3://b/runs/m/r/test/",
        candidate="s3://b/models/m/1/output/model.tar.gz",
        champion=champion,
    )
    names = ["code", "request", "test", "candidate", *(["champion"] if champion else [])]
    assert [item["InputName"] for item in inputs] == names
    assert {item["S3Input"]["LocalPath"] for item in inputs} == {f"/opt/ml/processing/input/{name}" for name in names}
    model = botocore.session.get_session().get_service_model("sagemaker")
    operation: Any = model.operation_model("CreateProcessingJob").input_shape
    shape = operation.members["ProcessingInputs"]
    validator: Any = ParamValidator()
    report = validator.validate(inputs, shape)
    assert not report.has_errors(), report.generate_report()
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
    assert len(inputs) <= shape.metadata["max"]


def test_the_entrypoint_is_where_the_script_is_mounted() -> None:
    assert evaluation.entrypoint("s3://assets/0123abcd.py") == ["python3", "/opt/ml/processing/input/code/0123abcd.py"]


def test_the_request_tells_what_to_evaluate() -> None:
    asked = PrepareEvaluation(
        model="m",
        run_id="r",
        group="g",
        problem_type="regression",
        gate=replace(_gate("rmse", 12), slices=("carrier_code",)),
        script="s3://assets/evaluation.py",
        request="s3://b/evaluations/m/r/request.json",
        model_data_url="s3://b/model.tar.gz",
        test="s3://b/runs/m/r/test/part",
        report=EtlReport(fingerprint="f", features=("a", "carrier_code"), golden_request="1,2"),
        family=replace(BEFORE, image="registry/sagemaker-xgboost:3.0-5"),
    )
    assert evaluation.request(asked) == {
        "problem_type": "regression",
        "metric": "rmse",
        "features": ["a", "carrier_code"],
        "slices": ["carrier_code"],
        "golden_request": "1,2",
        "artifact": {"file": "xgboost-model", "begins_with": "7b", "most_bytes": 512 * 1024**2},
        "answers": None,
    }
    # The job does not have the contract.
    assert requests.parse(json.dumps(evaluation.request(asked))).features == ("a", "carrier_code")
    # The script of a run that began before there were families takes no other keys than it knew.
    before = evaluation.request(replace(asked, family=BEFORE))
    assert set(before) == {"problem_type", "metric", "features", "slices", "golden_request"}


@pytest.mark.parametrize(("value", "outcome"), [(0.9, "accepted"), (0.8, "rejected")])
def test_a_judgement_leaves_a_measurement_and_a_decision_behind(value: float, outcome: str) -> None:
    found = _evaluation(value, 0.8, metric="auc")
    gate = _gate("auc", 0.85, 0.01)
    verdict = evaluation.judge(found, gate=gate)
    asked = JudgeCandidate(
        model="m",
        run_id="r",
        recorded_at="2026-03-01T12:00:00Z",
        gate=gate,
        evaluation="s3://b/evaluation.json",
        training=TrainingResults(training_job="j", model_data_url="s3://b/model.tar.gz", metrics={}),
        champion="arn",
    )
    rows = evaluation.rows(asked, found, verdict)
    assert set(rows) == {Kind.EVALUATION, Kind.DECISION}
    measured, decided = rows[Kind.EVALUATION], rows[Kind.DECISION]
    assert (measured["eval_value"], measured["champion"], measured["champion_value"]) == (value, "arn", 0.8)
    assert (measured["metrics"], measured["evaluation"]) == (found["candidate"]["metrics"], "s3://b/evaluation.json")
    assert (decided["outcome"], decided["threshold"], decided["tolerance"]) == (outcome, 0.85, 0.01)
    # What there is nothing of is left out of a row.
    assert (measured["tuning_job"], measured["metric"], measured["trial_count"]) == (None, None, None)
