"""Names of jobs, models and configurations: what the services take, and never the same twice."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import run_names
from tests.unit.mlops_constructs import machine, requests
from tests.unit.mlops_constructs.machine import LONGEST_APP, Machine

pytestmark = pytest.mark.security("hostile input")
RETRAINING = machine.retraining(app=LONGEST_APP)
DEPLOYMENT = machine.deployment(app=LONGEST_APP)
SETTINGS = machine.catalogue()["flight-delay"]
PLACES = [
    (RETRAINING, "Hyperparameter Tuning", "HyperParameterTuningJobName", 32),
    (RETRAINING, "Model Training", "TrainingJobName", 63),
    (RETRAINING, "Evaluate", "ProcessingJobName", 63),
    (RETRAINING, "Start Deployment", "Name", 80),
    (DEPLOYMENT, "Create Model", "ModelName", 63),
    (DEPLOYMENT, "Create Endpoint Config", "EndpointConfigName", 63),
]
# config.schema.Name, written down a second time.
MODELS = st.from_regex(r"[a-z0-9](-?[a-z0-9])*", fullmatch=True).map(lambda name: name[:24].rstrip("-"))
# Names of executions: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
EXECUTIONS = st.text(st.sampled_from("abcXYZ019-_."), min_size=1, max_size=80)


def _name(
    built: Machine, state: str, argument: str, model: str, *, execution: str, start: datetime, counts: tuple[int, int]
) -> str:
    found = machine.context(retry_count=counts[0], redrive_count=counts[1])
    found["Execution"]["Id"] = f"arn:aws:states:us-east-1:111111111111:execution:perennial:{execution}"
    found["Execution"]["StartTime"] = f"{start:%Y-%m-%dT%H:%M:%S}.000Z"
    states = {"input": {"model": model}, "context": found}
    variables: dict[str, Any] = {**machine.after(built, built["StartAt"], {"states": states}), "looks": counts[0]}
    if "Load Configuration" in built["States"]:
        variables = machine.configure(built, variables, SETTINGS, app=LONGEST_APP)
    arguments = built["States"][state]["Arguments"]
    # One expression merges the tuning job's name into the request that the plan built.
    if isinstance(arguments, str):
        return str(machine.evaluate(arguments, {**variables, "tuning": {"request": {"Planned": True}}})[argument])
    return str(machine.evaluate(arguments[argument], variables))


@pytest.mark.parametrize("place", range(len(PLACES)), ids=[place[1] for place in PLACES])
@settings(max_examples=8)
@given(
    model=MODELS,
    execution=EXECUTIONS,
    start=st.datetimes(datetime(2026, 1, 1), datetime(2099, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),
    one=st.tuples(st.integers(0, 20), st.integers(0, 99)),
    other=st.tuples(st.integers(0, 20), st.integers(0, 99)),
)
def test_a_name_is_what_the_service_takes_and_that_of_one_attempt(
    place: int,
    model: str,
    execution: str,
    start: datetime,
    one: tuple[int, int],
    other: tuple[int, int],
) -> None:
    built, state, argument, longest = PLACES[place]
    names = [
        _name(built, state, argument, model, execution=execution, start=start, counts=counts) for counts in (one, other)
    ]
    shape: Any = requests.operation(built["States"][state]).input_shape
    member = next(found for key, found in shape.members.items() if key.lower() == argument.lower())
    for name in names:
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", name), name
        assert len(name) <= longest
        assert not list(requests.violations(name, member, argument))
    # What removes unused models and configurations knows them by the same rule.
    if state in {"Create Model", "Create Endpoint Config"}:
        assert all(run_names.is_of_a_deployment(name, endpoint_name=f"{LONGEST_APP}-sandbox") for name in names)
    # A name carries the retries and redrives, except those of an execution, which a retry must find again, and of a
    # configuration, which the alarms know before it is made.
    assert (names[0] == names[1]) == (one == other or state in {"Start Deployment", "Create Endpoint Config"})
