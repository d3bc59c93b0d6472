"""The environment variables that a pipeline gives to a build.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

import json
from typing import Any

_TYPES = ("PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER")
_MEMBERS = frozenset({"name", "value", "type"})


class VariablesError(ValueError):
    """EnvironmentVariables are none; says why."""


def parse(text: str) -> list[dict[str, str]]:
    """Read EnvironmentVariables into what StartBuild calls environmentVariablesOverride.

    Raises:
        VariablesError: they are no JSON list of variables.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise VariablesError(f"EnvironmentVariables must be a JSON list: {error}") from error
    if not isinstance(found, list):
        raise VariablesError(f"EnvironmentVariables must be a JSON list, got {text}")
    return [_variable(item) for item in found]


def _variable(item: Any) -> dict[str, str]:
    if (
        not isinstance(item, dict)
        or not {"name", "value"} <= item.keys() <= _MEMBERS
        or not all(isinstance(value, str) for value in item.values())
    ):
        raise VariablesError(
            "each of EnvironmentVariables must have a name, a value and perhaps a type, all texts, got "
            f"{json.dumps(item)}"
        )
    if (kind := item.get("type", "PLAINTEXT")) not in _TYPES:
        raise VariablesError(f"the type of {item['name']} must be one of {', '.join(_TYPES)}, got {kind}")
    return {"name": item["name"], "value": item["value"], "type": kind}
