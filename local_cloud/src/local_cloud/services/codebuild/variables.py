"""Environment variables of a build.

References:
    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel.credentials import RoleSession
from local_cloud.services.codebuild.buildspec import BuildSpec
from local_cloud.services.codebuild.errors import PhaseError

_RESERVED = "CODEBUILD_"
_MOST_PARAMETERS_A_CALL = 10


def resolve(spec: BuildSpec, declared: Iterable[Mapping[str, Any]], session: RoleSession) -> dict[str, str]:
    """The values of all variables.

    Args:
        spec: its variables count least.
        declared: those of the project and of the build's start, which count more.
        session: the build's role, which reads parameters and secrets.

    Raises:
        PhaseError: a parameter or secret is not there, or the role may not read it.
    """
    items = {
        **{name: ("PLAINTEXT", value) for name, value in spec.variables.items()},
        **{name: ("PARAMETER_STORE", value) for name, value in spec.parameters.items()},
        **{name: ("SECRETS_MANAGER", value) for name, value in spec.secrets.items()},
        **{item["name"]: (item.get("type") or "PLAINTEXT", item["value"]) for item in declared},
    }
    items = {name: item for name, item in items.items() if not name.startswith(_RESERVED)}
    parameters = _parameters([value for kind, value in items.values() if kind == "PARAMETER_STORE"], session)
    secrets = _Secrets(session)
    found = {}
    for name, (kind, value) in items.items():
        if kind == "PARAMETER_STORE":
            found[name] = parameters[value]
        else:
            found[name] = secrets.read(value) if kind == "SECRETS_MANAGER" else value
    return found


def _parameters(names: list[str], session: RoleSession) -> dict[str, str]:
    wanted, found = list(dict.fromkeys(names)), dict[str, str]()
    for start in range(0, len(wanted), _MOST_PARAMETERS_A_CALL):
        some = wanted[start : start + _MOST_PARAMETERS_A_CALL]
        try:
            answer = session.client("ssm").get_parameters(Names=some, WithDecryption=True)
        except (ClientError, BotoCoreError) as error:
            raise PhaseError("Decrypted Variables Error", told(error)) from error
        if answer["InvalidParameters"]:
            missing = ", ".join(answer["InvalidParameters"])
            raise PhaseError("Decrypted Variables Error", f"parameter does not exist: {missing}")
        # A parameter may be named by its ARN.
        for item in answer["Parameters"]:
            found |= {item["Name"]: item["Value"], item["ARN"]: item["Value"]}
    return found


class _Secrets:
    """Reads each secret once."""

    def __init__(self, session: RoleSession) -> None:
        self._session = session
        self._known: dict[tuple[str, str, str], str] = {}

    def read(self, reference: str) -> str:
        """The value that a reference means: ``secret-id:json-key:version-stage:version-id``."""
        secret, key, stage, version = _parts(reference)
        if (secret, stage, version) not in self._known:
            chosen = ({"VersionStage": stage} if stage else {}) | ({"VersionId": version} if version else {})
            try:
                answer = self._session.client("secretsmanager").get_secret_value(SecretId=secret, **chosen)
            except (ClientError, BotoCoreError) as error:
                raise PhaseError("Secrets Manager Error Message", told(error)) from error
            self._known[secret, stage, version] = answer.get("SecretString") or answer["SecretBinary"].decode()
        text = self._known[secret, stage, version]
        if not key:
            return text
        try:
            return str(json.loads(text)[key])
        except (ValueError, KeyError, TypeError) as error:
            raise PhaseError("Secrets Manager Error Message", f"the secret {secret} has no key {key}") from error


def _parts(reference: str) -> tuple[str, str, str, str]:
    head, parts = "", reference.split(":")
    if reference.startswith("arn:"):
        head, parts = ":".join(parts[:6]) + ":", parts[6:]
    secret, key, stage, version, *_ = [*parts, "", "", ""]
    return head + secret, key, stage, version


def told(error: Exception) -> str:
    """A refusal as CodeBuild tells it: code, message, status and request."""
    if not isinstance(error, ClientError):
        return str(error)
    answer, about = error.response["Error"], error.response["ResponseMetadata"]
    return (
        f"{answer.get('Code')}: {answer.get('Message')}\n\tstatus code: {about.get('HTTPStatusCode')},"
        f" request id: {about.get('RequestId', '')}"
    )
