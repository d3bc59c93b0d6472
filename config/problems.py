"""Tells what is wrong with a file: where it stands, what was found, what is allowed, and what was probably meant."""

import difflib
import re
import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from config.yaml_reader import Document

Path = tuple[str | int, ...]
_REFUSED = "refused"
_LONGEST_VALUE = 200


def meant(word: object, known: Iterable[str], *, otherwise: str | None = None) -> str:
    """The end of a sentence about a word that is not known.

    Args:
        word: what was written.
        known: what would have been right.
        otherwise: said when nothing is similar, in place of all that is known.
    """
    names = sorted(known)
    if close := difflib.get_close_matches(str(word), names, n=1):
        return f"did you mean {close[0]!r}?"
    return otherwise or (f"choose one of {names}" if names else "there is none")


def refuse(*problems: tuple[Path, str]) -> PydanticCustomError:
    """An error for a validator of several fields to raise.

    Args:
        problems: where, from the validator's model on, and what.
    """
    text = "; ".join(f"{_dotted(path)}: {problem}" for path, problem in problems)
    return PydanticCustomError(_REFUSED, "{text}", {"text": text, "problems": problems})


def within(error: ValidationError, schema: type[BaseModel]) -> list[tuple[Path, str]]:
    """All problems of a value that is a part of a document, for `refuse`."""
    found: dict[Path, str] = {}
    for item in error.errors():
        for path, text in _problems(item, schema):
            # Of a value of several types pydantic tells one problem a type.
            found.setdefault(path, text)
    return list(found.items())


def told(error: ValidationError, schema: type[BaseModel], document: Document, *, decides: str = "") -> list[str]:
    """All problems of a document, one sentence each, in the order of its lines.

    Args:
        error: of its validation.
        schema: of it.
        document: it.
        decides: name of a field that decides what the others may be; its problems are told without theirs.
    """
    problems = within(error, schema)
    decisive = [(path, text) for path, text in problems if path[:1] == (decides,)]
    found = {(document.line(path), path): text for path, text in decisive or problems}
    return [
        f"line {line}: {_dotted(path) or 'the file'}: {text}"
        for (line, path), text in sorted(found.items(), key=lambda item: item[0][0])
    ]


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a problem is.

    Args:
        path: in the file; pydantic's own also names alternatives and types.
        fields: names that the mapping around it may have; empty where it may have any.
        plain: it may be of several types that are no mappings.
    """

    path: Path
    fields: tuple[str, ...]
    plain: bool


def _problems(item: Any, schema: type[BaseModel]) -> list[tuple[Path, str]]:
    place = _find(schema, item["loc"])
    context: dict[str, Any] = item.get("ctx", {})
    match item["type"]:
        case "refused":
            return [((*place.path, *path), text) for path, text in context["problems"]]
        case "value_error":
            text = str(context["error"])
        case "missing":
            text = "Field required"
        case "extra_forbidden":
            text = f"there is no such field; {meant(place.path[-1], place.fields)}"
        case "union_tag_not_found" | "union_tag_invalid":
            tag = context["discriminator"].strip("'")
            place = _Place(path=(*place.path, tag), fields=(), plain=False)
            text = "Field required"
            if "tag" in context:
                known = re.findall(r"'([^']*)'", context["expected_tags"])
                text = f"got {context['tag']!r}, {meant(context['tag'], known)}"
        case "literal_error":
            known = re.findall(r"'([^']*)'", context["expected"])
            hint = meant(item["input"], known, otherwise="write one of them")
            text = f"{item['msg']}, got {_shown(item['input'])}; {hint}"
        case _ if place.plain:
            text = f"Input should be a text or a number, got {_shown(item['input'])}"
        case kind:
            quotes = kind == "string_type" and not isinstance(item["input"], dict | list)
            text = f"{item['msg']}, got {_shown(item['input'])}{'; write it in quotes' if quotes else ''}"
    return [(place.path, text)]


def _find(schema: type[BaseModel], location: Iterable[str | int]) -> _Place:
    path: list[str | int] = []
    fields: tuple[str, ...] = ()
    plain = False
    kind: Any = schema
    for part in location:
        kind = _bare(kind)
        if get_origin(kind) in {types.UnionType, Union}:
            kind = next((member for member in get_args(kind) if part in _tags(member)), None)
            plain = kind is None
            continue
        if part == "[key]":
            continue
        path.append(part)
        fields = ()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = tuple(kind.model_fields)
            kind = kind.model_fields[str(part)].annotation if part in fields else None
        else:
            # Of a mapping the values, of a list the items.
            kind = (get_args(kind) or (None,))[1 if get_origin(kind) is dict else 0]
    return _Place(path=tuple(path), fields=fields, plain=plain)


def _bare(kind: Any) -> Any:
    """A type without its annotations, and without None beside one other."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    others = [member for member in get_args(kind) if member is not types.NoneType]
    if get_origin(kind) in {types.UnionType, Union} and len(others) == 1:
        return _bare(others[0])
    return kind


def _tags(kind: Any) -> set[str]:
    """Values of a model's discriminator, by which pydantic names it among others."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return set()
    literals = [field.annotation for field in kind.model_fields.values() if get_origin(field.annotation) is Literal]
    return {tag for literal in literals for tag in get_args(literal)}


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
