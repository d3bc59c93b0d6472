"""What holds for any configuration: it is read as it was written, or refused with a ConfigError."""

import contextlib
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from config import loader, schedules, yaml_reader
from config.errors import ConfigError, InvalidConfigError
from tests.conftest import FLEET

pytestmark = pytest.mark.security("hostile input")
# YAML 1.2, section 5.1: printable characters only, JSON's escapes of surrogate pairs are no characters there.
PRINTABLE = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"], exclude_characters="\x85\u2028\u2029\ufeff")
TEXTS = st.text(PRINTABLE, max_size=20)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**99) + 1, 10**99 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    st.sampled_from(["no", "0777", "1:30", "2024-01-01", "{% $eval('1') %}", "../x", "a\n", "; drop", "١٢"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
FILES = {
    name: yaml_reader.read((FLEET / name).read_bytes()).value
    for name in ("accounts.yaml", "models/flight-delay.yaml", "models/air-time.yaml")
}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in _paths(item, (*path, key)))]


PLACES = [(name, path) for name, content in FILES.items() for path in _paths(content)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("config")
    (target / "models").mkdir()
    return target


def _write(folder: Path, changed: dict[str, Any]) -> None:
    for name, content in {**FILES, **changed}.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


# Said of one value only; everything else may be told of a mapping around it, or of a field that must fit it.
_OF_ONE = re.compile(r"there is no such field|Field required|Input should|String should")
# Their types are numbers of any kind; all others keep the kind that was written.
_FLOATS = frozenset({"threshold", "tolerance", "min", "max"})


def _names_the_place(message: str, *, file: Path, path: tuple[Any, ...]) -> bool:
    """Whether the file is named, and the changed value, something in it, a mapping around it, or a field beside it."""
    lines = message.split("\n")
    return all(line.startswith(f"{file}: ") for line in lines) and any(
        _is_of(line.removeprefix(f"{file}: "), path) for line in lines
    )


def _is_of(problem: str, path: tuple[Any, ...]) -> bool:
    if path in {(), ("name",)} and problem.startswith("the file must be named as its model, got name "):
        return True
    line = re.match(r"line [1-9][0-9]*: ", problem)
    if line is None:
        return False
    problem = problem[line.end() :]
    if not path or problem.startswith("the merge key << is refused"):
        return True
    name = ".".join(map(str, path))
    if problem.startswith((f"{name}: ", f"{name}.")):
        return True
    place, _, text = problem.partition(": ")
    around = place == "the file" or name.startswith(f"{place}.")
    return _OF_ONE.match(text) is None and (around or str(path[-1]) in text)


def _same(read: Any, given: Any, *, name: str = "") -> bool:
    """Whether what was read is what was given, and of the same type; a YAML list is the schema's tuple."""
    if isinstance(given, dict):
        return (
            isinstance(read, dict)
            and read.keys() == given.keys()
            and all(_same(read[key], given[key], name=key) for key in given)
        )
    if isinstance(given, list):
        return isinstance(read, tuple) and len(read) == len(given) and all(map(_same, read, given))
    if name in _FLOATS and type(given) is int:
        return type(read) is float and read == float(given)
    return type(read) is type(given) and bool(read == given)


def _load(folder: Path) -> loader.Config | str:
    """The configuration, or why it is refused."""
    try:
        return loader.load(folder)
    except InvalidConfigError as error:
        return str(error)


@given(VALUES)
def test_what_is_written_as_json_is_read_as_it_was_meant(value: Any) -> None:
    # Every JSON document of such characters is YAML: https://yaml.org/spec/1.2.2/#12-yaml-history-and-name
    if "<<" not in json.dumps(value):
        assert yaml_reader.read(json.dumps(value, ensure_ascii=False).encode()).value == value


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(yaml_reader.DocumentError):
        json.dumps(yaml_reader.read(data).value, allow_nan=False)


@settings(max_examples=300)
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_one_changed_value_is_accepted_as_it_is_or_refused_by_name(
    folder: Path, place: tuple[str, Any], value: Any
) -> None:
    name, path = place
    content = {"root": deepcopy(FILES[name])}
    target: Any = content
    whole: tuple[Any, ...] = ("root", *path)
    for part in whole[:-1]:
        target = target[part]
    target[whole[-1]] = value
    _write(folder, {name: content["root"]})
    found = _load(folder)
    if isinstance(found, str):
        assert _names_the_place(found, file=folder / name, path=path), path
        return
    read: dict[str, BaseModel] = {"accounts.yaml": found.accounts}
    read |= {f"models/{model.name}.yaml": model for model in found.models}
    assert _same(read[name].model_dump(exclude_unset=True), content["root"])
    for model in found.models:
        assert re.fullmatch(r"[a-z0-9-]{1,24}", model.name, re.ASCII)
    for environment in found.accounts.environments.values():
        assert re.fullmatch(r"[0-9]{12}", environment.account_id, re.ASCII)


@given(st.text(max_size=60) | st.from_regex(r"(rate|cron)\([ -~]{0,40}\)", fullmatch=True))
def test_any_expression_is_compiled_or_refused(expression: str) -> None:
    with contextlib.suppress(ConfigError):
        compiled = schedules.compile_expression(expression)
        assert "rate_seconds" in compiled or any(values is None for values in compiled.values())
