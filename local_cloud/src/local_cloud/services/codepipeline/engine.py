"""Takes executions through the stages of their pipeline.

Each stage of an execution is one thread, which starts the actions of one run order after the other, each in a thread
of its own. What is remembered changes under the pipeline's lock only.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local_cloud.kernel.errors import JobError
from local_cloud.kernel.work import Background, Work
from local_cloud.services.codepipeline import preparation
from local_cloud.services.codepipeline.action import ActionDeclaration, ActionError, ActionResult
from local_cloud.services.codepipeline.declarations import StageDeclaration
from local_cloud.services.codepipeline.records import ActionRun, Execution, Pipeline, StageRun, new_id
from local_cloud.services.codepipeline.stage_queue import Moves

STOPPED_HERE = "the local cloud was stopped while the action ran; retry the stage"
_STATES = {
    "Succeeded": "SUCCEEDED",
    "Failed": "FAILED",
    "Stopped": "STOPPED",
    "Stopping": "STOPPING",
    "Cancelled": "CANCELED",
    "Superseded": "SUPERSEDED",
    "Abandoned": "ABANDONED",
}


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What the engine needs of the world.

    Args:
        background: runs its threads.
        now: tells the time.
        perform: does an action that is prepared.
        error_of: code and message of what an action failed with.
        tell: has `tell_execution`, `tell_stage` and `tell_action`.
    """

    background: Background
    now: Callable[[], datetime]
    perform: Callable[[Pipeline, Execution, ActionRun, Work], ActionResult]
    error_of: Callable[[Exception], tuple[str, str]]
    tell: Any


class Engine:
    """Moves executions."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        # What follows when an execution has failed in a stage.
        self.after_failure: Callable[[Pipeline, Execution, StageDeclaration], None] = lambda *_: None

    def now(self) -> datetime:
        """The time."""
        return self._ports.now()

    def begin(self, pipeline: Pipeline, execution: Execution, *, stage: str | None = None) -> None:
        """Let a new execution come to its first stage, or to the one that it is for."""
        with pipeline.lock:
            pipeline.executions[execution.id] = execution
            self._ports.tell.tell_execution(pipeline, execution, "STARTED")
            self._arrive(pipeline, execution, stage or execution.declaration.stages[0].name)

    def again(
        self,
        pipeline: Pipeline,
        execution: Execution,
        stage: StageDeclaration,
        *,
        mode: str,
    ) -> bool:
        """Let an execution that failed or was stopped in a stage go on in it.

        Args:
            pipeline: its pipeline.
            execution: which one.
            stage: where it goes on.
            mode: ``FAILED_ACTIONS``, or ``ALL_ACTIONS`` for those that succeeded too.

        Returns:
            whether nobody else is in the stage.
        """
        with pipeline.lock:
            if not pipeline.queue.take(execution.id, stage.name, mode=execution.declaration.mode):
                return False
            execution.stages[stage.name].retried = "ManualStageRetry"
            self._retry(pipeline, execution, stage, mode=mode)
            return True

    def stop(self, pipeline: Pipeline, execution: Execution, *, abandon: bool, reason: str) -> None:
        """Stop an execution: at once where it only waits, else after the actions that run, or without them."""
        with pipeline.lock:
            execution.stop_reason, execution.is_abandoned = reason, abandon
            if execution.status != "Stopping":
                self._mark(execution, "Stopping")
                self._ports.tell.tell_execution(pipeline, execution, "STOPPING")
                for run in execution.stages.values():
                    if run.status == "InProgress":
                        self._ports.tell.tell_stage(pipeline, execution, run.name, "STOPPING")
            is_inside = any(run.status == "InProgress" for run in execution.stages.values())
            if abandon:
                self.give_up(pipeline, execution, state="ABANDONED")
            if abandon or not is_inside:
                self.end(pipeline, execution, "Stopped")

    def look(self, pipeline: Pipeline, stage: str, *, mode: str) -> None:
        """Let in whoever may go into a stage now."""
        with pipeline.lock:
            self._follow(pipeline, pipeline.queue.look(stage, mode=mode, closed=pipeline.closed))

    def end(self, pipeline: Pipeline, execution: Execution, status: str, *, summary: str | None = None) -> None:
        """An execution is over, wherever it is; actions of it that run go on by themselves."""
        with pipeline.lock:
            for run in execution.stages.values():
                if run.status == "InProgress":
                    run.status = status
                    self._ports.tell.tell_stage(pipeline, execution, run.name, _STATES[status])
            self._mark(execution, status, summary=summary)
            self._ports.tell.tell_execution(pipeline, execution, _STATES[status])
            moves = pipeline.queue.leave(execution.id, mode=execution.declaration.mode, closed=pipeline.closed)
            self._follow(pipeline, moves)

    def give_up(self, pipeline: Pipeline, execution: Execution, *, state: str, only_approvals: bool = False) -> None:
        """Abandon the actions of an execution that run: builds and deployments go on, and nobody asks how they end.

        Args:
            pipeline: its pipeline.
            execution: which one.
            state: that the events tell.
            only_approvals: nothing else.
        """
        with pipeline.lock:
            for run in execution.runs:
                if run.status == "InProgress" and (run.declaration.type.category == "Approval" or not only_approvals):
                    run.status, run.updated = "Abandoned", self._ports.now()
                    self._ports.tell.tell_action(pipeline, execution, run, state)

    def resume(self, pipeline: Pipeline, execution: Execution, stage: StageDeclaration) -> None:
        """Go on in a stage in which a stopped server was."""
        self._start(pipeline, execution, stage)

    def bring_on(self, pipeline: Pipeline, execution: Execution) -> None:
        """Bring an execution that is under way, in no stage and before none, to where it belongs."""
        last = max(execution.stages.values(), key=lambda run: run.entered, default=None)
        declaration = execution.declaration
        if last is None:
            # A roll-back begins behind the stages whose runs it has inherited.
            behind = {run.stage for run in execution.inherited}
            first = next(stage.name for stage in declaration.stages if stage.name not in behind)
            self._arrive(pipeline, execution, first)
        elif last.status == "Succeeded" and (stage := declaration.stage(last.name)) is not None:
            self._go_on(pipeline, execution, stage)
        else:
            self.end(pipeline, execution, last.status)

    def finish(self, pipeline: Pipeline, execution: Execution, run: ActionRun, error: tuple[str, str] | None) -> None:
        """Enter how an action ended."""
        run.status = "Failed" if error else "Succeeded"
        # Without a code it is no error but somebody's answer.
        run.error = error if error and error[0] else None
        run.updated = self._ports.now()
        self._ports.tell.tell_action(pipeline, execution, run, _STATES[run.status])

    def _retry(self, pipeline: Pipeline, execution: Execution, stage: StageDeclaration, *, mode: str) -> None:
        run = execution.stages[stage.name]
        run.status, run.attempt = "InProgress", run.attempt + 1
        run.redo = frozenset(action.name for action in stage.actions) if mode == "ALL_ACTIONS" else frozenset()
        execution.attempt += 1
        execution.stop_reason, execution.is_abandoned = None, False
        self._mark(execution, "InProgress")
        self._ports.tell.tell_execution(pipeline, execution, "RESUMED")
        self._ports.tell.tell_stage(pipeline, execution, stage.name, "RESUMED")
        self._start(pipeline, execution, stage)

    def _arrive(self, pipeline: Pipeline, execution: Execution, stage: str) -> None:
        self._follow(
            pipeline,
            pipeline.queue.arrive(execution.id, stage, mode=execution.declaration.mode, closed=pipeline.closed),
        )

    def _follow(self, pipeline: Pipeline, moves: Moves) -> None:
        for key in moves.superseded:
            execution = pipeline.executions[key]
            self._mark(execution, "Superseded")
            self._ports.tell.tell_execution(pipeline, execution, "SUPERSEDED")
        for stage, key in moves.entered:
            self._enter(pipeline, pipeline.executions[key], stage)

    def _enter(self, pipeline: Pipeline, execution: Execution, name: str) -> None:
        stage = next(item for item in execution.declaration.stages if item.name == name)
        pipeline.entries += 1
        execution.stages[name] = StageRun(
            name=name, status="InProgress", started=self._ports.now(), entered=pipeline.entries
        )
        execution.updated = self._ports.now()
        self._ports.tell.tell_stage(pipeline, execution, name, "STARTED")
        self._start(pipeline, execution, stage)

    def _start(self, pipeline: Pipeline, execution: Execution, stage: StageDeclaration) -> None:
        attempt = execution.stages[stage.name].attempt

        def fail(error: Exception) -> None:
            self._break_off(pipeline, execution, stage, attempt, error)

        try:
            self._ports.background.start(
                f"{pipeline.arn} {execution.id} {stage.name}",
                lambda work: self._run_stage(work, pipeline, execution, stage, attempt),
                fail=fail,
            )
        except JobError as error:
            fail(error)

    def _break_off(
        self, pipeline: Pipeline, execution: Execution, stage: StageDeclaration, attempt: int, error: Exception
    ) -> None:
        """End a stage whose thread cannot go on, so that it locks the pipeline for nobody."""
        with pipeline.lock:
            run, queue = execution.stages[stage.name], pipeline.queue
            is_elsewhere = queue.knows(execution.id) and execution.id not in queue.inside(stage.name)
            if not execution.is_under_way or run.attempt != attempt or is_elsewhere:
                return
            code, message = self._ports.error_of(error)
            for left in execution.runs:
                if left.stage == stage.name and left.status == "InProgress":
                    self.finish(pipeline, execution, left, (code, message))
            status = "Stopped" if execution.status == "Stopping" else "Failed"
            self.end(pipeline, execution, status, summary=message)
            if status == "Failed":
                self.after_failure(pipeline, execution, stage)

    def _run_stage(
        self, work: Work, pipeline: Pipeline, execution: Execution, stage: StageDeclaration, attempt: int
    ) -> None:
        for order in stage.run_orders:
            with pipeline.lock:
                if not self._is_in(execution, stage, attempt):
                    return
                if execution.status == "Stopping":
                    break
                runs = self._runs(pipeline, execution, stage, order)
                works = [self._start_action(pipeline, execution, run) for run in runs if run.status == "InProgress"]
            for one in works:
                if one is not None:
                    one.wait()
            if work.is_stopping or any(run.status == "InProgress" for run in runs):
                # The server stops; what is left to say is said when it starts again.
                return
            if any(run.status != "Succeeded" for run in runs):
                break
        self._end_stage(pipeline, execution, stage, attempt)

    def _runs(self, pipeline: Pipeline, execution: Execution, stage: StageDeclaration, order: int) -> list[ActionRun]:
        """The runs of one order: those of this attempt, and new ones for whatever has to run."""
        attempt, redo = execution.stages[stage.name].attempt, execution.stages[stage.name].redo
        found = []
        for declaration in stage.actions:
            if declaration.run_order != order:
                continue
            last = execution.latest(stage.name, declaration.name)
            is_of_now = last is not None and last.attempt == attempt
            if last is None or not (is_of_now or (last.status == "Succeeded" and declaration.name not in redo)):
                last = self.add_run(pipeline, execution, stage.name, declaration)
            found.append(last)
        return found

    def add_run(
        self, pipeline: Pipeline, execution: Execution, stage: str, declaration: ActionDeclaration
    ) -> ActionRun:
        """A new run of an action, which has not begun."""
        now = self._ports.now()
        run = ActionRun(
            id=new_id(),
            stage=stage,
            attempt=execution.stages[stage].attempt,
            declaration=declaration,
            declared=dict(declaration.configuration),
            started=now,
            updated=now,
            updated_by=execution.declaration.role_arn,
        )
        execution.runs.append(run)
        execution.updated = now
        self._ports.tell.tell_action(pipeline, execution, run, "STARTED")
        return run

    def _start_action(self, pipeline: Pipeline, execution: Execution, run: ActionRun) -> Work | None:
        """The work; None when the action failed because it has none."""

        def fail(error: Exception) -> None:
            with pipeline.lock:
                if run.status == "InProgress":
                    self.finish(pipeline, execution, run, self._ports.error_of(error))

        try:
            return self._ports.background.start(
                run.id, lambda work: self._run_action(work, pipeline, execution, run), fail=fail
            )
        except JobError as error:
            fail(error)
            return None

    def _run_action(self, work: Work, pipeline: Pipeline, execution: Execution, run: ActionRun) -> None:
        error: tuple[str, str] | None = None
        result = ActionResult()
        try:
            with pipeline.lock:
                preparation.prepare(pipeline, execution, run)
            result = self._ports.perform(pipeline, execution, run, work)
        except ActionError as failure:
            error = failure.code, failure.message
        except Exception as failure:  # noqa: BLE001  # an action that fails whichever way has failed
            error = self._ports.error_of(failure)
        with pipeline.lock:
            # Somebody may have abandoned it; and what the server's stop did to it is told when it starts again.
            if run.status != "InProgress" or work.is_stopping:
                return
            if error is None:
                run.variables = dict(result.variables)
                run.external = result.external or run.external
                run.revision = result.revision
                execution.artifacts |= {artifact.name: artifact for artifact in run.outputs}
            self.finish(pipeline, execution, run, error)

    def _end_stage(self, pipeline: Pipeline, execution: Execution, stage: StageDeclaration, attempt: int) -> None:
        with pipeline.lock:
            if not self._is_in(execution, stage, attempt):
                return
            run = execution.stages[stage.name]
            status = self._outcome(execution, stage)
            if status == "Succeeded":
                run.status = status
                self._ports.tell.tell_stage(pipeline, execution, stage.name, "SUCCEEDED")
                self._go_on(pipeline, execution, stage)
                return
            if status == "Failed" and stage.on_failure == "RETRY" and run.automatic == 0:
                # Once, and without leaving the stage.
                self._ports.tell.tell_stage(pipeline, execution, stage.name, "FAILED")
                run.automatic, run.retried = 1, "AutomatedStageRetry"
                self._retry(pipeline, execution, stage, mode=stage.retry_mode)
                return
            self.end(pipeline, execution, status)
            if status == "Failed":
                self.after_failure(pipeline, execution, stage)

    def _outcome(self, execution: Execution, stage: StageDeclaration) -> str:
        runs = [execution.latest(stage.name, action.name) for action in stage.actions]
        if all(item is not None and item.status == "Succeeded" for item in runs):
            return "Succeeded"
        return "Stopped" if execution.status == "Stopping" else "Failed"

    def _go_on(self, pipeline: Pipeline, execution: Execution, stage: StageDeclaration) -> None:
        following = execution.declaration.after(stage.name) if execution.target is None else None
        mode = execution.declaration.mode
        if execution.status == "Stopping" and following is not None:
            self.end(pipeline, execution, "Stopped")
        elif following is None:
            self.end(pipeline, execution, "Succeeded")
        else:
            # It comes to the next stage before anybody enters this one, as the events tell it.
            moves = pipeline.queue.leave(execution.id, mode=mode, closed=pipeline.closed)
            self._arrive(pipeline, execution, following.name)
            self._follow(pipeline, moves)

    def _is_in(self, execution: Execution, stage: StageDeclaration, attempt: int) -> bool:
        run = execution.stages[stage.name]
        return execution.is_under_way and run.status == "InProgress" and run.attempt == attempt

    def _mark(self, execution: Execution, status: str, *, summary: str | None = None) -> None:
        execution.status, execution.updated = status, self._ports.now()
        execution.summary = summary or execution.summary
