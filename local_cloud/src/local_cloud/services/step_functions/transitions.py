"""Whether each state of a definition leads to one that exists, as CreateStateMachine and UpdateStateMachine ask.

References:
    https://states-language.net/spec.html#transitions
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

_ENDS = {"Succeed", "Fail"}


def problems(machine: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """What is wrong, in the words of AWS, each with the place in the definition.

    Args:
        machine: has ``StartAt`` and ``States``; one that could be parsed.
        place: of it in the whole definition.
    """
    states = machine["States"]
    if machine["StartAt"] not in states:
        yield _missing("StartAt", machine["StartAt"], place)
    for name, state in states.items():
        here = f"{place}/States/{name}"
        yield from _of_state(state, states, here)
        for index, branch in enumerate(state.get("Branches", [])):
            yield from problems(branch, f"{here}/Branches[{index}]")
        for part in ("ItemProcessor", "Iterator"):
            if part in state:
                yield from problems(state[part], f"{here}/{part}")


def _of_state(state: Mapping[str, Any], states: Mapping[str, Any], here: str) -> Iterator[str]:
    if state["Type"] == "Choice":
        targets = [(f"Choices[{index}]", rule) for index, rule in enumerate(state.get("Choices", []))]
        if "Default" in state and state["Default"] not in states:
            yield _missing("Default", state["Default"], here)
    else:
        targets = [("", state)]
        if state["Type"] not in _ENDS and not state.get("End") and "Next" not in state:
            yield f"SCHEMA_VALIDATION_FAILED: 'Next' or 'End' is required at {here}"
    targets += [(f"Catch[{index}]", catcher) for index, catcher in enumerate(state.get("Catch", []))]
    for part, holder in targets:
        if "Next" in holder and holder["Next"] not in states:
            yield _missing("Next", holder["Next"], f"{here}/{part}".rstrip("/"))


def _missing(kind: str, target: str, place: str) -> str:
    return f"MISSING_TRANSITION_TARGET: Missing '{kind}' target: {target} at {place}/{kind}"
