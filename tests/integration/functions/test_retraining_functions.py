"""The retraining workflow's functions from the tuning plan to the registered version."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from contract.calls.judge_candidate import JudgeCandidate, Verdict
from contract.calls.load_configuration import Configuration, LoadConfiguration
from contract.calls.plan_tuning import PlanTuning
from contract.calls.prepare_evaluation import PrepareEvaluation
from contract.calls.query_training_results import TrainingResults
from contract.calls.save_model import SaveModel
from contract.catalogue import Retraining
from contract.family import BEFORE
from contract.history import Kind
from contract.record import required
from local_cloud.testing.roles import OTHER, as_role, make_role
from retraining.errors import InvalidInputError, MetricNotFoundError
from retraining.handlers import (
    judge_candidate,
    load_configuration,
    plan_tuning,
    prepare_evaluation,
    query_training_results,
    save_model,
)
from shared import catalogue
from shared.adapters import tables
from shared.errors import InvalidEventError, UnknownModelError
from tests.integration.functions.conftest import IMAGE, Workspace

Models = Callable[..., None]
RUN = "20260301123456-0123ab"
AT = "2026-03-01T12:34:56.789Z"
TRAINING = {"AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"}}


@pytest.fixture(autouse=True)
def _one_model(workspace: Workspace, models: Models) -> None:
    models(m={})


def _load(model: str = "m", **given: object) -> dict[str, Any]:
    asked = LoadConfiguration(model=model, run_id=RUN, execution="arn:e", started=AT, input={"model": model, **given})
    return load_configuration.lambda_handler(asked.to_json(), None)


def _settings() -> Retraining:
    found = catalogue.model("m").retraining
    assert found is not None
    return found


def test_the_settings_of_a_model_are_loaded(workspace: Workspace) -> None:
    found = Configuration.from_json(_load())
    assert (found.settings.gate.metric, found.commit, found.approval.prod) == ("auc", "c0ffee", "manual")
    assert (found.group, found.raw_uri) == (f"{workspace.app}-m", f"s3://{workspace.bucket}/raw/m/")


def test_a_run_ends_with_what_it_began_with_whatever_is_deployed_meanwhile(
    workspace: Workspace, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = Configuration.from_json(_load())
    # Another version of the app, without this model, and with everything else changed.
    models(other={"gate": {"threshold": 0.99}, "approval": {"prod": "automatic"}})
    monkeypatch.setenv("COMMIT", "0ther")
    uri = _evaluated(workspace, 0.9)
    judged = JudgeCandidate(
        model="m", run_id=RUN, recorded_at=AT, gate=began.settings.gate, evaluation=uri, training=_trained(workspace)
    )
    verdict = Verdict.from_json(judge_candidate.lambda_handler(judged.to_json(), None))
    assert (verdict.passed, verdict.threshold) == (True, 0.85)
    assert began.settings.tuning is not None
    tuned = PlanTuning(model="m", run_id=RUN, tuning=began.settings.tuning, training=TRAINING)
    assert plan_tuning.lambda_handler(tuned.to_json(), None)["space"]["metric"] == "validation:auc"
    saved = save_model.lambda_handler(_asked(workspace, began=began, verdict=verdict).to_json(), None)
    package = _package(workspace, saved)
    assert package["CustomerMetadataProperties"]["commit"] == "c0ffee"
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert began.settings.algorithm.evaluation_script == "s3://assets/evaluation"


@pytest.mark.parametrize("model", ["n", "", "null"])
def test_an_unknown_model_is_told(model: str) -> None:
    with pytest.raises(UnknownModelError, match="choose one of m"):
        _load(model)


def test_what_was_probably_meant_is_told(models: Models) -> None:
    models(**{"flight-delay": {}, "air-time": {}})
    with pytest.raises(UnknownModelError) as raised:
        _load("flight-dely")
    assert str(raised.value) == (
        "no model named 'flight-dely' is configured; did you mean flight-delay? choose one of air-time, flight-delay"
    )


@pytest.mark.security("hostile input")
def test_an_input_that_means_nothing_is_told() -> None:
    with pytest.raises(InvalidInputError, match="force must be true or false, got 'true'"):
        _load(force="true")


def _plan(*, test_run: bool = False) -> dict[str, Any]:
    tuning = _settings().tuning
    assert tuning is not None
    asked = PlanTuning(model="m", run_id=RUN, tuning=tuning, training=TRAINING, test_run=test_run)
    return plan_tuning.lambda_handler(asked.to_json(), None)


def _tuned(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    job: str,
    *,
    run: str,
    fingerprint: str,
    test_run: bool = False,
) -> dict[str, Any]:
    """What the state after a tuning job does."""
    planned = _plan(test_run=test_run)
    description = {
        "HyperParameterTuningJobName": job,
        "ObjectiveStatusCounters": {"Succeeded": 1 if test_run else 6},
        "TrainingJobStatusCounters": {"Completed": 1} if test_run else {"Completed": 6, "NonRetryableError": 2},
        "BestTrainingJob": {
            "TrainingJobName": f"{job}-001",
            "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "validation:auc", "Value": 0.875},
        },
    }
    trial = {
        "TrainingJobName": f"{job}-001",
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://{workspace.bucket}/models/m/{job}/output/model.tar.gz"},
        "FinalMetricDataList": [{"MetricName": "validation:auc", "Value": 0.875}],
    }
    adapter = "retraining.handlers.query_training_results.sagemaker"
    monkeypatch.setattr(f"{adapter}.describe_tuning_job", lambda _client, _name: description)
    monkeypatch.setattr(f"{adapter}.describe_training_job", lambda _client, _name: trial)
    tuning = {
        "job": job,
        "space": planned["space"],
        "warm_start": planned["warm_start"],
        "fingerprint": fingerprint,
        "test_run": test_run,
    }
    event = {"model": "m", "run_id": run, "recorded_at": AT, "job": tuning}
    return query_training_results.lambda_handler(event, None)


def test_a_tuning_job_learns_from_the_one_before(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _plan()["warm_start"]["reason"] == "cold start: no earlier tuning job is eligible (there is none)"
    found = _tuned(workspace, monkeypatch, "t-1", run="1", fingerprint="old")
    assert found == {
        "training_job": "t-1-001",
        "model_data_url": f"s3://{workspace.bucket}/models/m/t-1/output/model.tar.gz",
        "metrics": {"validation:auc": 0.875},
        "tuning_job": "t-1",
        "objective_metric": "validation:auc",
        "objective": 0.875,
        "trial_count": 6,
    }
    following = _plan()
    assert following["warm_start"]["type"] == "TransferLearning"
    assert following["request"]["WarmStartConfig"]["ParentHyperParameterTuningJobs"] == [
        {"HyperParameterTuningJobName": "t-1"}
    ]
    # Two training jobs failed, and AWS counts them too.
    assert "14 training jobs with this one" in following["warm_start"]["reason"]


def test_a_test_run_is_recorded_and_never_a_parent(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _tuned(workspace, monkeypatch, "t-1", run="1", fingerprint="old", test_run=True)
    (row,) = tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.TUNING, subject="m")
    assert (row["tuning_job"], row["test_run"]) == ("t-1", True)
    assert _plan()["warm_start"]["reason"].endswith("(1 test run)")


def test_a_repeated_call_records_one_row(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        _tuned(workspace, monkeypatch, "t-1", run="1", fingerprint="old")
    (row,) = tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.TUNING, subject="m")
    assert (row["metric"], row["objective"]) == ("validation:auc", 0.875)
    assert (row["trial_count"], row["launched"]) == (6, 8)


def _evaluated(workspace: Workspace, value: float | None, champion: float | None = None) -> str:
    return workspace.put(
        "evaluations/m/run/evaluation.json",
        {
            "rows": 9,
            "candidate": {"metrics": {"auc": value, "accuracy": 0.8}, "slices": {}},
            "champion": None if champion is None else {"metrics": {"auc": champion}, "slices": {}},
            "difference": None,
            "golden": {"request": "1,2", "answer": 0.25},
        },
    )


def _judge(uri: str, *, champion: str = "") -> dict[str, Any]:
    training = TrainingResults(training_job="j", model_data_url="s3://b/model.tar.gz", metrics={})
    asked = JudgeCandidate(
        model="m",
        run_id=RUN,
        recorded_at=AT,
        gate=_settings().gate,
        evaluation=uri,
        training=training,
        champion=champion,
    )
    return judge_candidate.lambda_handler(asked.to_json(), None)


@pytest.mark.parametrize(
    ("value", "champion", "outcome"), [(0.9, None, "accepted"), (0.8, None, "rejected"), (0.86, 0.9, "rejected")]
)
def test_a_verdict_and_its_evaluation_are_recorded(
    value: float, champion: float | None, outcome: str, workspace: Workspace
) -> None:
    uri = _evaluated(workspace, value, champion)
    verdict = _judge(uri, champion="arn" if champion else "")
    assert verdict["passed"] is (outcome == "accepted")
    assert (verdict["metric"], verdict["value"], verdict["threshold"]) == ("auc", value, 0.85)
    assert verdict.get("champion_value") == champion
    (evaluated,) = tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.EVALUATION, subject="m")
    assert (evaluated["metrics"], evaluated["evaluation"]) == ({"auc": value, "accuracy": 0.8}, uri)
    (decided,) = tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.DECISION, subject="m")
    assert (decided["outcome"], decided["eval_metric"], decided["eval_value"]) == (outcome, "auc", value)
    assert decided["reason"] == verdict["reason"]
    assert ("champion" in decided) is (champion is not None)


def test_without_a_value_nothing_is_decided(workspace: Workspace) -> None:
    with pytest.raises(MetricNotFoundError):
        _judge(_evaluated(workspace, None))
    assert not list(tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.DECISION, subject="m"))


def _trained(workspace: Workspace, artifact: bytes = b"model") -> TrainingResults:
    uri = workspace.put("models/m/j/output/model.tar.gz", artifact)
    return TrainingResults(training_job="j", model_data_url=uri, metrics={})


def _asked(
    workspace: Workspace, *, began: Configuration, verdict: Verdict, artifact: bytes = b"model", **changes: Any
) -> SaveModel:
    asked = SaveModel(
        model="m",
        run_id=RUN,
        execution="arn:aws:states:us-east-1:111111111111:execution:retraining:e",
        commit=began.commit,
        approval=began.approval,
        fingerprint="f" * 64,
        image=IMAGE,
        content_type="text/csv",
        evaluation=_evaluated(workspace, 0.9),
        training=_trained(workspace, artifact),
        verdict=verdict,
    )
    return replace(asked, **changes)


def _save(
    workspace: Workspace,
    *,
    run: str = RUN,
    artifact: bytes = b"model",
    data: str = "f" * 64,
    force: bool = False,
    algorithm: str = BEFORE.name,
) -> dict[str, Any]:
    verdict = Verdict(passed=True, metric="auc", value=0.912345678912, threshold=0.85, reason="auc is 0.91")
    began = Configuration.from_json(_load())
    changes = {"run_id": run, "fingerprint": data, "force": force, "algorithm": algorithm}
    asked = _asked(workspace, began=began, verdict=verdict, artifact=artifact, **changes)
    return save_model.lambda_handler(asked.to_json(), None)


def _package(workspace: Workspace, saved: Mapping[str, Any]) -> dict[str, Any]:
    return dict(workspace.client("sagemaker").describe_model_package(ModelPackageName=saved["model_package_arn"]))


def test_a_version_carries_its_lineage(workspace: Workspace) -> None:
    saved = _save(workspace, artifact=b"these bytes")
    assert (saved["version"], saved["approval_status"], saved["deploy"]) == (1, "PendingManualApproval", True)
    package = _package(workspace, saved)
    assert package["ModelPackageGroupName"] == f"{workspace.app}-m"
    assert package["ModelPackageDescription"] == "auc is 0.91"
    assert package["CustomerMetadataProperties"] == {
        "algorithm": "xgboost",
        "metric": "auc",
        "value": "0.9123456789",
        "threshold": "0.85",
        "data_fingerprint": "f" * 64,
        "training_job": "j",
        "tuning_job": "none",
        "execution": "arn:aws:states:us-east-1:111111111111:execution:retraining:e",
        "commit": "c0ffee",
        "digest": hashlib.sha256(b"these bytes").hexdigest(),
        "evaluation": f"s3://{workspace.bucket}/evaluations/m/run/evaluation.json",
        "golden_answer": "0.25",
    }
    group = workspace.client("sagemaker").describe_model_package_group(ModelPackageGroupName=f"{workspace.app}-m")
    tags = workspace.client("sagemaker").list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"]
    assert {"Key": "perennial:app", "Value": workspace.app} in tags


def test_a_repeated_call_registers_one_version_and_another_run_the_next(workspace: Workspace) -> None:
    assert _save(workspace)["version"] == _save(workspace)["version"] == 1
    assert _save(workspace, run="20260302123456-0123ab", force=True)["version"] == 2


def test_a_run_goes_on_with_the_version_that_a_dead_one_made_of_the_same_data(workspace: Workspace) -> None:
    first = _save(workspace)
    assert _save(workspace, run="20260302123456-0123ab") == first
    # Data that came back is news again once a version of other data is newer.
    assert _save(workspace, run="20260303123456-0123ab", data="e" * 64)["version"] == 2
    assert _save(workspace, run="20260304123456-0123ab")["version"] == 3


def test_a_version_of_another_algorithm_is_not_the_one_of_this_run(workspace: Workspace) -> None:
    # Of the same data, before its model's algorithm was changed.
    _save(workspace)
    saved = _save(workspace, run="20260302123456-0123ab", algorithm="linear-learner")
    assert saved["version"] == 2
    assert _package(workspace, saved)["CustomerMetadataProperties"]["algorithm"] == "linear-learner"


def test_a_version_that_was_rejected_meanwhile_is_not_deployed(workspace: Workspace) -> None:
    arn = _save(workspace)["model_package_arn"]
    workspace.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    again = _save(workspace, run="20260302123456-0123ab")
    assert (again["model_package_arn"], again["approval_status"], again["deploy"]) == (arn, "Rejected", False)


@pytest.mark.parametrize(
    ("approval", "status", "deploy"),
    [
        ({"sandbox": "manual", "qa": "manual", "prod": "manual"}, "PendingManualApproval", False),
        ({"sandbox": "automatic", "qa": "manual", "prod": "manual"}, "PendingManualApproval", True),
        ({"sandbox": "manual", "qa": "automatic", "prod": "automatic"}, "Approved", True),
    ],
)
def test_who_approves_is_configured(
    approval: dict[str, str], status: str, deploy: bool, workspace: Workspace, models: Models
) -> None:
    models(m={"approval": approval})
    saved = _save(workspace)
    assert (saved["approval_status"], saved["deploy"]) == (status, deploy)
    assert _package(workspace, saved)["ModelApprovalStatus"] == status


def test_the_readers_of_another_account_read_and_do_nothing_else(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = f"arn:aws:iam::{OTHER}:role/{workspace.app}-deployment"
    monkeypatch.setenv("REGISTRY_READERS", reader)
    saved = _save(workspace)
    everything = [{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}]
    group, package = f"{workspace.group_arn_prefix}m", saved["model_package_arn"]

    def client(name: str) -> Any:
        return as_role(
            workspace.cloud, make_role(workspace.cloud, name, everything, account=OTHER), "sagemaker", account=OTHER
        )

    allowed, other = client(f"{workspace.app}-deployment"), client(f"{workspace.app}-other")
    assert len(allowed.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]) == 1
    assert allowed.describe_model_package(ModelPackageName=package)["ModelPackageVersion"] == 1
    refused: list[Callable[[], object]] = [
        lambda: allowed.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved"),
        lambda: allowed.create_model_package(ModelPackageGroupName=group),
        lambda: allowed.delete_model_package(ModelPackageName=package),
        lambda: other.list_model_packages(ModelPackageGroupName=group),
        lambda: other.describe_model_package(ModelPackageName=package),
    ]
    for call in refused:
        with pytest.raises(Exception, match="AccessDenied"):
            call()


def _prepare(workspace: Workspace) -> dict[str, Any]:
    return prepare_evaluation.lambda_handler(
        {
            "model": "m",
            "group": f"{workspace.app}-m",
            "run_id": RUN,
            "problem_type": "binary",
            "gate": _settings().gate.to_json(),
            "script": "s3://assets/evaluation.py",
            "request": f"s3://{workspace.bucket}/evaluations/m/run/request.json",
            "model_data_url": "s3://b/candidate.tar.gz",
            "test": "s3://b/runs/m/run/test/part",
            "report": {"fingerprint": "f", "features": ["a", "b"], "golden_request": "1,2"},
        },
        None,
    )


def _inputs(prepared: Mapping[str, Any]) -> dict[str, str]:
    return {item["InputName"]: item["S3Input"]["S3Uri"] for item in prepared["inputs"]}


def test_a_first_candidate_has_no_champion(workspace: Workspace) -> None:
    prepared = _prepare(workspace)
    assert prepared["champion"] == ""
    assert set(_inputs(prepared)) == {"code", "request", "test", "candidate"}
    body = workspace.client("s3").get_object(Bucket=workspace.bucket, Key="evaluations/m/run/request.json")["Body"]
    assert json.loads(body.read())["features"] == ["a", "b"]
    assert _inputs(prepared)["request"] == f"s3://{workspace.bucket}/evaluations/m/run/request.json"


def test_the_champion_is_the_newest_approved_version(workspace: Workspace) -> None:
    saved = [_save(workspace, run=f"2026030{day}123456-0123ab", force=True) for day in (1, 2, 3)]
    assert _prepare(workspace)["champion"] == ""
    client = workspace.client("sagemaker")
    for item in saved[:2]:
        client.update_model_package(ModelPackageArn=item["model_package_arn"], ModelApprovalStatus="Approved")
    prepared = _prepare(workspace)
    assert prepared["champion"] == saved[1]["model_package_arn"]
    assert _inputs(prepared)["champion"] == f"s3://{workspace.bucket}/models/m/j/output/model.tar.gz"
    client.update_model_package(ModelPackageArn=saved[1]["model_package_arn"], ModelApprovalStatus="Rejected")
    assert _prepare(workspace)["champion"] == saved[0]["model_package_arn"]


@pytest.mark.parametrize("missing", sorted(required(PrepareEvaluation)))
def test_a_missing_field_is_named(missing: str) -> None:
    with pytest.raises(InvalidEventError, match=rf"PrepareEvaluation lacks .*{missing}.*; check the state's Arguments"):
        prepare_evaluation.lambda_handler({}, None)


def test_a_decision_is_one_line_of_json_with_its_run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    saved = _save(workspace)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in lines if line["function"] == "save_model"]
    assert (line["level"], line["decision"], line["run_id"], line["model"]) == ("INFO", "registered", RUN, "m")
    assert line["version"] == saved["model_package_arn"]
    datetime.fromisoformat(line["timestamp"])
