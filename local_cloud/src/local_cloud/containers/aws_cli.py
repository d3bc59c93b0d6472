"""Stands in for the AWS CLI 2 in builds: any operation of any service, by the names of botocore's models.

``aws <service> <operation> [--member value ...] [outfile]``. Left out are the CLI's own commands (``aws s3 cp``,
``aws configure``, waiters, skeletons), shorthand syntax of structures, and formats other than JSON and text.

References:
    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html
    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html
"""

import argparse
import base64
import json
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import botocore
import botocore.session
import jmespath  # type: ignore[import-untyped]  # its types are a package of their own
from botocore import xform_name
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    UnknownServiceError,
)
from botocore.model import OperationModel, Shape, StructureShape

# https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html
_DONE, _WRONG, _CONFIGURATION, _REFUSED, _GENERAL = 0, 252, 253, 254, 255
_VERSION = f"aws-cli/2 (the local cloud's stand-in) botocore/{botocore.__version__}"
# The CLI's own commands, which no model has.
_CUSTOM = {"configure", "help", "s3", "sso", "history"}
# Services that the CLI calls otherwise than the SDK.
_NAMES = {"s3api": "s3", "configservice": "config", "deploy": "codedeploy"}
_CODES: dict[type[Exception], int] = {
    ParamValidationError: _WRONG,
    NoCredentialsError: _CONFIGURATION,
    NoRegionError: _CONFIGURATION,
}
_BASE64, _RAW = "base64", "raw-in-base64-out"


class UsageError(Exception):
    """The command line is wrong, or asks for something that the stand-in has not."""


def main(words: Sequence[str]) -> int:
    """Run one command; gives the exit code."""
    try:
        return _main(words)
    except UsageError as error:
        _complain(f"aws: [ERROR]: {error}")
        return _WRONG
    except ClientError as error:
        _complain(str(error))
        return _REFUSED
    except BotoCoreError as error:
        _complain(str(error))
        return next((code for kind, code in _CODES.items() if isinstance(error, kind)), _GENERAL)


def _main(words: Sequence[str]) -> int:
    if list(words[:1]) == ["--version"]:
        sys.stdout.write(f"{_VERSION}\n")
        return _DONE
    general, rest = _general().parse_known_args(list(words))
    if len(rest) < 2:  # noqa: PLR2004  # service and operation
        raise UsageError("the following arguments are required: command, subcommand")
    service, name, *arguments = rest
    if service in _CUSTOM:
        raise UsageError(
            f"the local cloud's stand-in has no {service} command; use an operation of a service, such as"
            " s3api put-object, or install the AWS CLI 2"
        )
    session = botocore.session.get_session()
    service = _NAMES.get(service, service)
    operation = _operation(session, service, name)
    members, outfile = _members(operation, arguments, binary=general.cli_binary_format)
    client = session.create_client(service, region_name=general.region, endpoint_url=general.endpoint_url)
    answer = _call(client, operation, members, pages=not general.no_paginate)
    answer.pop("ResponseMetadata", None)
    if outfile is not None:
        _save(operation, answer, outfile)
    _print(answer, query=general.query, form=general.output or session.get_config_variable("output") or "json")
    return _DONE


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Argparse would exit with a code of its own."""
        raise UsageError(message)


def _general() -> argparse.ArgumentParser:
    parser = _Parser(prog="aws", add_help=False, allow_abbrev=False)
    parser.add_argument("--region")
    parser.add_argument("--endpoint-url")
    parser.add_argument("--output", choices=["json", "text"])
    parser.add_argument("--query")
    parser.add_argument("--cli-binary-format", choices=[_BASE64, _RAW], default=_BASE64)
    parser.add_argument("--no-cli-pager", action="store_true")
    parser.add_argument("--no-paginate", action="store_true")
    return parser


def _operation(session: Any, service: str, name: str) -> OperationModel:
    try:
        model = session.get_service_model(service)
    except UnknownServiceError as error:
        raise UsageError(f"argument command: found invalid choice {service!r}") from error
    for operation in model.operation_names:
        if xform_name(operation, "-") == name:
            found: OperationModel = model.operation_model(operation)
            return found
    raise UsageError(f"argument operation: found invalid choice {name!r} of {service}")


def _members(operation: OperationModel, arguments: list[str], *, binary: str) -> tuple[dict[str, Any], Path | None]:
    """The operation's input, and the file that takes what it streams back."""
    shape = operation.input_shape
    known = {xform_name(name, "-"): (name, member) for name, member in (shape.members.items() if shape else ())}
    found: dict[str, Any] = {}
    waiting, alone = list(arguments), list[str]()
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            alone.append(word)
            continue
        option, equals, joined = word[2:].partition("=")
        if option.startswith("no-") and option.removeprefix("no-") in known:
            name, member = known[option.removeprefix("no-")]
            if member.type_name == "boolean":
                found[name] = False
                continue
        if option == "cli-input-json":
            found = {**_given(joined if equals else _next(waiting, option)), **found}
            continue
        if option not in known:
            raise UsageError(f"Unknown options: --{option}")
        name, member = known[option]
        if member.type_name == "boolean":
            found[name] = True
        elif member.type_name == "list":
            found[name] = _list([joined] if equals else _values(waiting), member, option, binary)
        else:
            found[name] = _value(joined if equals else _next(waiting, option), member, option, binary)
    outfile = _outfile(operation, alone)
    return found, outfile


def _given(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(_text(text)))
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"Error parsing parameter 'cli-input': Invalid JSON received. {error}") from error


def _outfile(operation: OperationModel, alone: list[str]) -> Path | None:
    if operation.has_streaming_output:
        if len(alone) != 1:
            raise UsageError("the following arguments are required: outfile")
        return Path(alone[0])
    if alone:
        raise UsageError(f"Unknown options: {', '.join(alone)}")
    return None


def _next(waiting: list[str], option: str) -> str:
    if not waiting:
        raise UsageError(f"argument --{option}: expected one argument")
    return waiting.pop(0)


def _values(waiting: list[str]) -> list[str]:
    found = []
    while waiting and not waiting[0].startswith("--"):
        found.append(waiting.pop(0))
    return found


def _list(values: list[str], shape: Any, option: str, binary: str) -> list[Any]:
    if len(values) == 1 and _text(values[0]).lstrip().startswith("["):
        return list(_json(values[0], shape, option))
    return [_value(value, shape.member, option, binary) for value in values]


def _value(given: str, shape: Shape, option: str, binary: str) -> Any:
    """A member's value, as the model wants it.

    Raises:
        UsageError: it is none, or the file that it names cannot be read.
    """
    try:
        return _read(given, shape, option, binary)
    except (OSError, ValueError) as error:
        raise UsageError(f"Error parsing parameter '--{option}': {error}") from error


def _read(given: str, shape: Shape, option: str, binary: str) -> Any:
    kind = shape.type_name
    if kind == "blob":
        # What is streamed is always a file.
        return Path(given).read_bytes() if shape.serialization.get("streaming") else _blob(given, binary)
    text = _text(given)
    if kind in {"structure", "map", "list"}:
        return _json(given, shape, option)
    if kind in {"integer", "long"}:
        return int(text)
    if kind in {"float", "double"}:
        return float(text)
    return text


def _blob(given: str, binary: str) -> bytes:
    if given.startswith("fileb://"):
        return Path(given.removeprefix("fileb://")).read_bytes()
    text = _text(given)
    if binary == _RAW:
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise UsageError(f"Invalid base64: {text!r}; say --cli-binary-format raw-in-base64-out for a text") from error


def _text(given: str) -> str:
    return Path(given.removeprefix("file://")).read_text(encoding="utf-8") if given.startswith("file://") else given


def _json(given: str, shape: Shape, option: str) -> Any:
    text = _text(given)
    if not re.match(r"\s*[\[{]", text):
        if isinstance(shape, StructureShape) or shape.type_name in {"map", "list"}:
            return _shorthand(text, option)
        raise UsageError(f"argument --{option}: expected JSON, got {text!r}")
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"argument --{option}: Invalid JSON: {error}") from error


def _shorthand(text: str, option: str) -> dict[str, str]:
    """``Key=value,Other=value``, without lists and quotes."""
    found = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or set(value) & set("[]{}\"'"):
            raise UsageError(f"argument --{option}: the local cloud's stand-in takes this as JSON only, got {text!r}")
        found[name] = value
    return found


def _call(client: Any, operation: OperationModel, members: dict[str, Any], *, pages: bool) -> dict[str, Any]:
    method = xform_name(operation.name)
    if pages and client.can_paginate(method):
        answer: dict[str, Any] = client.get_paginator(method).paginate(**members).build_full_result()
        return answer
    return dict(getattr(client, method)(**members))


def _save(operation: OperationModel, answer: dict[str, Any], outfile: Path) -> None:
    shape = operation.output_shape
    assert shape is not None  # noqa: S101  # it has something to stream
    name = shape.serialization["payload"]
    stream = answer.pop(name)
    with outfile.open("wb") as file:
        file.writelines(stream.iter_chunks())


def _print(answer: dict[str, Any], *, query: str | None, form: str) -> None:
    shown: Any = jmespath.search(query, answer) if query else answer
    if shown in ({}, None) and query is None:
        return
    if form == "text":
        _print_text(shown)
    else:
        sys.stdout.write(json.dumps(shown, indent=4, default=_plain, ensure_ascii=False) + "\n")


def _print_text(shown: Any) -> None:
    """Values with tabs between them; of structures the CLI's own form has more to it.

    Reference: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html#text-output
    """
    if isinstance(shown, list) and all(isinstance(item, list) for item in shown) and shown:
        for row in shown:
            sys.stdout.write("\t".join(map(_word, row)) + "\n")
    elif isinstance(shown, list):
        if any(isinstance(item, dict) for item in shown):
            raise UsageError("the local cloud's stand-in prints no structures as text; choose values with --query")
        sys.stdout.write("\t".join(map(_word, shown)) + "\n")
    elif isinstance(shown, dict):
        raise UsageError("the local cloud's stand-in prints no structures as text; choose values with --query")
    else:
        sys.stdout.write(f"{_word(shown)}\n")


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    return "None" if value is None else str(_plain(value) if isinstance(value, datetime | bytes) else value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _complain(text: str) -> None:
    sys.stderr.write(f"\n{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
