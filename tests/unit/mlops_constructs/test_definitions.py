"""The state machine's rules, checked on the definition itself and against the models of the services it calls."""

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from mlops_constructs import asl, retraining_definition
from tests.unit.mlops_constructs import machine
from tests.unit.mlops_constructs.machine import GATE, LONGEST_APP, LONGEST_MODEL, State

MACHINE = machine.build()
STATES: dict[str, State] = MACHINE["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
_SESSION = botocore.session.get_session()


def _operation(state: State) -> OperationModel:
    """The API operation of a Task."""
    *_, service, action = state["Resource"].removesuffix(".sync").split(":")
    model = _SESSION.get_service_model(service)
    name = next(item for item in model.operation_names if xform_name(item) == xform_name(action))
    return model.operation_model(name)


def _request(state: State, variables: dict[str, Any]) -> dict[str, Any]:
    """What a Task sends; the integrations of Lambda and SNS take objects where the API takes text."""
    request: dict[str, Any] = machine.evaluate(state["Arguments"], variables)
    for name in ("Payload", "Message"):
        if isinstance(request.get(name), dict):
            request[name] = json.dumps(request[name])
    return request


def _texts(value: Any, shape: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    """Every text of a request with its place and its shape."""
    if shape.type_name == "structure":
        for name, item in value.items():
            yield from _texts(item, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from _texts(item, shape.member, path)
    elif shape.type_name == "map":
        for name, item in value.items():
            yield from _texts(name, shape.key, path)
            yield from _texts(item, shape.value, f"{path}.{name}")
    elif shape.type_name == "string":
        yield path, value, shape


def _violations(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Texts that are longer than the service allows or have another form; botocore leaves that to the service."""
    for place, text, item in _texts(value, shape, path):
        longest, pattern = item.metadata.get("max"), item.metadata.get("pattern", "")
        if longest is not None and len(text) > longest:
            yield f"{place} has {len(text)} characters, at most {longest} are allowed: {text}"
        # Character classes in Java's notation are beyond Python.
        if "\\p" not in pattern and "\\u" not in pattern and not re.search(pattern, text):
            yield f"{place} is {text!r}, not {pattern}"
        if item.enum and text not in item.enum:
            yield f"{place} is {text!r}, not one of {item.enum}"


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_time_limit(name: str) -> None:
    limit = machine.evaluate(TASKS[name]["TimeoutSeconds"], machine.variables(MACHINE))
    assert 0 < limit < MACHINE["TimeoutSeconds"]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_retries_with_jitter_what_passes_by_itself(name: str) -> None:
    last = TASKS[name]["Retry"][-1]
    assert last["JitterStrategy"] == "FULL"
    assert last["BackoffRate"] >= 1
    assert last["MaxAttempts"] >= 1
    service = TASKS[name]["Resource"].removesuffix(".sync").split(":")[-2].lower()
    assert {error.split(".")[0].lower() for error in last["ErrorEquals"]} == {service}
    assert not {"States.ALL", "States.TaskFailed"} & {error for item in TASKS[name]["Retry"] for error in item}


@pytest.mark.parametrize("name", TASKS)
def test_every_task_catches_all_errors_last(name: str) -> None:
    # States.ALL must stand alone and last: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    *earlier, last = TASKS[name]["Catch"]
    assert last["ErrorEquals"] == ["States.ALL"]
    assert all("States.ALL" not in item["ErrorEquals"] for item in earlier)


def test_every_state_can_be_reached_and_every_next_state_exists() -> None:
    reached: set[str] = set()
    waiting = [MACHINE["StartAt"]]
    while waiting:
        name = waiting.pop()
        assert name in STATES, name
        if name not in reached:
            reached.add(name)
            waiting.extend(machine.followers(STATES[name]))
    assert reached == set(STATES)


def test_a_state_ends_the_run_or_has_a_next_one() -> None:
    for name, state in STATES.items():
        assert bool(list(machine.followers(state))) != (state["Type"] in {"Succeed", "Fail"}), name


def test_state_names_are_short_enough() -> None:
    # Amazon States Language: at most 80 Unicode characters.
    assert all(len(name) <= 80 for name in STATES)


def test_it_is_json_of_at_most_a_megabyte() -> None:
    # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    assert len(json.dumps(MACHINE)) < 1_048_576


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize(
    ("app", "model"), [("perennial", "flight-delay"), ("perennial", "rain-tomorrow"), (LONGEST_APP, LONGEST_MODEL)]
)
def test_arguments_are_what_the_service_takes(name: str, app: str, model: str) -> None:
    built = machine.build(app=app, also=LONGEST_MODEL)
    state = built["States"][name]
    request = _request(state, machine.variables(built, model, retry_count=3, redrive_count=10))
    shape = _operation(state).input_shape
    assert shape is not None
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    assert not list(_violations(request, shape, name))


@pytest.mark.parametrize(
    ("state", "argument"),
    [
        ("Model Training", "TrainingJobName"),
        ("Create Model", "ModelName"),
        ("Create Endpoint Config", "EndpointConfigName"),
        ("Create Endpoint", "EndpointName"),
        ("Save Model", "ModelPackageGroupName"),
    ],
)
def test_names_of_the_longest_app_and_model_fit(state: str, argument: str) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    built = machine.build(app=LONGEST_APP, also=LONGEST_MODEL)
    found = machine.variables(built, LONGEST_MODEL, retry_count=3, redrive_count=10)
    name = machine.evaluate(built["States"][state]["Arguments"][argument], found)
    assert len(name) <= 63
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)


def test_a_retry_takes_another_name_and_a_redrive_too() -> None:
    names = {
        machine.evaluate(
            STATES["Model Training"]["Arguments"]["TrainingJobName"],
            machine.variables(MACHINE, retry_count=retries, redrive_count=redrives),
        )
        for retries in range(3)
        for redrives in range(3)
    }
    assert len(names) == 9


def test_the_run_id_tells_start_and_execution() -> None:
    # 2026-03-01T12:34:56.789Z, and the first six digits of the SHA-256 of the execution's ARN.
    assert re.fullmatch(r"20260301123456-[0-9a-f]{6}", machine.variables(MACHINE)["run_id"])


@pytest.mark.parametrize("model", ["flight-delay", "rain-tomorrow"])
def test_a_configured_model_is_trained_with_its_own_settings(model: str) -> None:
    assert machine.choose(STATES["Known Model?"], machine.identify(MACHINE, model)) == "Load Configuration"
    assert machine.variables(MACHINE, model)["config"]["job_name"] == f"perennial-{model}"


@pytest.mark.parametrize("model", ["flight-delayed", "", "Flight-Delay", None, 7])
def test_an_unknown_model_is_a_failure_that_names_those_there_are(model: object) -> None:
    found = machine.identify(MACHINE, model)
    assert machine.choose(STATES["Known Model?"], found) == "Unknown Model"
    state = STATES["Unknown Model"]
    assert state["Next"] == "Notify Failure"
    failure = machine.evaluate(state["Assign"]["failure"], found)
    assert failure["Error"] == "UnknownModel"
    assert failure["Cause"].endswith("choose one of flight-delay, rain-tomorrow")


def test_the_gate_is_named_after_the_configuration() -> None:
    assert GATE in STATES
    assert STATES["Query Training Results"]["Next"] == GATE
    other = machine.build(gate_title="AUC > 0.8")["States"]
    assert GATE not in other
    assert other["Query Training Results"]["Next"] == "AUC > 0.8"


@pytest.mark.parametrize(
    ("value", "following"), [(0.91, "Save Model"), (0.9, "Explain Gate"), (0.89, "Explain Gate"), (0, "Explain Gate")]
)
def test_only_a_metric_above_the_threshold_passes_the_gate(value: float, following: str) -> None:
    found = machine.variables(MACHINE) | {"training": {"value": value}}
    assert machine.choose(STATES[GATE], found) == following


def test_a_model_that_fails_the_gate_ends_under_its_own_name() -> None:
    found = machine.variables(MACHINE) | {"training": {"value": 0.5}}
    failure = machine.evaluate(STATES["Explain Gate"]["Assign"]["failure"], found)
    assert failure["Cause"] == (f"validation:accuracy of {found['training_job']} is 0.5, it must be greater than 0.9")
    assert machine.choose(STATES["Gate Failed?"], {"failure": failure}) == "Model Accuracy Too Low"
    assert machine.choose(STATES["Gate Failed?"], {"failure": {"Error": "other"}}) == "Retraining Failed"


@pytest.mark.parametrize(("last", "following"), [("", "Model Training"), ("f" * 64, "Release Lease, Nothing New")])
def test_only_new_data_is_trained_on(last: str, following: str) -> None:
    assert machine.choose(STATES["Data changed?"], machine.variables(MACHINE) | {"last_fingerprint": last}) == following


@pytest.mark.parametrize(
    ("status", "config", "polls", "following"),
    [
        ("Creating", "old", 1, "Wait for Endpoint"),
        ("Updating", "old", 1, "Wait for Endpoint"),
        ("Updating", "new", 239, "Wait for Endpoint"),
        ("Updating", "new", 240, "Explain Endpoint"),
        ("InService", "new", 1, "Prove Deployment"),
        # AWS rolled the update back.
        ("InService", "old", 1, "Explain Endpoint"),
        ("Failed", "new", 1, "Explain Endpoint"),
        ("OutOfService", "new", 1, "Explain Endpoint"),
    ],
)
def test_a_deployment_is_done_when_the_endpoint_serves_the_new_configuration(
    status: str, config: str, polls: int, following: str
) -> None:
    found = {"endpoint": {"status": status, "config": config}, "polls": polls, "endpoint_config": "new"}
    assert machine.choose(STATES["Endpoint In Service?"], found) == following


@pytest.mark.parametrize(
    ("staged", "following"),
    [({}, "Create Endpoint"), ({"previous_endpoint_config": "before"}, "Update Endpoint")],
)
def test_the_first_deployment_creates_the_endpoint(staged: dict[str, str], following: str) -> None:
    assert machine.choose(STATES["Endpoint Exists?"], {"staged": staged}) == following


@pytest.mark.parametrize(
    ("staged", "following"),
    [({}, "Notify Failure"), ({"previous_endpoint_config": "before"}, "Restore Previous Version")],
)
def test_an_endpoint_that_fails_its_proof_goes_back_if_it_can(staged: dict[str, str], following: str) -> None:
    assert machine.choose(STATES["Previous Version?"], {"staged": staged}) == following


def test_a_run_that_finds_another_one_succeeds_without_touching_its_lease() -> None:
    catcher = STATES["Take Lease"]["Catch"][0]
    assert catcher == {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "Already Running"}
    assert STATES["Already Running"]["Type"] == "Succeed"


def test_a_lease_outlives_every_run() -> None:
    found = machine.variables(MACHINE)
    item = machine.evaluate(STATES["Take Lease"]["Arguments"], found)
    left = int(item["Item"]["expires_at"]["N"]) - int(item["ExpressionAttributeValues"][":now"]["N"])
    assert left > MACHINE["TimeoutSeconds"]


def test_every_way_out_releases_the_lease_that_was_taken() -> None:
    """From ``Take Lease`` on, no path reaches an end without a release."""
    releases = {"Release Lease", "Release Lease After Failure", "Release Lease, Nothing New"}
    seen: set[str] = set()
    waiting = [STATES["Take Lease"]["Next"]]
    while waiting:
        name = waiting.pop()
        if name in seen or name in releases:
            continue
        seen.add(name)
        assert STATES[name]["Type"] not in {"Succeed", "Fail"}, f"{name} is reached with the lease"
        waiting.extend(machine.followers(STATES[name]))


def test_all_releases_are_only_of_our_own_lease() -> None:
    for name, state in TASKS.items():
        if state["Resource"].endswith("dynamodb:deleteItem"):
            assert state["Arguments"]["ConditionExpression"] == "#owner = :owner", name
            # Whatever happens, the run goes on and an earlier failure survives.
            assert state["Catch"] == [{"ErrorEquals": ["States.ALL"], "Next": state["Next"]}], name


@pytest.mark.parametrize("error", [{"Error": "E", "Cause": "c"}, {"Error": "States.Timeout"}])
def test_a_caught_error_has_all_that_the_notification_needs(error: dict[str, str]) -> None:
    # The Amazon States Language says an error output should have a Cause, not that it must.
    found = machine.variables(MACHINE)
    found["states"] = {**found["states"], "errorOutput": error}
    found |= machine.evaluate(asl.catch_all("next")["Assign"], found)
    assert found["failure"]["Error"] == error["Error"]
    machine.evaluate(STATES["Notify Failure"]["Arguments"], found)
    for name in ("Model Accuracy Too Low", "Retraining Failed"):
        machine.evaluate({key: STATES[name][key] for key in ("Error", "Cause")}, found)


def test_outputs_of_the_ends_can_be_made() -> None:
    found = machine.variables(MACHINE)
    for name, state in STATES.items():
        if state["Type"] == "Succeed":
            assert machine.evaluate(state["Output"], found)["outcome"], name


def test_subject_of_the_notification_is_what_sns_takes() -> None:
    # At most 100 ASCII characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    built = machine.build(app=LONGEST_APP)
    found = machine.variables(built) | {"model": "x" * 200}
    subject = machine.evaluate(built["States"]["Notify Failure"]["Arguments"]["Subject"], found)
    assert len(subject) <= 100
    assert subject.isascii()


@pytest.mark.parametrize("text", ["it's", 'a "b"', "back\\slash", "{% x %}"])
def test_any_text_of_the_configuration_reaches_the_job(text: str) -> None:
    models = {"m": {"hyperparameters": {"note": text}, "spot": True, "threshold": 0.5}}
    expression = retraining_definition._literal(models)
    assert machine.evaluate(f"{{% {expression} %}}", {}) == models
