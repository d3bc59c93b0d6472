"""Faults of Lambda functions: the runtime exits, or the handler takes longer than the function's timeout.

Reference: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
"""

import sys
from collections.abc import Sequence

from local_cloud.faults import jobs, plan
from local_cloud.faults.kinds import FUNCTION
from local_cloud.faults.plan import Fault

_EXIT = (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")


def strike(name: str, *, account_id: str) -> Fault | None:
    """The fault that befalls an invocation, None when it goes well.

    Args:
        name: of the function.
        account_id: whose it is.
    """
    return plan.strike(FUNCTION, account_id=account_id, fits=lambda fault: fault.matches("function", name))


def command(fault: Fault | None, argv: Sequence[str]) -> list[str]:
    """The program of an invocation: its own, unless the fault strikes before the handler."""
    if fault is None or is_after(fault):
        return list(argv)
    return list(jobs.IDLE if fault.kind == "function_timeout" else _EXIT)


def is_after(fault: Fault | None) -> bool:
    """Whether it strikes once the handler has done its work, whose result is lost."""
    return fault is not None and fault.given.get("moment") == "after"
