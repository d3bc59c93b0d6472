"""Every function has one call and one answer, which its handler and the state machines share field by field."""

import importlib
import pkgutil
import typing
from types import ModuleType
from typing import Any

import pytest

import deployment.handlers
import retraining.handlers
from contract import calls, settings
from contract.calls.call import Call
from contract.record import InvalidRecordError, kinds
from contract.settings import Settings
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from shared import entry
from shared.errors import InvalidEventError
from tests.unit.mlops_constructs import answering, machine

MACHINES = [
    machine.retraining(),
    machine.deployment(),
    machine.deployment(policy=UpdatePolicy()),
    answering.built(),
]


def _calls() -> list[type[Call[Any]]]:
    for module in pkgutil.iter_modules(calls.__path__):
        importlib.import_module(f"{calls.__name__}.{module.name}")
    return sorted(Call.__subclasses__(), key=lambda call: call.__name__)


CALLS = _calls()
_EVERY = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)


def _handlers(package: ModuleType) -> set[str]:
    return {module.name for module in pkgutil.iter_modules(package.__path__)}


def _payloads(call: type[Call[Any]]) -> list[dict[str, Any]]:
    """What the state machines pass to a function."""
    states = [state for built in MACHINES for state in built["States"].values()]
    invoked = [state["Arguments"] for state in states if state.get("Resource", "").endswith("lambda:invoke")]
    functions = {call.function(), call.function().removesuffix("_deployment")}
    return [item["Payload"] for item in invoked if item["FunctionName"].rpartition(":")[2] in functions]


def test_every_function_has_a_call_and_settings() -> None:
    functions = _handlers(retraining.handlers) | _handlers(deployment.handlers)
    assert {call.function() for call in CALLS} == functions
    assert {call.__name__ for call in CALLS} == {kind.__name__ for kind in Settings.__subclasses__()}
    assert all(hasattr(settings, call.__name__) for call in CALLS)


@_EVERY
def test_a_state_machine_passes_the_fields_of_the_call_and_no_others(call: type[Call[Any]]) -> None:
    payloads = _payloads(call)
    # The dispatcher is called by the schedule.
    assert bool(payloads) is (call.function() != "dispatch_retraining")
    for payload in payloads:
        # A deployment whose updates wait for no alarms has none to name.
        assert set(kinds(call)) - {"roll_back"} <= set(payload) <= set(kinds(call))


@_EVERY
def test_a_handler_takes_the_call_and_gives_its_answer(call: type[Call[Any]]) -> None:
    package = "retraining" if call.function() in _handlers(retraining.handlers) else "deployment"
    handler = importlib.import_module(f"{package}.handlers.{call.function()}").lambda_handler
    written = handler.__wrapped__
    hints = typing.get_type_hints(written)
    assert hints == {"asked": call, "return": call.answer()}


@_EVERY
def test_an_answer_has_its_fields_and_no_others(call: type[Call[Any]]) -> None:
    with pytest.raises(InvalidRecordError, match="unknown fields misspelt"):
        call.answer().from_json({"misspelt": 1})
    with pytest.raises(InvalidEventError, match=r"unknown fields misspelt.*; check the state's Arguments"):
        entry.point(call)(lambda _asked: None)({"misspelt": 1}, None)
