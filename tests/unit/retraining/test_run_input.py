"""What a run may be started with, and what is refused before anything is taken."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.calls.load_configuration import LoadConfiguration
from retraining.errors import InvalidInputError
from retraining.logic import run_input
from tests.unit.mlops_constructs import machine

pytestmark = pytest.mark.security("hostile input")
MACHINE = machine.retraining()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "given_",
    [
        {"model": "m"},
        {"model": "m", "force": True, "test_run": False},
        {"model": 7},
        {},
        {"model": "m", "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn"},
    ],
)
def test_what_a_run_takes_is_taken(given_: dict[str, Any]) -> None:
    run_input.check(given_)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"model": "m", "frce": True}, "the input has the unknown keys ['frce']; start the run with"),
        ({"model": "m", "Force": True}, "unknown keys ['Force']"),
        ({"model": "m", "force": "true"}, "force must be true or false, got 'true'; start the run with"),
        ({"model": "m", "force": 1}, "force must be true or false, got 1"),
        ({"model": "m", "test_run": None}, "test_run must be true or false, got None"),
        ({"model": "m", "test_run": [True]}, "test_run must be true or false, got [True]"),
        (["m"], "the input must be an object, got ['m']"),
        ("m", "the input must be an object, got 'm'"),
        (None, "the input must be an object, got None"),
    ],
)
def test_what_means_nothing_is_refused(given_: object, said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        run_input.check(given_)
    assert said in str(refused.value)


@given(VALUES)
def test_any_input_is_taken_or_refused_in_a_few_words(given_: object) -> None:
    try:
        run_input.check(given_)
    except InvalidInputError as error:
        told = str(error)
    else:
        told = ""
        assert isinstance(given_, dict)
    assert len(told) < 600


@pytest.mark.parametrize(
    "name",
    [
        "{% $eval('1+1') %}",
        "$states.context.Execution.Id",
        "' & $model & '",
        "${model}",
        '"}',
        "{{model}}",
        "$(touch x)",
        "ü\n\0",
    ],
)
def test_a_models_name_is_data_and_never_evaluated(name: str) -> None:
    found = machine.identify(MACHINE, {"model": name})
    assert found["model"] == name
    asked = machine.called(MACHINE, "Load Configuration", found, LoadConfiguration)
    assert (asked.model, asked.input) == (name, {"model": name})


def test_a_long_name_still_fits_into_keys_and_messages() -> None:
    found = machine.identify(MACHINE, {"model": "m" * 200_000})
    assert found["model"] == "m" * 64


def test_nothing_is_taken_before_the_input_is_checked() -> None:
    states = MACHINE["States"]
    assert MACHINE["StartAt"] == "Identify Run"
    assert states["Identify Run"]["Next"] == "Load Configuration"
    assert states["Load Configuration"]["Next"] == "Take Lease"
    assert states["Load Configuration"]["Catch"][-1]["Next"] == "Notify Failure"


@pytest.mark.parametrize("force", ["true", 1, [True], {"a": 1}])
def test_a_deployments_switch_reaches_the_plan_as_it_is(force: object) -> None:
    found = machine.identify(machine.deployment(), {"force": force})
    assert found["force"] == force
