"""Faults of CreateEndpoint and UpdateEndpoint.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html (EndpointStatus)
"""

from dataclasses import dataclass

from local_cloud.faults import plan
from local_cloud.faults.kinds import ENDPOINT

_REASONS = {
    "capacity": (
        "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry"
        " using a different ML instance type or after some time."
    ),
    "container": (
        "The primary container for production variant AllTraffic did not pass the ping health check. Please check"
        " CloudWatch logs for this endpoint."
    ),
    "internal": "Request to service failed. If failure persists after retry, contact customer support.",
}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How an operation ends.

    Args:
        status: EndpointStatus.
        reason: FailureReason.
    """

    status: str
    reason: str


def strike(operation: str, *, arn: str) -> Failure | None:
    """How a fault ends an operation on an endpoint, None when it goes well.

    Args:
        operation: CreateEndpoint or UpdateEndpoint.
        arn: of the endpoint.
    """
    name, account_id = arn.rsplit("/", maxsplit=1)[-1], arn.split(":")[4]
    fault = plan.strike(
        ENDPOINT,
        account_id=account_id,
        fits=lambda fault: fault.given["operation"] == operation and fault.matches("endpoint", name),
    )
    if fault is None:
        return None
    outcome = fault.given.get("outcome", "Failed" if operation == "CreateEndpoint" else "RolledBack")
    reason = fault.given.get("reason") or _REASONS[fault.given.get("cause", "capacity")]
    return Failure(status="InService" if outcome == "RolledBack" else outcome, reason=reason)
