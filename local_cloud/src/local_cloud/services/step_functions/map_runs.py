"""The child executions of a Distributed Map.

References:
    https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html

Children have variables, a context object and a history of their own. Nothing can be asked about one of them alone:
its execution is part of the one that has the Map.
"""

import threading
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions.parser.api import MapRunStatus
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.program_state import (
    ProgramEnded,
    ProgramError,
    ProgramStopped,
    ProgramTimedOut,
)
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

from local_cloud.kernel import runtime
from local_cloud.services.step_functions import failures, item_batcher, item_reader, places, result_writer
from local_cloud.services.step_functions.map_fields import MapFields
from local_cloud.services.step_functions.result_writer import Child
from local_cloud.services.step_functions.sync import InterruptedTaskError

_LOOK_SECONDS = 0.25
# AWS runs up to 10,000; here each has a thread.
_MOST_AT_ONCE = 500
_STATUS = {
    ProgramEnded: "SUCCEEDED",
    ProgramError: "FAILED",
    ProgramStopped: "ABORTED",
    ProgramTimedOut: "TIMED_OUT",
}


class MapRun:
    """One run.

    Args:
        env: the interpreter's environment of the Map state.
        asked: moto's input of the iteration.
        fields: of the state.
        program: what each child executes.
    """

    def __init__(self, env: Any, asked: Any, fields: MapFields, program: Any) -> None:
        self._env = env
        self._asked = asked
        self._fields = fields
        self._program = program
        self._record = asked.map_run_record
        self._changed = threading.Condition()
        self._frames: dict[str, Any] = {}
        self._children: list[Child] = []

    def run(self) -> Any:
        """The output of the state, once the children are over.

        Raises:
            FailureEventException: more items failed than are tolerated, or a field cannot be evaluated.
            InterruptedTaskError: the execution is over before.
        """
        items = self._asked.input_items
        if self._fields.reader is not None:
            items = item_reader.read(self._fields, self._env)
        inputs = item_batcher.batches(list(self._selected(items)), self._fields, self._env)
        self._children = [self._child(given, count) for given, count in inputs]
        for child in self._children:
            self._count(child, "total", 1)
            self._count(child, "pending", 1)
        with self._changed:
            exceeded = self._until_over()
        if not self._env.is_running():
            raise InterruptedTaskError
        output = result_writer.output_of(self._children, self._fields, self._env, self._record.map_run_arn)
        if exceeded:
            cause = "The specified tolerated failure threshold was exceeded"
            raise failures.failure(self._env, "States.ExceedToleratedFailureThreshold", cause)
        return output

    def _selected(self, items: Sequence[Any]) -> Iterator[Any]:
        """The items as ItemSelector makes them."""
        selector = self._asked.item_selector or self._asked.parameters
        given = self._env.states.get_input()
        for index, item in enumerate(items):
            if selector is None:
                yield item
                continue
            frame = self._env.open_frame()
            try:
                context = frame.states.context_object.context_object_data
                context["Map"] = {"Item": {"Index": index, "Value": item}}
                frame.states.reset(input_value=given)
                frame.stack = [given]
                with places.within("ItemSelector"):
                    selector.eval(frame)
                yield frame.stack.pop()
            finally:
                self._env.close_frame(frame)

    def _child(self, given: Any, items: int) -> Child:
        machine, name = self._record.map_state_machine_arn, str(uuid.uuid4())
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        return Child(arn=arn, machine_arn=machine, name=name, given=given, items=items)

    def _until_over(self) -> bool:
        """Whether more items failed than are tolerated; the children that run then are stopped."""
        waiting = list(reversed(self._children))
        while self._env.is_running() and not self._is_exceeded():
            while waiting and len(self._frames) < self._most_at_once():
                self._start(waiting.pop())
            if not self._frames:
                return False
            self._changed.wait(_LOOK_SECONDS)
        for frame in self._frames.values():
            frame.set_stop(stop_date=datetime.now(UTC), cause=None, error=None)
        while self._frames and self._env.is_running():
            self._changed.wait(_LOOK_SECONDS)
        return self._is_exceeded()

    def _most_at_once(self) -> int:
        # UpdateMapRun changes it on the way.
        return min(self._record.max_concurrency or _MOST_AT_ONCE, _MOST_AT_ONCE)

    def _is_exceeded(self) -> bool:
        counter = self._record.item_counter
        failed, total = counter.failed.get() + counter.timed_out.get(), counter.total.get()
        counts, percents = thresholds(self._record)
        if not counts and not percents:
            return bool(failed > 0)
        too_many = counts and failed > self._record.tolerated_failure_count
        return bool(too_many or (percents and 100 * failed > self._record.tolerated_failure_percentage * total))

    def _start(self, child: Child) -> None:
        frame = Environment.as_inner_frame_of(
            env=self._env,
            variable_store=VariableStore(),
            event_history_frame_cache=EventHistoryContext.of_program_start(),
        )
        frame.event_manager = EventManager()
        child.started = _now()
        context = frame.states.context_object.context_object_data
        context["Execution"] = {
            **context["Execution"],
            "Id": child.arn,
            "Input": child.given,
            "Name": child.name,
            "StartTime": child.started,
        }
        parent = context["StateMachine"]
        label = child.machine_arn.rpartition("/")[2]
        context["StateMachine"] = {"Id": child.machine_arn, "Name": f"{parent['Name']}/{label}"}
        frame.states.reset(child.given)
        with self._env._state_mutex:  # noqa: SLF001  # so that a stop of the execution reaches the child
            self._env._frames.append(frame)  # noqa: SLF001  # as above
        self._frames[child.name] = frame
        self._move(child, "RUNNING")
        runtime.current().background.start(child.arn, lambda _: self._execute(child, frame))

    def _execute(self, child: Child, frame: Any) -> None:
        try:
            frame.stack.append(frame.states.get_input())
            self._program.eval(frame)
        finally:
            state = frame.program_state()
            status = _STATUS.get(type(state), "ABORTED")
            if status == "SUCCEEDED":
                child.output = frame.states.get_input()
            elif isinstance(state, ProgramError):
                told = state.error or {}
                child.failure = {key.capitalize(): told[key] for key in ("error", "cause") if told.get(key)}
            child.stopped = _now()
            self._env.delete_frame(frame)
            with self._changed:
                self._move(child, status)
                del self._frames[child.name]
                self._changed.notify_all()

    def _move(self, child: Child, status: str) -> None:
        self._count(child, child.status.lower(), -1)
        child.status = status
        self._count(child, status.lower(), 1)
        if status in {"SUCCEEDED", "FAILED", "TIMED_OUT"}:
            self._count(child, "results_written", 1)

    def _count(self, child: Child, what: str, by: int) -> None:
        getattr(self._record.item_counter, what).offset(by * child.items)
        getattr(self._record.execution_counter, what).offset(by)


def set_thresholds(record: Any, *, counts: bool, percents: bool) -> None:
    """Remember which of the thresholds somebody set; the other one tolerates everything."""
    record.lc_thresholds = (counts, percents)


def thresholds(record: Any) -> tuple[bool, bool]:
    """Which of the thresholds of failed items count, and which percents."""
    found: tuple[bool, bool] = getattr(record, "lc_thresholds", (False, False))
    return found


def abort(record: Any) -> None:
    """End a run whose execution was interrupted, and with it the children that ran; one that is over stays as it is."""
    if record.status != MapRunStatus.RUNNING:
        return
    for counter in (record.item_counter, record.execution_counter):
        running = counter.running.get()
        counter.running.offset(-running)
        counter.aborted.offset(running)
    record.set_stop(status=MapRunStatus.ABORTED)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
