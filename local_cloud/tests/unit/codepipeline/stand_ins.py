"""Pipelines of actions that the test itself ends."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from local_cloud.kernel.work import Background, Work
from local_cloud.services.codepipeline import declarations
from local_cloud.services.codepipeline.action import ActionError, ActionResult, Revision
from local_cloud.services.codepipeline.engine import Engine, Ports
from local_cloud.services.codepipeline.records import ActionRun, Execution, Pipeline, new_id
from local_cloud.services.codepipeline.trigger import Trigger

_DEADLINE = 600.0
REGION = "us-east-1"
KINDS = {
    "Source": ("AWS", "S3"),
    "Build": ("AWS", "CodeBuild"),
    "Approval": ("AWS", "Manual"),
    "Deploy": ("AWS", "CloudFormation"),
}


def action(name: str, category: str = "Build", **more: Any) -> dict[str, Any]:
    """An action as CreatePipeline has it."""
    owner, provider = KINDS[category]
    kind = {"category": category, "owner": owner, "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, **more}


def source(**more: Any) -> dict[str, Any]:
    """The first stage."""
    return {"name": "Source", "actions": [action("Pull", "Source", outputArtifacts=[{"name": "Code"}], **more)]}


def pipeline(*stages: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A pipeline as CreatePipeline has it."""
    return {
        "name": "p",
        "roleArn": "arn:aws:iam::111111111111:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "pipelineType": "V2",
        "stages": list(stages),
        **more,
    }


@dataclass
class Told:
    """The events, in their order."""

    events: list[tuple[str, ...]] = field(default_factory=list)

    def tell_execution(self, _pipeline: Pipeline, execution: Execution, state: str) -> None:
        """Of an execution."""
        self.events.append((str(execution.number), state))

    def tell_stage(self, _pipeline: Pipeline, execution: Execution, stage: str, state: str) -> None:
        """Of a stage."""
        self.events.append((str(execution.number), stage, state))

    def tell_action(self, _pipeline: Pipeline, execution: Execution, run: ActionRun, state: str) -> None:
        """Of an action."""
        self.events.append((str(execution.number), run.stage, run.declaration.name, state))


class Stage:
    """Where actions play: each waits until it is told how it ends, unless that was said before."""

    def __init__(self, *stages: Mapping[str, Any], **more: Any) -> None:
        self.declaration = declarations.parse(pipeline(*stages, **more), region=REGION)
        self.pipeline = Pipeline(account_id="111111111111", region=REGION, name="p")
        self.told = Told()
        self.performed: list[tuple[int, str]] = []
        self._ends: dict[tuple[int, str], list[ActionResult | Exception]] = {}
        self._changed = threading.Condition()
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self.run_again()

    def run_again(self) -> None:
        """What a server does when it starts, with what one before has left."""
        self.background = Background()
        self.engine = Engine(
            Ports(
                background=self.background,
                now=self._tick,
                perform=self._perform,
                error_of=lambda error: ("JobFailed", str(error)),
                tell=self.told,
            )
        )

    def start(self) -> Execution:
        """A new execution."""
        made = Execution(
            id=new_id(),
            number=len(self.pipeline.executions) + 1,
            declaration=self.declaration,
            trigger=Trigger(type="StartPipelineExecution", detail="test"),
            variables={},
            overrides=(),
            started=self._now,
            updated=self._now,
        )
        self.engine.begin(self.pipeline, made)
        return made

    def succeed(self, number: int, name: str, **variables: str) -> None:
        """An action of an execution succeeds, now or when it runs."""
        self._end(number, name, ActionResult(variables=variables, revision=Revision(id="r", summary="s")))

    def fail(self, number: int, name: str) -> None:
        """An action of an execution fails, now or when it runs."""
        self._end(number, name, ActionError("JobFailed", f"{name} failed"))

    def until(self, check: Callable[[], bool]) -> None:
        """Wait for something."""
        end = threading.Event()
        for _ in range(int(_DEADLINE / 0.01)):
            with self.pipeline.lock:
                if check():
                    return
            end.wait(0.01)
        raise AssertionError(self.told.events)

    def until_runs(self, number: int, name: str, *, times: int = 1) -> None:
        """Wait until an action of an execution has begun."""
        self.until(lambda: self.performed.count((number, name)) >= times)

    def until_is(self, execution: Execution, status: str) -> None:
        """Wait until an execution has a status."""
        self.until(lambda: execution.status == status)

    def threads_of(self, execution: Execution) -> int:
        """How many threads take an execution through stages."""
        return sum(execution.id in thread.name for thread in threading.enumerate())

    def _end(self, number: int, name: str, outcome: ActionResult | Exception) -> None:
        with self._changed:
            self._ends.setdefault((number, name), []).append(outcome)
            self._changed.notify_all()

    def _tick(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def _perform(self, _pipeline: Pipeline, execution: Execution, run: ActionRun, work: Work) -> ActionResult:
        key = (execution.number, run.declaration.name)
        self.performed.append(key)
        with self._changed:
            while not self._ends.get(key):
                if work.is_stopping:
                    raise ActionError("JobFailed", "stopped")
                self._changed.wait(0.01)
            outcome = self._ends[key].pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome
