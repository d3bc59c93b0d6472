"""Faults of Lambda functions: the runtime exits, or the handler takes longer than the function's timeout.

Reference: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
"""

from local_cloud.faults import plan
from local_cloud.faults.kinds import FUNCTION
from local_cloud.faults.plan import Fault


def strike(name: str, *, account_id: str) -> Fault | None:
    """The fault that befalls an invocation, None when it goes well.

    Args:
        name: of the function.
        account_id: whose it is.
    """
    return plan.strike(FUNCTION, account_id=account_id, fits=lambda fault: fault.matches("function", name))


def is_after(fault: Fault) -> bool:
    """Whether it strikes once the handler has done its work, whose result is lost."""
    return fault.given.get("moment") == "after"
