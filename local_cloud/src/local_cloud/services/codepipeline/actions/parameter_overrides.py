"""The parameters and tags of a stack that a pipeline deploys: its configuration file, and what overrides it.

References:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-parameter-override-functions.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.kernel import not_emulated
from local_cloud.services.codepipeline import artifacts
from local_cloud.services.codepipeline.action import ActionCall, ActionError, Artifact

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
MAXIMUM = 1024
# Of the input artifacts of CloudFormation's actions; as there.
ARTIFACT_MAXIMUM = 256 * 1024 * 1024
_ARTIFACT, _PARAMETER = "Fn::GetArtifactAtt", "Fn::GetParam"
_SECTIONS = ("Parameters", "Tags", "StackPolicy")


class OverridesError(ValueError):
    """ParameterOverrides are none; says why."""


@dataclass(frozen=True, kw_only=True)
class StackConfiguration:
    """What a stack is deployed with besides its template.

    Args:
        parameters: values by name.
        tags: values by key; of the stack.
    """

    parameters: Mapping[str, str]
    tags: Mapping[str, str]


def of(call: ActionCall) -> StackConfiguration:
    """Read what an action deploys a stack with.

    Raises:
        ActionError: its file or its overrides cannot be read.
    """
    file = _file(call)
    try:
        overrides = parse(call.declaration.configuration.get("ParameterOverrides") or "{}")
    except OverridesError as error:
        raise ActionError("ConfigurationError", str(error)) from error
    resolved = {name: _resolved(call, name, value) for name, value in overrides.items()}
    return StackConfiguration(
        parameters={name: str(value) for name, value in (file.get("Parameters") or {}).items()} | resolved,
        tags={name: str(value) for name, value in (file.get("Tags") or {}).items()},
    )


def parse(text: str) -> Mapping[str, Any]:
    """Read ParameterOverrides.

    Raises:
        OverridesError: they are no JSON object, too large, or have something that is no value and no known function.
    """
    if len(text.encode()) > MAXIMUM:
        raise OverridesError(f"ParameterOverrides may have {MAXIMUM} bytes, got {len(text.encode())}; use a file")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise OverridesError(f"ParameterOverrides must be a JSON object: {error}") from error
    if not isinstance(found, dict):
        raise OverridesError(f"ParameterOverrides must be a JSON object, got {text}")
    for name, value in found.items():
        if not isinstance(value, str | int | float) and not _is_function(value):
            raise OverridesError(
                f"the override of {name} must be a text, or {_ARTIFACT} with two or {_PARAMETER} with three texts, got "
                f"{json.dumps(value)}"
            )
    return found


def artifacts_of(overrides: Mapping[str, Any]) -> set[str]:
    """The names of the artifacts that overrides are read from."""
    return {next(iter(value.values()))[0] for value in overrides.values() if isinstance(value, dict)}


def artifact_of(call: ActionCall, name: str) -> Artifact:
    """An input artifact by its name.

    Raises:
        ActionError: it is none of the action's.
    """
    found = next((artifact for artifact in call.inputs if artifact.name == name), None)
    if found is None:
        inputs = ", ".join(artifact.name for artifact in call.inputs) or "none"
        raise ActionError("ConfigurationError", f"{name} is no input artifact of the action, which has {inputs}")
    return found


def _is_function(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((function, arguments),) = value.items()
    wanted = {_ARTIFACT: 2, _PARAMETER: 3}.get(function)
    return isinstance(arguments, list) and len(arguments) == wanted and all(isinstance(item, str) for item in arguments)


def _file(call: ActionCall) -> Mapping[str, Any]:
    given = call.declaration.configuration.get("TemplateConfiguration")
    if not given:
        return {}
    name, _, path = given.partition("::")
    found = artifacts.read_object(call, artifact_of(call, name), path, limit=ARTIFACT_MAXIMUM)
    if found.get("StackPolicy"):
        raise ActionError("ConfigurationError", not_emulated.refusal(f"the StackPolicy of {given}"))
    if unknown := sorted(found.keys() - set(_SECTIONS)):
        raise ActionError("ConfigurationError", f"{given} has {unknown[0]}; it may have {', '.join(_SECTIONS)}")
    return found


def _resolved(call: ActionCall, name: str, value: Any) -> str:
    if not isinstance(value, dict):
        return str(value).lower() if isinstance(value, bool) else str(value)
    ((function, (artifact_name, *rest)),) = value.items()
    artifact = artifact_of(call, artifact_name)
    if function == _PARAMETER:
        path, key = rest
        found = artifacts.read_object(call, artifact, path, limit=ARTIFACT_MAXIMUM)
        if key not in found:
            raise ActionError(
                "ConfigurationError", f"{path} of artifact {artifact_name} has no {key}, which {name} wants"
            )
        return str(found[key])
    attributes = {
        "BucketName": artifact.bucket,
        "ObjectKey": artifact.key,
        "URL": f"https://s3.{call.declaration.region}.amazonaws.com/{artifact.bucket}/{artifact.key}",
    }
    if rest[0] not in attributes:
        raise ActionError(
            "ConfigurationError", f"an artifact has no {rest[0]}, which {name} wants; choose {', '.join(attributes)}"
        )
    return attributes[rest[0]]
