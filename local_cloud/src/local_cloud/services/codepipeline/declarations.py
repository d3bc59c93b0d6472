"""A pipeline as it was declared: the API's structure, read once.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.services.codepipeline.action import ActionDeclaration, ActionType
from local_cloud.services.codepipeline.errors import (
    InvalidActionDeclarationError,
    InvalidStageDeclarationError,
    InvalidStructureError,
)

__all__ = [
    "ArtifactStore",
    "InvalidActionDeclarationError",
    "InvalidStageDeclarationError",
    "InvalidStructureError",
    "PipelineDeclaration",
    "StageDeclaration",
    "of_action",
    "parse",
]


@dataclass(frozen=True, kw_only=True)
class ArtifactStore:
    """Where artifacts lie.

    Args:
        bucket: its name.
        encryption_key: ARN, id or alias; None for the bucket's own default.
    """

    bucket: str
    encryption_key: str | None


@dataclass(frozen=True, kw_only=True)
class StageDeclaration:
    """A stage.

    Args:
        name: unique in the pipeline.
        actions: in the order of the declaration.
        on_failure: ``FAIL``, ``ROLLBACK`` or ``RETRY``.
        retry_mode: of ``RETRY``: ``FAILED_ACTIONS`` or ``ALL_ACTIONS``.
    """

    name: str
    actions: tuple[ActionDeclaration, ...]
    on_failure: str
    retry_mode: str

    @property
    def run_orders(self) -> list[int]:
        """The numbers of its actions, smallest first."""
        return sorted({action.run_order for action in self.actions})

    def action(self, name: str) -> ActionDeclaration | None:
        """An action by its name."""
        return next((action for action in self.actions if action.name == name), None)


@dataclass(frozen=True, kw_only=True)
class PipelineDeclaration:
    """A pipeline.

    Args:
        name: of it.
        version: counts its changes.
        role_arn: its role.
        store: of its artifacts.
        stages: in their order.
        mode: ``SUPERSEDED``, ``QUEUED`` or ``PARALLEL``.
        variables: default values by name; None for one that has to be given.
    """

    name: str
    version: int
    role_arn: str
    store: ArtifactStore
    stages: tuple[StageDeclaration, ...]
    mode: str
    variables: Mapping[str, str | None]

    def stage(self, name: str) -> StageDeclaration | None:
        """A stage by its name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def after(self, name: str) -> StageDeclaration | None:
        """The stage behind another one; None behind the last."""
        names = [stage.name for stage in self.stages]
        place = names.index(name) + 1
        return self.stages[place] if place < len(names) else None


def parse(given: Mapping[str, Any], *, region: str) -> PipelineDeclaration:
    """Read a pipeline that was checked.

    Args:
        given: as CreatePipeline has it.
        region: of the pipeline.
    """
    store = given.get("artifactStore") or given["artifactStores"][region]
    return PipelineDeclaration(
        name=given["name"],
        version=int(given.get("version") or 1),
        role_arn=given["roleArn"],
        store=ArtifactStore(
            bucket=store["location"], encryption_key=(store.get("encryptionKey") or {}).get("id") or None
        ),
        stages=tuple(_stage(stage, region) for stage in given["stages"]),
        mode=given.get("executionMode") or "SUPERSEDED",
        variables={item["name"]: item.get("defaultValue") for item in given.get("variables") or ()},
    )


def _stage(given: Mapping[str, Any], region: str) -> StageDeclaration:
    failure = given.get("onFailure") or {}
    return StageDeclaration(
        name=given["name"],
        actions=tuple(of_action(action, region=region) for action in given["actions"]),
        on_failure=failure.get("result") or "FAIL",
        retry_mode=(failure.get("retryConfiguration") or {}).get("retryMode") or "FAILED_ACTIONS",
    )


def of_action(given: Mapping[str, Any], *, region: str) -> ActionDeclaration:
    """Read one action.

    Args:
        given: as CreatePipeline has it.
        region: of the pipeline, where it runs unless it says otherwise.
    """
    kind = given["actionTypeId"]
    timeout = given.get("timeoutInMinutes")
    return ActionDeclaration(
        name=given["name"],
        type=ActionType(
            category=kind["category"], owner=kind["owner"], provider=kind["provider"], version=kind["version"]
        ),
        configuration=dict(given.get("configuration") or {}),
        inputs=tuple(item["name"] for item in given.get("inputArtifacts") or ()),
        outputs=tuple(item["name"] for item in given.get("outputArtifacts") or ()),
        run_order=int(given.get("runOrder") or 1),
        role_arn=given.get("roleArn") or None,
        region=given.get("region") or region,
        namespace=given.get("namespace") or None,
        timeout_minutes=int(timeout) if timeout is not None else None,
    )
