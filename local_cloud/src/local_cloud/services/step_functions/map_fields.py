"""Fields of Map states that moto's grammar does not have, or not whole: taken out before it parses a definition."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Place = tuple[str, ...]
_TAKEN = ("ItemReader", "ItemBatcher", "ResultWriter")
_PROCESSORS = ("ItemProcessor", "Iterator")


@dataclass(frozen=True, kw_only=True)
class MapFields:
    """Of one state.

    Args:
        query_language: ``JSONPath`` or ``JSONata``.
        reader: ItemReader.
        batcher: ItemBatcher.
        writer: ResultWriter.
        counts: whether it tolerates a number of failed items.
        percents: whether it tolerates a share of them.
    """

    query_language: str
    reader: Mapping[str, Any] | None
    batcher: Mapping[str, Any] | None
    writer: Mapping[str, Any] | None
    counts: bool
    percents: bool


def taken_out(definition: str) -> tuple[str, dict[Place, MapFields]]:
    """What moto can parse, and the rest by the states' places.

    Args:
        definition: anything; what is no definition comes back as it is.
    """
    try:
        machine = json.loads(definition, strict=False)
    except ValueError:
        return definition, {}
    found = dict(_taken_of(machine, (), "JSONPath")) if isinstance(machine, dict) else {}
    return (json.dumps(machine, ensure_ascii=False) if found else definition), found


def maps_of(program: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Moto's Map states with the places that `taken_out` gives them.

    Args:
        program: or an iteration of a Map; anything with states.
        place: of it.
    """
    states = getattr(program, "states", None) or program._states  # noqa: SLF001  # moto has no other way in
    for name, state in states.states.items():
        here = (*place, name)
        if iteration := getattr(state, "iteration_component", None):
            yield here, state
            yield from maps_of(iteration, here)
        if branches := getattr(state, "branches", None):
            for index, branch in enumerate(branches.programs):
                yield from maps_of(branch, (*here, str(index)))


def _taken_of(machine: Mapping[str, Any], place: Place, inherited: str) -> Iterator[tuple[Place, MapFields]]:
    states = machine.get("States")
    outer = machine.get("QueryLanguage", inherited)
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        here, language = (*place, name), state.get("QueryLanguage", outer)
        if state.get("Type") == "Map":
            yield here, _fields(state, language)
            for part in _PROCESSORS:
                if isinstance(state.get(part), dict):
                    yield from _taken_of(state[part], here, language)
        branches = state.get("Branches")
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            if isinstance(branch, dict):
                yield from _taken_of(branch, (*here, str(index)), language)


def _fields(state: dict[str, Any], language: str) -> MapFields:
    percentage = state.get("ToleratedFailurePercentage")
    if isinstance(percentage, int):
        # Moto's grammar has decimals only.
        state["ToleratedFailurePercentage"] = float(percentage)
    reader, batcher, writer = (state.pop(field, None) for field in _TAKEN)
    return MapFields(
        query_language=language,
        reader=reader,
        batcher=batcher,
        writer=writer,
        counts=any(field in state for field in ("ToleratedFailureCount", "ToleratedFailureCountPath")),
        percents=any(field in state for field in ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath")),
    )
