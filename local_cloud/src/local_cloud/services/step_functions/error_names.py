"""Which names in ErrorEquals match an error.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from collections.abc import Set
from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName

_RUNTIME, _ALL, _TASK_FAILED = "States.Runtime", "States.ALL", "States.TaskFailed"


class MissedHeartbeat(CustomErrorName):  # type: ignore[misc]  # moto is not typed for us
    """A task that did not send a heartbeat in time.

    Its events say States.Timeout (LocalStack recorded them on AWS in 2024: test_heartbeats.snapshot.json); in Catch
    and Retry, and only there, it is States.HeartbeatTimeout too.
    """

    def __init__(self) -> None:
        super().__init__(error_name="States.Timeout")


def matches(listed: Set[str | None], error: Any) -> bool:
    """Whether a Retrier or a Catcher is for an error.

    Args:
        listed: its ErrorEquals.
        error: moto's name of it.
    """
    name = error.error_name
    if name == _RUNTIME:
        # It always fails the execution.
        return False
    if _ALL in listed or name in listed:
        return True
    if isinstance(error, MissedHeartbeat) and "States.HeartbeatTimeout" in listed:
        return True
    # Beside a task's own failures, what is States. comes from timeouts and from the interpreter.
    return _TASK_FAILED in listed and not str(name).startswith("States.")
