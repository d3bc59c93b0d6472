"""Rules that all state machines keep, checked on the definitions and against the models of the services they call."""

import functools
import json
import re
from typing import Any

import pytest

from config.schema import Model
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from mlops_constructs.states import asl
from tests.unit.mlops_constructs import answering, machine, requests, variables
from tests.unit.mlops_constructs.machine import LONGEST_APP, LONGEST_MODEL, Machine, State

MACHINES: dict[str, Machine] = {
    "retraining": machine.retraining(),
    "deployment": machine.deployment(),
    "scaled": machine.deployment(autoscaling=machine.SCALE, policy=UpdatePolicy(type="canary", wait_seconds=300)),
    "batch transform": answering.built(),
}
TASKS = [
    (kind, name)
    for kind, built in MACHINES.items()
    for name, state in machine.every_state(built).items()
    if state["Type"] == "Task"
]
_SECURITY = pytest.mark.security("state machines")
_BOTH = pytest.mark.parametrize("kind", MACHINES)
_EVERY_TASK = pytest.mark.parametrize(("kind", "name"), TASKS)


def _state(kind: str, name: str) -> State:
    return machine.every_state(MACHINES[kind])[name]


@functools.cache
def _all(kind: str, model: str = "flight-delay") -> dict[str, Any]:
    built = MACHINES[kind]
    if kind == "batch transform":
        return answering.run(built)
    return {"requests": 0, **(machine.run(built, model) if kind == "retraining" else _deployed(built))}


def _deployed(built: Machine, **how: Any) -> dict[str, Any]:
    return machine.several(machine.deploy(built, **how), failed="E")


def _variables(kind: str, model: str = "flight-delay") -> dict[str, Any]:
    return dict(_all(kind, model))


@functools.cache
def _with_longest_names(kind: str) -> tuple[Machine, dict[str, Any]]:
    # 63 characters are those of the longest app, model and run id, and three digits of retries and redrives.
    counts: dict[str, Any] = {"retry_count": 3, "redrive_count": 99}
    if kind == "retraining":
        built = machine.retraining(app=LONGEST_APP)
        settings = machine.catalogue(_longest())[LONGEST_MODEL]
        return built, machine.run(built, LONGEST_MODEL, settings=settings, app=LONGEST_APP, **counts)
    if kind == "batch transform":
        built = answering.built(app=LONGEST_APP)
        return built, answering.run(built, LONGEST_MODEL, app=LONGEST_APP, **counts)
    built = machine.deployment(app=LONGEST_APP, autoscaling=machine.SCALE if kind == "scaled" else None)
    return built, {
        "requests": 0,
        **_deployed(built, looks=100, endpoint=f"{LONGEST_APP}-sandbox-{LONGEST_MODEL}", **counts),
    }


def _longest() -> Model:
    from config.loader import load

    (model,) = [item for item in load().models if item.name == "flight-delay"]
    return model.model_copy(update={"name": LONGEST_MODEL})


@_EVERY_TASK
def test_every_task_has_a_time_limit(kind: str, name: str) -> None:
    limit = machine.evaluate(_state(kind, name)["TimeoutSeconds"], _variables(kind))
    assert 0 < limit < MACHINES[kind]["TimeoutSeconds"]


@_EVERY_TASK
def test_every_task_retries_with_jitter_what_passes_by_itself(kind: str, name: str) -> None:
    state = _state(kind, name)
    last = state["Retry"][-1]
    assert last["JitterStrategy"] == "FULL"
    assert last["BackoffRate"] >= 1
    assert last["MaxAttempts"] >= 1
    assert {error.split(".")[0].lower() for error in last["ErrorEquals"]} == {requests.errors_begin_with(state).lower()}
    repeated = {error for item in state["Retry"] for error in item["ErrorEquals"]}
    assert not {"States.ALL", "States.TaskFailed", "States.Timeout"} & repeated


@_EVERY_TASK
def test_every_task_catches_all_errors_last(kind: str, name: str) -> None:
    # States.ALL must stand alone and last: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    *earlier, last = _state(kind, name)["Catch"]
    assert last["ErrorEquals"] == ["States.ALL"]
    assert all("States.ALL" not in item["ErrorEquals"] for item in earlier)


@_BOTH
def test_every_state_can_be_reached_and_every_next_state_exists(kind: str) -> None:
    parts = [MACHINES[kind]]
    for part in parts:
        states = part["States"]
        parts += [state["ItemProcessor"] for state in states.values() if "ItemProcessor" in state]
        reached: set[str] = set()
        waiting = [part["StartAt"]]
        while waiting:
            name = waiting.pop()
            assert name in states, name
            if name not in reached:
                reached.add(name)
                waiting.extend(machine.followers(states[name]))
        assert reached == set(states)


@_BOTH
def test_a_state_ends_the_run_or_has_a_next_one(kind: str) -> None:
    for name, state in machine.every_state(MACHINES[kind]).items():
        ends = state["Type"] in {"Succeed", "Fail"} or state.get("End", False)
        assert bool(list(machine.followers(state))) != ends, name


@_BOTH
def test_state_names_are_short_enough(kind: str) -> None:
    # Amazon States Language: at most 80 Unicode characters.
    assert all(len(name) <= 80 for name in MACHINES[kind]["States"])


@_BOTH
def test_it_is_json_of_at_most_a_megabyte(kind: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    assert len(json.dumps(MACHINES[kind])) < 1_048_576


@_BOTH
def test_a_variable_is_set_on_every_way_to_where_it_is_read(kind: str) -> None:
    assert not variables.unset(MACHINES[kind])


@_SECURITY
@_EVERY_TASK
def test_arguments_are_what_the_service_takes(kind: str, name: str) -> None:
    assert not requests.problems(_state(kind, name), _variables(kind))


@_SECURITY
@_EVERY_TASK
def test_arguments_of_the_longest_names_and_most_retries_are_what_the_service_takes(kind: str, name: str) -> None:
    built, found = _with_longest_names(kind)
    assert not requests.problems(machine.every_state(built)[name], found)


@_SECURITY
@pytest.mark.parametrize("model", sorted(machine.catalogue()))
def test_arguments_of_every_configured_model_are_what_the_service_takes(model: str) -> None:
    found = _variables("retraining", model)
    for kind, name in TASKS:
        if kind == "retraining" and (found["run"]["settings"].get("tuning") or "Tuning" not in name):
            assert not requests.problems(_state(kind, name), found), name


@_BOTH
def test_a_retry_takes_another_name_and_a_redrive_too(kind: str) -> None:
    places = {
        "retraining": [
            ("Hyperparameter Tuning", "HyperParameterTuningJobName"),
            ("Evaluate", "ProcessingJobName"),
            ("Model Training", "TrainingJobName"),
        ],
        "batch transform": [("Answer Files", "TransformJobName")],
    }.get(kind, [("Create Model", "ModelName")])
    found = _variables(kind)
    for name, argument in places:
        names = set()
        for retries in range(4):
            for redrives in range(3):
                states = {**found["states"], "context": machine.context(retry_count=retries, redrive_count=redrives)}
                arguments = machine.evaluate(_state(kind, name)["Arguments"], {**found, "states": states})
                names.add(arguments[argument])
        assert len(names) == 12, name


@_BOTH
def test_the_run_id_tells_start_and_execution(kind: str) -> None:
    # 2026-03-01T12:34:56.789Z, and the first six digits of the SHA-256 of the execution's ARN.
    assert re.fullmatch(r"20260301123456-[0-9a-f]{6}", _variables(kind)["run_id"])


def _releases(state: machine.State) -> bool:
    """Whether a state deletes the lease, or lets it be over."""
    over = "SET expires_at" in str(state.get("Arguments", {}))
    return over or str(state.get("Resource", "")).endswith("dynamodb:deleteItem")


@_BOTH
def test_every_way_out_releases_the_lease_that_was_taken(kind: str) -> None:
    """From ``Take Lease`` on, no path reaches an end without a release."""
    states = MACHINES[kind]["States"]
    releases = {name for name, state in states.items() if _releases(state)}
    assert len(releases) >= 2
    seen: set[str] = set()
    waiting = [states["Take Lease"]["Next"]]
    while waiting:
        name = waiting.pop()
        if name in seen or name in releases:
            continue
        seen.add(name)
        assert states[name]["Type"] not in {"Succeed", "Fail"}, f"{name} is reached with the lease"
        waiting.extend(machine.followers(states[name]))


@_BOTH
def test_releases_are_only_of_our_own_lease_and_never_fail_the_run(kind: str) -> None:
    for name, state in MACHINES[kind]["States"].items():
        if _releases(state):
            assert state["Arguments"]["ConditionExpression"].startswith("#owner = :owner"), name
            assert state["Arguments"]["ExpressionAttributeValues"][":owner"] == {
                "S": "{% $states.context.Execution.Id %}"
            }
            # An earlier failure survives.
            assert state["Catch"][-1] == {"ErrorEquals": ["States.ALL"], "Next": state["Next"]}, name


@_BOTH
def test_a_lease_outlives_every_run(kind: str) -> None:
    item = machine.evaluate(_state(kind, "Take Lease")["Arguments"], _variables(kind))
    left = int(item["Item"]["expires_at"]["N"]) - int(item["ExpressionAttributeValues"][":now"]["N"])
    assert left > MACHINES[kind]["TimeoutSeconds"]


@_BOTH
@pytest.mark.parametrize("error", [{"Error": "E", "Cause": "c"}, {"Error": "States.Timeout"}])
def test_a_caught_error_has_all_that_the_notification_needs(kind: str, error: dict[str, str]) -> None:
    # The Amazon States Language says an error output should have a Cause, not that it must.
    found = _variables(kind)
    found["states"] = {**found["states"], "errorOutput": error}
    found |= machine.evaluate(asl.catch_all("next")["Assign"], found)
    assert found["failure"]["Error"] == error["Error"]
    assert not requests.problems(_state(kind, "Notify Failure"), found)
    for name, state in MACHINES[kind]["States"].items():
        # What several endpoints ended with is not one error.
        if state["Type"] == "Fail" and name != "Endpoints Failed":
            assert (
                machine.evaluate({key: state[key] for key in ("Error", "Cause")}, found)["Error"] == error["Error"]
            ), name


@_BOTH
def test_outputs_of_the_ends_can_be_made(kind: str) -> None:
    found = _variables(kind)
    for name, state in MACHINES[kind]["States"].items():
        if state["Type"] == "Succeed":
            assert machine.evaluate(state["Output"], found)["outcome"], name


@_BOTH
def test_a_failure_that_cannot_be_told_is_still_the_failure(kind: str) -> None:
    for name, state in MACHINES[kind]["States"].items():
        if state.get("Resource", "").endswith("sns:publish"):
            assert state["Catch"] == [{"ErrorEquals": ["States.ALL"], "Next": state["Next"]}], name


@pytest.mark.parametrize(
    ("machine_name", "busy"),
    [
        ("retraining", "Already Running"),
        ("deployment", "Ask to Look Again"),
        ("batch transform", "Already Running"),
    ],
)
@pytest.mark.parametrize(
    ("owner", "status", "following"),
    [
        ("", "", "Take Lease"),
        ("arn", "RUNNING", None),
        ("arn", "ABORTED", "Take Over Lease"),
        ("arn", "TIMED_OUT", "Take Over Lease"),
    ],
)
def test_only_the_lease_of_a_dead_execution_is_taken_over(
    machine_name: str, busy: str, owner: str, status: str, following: str | None
) -> None:
    states = MACHINES[machine_name]["States"]
    found = {"lease_owner": owner, "lease_owner_status": status}
    held = machine.choose(states["Is It Still Held?"], found)
    seen = held if held == "Take Lease" else machine.choose(states["Does It Run?"], found)
    assert seen == (following or busy)
    # Whoever cannot be looked at counts as alive.
    assert states["Look at Its Owner"]["Catch"] == [{"ErrorEquals": ["States.ALL"], "Next": busy}]
    over = states["Take Over Lease"]
    assert over["Arguments"]["ConditionExpression"] == "#owner = :dead"
    assert over["Next"] == states["Take Lease"]["Next"]


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        # As AWS writes them: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
        ('{"AllocatedCapacity":2,"ErrorMessage":"DataError: line 5: \\"x\\"\\nis no number","Id":"jr_1"}', "DataError: line 5: 'x' is no number"),
        ('{"FailureReason":"AlgorithmError: label must be in [0,1]","TrainingJobName":"j"}', "AlgorithmError: label must be in [0,1]"),
        ('{"ExitMessage":"EvaluationError: no rows","FailureReason":"see the log"}', "EvaluationError: no rows"),
        ('{"errorMessage": "there are no data", "errorType": "NoRawDataError", "stackTrace": []}', "there are no data"),
        # Cut off, as a cause of more than 32,768 characters is.
        ('{"ErrorMessage":"DataError: too long', "DataError: too long"),
        ("0.73 is too low", "0.73 is too low"),
        ("", ""),
    ],
)  # fmt: skip
@_BOTH
def test_a_failure_is_told_by_the_line_that_matters(kind: str, cause: str, told: str) -> None:
    found = {**_variables(kind), "failure": {"Error": "E", "Cause": cause}}
    message = machine.evaluate(_state(kind, "Notify Failure")["Arguments"]["Message"], found)
    assert (message["error"], message["reason"]) == ("E", told)
    logs = {
        "retraining": f"python -m perennial log {message['execution']}",
        "batch transform": f"python -m perennial log {message['execution']}",
        "deployment": f"aws logs tail /aws/sagemaker/Endpoints/{message.get('endpoint')} --since 1h",
    }
    assert message["log"] == logs.get(kind, logs["deployment"])
    assert "cause" not in message
    row = machine.evaluate(_state(kind, "Record Failure")["Arguments"]["Item"], found)
    assert row["reason"] == {"S": told}
