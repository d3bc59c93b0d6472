"""What is remembered of a pipeline: its executions, their stages and actions, and who waits where.

All of it is kept in snapshots. Whoever changes it holds the pipeline's lock.
"""

import pickle
import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_cloud.services.codepipeline.action import ActionDeclaration, Artifact, External, Revision
from local_cloud.services.codepipeline.declarations import PipelineDeclaration
from local_cloud.services.codepipeline.stage_queue import StageQueue
from local_cloud.services.codepipeline.trigger import SourceOverride, Trigger

STANDARD, ROLLBACK = "STANDARD", "ROLLBACK"
UNDER_WAY = frozenset({"InProgress", "Stopping"})


def new_id() -> str:
    """An id as executions, actions and tokens have them."""
    return str(uuid.uuid4())


@dataclass(frozen=True, kw_only=True)
class Approval:
    """What an approval waits with.

    Args:
        token: names it to PutApprovalResult.
        expires: when it fails by itself, on the virtual clock.
    """

    token: str
    expires: datetime


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What somebody answered.

    Args:
        approved: or rejected.
        summary: in their words.
        by: ARN of whoever it was.
        at: when.
    """

    approved: bool
    summary: str
    by: str
    at: datetime


@dataclass(kw_only=True)
class ActionRun:
    """One run of an action.

    Args:
        id: of this run.
        stage: its stage's name.
        attempt: of the stage, in which it ran.
        declaration: with variables resolved once they are.
        declared: configuration as it was declared.
        status: ``InProgress``, ``Succeeded``, ``Failed`` or ``Abandoned``.
        started: when.
        updated: when it changed last.
        updated_by: ARN of whoever changed it last.
        inputs: its input artifacts.
        outputs: its output artifacts.
        variables: its output variables.
        external: the execution behind it.
        revision: of a source.
        error: code and message.
        summary: in words.
        approval: of an approval that waits or waited.
        verdict: on it.
    """

    id: str
    stage: str
    attempt: int
    declaration: ActionDeclaration
    declared: dict[str, str]
    started: datetime
    updated: datetime
    updated_by: str
    status: str = "InProgress"
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[Artifact, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    external: External | None = None
    revision: Revision | None = None
    error: tuple[str, str] | None = None
    summary: str | None = None
    approval: Approval | None = None
    verdict: Verdict | None = None


@dataclass(kw_only=True)
class StageRun:
    """A stage of one execution.

    Args:
        name: of the stage.
        status: ``InProgress``, ``Succeeded``, ``Failed``, ``Stopping``, ``Stopped`` or ``Cancelled``.
        started: when.
        entered: counts the entries of all executions into stages, so that the latest one is known.
        attempt: 1, and one more for each retry.
        automatic: how many of the retries nobody asked for.
        retried: ``AutomatedStageRetry`` or ``ManualStageRetry``; None for never.
        redo: names of actions that run again though they succeeded before; all that are not in it stay as they are.
    """

    name: str
    status: str
    started: datetime
    entered: int
    attempt: int = 1
    automatic: int = 0
    retried: str | None = None
    redo: frozenset[str] = frozenset()


@dataclass(kw_only=True)
class Execution:
    """One execution.

    Args:
        id: of it.
        number: counts the executions of the pipeline.
        declaration: of the pipeline, as it was when the execution began.
        trigger: why it began.
        variables: of the pipeline, with their values.
        overrides: of its sources.
        status: ``InProgress``, ``Stopping``, ``Stopped``, ``Succeeded``, ``Superseded``, ``Failed`` or ``Cancelled``.
        started: when.
        updated: when it changed last.
        summary: in words.
        stop_reason: of whoever stopped it; None if nobody did.
        stages: by name.
        runs: of its actions, the oldest first.
        artifacts: by name.
        type: ``STANDARD`` or ``ROLLBACK``.
        target: of a roll-back: the execution that it goes back to.
        inherited: of a roll-back: the runs of that execution before the stage.
        attempt: 1, and one more for each retry.
        is_abandoned: whoever stopped it did not wait for its actions.
    """

    id: str
    number: int
    declaration: PipelineDeclaration
    trigger: Trigger
    variables: dict[str, str]
    overrides: tuple[SourceOverride, ...]
    started: datetime
    updated: datetime
    status: str = "InProgress"
    summary: str | None = None
    stop_reason: str | None = None
    stages: dict[str, StageRun] = field(default_factory=dict)
    runs: list[ActionRun] = field(default_factory=list)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    type: str = STANDARD
    target: str | None = None
    inherited: tuple[ActionRun, ...] = ()
    attempt: int = 1
    is_abandoned: bool = False

    @property
    def is_under_way(self) -> bool:
        """Whether it is not over."""
        return self.status in UNDER_WAY

    def latest(self, stage: str, action: str) -> ActionRun | None:
        """The last run of an action."""
        return next((run for run in reversed(self.runs) if (run.stage, run.declaration.name) == (stage, action)), None)

    def source_runs(self) -> list[ActionRun]:
        """What its sources found, each once, in the order in which they did."""
        runs = (*self.inherited, *self.runs)
        found = {run.declaration.name: run for run in runs if run.revision is not None}
        return list(found.values())


@dataclass(frozen=True, kw_only=True)
class Closed:
    """A transition that is disabled.

    Args:
        reason: of whoever did it.
        by: their ARN.
        at: when.
    """

    reason: str
    by: str
    at: datetime


@dataclass(kw_only=True)
class Pipeline:
    """A pipeline's executions.

    Args:
        account_id: of its owner.
        region: of it.
        name: of it.
        queue: who is in which stage.
        executions: by id, the oldest first.
        closed: disabled transitions into stages.
        opened: by whom transitions were enabled again, and when.
        tokens: what was asked for with each token of a client, and the execution.
        entries: into stages so far.
    """

    account_id: str
    region: str
    name: str
    lock: threading.RLock = field(default_factory=threading.RLock)
    queue: StageQueue = field(default_factory=StageQueue)
    executions: dict[str, Execution] = field(default_factory=dict)
    closed: dict[str, Closed] = field(default_factory=dict)
    opened: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    entries: int = 0

    def __getstate__(self) -> Any:
        # Written at once, for a snapshot comes to the items of a dictionary long after it came to the pipeline.
        with self.lock:
            return pickle.dumps({name: value for name, value in self.__dict__.items() if name != "lock"})

    def __setstate__(self, kept: Any) -> None:
        # An earlier version kept the attributes as they are.
        content = pickle.loads(kept) if isinstance(kept, bytes) else kept  # noqa: S301  # of our own snapshot
        self.__dict__.update({"lock": threading.RLock(), **content})

    @property
    def arn(self) -> str:
        """Of the pipeline."""
        return f"arn:aws:codepipeline:{self.region}:{self.account_id}:{self.name}"

    def latest_in(self, stage: str) -> Execution | None:
        """The execution that entered a stage last."""
        entered = [item for item in self.executions.values() if stage in item.stages]
        return max(entered, key=lambda item: item.stages[stage].entered, default=None)
