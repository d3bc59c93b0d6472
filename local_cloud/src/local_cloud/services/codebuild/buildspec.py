"""Build specifications: read, checked, and turned into what a build does.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codebuild.errors import PhaseError

PHASES = ("install", "pre_build", "build", "post_build")
_VERSIONS = {"0.1", "0.2"}
_TOP = {"version", "env", "phases", "artifacts", "cache"}
_REFUSED = {
    "batch": "batch builds",
    "proxy": "an explicit proxy server",
    "reports": "test reports",
    "run-as": "other users of the image",
}
_ENV = {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"}
# As the reference names them; `sh` is the default.
_SHELLS = {"bash": "bash", "/bin/sh": "sh", "sh": "sh"}
_PHASE = {"commands", "finally", "on-failure", "runtime-versions", "run-as"}
_ARTIFACTS = {"files", "name", "base-directory", "discard-paths", "exclude-paths", "enable-symlinks", "s3-prefix"}
_NOT_OF_ARTIFACTS = {"enable-symlinks", "s3-prefix"}
_CACHE = {"paths", "key", "fallback-keys", "action"}
_FALSE = {"no", "false"}


@dataclass(frozen=True, kw_only=True)
class Phase:
    """The commands of a phase.

    Args:
        commands: run one after the other, until one fails.
        last: run after them, however they ended.
        on_failure: ABORT or CONTINUE; None for what the phase does by itself.
    """

    commands: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    on_failure: str | None = None


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """Files that a build hands on.

    Args:
        files: patterns.
        name: of the artifact, in the shell's language; None when the specification names none.
        base: pattern of the folder that the files are looked for in, and named from.
        discard_paths: whether only their names count.
        excluded: patterns of files that do not belong to it.
    """

    files: tuple[str, ...]
    name: str | None = None
    base: str | None = None
    discard_paths: bool = False
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BuildSpec:
    """What a build does.

    Args:
        version: ``0.1``, where each command has a shell of its own, or ``0.2``.
        shell: ``sh`` or ``bash``.
        variables: environment variables.
        parameters: names of parameters of Parameter Store, by variable.
        secrets: references to secrets, by variable.
        exported: variables that the build tells others.
        runtimes: versions of languages that are asked for.
        phases: by name.
        artifact: the primary one; None for none.
        secondary_artifacts: by identifier.
        cache_paths: patterns of what is kept from build to build.
    """

    version: str = "0.2"
    shell: str = "sh"
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    runtimes: Mapping[str, str] = field(default_factory=dict)
    phases: Mapping[str, Phase] = field(default_factory=dict)
    artifact: Artifact | None = None
    secondary_artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    cache_paths: tuple[str, ...] = ()


class _Loader(yaml.SafeLoader):
    """Reads every scalar as the text that it is: CodeBuild's values are strings, `0.2` and `yes` too."""


_Loader.yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("<<"))]}


def parse(text: str) -> BuildSpec:
    """Read a specification.

    Raises:
        PhaseError: YAML_FILE_ERROR, as on AWS.
        NotEmulatedError: it asks for something that is not covered.
    """
    try:
        found = yaml.load(text, _Loader)  # noqa: S506  # a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise _wrong(f"{getattr(error, 'problem', None) or error}{where}") from error
    if not isinstance(found, dict):
        raise _wrong("wrong number of container tags, expected 1")
    for key, what in _REFUSED.items():
        if key in found:
            raise NotEmulatedError(f"the local cloud does not emulate {what} ({key}) in a build specification")
    _known(found, _TOP, "the build specification")
    version = found.get("version")
    if version not in _VERSIONS:
        raise _wrong(f"invalid version {version!r}; a build specification has version 0.1 or 0.2")
    if not isinstance(found.get("phases"), dict):
        raise _wrong("phases are required: a mapping with install, pre_build, build or post_build")
    _known(found["phases"], set(PHASES), "phases")
    env = _mapping(found.get("env"), "env")
    _known(env, _ENV, "env")
    if str(env.get("git-credential-helper", "no")).lower() not in _FALSE:
        raise NotEmulatedError("the local cloud does not emulate git-credential-helper: builds have no git source")
    artifacts = _mapping(found.get("artifacts"), "artifacts")
    return BuildSpec(
        version=version,
        shell=_shell(env.get("shell")),
        variables=_texts(env.get("variables"), "env/variables"),
        parameters=_texts(env.get("parameter-store"), "env/parameter-store"),
        secrets=_texts(env.get("secrets-manager"), "env/secrets-manager"),
        exported=_list(env.get("exported-variables"), "env/exported-variables"),
        runtimes=_runtimes(found["phases"].get("install")),
        phases={name: _phase(name, found["phases"].get(name)) for name in PHASES if found["phases"].get(name)},
        artifact=_artifact(artifacts, "artifacts"),
        secondary_artifacts=_secondary(artifacts),
        cache_paths=_cache(found.get("cache")),
    )


def refusal(text: str | None) -> str | None:
    """Why an inline specification is not covered, None when it is, or is wrong, or is the path of a file."""
    if not text or not is_inline(text):
        return None
    try:
        parse(text)
    except NotEmulatedError as error:
        return str(error)
    except PhaseError:
        # The build says it, as on AWS.
        return None
    return None


def is_inline(text: str) -> bool:
    """Whether a project's `buildspec` is a specification itself, and no path of one."""
    return "\n" in text.strip() or text.lstrip().startswith("{")


def _phase(name: str, value: Any) -> Phase:
    if not isinstance(value, dict):
        raise _wrong(f"{name} must be a mapping with commands")
    if "run-as" in value:
        raise NotEmulatedError(f"the local cloud does not emulate {_REFUSED['run-as']} (run-as) in {name}")
    _known(value, _PHASE if name == "install" else _PHASE - {"runtime-versions"}, name)
    on_failure = value.get("on-failure")
    if on_failure is not None and str(on_failure).startswith("RETRY"):
        raise NotEmulatedError(
            f"the local cloud does not emulate on-failure {on_failure} of {name}; use ABORT or CONTINUE"
        )
    if on_failure not in {None, "ABORT", "CONTINUE"}:
        raise _wrong(f"invalid on-failure {on_failure!r} of {name}; ABORT, CONTINUE or RETRY are allowed")
    return Phase(commands=_commands(value.get("commands")), last=_commands(value.get("finally")), on_failure=on_failure)


def _runtimes(install: Any) -> dict[str, str]:
    return _texts(install.get("runtime-versions"), "runtime-versions") if isinstance(install, dict) else {}


def _commands(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise _wrong("Expected Commands to be a list of strings")
    for index, item in enumerate(value):
        if not isinstance(item, str):
            raise _wrong(f"Expected Commands[{index}] to be of string type: found subkeys instead")
    return tuple(item for item in value if item)


def _artifact(value: Mapping[str, Any], where: str) -> Artifact | None:
    if not value:
        return None
    for key in sorted(_NOT_OF_ARTIFACTS & value.keys()):
        if str(value[key]).lower() not in _FALSE:
            raise NotEmulatedError(f"the local cloud does not emulate {key} of {where}")
    _known(value, _ARTIFACTS | {"secondary-artifacts"}, where)
    if "files" not in value:
        if "secondary-artifacts" in value:
            return None
        raise _wrong(f"{where} need files")
    return Artifact(
        files=_list(value["files"], f"{where}/files"),
        name=value.get("name"),
        base=value.get("base-directory"),
        discard_paths=str(value.get("discard-paths", "no")).lower() not in _FALSE,
        excluded=_list(value.get("exclude-paths"), f"{where}/exclude-paths"),
    )


def _secondary(artifacts: Mapping[str, Any]) -> dict[str, Artifact]:
    found = {}
    for name, value in _mapping(artifacts.get("secondary-artifacts"), "secondary-artifacts").items():
        item = _artifact(_mapping(value, f"secondary-artifacts/{name}"), f"secondary-artifacts/{name}")
        if item is not None:
            found[name] = item
    return found


def _cache(value: Any) -> tuple[str, ...]:
    cache = _mapping(value, "cache")
    _known(cache, _CACHE, "cache")
    for key in sorted(_CACHE - {"paths"}):
        if key in cache:
            raise NotEmulatedError(f"the local cloud does not emulate {key} of a cache; local caches have paths only")
    return _list(cache.get("paths"), "cache/paths")


def _shell(value: Any) -> str:
    if value is None:
        return "sh"
    if value not in _SHELLS:
        raise _wrong(f"invalid shell {value!r}; on Linux bash and /bin/sh are allowed")
    return _SHELLS[value]


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if value is None or value == "":
        return {}
    if not isinstance(value, dict):
        raise _wrong(f"{where} must be a mapping")
    return value


def _texts(value: Any, where: str) -> dict[str, str]:
    found = _mapping(value, where)
    for name, item in found.items():
        if not isinstance(item, str):
            raise _wrong(f"{where}/{name} must be a string")
    return dict(found)


def _list(value: Any, where: str) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(f"{where} must be a list of strings")
    return tuple(value)


def _known(value: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = [str(key) for key in value if key not in allowed]
    if unknown:
        raise _wrong(f"unknown keys {', '.join(unknown)} in {where}; {', '.join(sorted(allowed))} are allowed")


def _wrong(message: str) -> PhaseError:
    return PhaseError("YAML_FILE_ERROR", message)
