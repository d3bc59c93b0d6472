"""What a build is made of: the project's definition with what its start overrides.

Reference: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
"""

import copy
from collections.abc import Mapping
from typing import Any

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codebuild import buildspec, image
from local_cloud.services.codebuild.errors import InvalidRequestError

Definition = dict[str, Any]

DEFAULT_TIMEOUT_MINUTES = 60
DEFAULT_QUEUED_MINUTES = 480
_KINDS = ("LINUX_CONTAINER", "ARM_CONTAINER")
# Members of StartBuild, and where each belongs in a definition.
_OVERRIDES = {
    "sourceVersion": ("sourceVersion",),
    "secondarySourcesOverride": ("secondarySources",),
    "secondarySourcesVersionOverride": ("secondarySourceVersions",),
    "artifactsOverride": ("artifacts",),
    "secondaryArtifactsOverride": ("secondaryArtifacts",),
    "sourceTypeOverride": ("source", "type"),
    "sourceLocationOverride": ("source", "location"),
    "buildspecOverride": ("source", "buildspec"),
    "environmentTypeOverride": ("environment", "type"),
    "imageOverride": ("environment", "image"),
    "computeTypeOverride": ("environment", "computeType"),
    "privilegedModeOverride": ("environment", "privilegedMode"),
    "imagePullCredentialsTypeOverride": ("environment", "imagePullCredentialsType"),
    "cacheOverride": ("cache",),
    "serviceRoleOverride": ("serviceRole",),
    "timeoutInMinutesOverride": ("timeoutInMinutes",),
    "queuedTimeoutInMinutesOverride": ("queuedTimeoutInMinutes",),
    "encryptionKeyOverride": ("encryptionKey",),
    "logsConfigOverride": ("logsConfig",),
}


def of_build(project: Mapping[str, Any], overrides: Mapping[str, Any]) -> Definition:
    """A project's definition, with overrides in their places."""
    found = copy.deepcopy(dict(project))
    for member, (name, *inner) in _OVERRIDES.items():
        value = overrides.get(member)
        if value is None:
            continue
        if inner:
            found[name] = {**found[name], inner[0]: value}
        else:
            found[name] = copy.deepcopy(value)
    variables = {item["name"]: item for item in found["environment"].get("environmentVariables") or []}
    variables |= {item["name"]: item for item in overrides.get("environmentVariablesOverride") or []}
    found["environment"] = {**found["environment"], "environmentVariables": list(variables.values())}
    return found


def check(definition: Mapping[str, Any]) -> None:
    """Look at a project, or at what a build is started with.

    Raises:
        InvalidRequestError: it is wrong on AWS too.
        NotEmulatedError: it is right on AWS, and not covered here.
    """
    environment, source = definition["environment"], definition["source"]
    reason = image.refusal(environment["image"]) or buildspec.refusal(source.get("buildspec"))
    if reason is None and environment["type"] not in _KINDS:
        reason = f"the local cloud does not emulate the environment type {environment['type']}; use LINUX_CONTAINER"
    if reason is None and environment.get("privilegedMode"):
        reason = "the local cloud does not emulate privilegedMode: there is no Docker in a build"
    if reason is not None:
        raise NotEmulatedError(reason)
    if source["type"] == "NO_SOURCE" and not source.get("buildspec"):
        raise InvalidRequestError("Invalid project source: a buildspec is required when the source type is NO_SOURCE")
    pairs = {("source", source["type"]), ("artifacts", definition["artifacts"]["type"])}
    if len({name for name, kind in pairs if kind == "CODEPIPELINE"}) == 1:
        kinds = f"source {source['type']}, artifacts {definition['artifacts']['type']}"
        raise InvalidRequestError(
            f"Invalid project: both or none of source and artifacts are CODEPIPELINE, got {kinds}"
        )
    identifiers = [item.get("sourceIdentifier") for item in definition.get("secondarySources") or []]
    identifiers += [item.get("artifactIdentifier") for item in definition.get("secondaryArtifacts") or []]
    if not all(identifiers):
        raise InvalidRequestError(
            "each secondary source needs a sourceIdentifier, each secondary artifact an artifactIdentifier"
        )
