"""What the stack tells each function through its environment: one class a function, named as its call.

Settings say where a function finds things. What a run is to do comes with its payload, so that it ends with what it
began with, whatever is deployed meanwhile; of a model's settings and of the code only *Load Configuration* knows.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from contract.record import kinds, required


class InvalidSettingsError(Exception):
    """The stack set an environment variable wrongly or not at all."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base: a field is a variable in capitals; a text, a whole number, or words with spaces between them."""

    def as_env(self) -> dict[str, str]:
        """The environment variables; what is empty is left out."""
        found = {field.name.upper(): getattr(self, field.name) for field in fields(self)}
        return {
            name: " ".join(value) if isinstance(value, tuple) else str(value) for name, value in found.items() if value
        }

    @classmethod
    def from_env(cls, variables: Mapping[str, str] | None = None) -> Self:
        """Read the environment.

        Args:
            variables: those of the process when None.

        Raises:
            InvalidSettingsError: a variable is missing, empty or no whole number.
        """
        given = os.environ if variables is None else variables
        found: dict[str, Any] = {}
        for name, kind in kinds(cls).items():
            text = given.get(name.upper(), "")
            if text:
                found[name] = _read(kind, name.upper(), text)
            elif name in required(cls):
                raise InvalidSettingsError(
                    f"the environment variable {name.upper()} is missing or empty; the stack must set it"
                )
        return cls(**found)


def _read(kind: Any, name: str, text: str) -> Any:
    if kind is str:
        return text
    if kind is int:
        if not text.isdecimal():
            raise InvalidSettingsError(f"the environment variable {name} must be a whole number, got {text!r}")
        return int(text)
    return tuple(text.split())


@dataclass(frozen=True, kw_only=True)
class LoadConfiguration(Settings):
    """Of *Load Configuration*.

    Args:
        app: prefix of names.
        artifact_bucket: of everything that a run writes.
        commit: of the code that is deployed.
    """

    app: str
    artifact_bucket: str
    commit: str


@dataclass(frozen=True, kw_only=True)
class LookAtInputs(Settings):
    """Of *Look at Inputs*.

    Args:
        state_table: state table.
        endpoint_name: of this account's first endpoint.
    """

    state_table: str
    endpoint_name: str


@dataclass(frozen=True, kw_only=True)
class PlanTuning(Settings):
    """Of *Select Parent Tuning Jobs*.

    Args:
        history_table: history table.
    """

    history_table: str


@dataclass(frozen=True, kw_only=True)
class QueryTrainingResults(Settings):
    """Of *Query Training Results*.

    Args:
        history_table: history table.
    """

    history_table: str


@dataclass(frozen=True, kw_only=True)
class PrepareEvaluation(Settings):
    """Of *Find Champion*.

    Args:
        state_table: state table.
        endpoint_name: of this account's first endpoint.
    """

    state_table: str
    endpoint_name: str


@dataclass(frozen=True, kw_only=True)
class JudgeCandidate(Settings):
    """Of *Judge Candidate*.

    Args:
        history_table: history table.
    """

    history_table: str


@dataclass(frozen=True, kw_only=True)
class SaveModel(Settings):
    """Of *Save Model*.

    Args:
        app: tag of package groups.
        group_arn_prefix: ARN of a package group without the model's name.
        registry_readers: ARNs of the other accounts' roles.
    """

    app: str
    group_arn_prefix: str
    registry_readers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DispatchRetraining(Settings):
    """Of the dispatcher.

    Args:
        app: dimension of its metric.
        state_table: state table.
        state_machine_arn: of retraining.
        transform_machine_arn: of batch transform; empty where no model answers files by a schedule.
    """

    app: str
    state_table: str
    state_machine_arn: str
    transform_machine_arn: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanTransform(Settings):
    """Of *Plan Transform*.

    Args:
        app: prefix of names.
        artifact_bucket: of the files and of their results.
        state_table: state table.
        key_arn: KMS key of everything that is written.
    """

    app: str
    artifact_bucket: str
    state_table: str
    key_arn: str


@dataclass(frozen=True, kw_only=True)
class FindEndpoints(Settings):
    """Of *Find Endpoints*.

    Args:
        state_table: state table.
        endpoint_name: first endpoint of the account.
        group_arn_prefix: ARN of a package group without the model's name.
    """

    state_table: str
    endpoint_name: str
    group_arn_prefix: str


@dataclass(frozen=True, kw_only=True)
class PlanDeployment(Settings):
    """Of *Plan Deployment*.

    Args:
        environment: name of the account.
        state_table: state table.
        endpoint_name: first endpoint of the account.
        group_arn_prefix: ARN of a package group without the model's name.
    """

    environment: str
    state_table: str
    endpoint_name: str
    group_arn_prefix: str


@dataclass(frozen=True, kw_only=True)
class StageDeployment(Settings):
    """Of *Stage Deployment*.

    Args:
        artifact_bucket: of the account.
        state_table: state table.
        endpoint_name: first endpoint of the account.
    """

    artifact_bucket: str
    state_table: str
    endpoint_name: str


@dataclass(frozen=True, kw_only=True)
class ProveDeployment(Settings):
    """Of *Prove Deployment*, which needs none: what it asks comes with its payload."""


@dataclass(frozen=True, kw_only=True)
class RecordDeployment(Settings):
    """Of *Record Deployment*.

    Args:
        artifact_bucket: of the account.
        state_table: state table.
        history_table: history table.
        endpoint_name: first endpoint of the account.
        keep_deployments: to go back to, the serving one included.
    """

    artifact_bucket: str
    state_table: str
    history_table: str
    endpoint_name: str
    keep_deployments: int
