"""What a target receives: the event, a part of it, a constant, or a template filled from it.

Reference: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_PATH = re.compile(r"\$(?:\.[\w\-/]+|\[(?:\d+|\*)\])*")
_STEP = re.compile(r"\.([\w\-/]+)|\[(\d+|\*)\]")
_PLACEHOLDER = re.compile(r"<([\w.\-]+)>")
_MISSING = object()


def payload(target: Mapping[str, Any], event: Mapping[str, Any], *, rule_arn: str, ingested: str) -> str:
    """The text that goes to a target.

    Args:
        target: of the rule.
        event: the event.
        rule_arn: of the rule, for templates that name it.
        ingested: when the bus received the event, ISO 8601.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        found = _lookup(str(target["InputPath"]), event)
        return json.dumps(None if found is _MISSING else found)
    if "InputTransformer" in target:
        return _transform(target["InputTransformer"], event, rule_arn=rule_arn, ingested=ingested)
    return json.dumps(event)


def problem(target: Mapping[str, Any]) -> str | None:
    """What is wrong with a target's input, None if nothing is."""
    given = [name for name in ("Input", "InputPath", "InputTransformer") if name in target]
    if len(given) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
    transformer = target.get("InputTransformer") or {}
    paths = [str(path) for path in (transformer.get("InputPathsMap") or {}).values()]
    paths += [str(target["InputPath"])] if "InputPath" in target else []
    for path in paths:
        if _PATH.fullmatch(path) is None:
            return f"Invalid JSON path {path} for target {target['Id']}."
    template = str(transformer.get("InputTemplate", "{}")).lstrip()
    if not template.startswith(("{", "[", '"', "<")):
        return f"Invalid InputTemplate for target {target['Id']} : it must be JSON, a text needs its quotes."
    if "Input" in target:
        try:
            json.loads(target["Input"])
        except ValueError as error:
            return f"JSON syntax error in input for target {target['Id']} : {error}"
    return None


def _lookup(path: str, event: Mapping[str, Any]) -> Any:
    found: Any = event
    for key, index in _STEP.findall(path):
        if key and isinstance(found, Mapping) and key in found:
            found = found[key]
        elif index == "*" and isinstance(found, list):
            continue
        elif index and index != "*" and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        else:
            return _MISSING
    return found


def _transform(transformer: Mapping[str, Any], event: Mapping[str, Any], *, rule_arn: str, ingested: str) -> str:
    values: dict[str, Any] = {
        name: _lookup(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()
    }
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rsplit("/", maxsplit=1)[-1],
        "aws.events.event.ingestion-time": ingested,
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        "aws.events.event.json": dict(event),
    }
    template = str(transformer["InputTemplate"])
    filled, done, quoted = [], 0, False
    for match in _PLACEHOLDER.finditer(template):
        between = template[done : match.start()]
        quoted ^= len(re.findall(r'(?<!\\)"', between)) % 2 == 1
        filled.append(between)
        done = match.end()
        if match[1] not in values:
            filled.append(match[0])
            continue
        value = values[match[1]]
        if value is _MISSING:
            # A path that the event does not have leaves nothing behind.
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        # Inside quotes the value is a part of that string, outside it is a JSON value of its own.
        inside = json.dumps(text)[1:-1]
        filled.append(inside if quoted else json.dumps(value))
    return "".join(filled) + template[done:]
