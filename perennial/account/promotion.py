"""One execution of the promotion pipeline, stage by stage, as CodePipeline tells it.

Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListActionExecutions.html
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

ENDED = frozenset({"Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"})


class Progress(StrEnum):
    """How far an action came."""

    NOT_REACHED = "not reached"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


_PROGRESS = {
    "InProgress": Progress.RUNNING,
    "Succeeded": Progress.SUCCEEDED,
    "Failed": Progress.FAILED,
    "Abandoned": Progress.FAILED,
}


@dataclass(frozen=True, kw_only=True)
class ActionRun:
    """One action, in one execution.

    Args:
        name: unique in its stage.
        provider: who does it, such as CodeBuild.
        run_order: those of a stage with the same number run side by side.
        progress: how far it came, at its last attempt.
        started_at: None as long as it was not reached.
        ended_at: None as long as it runs.
        summary: what it says of how it ended; empty for nothing.
        variables: its output variables.
    """

    name: str
    provider: str
    run_order: int
    progress: Progress
    started_at: datetime | None = None
    ended_at: datetime | None = None
    summary: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StageRun:
    """One stage, in one execution.

    Args:
        name: of the stage.
        actions: in their run order.
    """

    name: str
    actions: tuple[ActionRun, ...]

    @property
    def progress(self) -> Progress:
        """The worst of its actions, or of those that were reached the least."""
        found = {action.progress for action in self.actions}
        for worst in (Progress.FAILED, Progress.RUNNING):
            if worst in found:
                return worst
        if found == {Progress.SUCCEEDED}:
            return Progress.SUCCEEDED
        # Between two of its actions.
        return Progress.RUNNING if Progress.SUCCEEDED in found else Progress.NOT_REACHED


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One execution of a pipeline.

    Args:
        pipeline: its name.
        execution_id: of the execution.
        status: InProgress, Succeeded, Failed, Stopped, Superseded, ...
        revision: the commit that is promoted; empty as long as the source has not run.
        message: of the commit.
        stages: in their order.
    """

    pipeline: str
    execution_id: str
    status: str
    revision: str
    message: str
    stages: tuple[StageRun, ...]

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens in it, unless somebody retries."""
        return self.status in ENDED

    @property
    def reached(self) -> tuple[str, str] | None:
        """Stage and action that it is at, or that it ended with; None before the first one."""
        found = [
            (action.started_at, stage.name, action.name)
            for stage in self.stages
            for action in stage.actions
            if action.started_at is not None
        ]
        return max(found)[1:] if found else None

    def action(self, stage: str, name: str) -> ActionRun:
        """One action.

        Raises:
            KeyError: there is none of this name.
        """
        found = [action for item in self.stages if item.name == stage for action in item.actions if action.name == name]
        if not found:
            raise KeyError(f"{stage}/{name}")
        return found[0]


def parse(
    pipeline: str, *, definition: Mapping[str, Any], execution: Mapping[str, Any], actions: Iterable[Mapping[str, Any]]
) -> Promotion:
    """One execution, of what CodePipeline answers.

    Args:
        pipeline: its name.
        definition: GetPipeline's; as it is now, not as it was at the start of the execution.
        execution: GetPipelineExecution's.
        actions: ListActionExecutions' details of this execution, newest first.
    """
    source: Mapping[str, str] = next(iter(execution.get("artifactRevisions", [])), {})
    return Promotion(
        pipeline=pipeline,
        execution_id=execution["pipelineExecutionId"],
        status=execution["status"],
        revision=source.get("revisionId", ""),
        message=_message(source.get("revisionSummary", "")),
        stages=_stages(definition["stages"], actions),
    )


def _stages(declared: Iterable[Mapping[str, Any]], ran: Iterable[Mapping[str, Any]]) -> tuple[StageRun, ...]:
    # Newest first: of several attempts the last one counts.
    last: dict[tuple[str, str], Mapping[str, Any]] = {}
    for detail in ran:
        last.setdefault((detail["stageName"], detail["actionName"]), detail)
    return tuple(
        StageRun(
            name=stage["name"],
            actions=tuple(
                _action(action, last.get((stage["name"], action["name"])))
                for action in sorted(stage["actions"], key=lambda item: int(item.get("runOrder", 1)))
            ),
        )
        for stage in declared
    )


def _action(declared: Mapping[str, Any], ran: Mapping[str, Any] | None) -> ActionRun:
    name, provider = str(declared["name"]), str(declared["actionTypeId"]["provider"])
    order = int(declared.get("runOrder", 1))
    if ran is None:
        return ActionRun(name=name, provider=provider, run_order=order, progress=Progress.NOT_REACHED)
    progress = _PROGRESS[ran["status"]]
    result = ran.get("output", {}).get("executionResult", {})
    said = result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary") or ""
    return ActionRun(
        name=name,
        provider=provider,
        run_order=order,
        progress=progress,
        started_at=ran["startTime"],
        # Of an action that runs it is the time of its last change.
        ended_at=None if progress is Progress.RUNNING else ran["lastUpdateTime"],
        summary=str(said),
        variables=ran.get("output", {}).get("outputVariables", {}),
    )


def _message(summary: str) -> str:
    """The commit's message; what a connection tells is JSON around it."""
    try:
        told = json.loads(summary)
    except ValueError:
        return summary
    return str(told.get("CommitMessage", summary)) if isinstance(told, dict) else summary
