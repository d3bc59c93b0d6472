"""Waiting for the work that a ``.sync`` task started."""

import contextlib
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel.passing import is_passing

_POLL_SECONDS = 0.5


class InterruptedTaskError(Exception):
    """The execution was stopped or timed out while a task waited; the task has no outcome of its own."""


def wait(env: Any, resolve: Callable[[], Any], stop: Callable[[], object]) -> Any:
    """Ask until the work is done.

    Args:
        env: the interpreter's environment of the task; it ends on a timeout and when the execution is stopped.
        resolve: gives the task's result, or None while the work goes on.
        stop: ends the work that nobody waits for any more, as Step Functions does when it may.

    Raises:
        InterruptedTaskError: nobody waits any more.
    """
    while env.is_running():
        try:
            result = resolve()
        except (ClientError, BotoCoreError) as error:
            # The work goes on although nobody could be asked how it does.
            if not is_passing(error):
                raise
            result = None
        if result is not None:
            return result
        env.program_state_event.wait(_POLL_SECONDS)
    # A role without the grant leaves the work running, as on AWS.
    with contextlib.suppress(ClientError, BotoCoreError):
        stop()
    raise InterruptedTaskError
