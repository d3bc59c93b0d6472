"""Every state machine as it is deployed: each request against its service's model, each expression through a parser."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata

from tests.infrastructure import nag, variants
from tests.infrastructure.policy_documents import write_out
from tests.unit.mlops_constructs import answering, machine, requests
from tests.unit.mlops_constructs.machine import Machine

pytestmark = pytest.mark.security("state machines")
_ALL = pytest.mark.parametrize("name", variants.configurations())

# Of JSONata itself: https://docs.jsonata.org/overview, without $eval, which Step Functions leaves out.
_OF_JSONATA = {
    "string", "length", "substring", "substringBefore", "substringAfter", "uppercase", "lowercase", "trim", "pad",
    "contains", "split", "join", "match", "replace", "base64encode", "base64decode", "encodeUrlComponent",
    "encodeUrl", "decodeUrlComponent", "decodeUrl", "number", "abs", "floor", "ceil", "round", "power", "sqrt",
    "random", "formatNumber", "formatBase", "formatInteger", "parseInteger", "sum", "max", "min", "average",
    "boolean", "not", "exists", "count", "append", "sort", "reverse", "shuffle", "distinct", "zip", "keys", "lookup",
    "spread", "merge", "sift", "each", "error", "assert", "type", "now", "millis", "fromMillis", "toMillis", "map",
    "filter", "single", "reduce",
}  # fmt: skip
# https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided
_OF_STEP_FUNCTIONS = {"partition", "range", "hash", "random", "uuid", "parse"}
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_CALL = re.compile(r"\$(\w+)\s*\(")
_DEFINED = re.compile(r"\$(\w+)\s*:=\s*function")


def _machines(report: nag.Report) -> Iterator[tuple[str, Machine]]:
    for file in variants.templates(report.folder):
        template = json.loads(file.read_text(encoding="utf-8"))
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] == "AWS::StepFunctions::StateMachine":
                definition = json.loads(write_out(resource["Properties"]["DefinitionString"], template))
                yield f"{file.name.split('.')[0]} {logical_id}", definition


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from _expressions(item)
    elif isinstance(value, str) and value.startswith("{%"):
        yield value


def _faults(expression: str) -> list[str]:
    """What Step Functions would refuse in an expression."""
    if not expression.endswith("%}"):
        return [f"{expression} does not end in %}}"]
    text = expression[2:-2].strip()
    try:
        Jsonata(text)
    except JException as error:
        return [f"{text}: {error}"]
    code = _LITERAL.sub("''", text)
    known = _OF_JSONATA | _OF_STEP_FUNCTIONS | set(_DEFINED.findall(code))
    return [f"{text}: Step Functions has no ${name}" for name in set(_CALL.findall(code)) - known]


@_ALL
def test_every_task_sends_what_its_service_takes(name: str, nagged: dict[str, nag.Report]) -> None:
    for title, built in _machines(nagged[name]):
        # Tuned, trained, from a warehouse: between them the models come through every state.
        retrains, answers = "Load Configuration" in built["States"], "Answer Files" in built["States"]
        runs = [machine.run(built, model) for model in machine.catalogue()] if retrains else []
        runs = runs or [answering.run(built) if answers else machine.deploy(built)]
        for state, definition in built["States"].items():
            if definition["Type"] == "Task":
                ways = [found for found in runs if "Tuning" not in state or found["run"]["settings"].get("tuning")]
                assert ways, state
                for found in ways:
                    assert not requests.problems(definition, {"requests": 0, **found}), (title, state)


@_ALL
def test_every_expression_can_be_parsed(
    name: str, nagged: dict[str, nag.Report], record_property: Callable[[str, object], None]
) -> None:
    machines = dict(_machines(nagged[name]))
    expressions = [item for built in machines.values() for item in _expressions(built)]
    tasks = [state for built in machines.values() for state in built["States"].values() if state["Type"] == "Task"]
    record_property("figure", f"{name}: {len(machines)} machines, {len(tasks)} tasks, {len(expressions)} expressions")

    # Three deploy, one retrains, and one answers files where a model does.
    assert len(machines) == (5 if name == "everything" else 4)
    assert not [fault for expression in expressions for fault in _faults(expression)]


@pytest.mark.parametrize(
    "expression",
    ["{% $sum( %}", "{% $states.input..( %}", "{% $eval('1') %}", "{% $nope(1) %}", "{% 'a' & %}", "{% $a"],
)
def test_a_broken_expression_is_found(expression: str) -> None:
    assert _faults(expression)


@pytest.mark.parametrize(
    "expression", ["{% $hash('a', 'SHA-256') %}", "{% ($f := function($x) { $x }; $f('$eval(1)')) %}"]
)
def test_a_right_expression_is_not(expression: str) -> None:
    assert not _faults(expression)
