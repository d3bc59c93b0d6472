"""Which variables of a state machine are set whenever a state reads them, on every way that leads there."""

import re
from collections.abc import Iterator
from typing import Any

from tests.unit.mlops_constructs.machine import Machine, State

_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'")
_VARIABLE = re.compile(r"\$([a-z_]+)\b(?!\()")
# Set within an expression, or a parameter of a function in it: https://docs.jsonata.org/programming
_OWN = re.compile(r"\$([a-z_]+)\s*:=|function\(([^)]*)\)")

# What a state has that its own reading of variables is not: catchers assign, and the states of a Map have their own.
_OF_OTHERS = {"Catch", "ItemProcessor"}


def read_in(value: Any) -> set[str]:
    """Variables that the JSONata in a value reads."""
    return set().union(*(_read(_LITERAL.sub("", text)) for text in _expressions(value))) - {"states"}


def _read(text: str) -> set[str]:
    own = {name for found in _OWN.finditer(text) for name in [found[1], *_VARIABLE.findall(found[2] or "")]}
    return set(_VARIABLE.findall(text)) - own


def unset(machine: Machine, before: frozenset[str] = frozenset()) -> list[str]:
    """States with variables that are not set on some way to them, also those within a Map.

    Args:
        machine: states, and where they start.
        before: variables that are set when they do.
    """
    states: dict[str, State] = machine["States"]
    known = _known(machine, before)
    found = [
        f"{name}: {sorted(missing)}"
        for name, state in states.items()
        if (missing := read_in({key: item for key, item in state.items() if key not in _OF_OTHERS}) - known[name])
    ]
    for name, state in states.items():
        if "ItemProcessor" in state:
            found += unset(state["ItemProcessor"], frozenset(known[name]))
    return found


def _known(machine: Machine, before: frozenset[str]) -> dict[str, set[str]]:
    """Variables that are set when a state begins, whichever way led there."""
    states: dict[str, State] = machine["States"]
    everything = set(before).union(
        *(_assigned(item) for state in states.values() for item in [state, *_catchers(state)])
    )
    known = dict.fromkeys(states, everything)
    known[machine["StartAt"]] = set(before)
    changed = True
    while changed:
        changed = False
        for name, state in states.items():
            for following, assigned in _ways(state):
                narrowed = known[following] & (known[name] | assigned)
                if narrowed != known[following]:
                    known[following], changed = narrowed, True
    return known


def _ways(state: State) -> Iterator[tuple[str, set[str]]]:
    # A catcher that is taken does not make the assignments of its state.
    for catcher in _catchers(state):
        yield catcher["Next"], _assigned(catcher)
    for branch in state.get("Choices", []):
        yield branch["Next"], _assigned(branch)
    for key in ("Next", "Default"):
        if key in state:
            yield state[key], _assigned(state)


def _catchers(state: State) -> list[dict[str, Any]]:
    return list(state.get("Catch", []))


def _assigned(item: dict[str, Any]) -> set[str]:
    return set(item.get("Assign", {}))


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from _expressions(item)
    elif isinstance(value, str) and value.startswith("{%"):
        yield value
