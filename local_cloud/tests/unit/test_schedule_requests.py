"""A schedule that could never fire is refused when it is made."""

import pytest

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.scheduler import requests
from local_cloud.services.scheduler.requests import InvalidScheduleError

QUEUE = "arn:aws:sqs:us-east-1:111111111111:q"


@pytest.mark.parametrize(
    "expression", ["rate(1 minute)", "rate(5 minutes)", "rate(1 hours)", "cron(0 4 * * ? *)", "at(2020-01-01T00:00:00)"]
)
def test_what_can_fire_is_taken(expression: str) -> None:
    requests.check(expression, "Europe/Berlin", QUEUE)


@pytest.mark.parametrize(
    "expression",
    [
        "every day",
        "rate(0 minutes)",
        "rate(1 seconds)",
        "rate(1.5 hours)",
        "cron(99 * * * ? *)",
        "cron(0 4 * * ?)",
        "at(tomorrow)",
        "at(2026-13-01T00:00:00)",
        "",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(InvalidScheduleError, match="Invalid Schedule Expression"):
        requests.check(expression, "UTC", QUEUE)


@pytest.mark.parametrize("timezone", ["Mars/X", "../etc", ""])
def test_what_is_no_time_zone_is_refused(timezone: str) -> None:
    with pytest.raises(InvalidScheduleError, match="ScheduleExpressionTimezone"):
        requests.check("rate(1 hour)", timezone, QUEUE)


@pytest.mark.parametrize("arn", ["q", "arn:aws:sqs", "a:b:c:d:e:f"])
def test_what_is_no_arn_is_refused(arn: str) -> None:
    with pytest.raises(InvalidScheduleError, match="Provided Arn is not in correct format"):
        requests.check("rate(1 hour)", "UTC", arn)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:ecs:us-east-1:111111111111:cluster/c",
        "arn:aws:events:us-east-1:111111111111:event-bus/b",
        "arn:aws:sagemaker:us-east-1:111111111111:pipeline/p",
        "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
    ],
)
def test_a_target_that_nothing_calls_is_refused_by_name(arn: str) -> None:
    with pytest.raises(NotEmulatedError, match="does not emulate schedule targets of"):
        requests.check("rate(1 hour)", "UTC", arn)
