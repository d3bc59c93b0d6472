"""Waits and timeouts of executions run on the virtual clock.

A Wait and the interval of a Retry end at a moment of virtual time. ``TimeoutSeconds`` of a Task and of a state machine
are countdowns: they run as fast as the clock, and a jump leaves them alone (see kernel/clock.py).
"""

import threading
from types import SimpleNamespace
from typing import Any

from local_cloud.kernel import patching, runtime
from local_cloud.services.step_functions.sync import InterruptedTaskError

# A task that is told to end stops its job first; one that hangs never gets there.
_GRACE_SECONDS = 5.0
_thread = threading.local()


def install() -> None:
    """Put the clock under all of them."""
    _waits()
    _intervals()
    _timeouts_of_tasks()
    _timeouts_of_machines()


@patching.owner
def _waits() -> None:
    """Waits run on real time."""
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

    def wait_interval(_self: Any, env: Any, wait_seconds: float) -> None:
        runtime.current().clock.pause(wait_seconds, goes_on=env.is_running)

    patching.replace(WaitFunction, "_wait_interval", wait_interval)


@patching.owner
def _intervals() -> None:
    """Intervals of Retry run on real time."""
    from moto.stepfunctions.parser.asl.component.common.retry.jitter_strategy_decl import JitterStrategyDecl

    compute = JitterStrategyDecl._eval_body  # noqa: SLF001  # as above

    def wait_instead(self: Any, env: Any) -> None:
        # The last step before the retrier sleeps for what lies on the stack.
        compute(self, env)
        runtime.current().clock.pause(env.stack.pop(), goes_on=env.is_running)
        env.stack.append(0)

    patching.replace(JitterStrategyDecl, "_eval_body", wait_instead)


class _Ended(threading.Event):
    """Set once a task's own thread is done; waits on the virtual clock."""

    def wait(self, timeout: float | None = None) -> bool:
        """False when the time is up.

        Raises:
            InterruptedTaskError: the execution is over before; what the task waits for may never come.
        """
        env, limit = _thread.env, runtime.current().clock.countdown(timeout or 0.0)
        while not super().wait(limit.next_look()):
            if not env.is_running() and not super().wait(_GRACE_SECONDS):
                raise InterruptedTaskError
            if limit.is_over():
                return False
        return True


@patching.owner
def _timeouts_of_tasks() -> None:
    """Timeouts of tasks run on real time, and end nothing that hangs."""
    from moto.stepfunctions.parser.asl.component.state.exec import execute_state

    evaluate = execute_state.ExecutionState._evaluate_with_timeout  # noqa: SLF001  # as above

    def evaluate_with_timeout(self: Any, env: Any) -> None:
        # Every state has a thread of its own for what it evaluates, and this one waits for it.
        before, _thread.env = getattr(_thread, "env", None), env
        try:
            evaluate(self, env)
        finally:
            _thread.env = before

    patching.replace(execute_state.ExecutionState, "_evaluate_with_timeout", evaluate_with_timeout)
    patching.replace(execute_state, "threading", SimpleNamespace(Event=_Ended))


@patching.owner
def _timeouts_of_machines() -> None:
    """Timeouts of executions run on real time."""
    from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
    from moto.stepfunctions.parser.asl.component.program.program import Program

    def evaluate(self: Any, env: Any) -> None:
        env.next_state_name = self.start_at.start_at_name
        arn = env.states.context_object.context_object_data["Execution"]["Id"]
        work = runtime.current().background.start(arn, lambda _: EvalComponent.eval(self, env))
        if self.timeout_seconds is None:
            work.wait()
            return
        limit = runtime.current().clock.countdown(self.timeout_seconds.timeout_seconds)
        while not work.wait(limit.next_look()):
            if limit.is_over():
                env.set_timed_out()
                return

    patching.replace(Program, "eval", evaluate)
