"""One tick of the fleet's schedule."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract import keys
from local_cloud.testing.roles import make_role
from retraining.errors import StartFailedError
from retraining.handlers.dispatch_retraining import lambda_handler
from shared.adapters import tables
from tests.integration.functions.conftest import Workspace

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOURLY = {"rate_seconds": 3600, "offset_seconds": 0}
DAILY = {"rate_seconds": 86400, "offset_seconds": 6 * 3600}
_TICK = timedelta(minutes=5)
Models = Callable[..., None]


@pytest.fixture
def machine(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> str:
    """A state machine that ends at once."""
    definition = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    role = make_role(workspace.cloud, f"{workspace.app}-states", [], trust={"Service": "states.amazonaws.com"})
    arn = workspace.client("stepfunctions").create_state_machine(
        name=f"{workspace.app}-retraining", definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    monkeypatch.setenv("STATE_MACHINE_ARN", arn)
    return str(arn)


def _tick(moment: datetime) -> dict[str, Any]:
    # As EventBridge Scheduler writes it.
    return lambda_handler({"scheduled_time": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}, None)


def _executions(workspace: Workspace, machine: str) -> dict[str, dict[str, Any]]:
    client = workspace.client("stepfunctions")
    found = client.list_executions(stateMachineArn=machine)["executions"]
    return {
        item["name"]: json.loads(client.describe_execution(executionArn=item["executionArn"])["input"])
        for item in found
    }


def test_due_models_are_started_under_the_name_of_their_firing(
    workspace: Workspace, machine: str, models: Models
) -> None:
    models(hourly={"schedule": HOURLY}, daily={"schedule": DAILY}, off={"schedule": HOURLY, "enabled": False})
    assert _tick(NOON) == {"started": ["hourly"], "stale": [], "transforming": []}
    assert _executions(workspace, machine) == {"hourly-20260302T120000Z": {"model": "hourly"}}


def _answering(schedule: dict[str, int], *, enabled: bool = True) -> dict[str, Any]:
    return {
        "schedule": schedule,
        "enabled": enabled,
        "input": "new",
        "output": "answers",
        "instance_type": "ml.m5.large",
        "instance_count": 1,
        "timeout_seconds": 600,
    }


def test_files_are_answered_by_schedules_of_their_own(
    workspace: Workspace, machine: str, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = workspace.client("stepfunctions")
    described = client.describe_state_machine(stateMachineArn=machine)
    answers = client.create_state_machine(
        name=f"{workspace.app}-batch-transform", definition=described["definition"], roleArn=described["roleArn"]
    )["stateMachineArn"]
    off = {"schedule": DAILY, "enabled": False}
    models(
        both={"schedule": HOURLY, "batch_transform": _answering(HOURLY)},
        # Whether a model is retrained by a schedule does not matter.
        answers={**off, "batch_transform": _answering(HOURLY)},
        later={**off, "batch_transform": _answering(DAILY)},
        silent={**off, "batch_transform": _answering(HOURLY, enabled=False)},
    )
    assert _tick(NOON)["transforming"] == []
    workspace.client("dynamodb").delete_item(TableName=workspace.state, Key={"pk": {"S": keys.LAST_TICK}})
    monkeypatch.setenv("TRANSFORM_MACHINE_ARN", answers)
    assert _tick(NOON) == {"started": [], "stale": [], "transforming": ["both", "answers"]}
    assert _executions(workspace, answers) == {
        f"{name}-20260302T120000Z": {"model": name} for name in ("both", "answers")
    }
    assert _tick(NOON)["transforming"] == []


def test_a_repeated_tick_starts_nothing_again(workspace: Workspace, machine: str, models: Models) -> None:
    models(hourly={"schedule": HOURLY})
    _tick(NOON)
    assert _tick(NOON)["started"] == []
    assert _tick(NOON - _TICK)["started"] == []
    assert len(_executions(workspace, machine)) == 1


def test_a_tick_that_ended_half_way_is_made_up_without_a_second_run(
    workspace: Workspace, machine: str, models: Models
) -> None:
    models(hourly={"schedule": HOURLY})
    _tick(NOON)
    workspace.client("dynamodb").delete_item(TableName=workspace.state, Key={"pk": {"S": keys.LAST_TICK}})
    _tick(NOON)
    assert len(_executions(workspace, machine)) == 1


def test_after_a_silence_a_model_is_started_once_and_the_next_firing_again(
    workspace: Workspace, machine: str, models: Models
) -> None:
    models(hourly={"schedule": HOURLY})
    for moment in (NOON, NOON + timedelta(hours=5, minutes=20), NOON + timedelta(hours=6)):
        assert _tick(moment)["started"] == ["hourly"]
    assert set(_executions(workspace, machine)) == {f"hourly-20260302T{hour}0000Z" for hour in (12, 17, 18)}


def test_a_model_that_cannot_be_started_keeps_no_other_from_it(
    workspace: Workspace, machine: str, models: Models
) -> None:
    # Step Functions takes names of at most 80 characters.
    long = "x" * 90
    models(a={"schedule": HOURLY}, **{long: {"schedule": HOURLY}}, b={"schedule": HOURLY})
    with pytest.raises(StartFailedError, match="1 of 3 models could not be started") as raised:
        _tick(NOON)
    assert long in str(raised.value)
    assert set(_executions(workspace, machine)) == {"a-20260302T120000Z", "b-20260302T120000Z"}
    # The next tick looks at the same window again, and starts no model twice.
    models(a={"schedule": HOURLY}, late={"schedule": HOURLY}, b={"schedule": HOURLY})
    _tick(NOON + _TICK)
    assert set(_executions(workspace, machine)) == {f"{name}-20260302T120000Z" for name in ("a", "b", "late")}


def _metric(workspace: Workspace, moment: datetime) -> float:
    found = workspace.client("cloudwatch").get_metric_statistics(
        Namespace="Perennial",
        MetricName="StaleModels",
        Dimensions=[{"Name": "App", "Value": workspace.app}],
        StartTime=moment - timedelta(seconds=1),
        EndTime=moment + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    return float(found[0]["Maximum"])


def _recently() -> datetime:
    # CloudWatch takes data points of the last two weeks.
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1)


def test_models_without_recent_success_are_counted(workspace: Workspace, machine: str, models: Models) -> None:
    now = _recently()
    never = {"schedule": DAILY, "stale_after_days": 7}
    models(fresh=never, old=never, off={**never, "enabled": False}, new=never)
    for name, days in (("fresh", 6), ("old", 8), ("off", 100)):
        tables.write_state(
            workspace.aws.dynamodb,
            workspace.state,
            keys.MODEL.of(name),
            {"recorded_at": f"{now - timedelta(days=days):%Y-%m-%dT%H:%M:%S.000Z}"},
        )
    assert _tick(now)["stale"] == ["old"]
    assert _metric(workspace, now) == 1
    later = now + timedelta(hours=6)
    models(fresh=never, old=never, new={**never, "stale_after_days": 0})
    assert _tick(later)["stale"] == ["old", "new"]
    assert _metric(workspace, later) == 2


def test_stale_models_are_told_even_when_a_start_fails(workspace: Workspace, machine: str, models: Models) -> None:
    now = _recently()
    models(**{"x" * 90: {"schedule": HOURLY, "stale_after_days": 1}})
    for moment, stale in ((now, 0), (now + timedelta(days=0.9), 0)):
        with pytest.raises(StartFailedError):
            _tick(moment)
        assert _metric(workspace, moment) == stale
    tables.write_state(
        workspace.aws.dynamodb,
        workspace.state,
        keys.MODEL.of("x" * 90),
        {"recorded_at": f"{now - timedelta(days=3):%Y-%m-%dT%H:%M:%S.000Z}"},
    )
    with pytest.raises(StartFailedError):
        _tick(now)
    assert _metric(workspace, now) == 1
