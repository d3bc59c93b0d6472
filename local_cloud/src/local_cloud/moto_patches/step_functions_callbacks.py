"""Faults of moto's Step Functions in tasks that wait until somebody sends a result."""

import json
from collections.abc import Callable
from typing import Any

from local_cloud.kernel import patching, runtime


def install() -> None:
    """Correct all of them."""
    heartbeats()
    long_tasks()
    answers_to_tasks()


@patching.owner
def heartbeats() -> None:
    """Heartbeats are waited for in real time, and refused of a task that needs none."""
    from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint, HeartbeatEndpoint

    def clear_and_wait(self: Any) -> bool:
        with self._mutex:
            if self._next_heartbeat_event.is_set():
                self._next_heartbeat_event.clear()
                return True
        limit = runtime.current().clock.countdown(self._heartbeat_seconds)
        while not self._next_heartbeat_event.wait(limit.next_look()):
            if limit.is_over():
                return False
        return True

    def notify_heartbeat(self: Any) -> bool:
        if self._heartbeat_endpoint:
            self._heartbeat_endpoint.notify()
        return True

    patching.replace(HeartbeatEndpoint, "clear_and_wait", clear_and_wait)
    patching.replace(CallbackEndpoint, "notify_heartbeat", notify_heartbeat)


@patching.owner
def long_tasks() -> None:
    """A task with HeartbeatSeconds and without TimeoutSeconds ends after a minute; on AWS it may last for years."""
    from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState

    read = ExecutionState.from_state_props

    def from_state_props(self: Any, state_props: Any) -> None:
        read(self, state_props)
        if getattr(self.timeout, "is_default", None):
            self.timeout = TimeoutSeconds(timeout_seconds=TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS)

    patching.replace(ExecutionState, "from_state_props", from_state_props)


@patching.owner
def answers_to_tasks() -> None:
    """SendTaskFailure drops the cause, and what is sent to a task that is over is taken, or refused as no token."""
    from moto.core.responses import EmptyResult
    from moto.stepfunctions.exceptions import InvalidToken
    from moto.stepfunctions.parser.api import InvalidOutput, TaskTimedOut
    from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeFailure, CallbackOutcomeSuccess
    from moto.stepfunctions.responses import StepFunctionResponse

    def send(response: Any, tell: Callable[[Any], object]) -> Any:
        token = response._get_param("taskToken")
        for execution in response.stepfunction_backend._get_executions():
            endpoint = execution.exec_worker.env.callback_pool_manager.get(token)
            if endpoint is None:
                continue
            if execution.status != "RUNNING" or endpoint._notify_event.is_set():
                raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
            tell(endpoint)
            return EmptyResult()
        raise InvalidToken("'Invalid token'")

    def send_task_success(self: Any) -> Any:
        token, output = self._get_param("taskToken"), self._get_param("output")
        try:
            json.loads(output)
        except ValueError as error:
            raise InvalidOutput("Invalid Output: 'The output is not valid JSON'") from error
        return send(self, lambda endpoint: endpoint.notify(CallbackOutcomeSuccess(callback_id=token, output=output)))

    def send_task_failure(self: Any) -> Any:
        token, error, cause = (self._get_param(name) for name in ("taskToken", "error", "cause"))
        outcome = CallbackOutcomeFailure(callback_id=token, error=error, cause=cause)
        return send(self, lambda endpoint: endpoint.notify(outcome))

    def send_task_heartbeat(self: Any) -> Any:
        return send(self, lambda endpoint: endpoint.notify_heartbeat())

    patching.replace(StepFunctionResponse, "send_task_success", send_task_success)
    patching.replace(StepFunctionResponse, "send_task_failure", send_task_failure)
    patching.replace(StepFunctionResponse, "send_task_heartbeat", send_task_heartbeat)
