"""What `status`, `why`, `versions` and `history` tell about accounts in a known state."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from config.loader import load
from contract import keys
from contract.history import Kind
from contract.manifest import Manifest, ServedModel
from perennial.account import records, registry, serving
from perennial.account.aws import Aws
from perennial.account.registry import Decision
from perennial.account.stack import Stack
from perennial.commands import history, status, why
from perennial.commands import versions as listing
from perennial.errors import OperatorError
from tests.integration.perennial.conftest import MODEL

NOW = datetime(2026, 1, 9, 12, tzinfo=UTC)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=240)


def _lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def _deployment(aws: Aws, moment: int, *, arn: str, action: str, change: str | None) -> None:
    records.append(
        aws,
        "history",
        kind=Kind.DEPLOYMENT,
        subject="perennial-sandbox",
        moment=f"2026010{moment}",
        values={
            "recorded_at": f"2026-01-0{moment}T00:00:00Z",
            "execution": f"execution-{moment}",
            "action": action,
            "changes": {MODEL: change} if change else {"air-time": "none -> 1"},
            "versions": {MODEL: arn},
        },
    )


@pytest.fixture
def served(aws: Aws, stack: Stack, versions: list[str]) -> list[str]:
    """Version 2 serves since the 3rd of January; version 1 did before."""
    served = ServedModel(
        model_package_arn=versions[1], source="s3://bucket/m", digest="ab" * 32, golden_request="1,2", golden_answer=0.5
    )
    manifest = Manifest(deployment_id="d", models={MODEL: served}).as_dict()
    aws.client("s3").put_object(Bucket="bucket", Key="deployments/d/manifest.json", Body=json.dumps(manifest))
    client = aws.client("sagemaker")
    client.create_model(
        ModelName="m",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/r",
        PrimaryContainer={"Image": "i", "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/deployments/d/"},
    )
    client.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=[
            {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        ],
    )
    client.create_endpoint(EndpointName=stack.endpoint, EndpointConfigName="c")
    _deployment(aws, 2, arn=versions[0], action="deployed", change="none -> 1")
    _deployment(aws, 3, arn=versions[1], action="deployed", change="1 -> 2")
    _deployment(aws, 4, arn=versions[1], action="deployed", change=None)
    return versions


def _gate(aws: Aws, moment: int, *, outcome: str, value: float) -> None:
    row: dict[str, Any] = {
        "recorded_at": f"2026-01-0{moment}T00:00:00Z",
        "training_job": f"job-{moment}",
        "tuning_job": f"tuning-{moment}",
        "metric": "validation:auc",
        "eval_metric": "auc",
        "eval_value": Decimal(str(value)),
        "outcome": outcome,
        "reason": f"auc is {value}",
        "threshold": Decimal("0.85"),
        "objective": Decimal("0.9"),
        "trial_count": 6,
    }
    records.append(aws, "history", kind=Kind.DECISION, subject=MODEL, moment=f"2026010{moment}", values=row)
    tuned = {
        "recorded_at": row["recorded_at"],
        "tuning_job": row["tuning_job"],
        "metric": "validation:auc",
        "objective": Decimal("0.9"),
        "trial_count": 6,
        "warm_start": {"type": "TransferLearning", "parents": ["tuning-0"], "reason": "because"},
    }
    records.append(aws, "history", kind=Kind.TUNING, subject=MODEL, moment=f"2026010{moment}", values=tuned)


def test_what_serves_is_read_from_the_endpoint_itself(aws: Aws, stack: Stack, served: list[str]) -> None:
    found = serving.read(aws, stack.endpoint)
    assert (found.status, found.config, found.versions) == ("InService", "c", {MODEL: served[1]})
    assert found.models[MODEL].uri == f"s3://bucket/deployments/d/{MODEL}.tar.gz"
    assert serving.read(aws, "other").status == "not created yet"


def test_the_digest_is_that_of_the_bytes(aws: Aws, stack: Stack) -> None:
    aws.client("s3").put_object(Bucket="bucket", Key="abc", Body=b"abc")
    # FIPS 180-2, appendix B.1.
    wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert serving.digest(aws, "s3://bucket/abc") == wanted


def test_why_names_the_deployment_that_brought_the_version_and_who_approved_it(
    aws: Aws, stack: Stack, served: list[str]
) -> None:
    registry.decide(aws, stack, model=MODEL, version=2, decision=Decision.APPROVED, reason="looks right")
    lines = why.explain(aws, stack, model=MODEL)
    told = dict(line for line in lines if line[0])
    assert told["serves"] == "version 2 at perennial-sandbox"
    assert told["since"] == "2026-01-03 00:00:00 UTC, deployed (1 -> 2)"
    assert ("", "execution-3") in lines
    assert told["passed"] == "auc is 0.92"
    assert told["approval"].startswith(f"approved by {aws.identity()} at ")
    assert told["approval"].endswith(": looks right")


def test_why_tells_that_nobody_decided_yet_and_what_the_gate_said_last(
    aws: Aws, stack: Stack, served: list[str]
) -> None:
    _gate(aws, 5, outcome="rejected", value=0.7)
    told = dict(line for line in why.explain(aws, stack, model=MODEL) if line[0])
    assert told["approval"].startswith("nobody has decided yet")
    assert told["last gate"] == "rejected at 2026-01-05 00:00:00 UTC: auc is 0.7"


def test_why_of_a_model_that_was_never_deployed(aws: Aws, stack: Stack, versions: list[str]) -> None:
    _gate(aws, 5, outcome="rejected", value=0.7)
    told = dict(why.explain(aws, stack, model=MODEL))
    assert told["serves"] == "no version: none was ever deployed to perennial-sandbox"
    with pytest.raises(OperatorError, match="nothing is known of 'nope' in stack PerennialSandbox"):
        why.explain(aws, stack, model="nope")


def test_status_tells_what_serves_and_how_every_configured_model_does(
    aws: Aws, stack: Stack, served: list[str], console: Console
) -> None:
    success = {"pk": {"S": keys.MODEL.of(MODEL)}, "recorded_at": {"S": "2026-01-03T00:00:00Z"}}
    aws.client("dynamodb").put_item(TableName="state", Item=success)
    status.show(aws, stack, models=load().models, console=console)
    lines = _lines(console)
    assert lines[0] == "endpoint perennial-sandbox: InService"
    assert f"{MODEL} 2 2026-01-03 00:00:00 UTC deployed 1 -> 2" in lines
    (row,) = (line for line in lines if line.startswith(f"{MODEL} never"))
    assert "2 PendingManualApproval" in row
    assert row.endswith("stale after 7 days rate(1 hour)")
    assert "rain-tomorrow never none never rate(1 hour), disabled" in lines


def test_status_of_an_account_that_only_serves_is_about_its_endpoint(
    aws: Aws, stack: Stack, served: list[str], console: Console
) -> None:
    status.show(aws, replace(stack, retraining_arn=None), models=load().models, console=console)
    assert not any("last run" in line for line in _lines(console))


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=5), "5 min 00 s ago"),
        (timedelta(days=7), "168 h 00 min ago"),
        (timedelta(days=7, seconds=1), "168 h 00 min ago, stale after 7 days"),
        # The clocks of the registry and of this machine need not agree.
        (-timedelta(seconds=3), "0.0 s ago"),
    ],
)
def test_a_success_is_stale_after_the_configured_days(age: timedelta, words: str) -> None:
    model = next(model for model in load().models if model.name == MODEL)
    success = {"recorded_at": (NOW - age).isoformat()}
    assert status.freshness(success, model, now=NOW) == words
    assert status.freshness(None, model, now=NOW) == "never"


def test_versions_tell_where_they_serve(aws: Aws, stack: Stack, served: list[str], console: Console) -> None:
    servings = {"perennial-sandbox": serving.read(aws, stack.endpoint)}
    listing.show(aws, stack, model=MODEL, servings=servings, console=console)
    lines = _lines(console)
    assert lines[1].startswith("2 PendingManualApproval auc 0.92 ")
    assert lines[1].endswith("perennial-sandbox abababababab")
    assert lines[2].endswith("- abababababab")


def test_versions_of_a_model_without_any_are_explained(aws: Aws, stack: Stack, console: Console) -> None:
    with pytest.raises(OperatorError, match="model 'nope' has no version in package group perennial-nope yet"):
        listing.show(aws, stack, model="nope", servings={}, console=console)


def test_the_history_has_one_row_a_candidate_with_its_tuning(aws: Aws, stack: Stack, versions: list[str]) -> None:
    _gate(aws, 5, outcome="rejected", value=0.7)
    _gate(aws, 4, outcome="accepted", value=0.9)
    registry.decide(aws, stack, model=MODEL, version=1, decision=Decision.REJECTED, reason="")
    console = Console(file=io.StringIO(), width=40)
    history.show(aws, stack, model=MODEL, kind=None, as_csv=True, console=console)
    assert isinstance(console.file, io.StringIO)
    rows = list(csv.DictReader(io.StringIO(console.file.getvalue())))
    assert [(row["outcome"], row["eval_value"], row["metric"]) for row in rows] == [
        ("accepted", "0.9", "validation:auc"),
        ("rejected", "0.7", "validation:auc"),
    ]
    assert rows[0]["datetime"] == "2026-01-04T00:00:00+00:00"


# An earlier version of the app wrote them among the gate's.
@pytest.mark.parametrize("kind", [Kind.APPROVAL, Kind.DECISION])
def test_people_s_decisions_are_told_beside_the_gate_s(
    kind: Kind, aws: Aws, stack: Stack, versions: list[str], console: Console
) -> None:
    _gate(aws, 4, outcome="accepted", value=0.9)
    # Of the same moment, told in the order of their keys.
    for key, outcome in (("20260105", "approved"), ("20260106", "rejected")):
        said = {"recorded_at": "2026-01-04T00:00:00Z", "outcome": outcome, "by": "me", "version": 1, "reason": "bold"}
        records.append(aws, "history", kind=kind, subject=MODEL, moment=key, values=said)
    history.show(aws, stack, model=MODEL, kind=Kind.DECISION, as_csv=False, console=console)
    assert _lines(console)[1:] == [
        "2026-01-04T00:00:00Z accepted gate job-4 auc is 0.9",
        "2026-01-04T00:00:00Z approved me version 1 bold",
        "2026-01-04T00:00:00Z rejected me version 1 bold",
    ]


def test_the_history_of_tuning_names_the_parents(aws: Aws, stack: Stack, console: Console) -> None:
    _gate(aws, 4, outcome="accepted", value=0.9)
    history.show(aws, stack, model=MODEL, kind=Kind.TUNING, as_csv=False, console=console)
    assert _lines(console)[1] == "2026-01-04T00:00:00Z tuning-4 validation:auc 0.9 6 TransferLearning tuning-0 no"


def test_the_history_of_answered_files_tells_what_failed_too(aws: Aws, stack: Stack, console: Console) -> None:
    package = "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/3"
    job = {"transform_job": "job", "version": package, "source": "s3://b/new/", "target": "s3://b/out"}
    for moment, values in (("20260101", job), ("20260102", {"error": "States.TaskFailed", "reason": "no number"})):
        row = {"recorded_at": f"{moment}T000000Z", **values}
        records.append(aws, "history", kind=Kind.TRANSFORM, subject=MODEL, moment=moment, values=row)
    history.show(aws, stack, model=MODEL, kind=Kind.TRANSFORM, as_csv=False, console=console)
    assert _lines(console)[1:] == [
        "20260101T000000Z answered 3 job s3://b/out",
        "20260102T000000Z failed no number",
    ]


def test_the_history_is_drawn_with_the_newest_gate(aws: Aws, stack: Stack, tmp_path: Path) -> None:
    _gate(aws, 4, outcome="accepted", value=0.9)
    history.plot(aws, stack, model=MODEL, file=tmp_path / "new" / "history.svg")
    assert "gate 0.85" in (tmp_path / "new" / "history.svg").read_text(encoding="utf-8")


def test_a_history_that_does_not_exist_is_explained(aws: Aws, stack: Stack, console: Console) -> None:
    with pytest.raises(OperatorError, match="there is no tuning history of 'nope' yet"):
        history.show(aws, stack, model="nope", kind=Kind.TUNING, as_csv=False, console=console)
