"""What a schedule may be, looked at when it is made or changed and not when it fires.

Reference: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local_cloud.kernel.errors import LocalCloudError, NotEmulatedError
from local_cloud.services.scheduler import expressions

SERVICES = ("states", "lambda", "sqs", "sns", "codepipeline")
_PARTS = 6


class InvalidScheduleError(LocalCloudError):
    """A schedule that AWS does not take."""


def check(expression: str, timezone: str, target: str) -> None:
    """Refuse what is no schedule, and a target that nothing here calls.

    Args:
        expression: ScheduleExpression.
        timezone: ScheduleExpressionTimezone.
        target: ARN of the target.

    Raises:
        InvalidScheduleError: the expression, the time zone or the ARN is none.
        NotEmulatedError: the target's service is not called.
    """
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidScheduleError(f"Invalid ScheduleExpressionTimezone {timezone}.") from error
    now = datetime.now(UTC)
    try:
        expressions.next_due(expression, timezone=timezone, created=now, after=now)
    except Exception as error:
        # The library for cron has errors of many kinds.
        raise InvalidScheduleError(f"Invalid Schedule Expression {expression}.") from error
    parts = target.split(":")
    if len(parts) < _PARTS or parts[0] != "arn":
        raise InvalidScheduleError("Provided Arn is not in correct format.")
    if parts[2] not in SERVICES:
        raise NotEmulatedError(
            f"the local cloud does not emulate schedule targets of {parts[2]}, got {target}; choose one of"
            f" {', '.join(SERVICES)}"
        )
