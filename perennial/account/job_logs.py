"""The log of the job that failed an execution, from CloudWatch Logs: the same call on AWS and in a local cloud."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from perennial.account import failures
from perennial.account.aws import Aws
from perennial.account.failures import Log
from perennial.errors import OperatorError

# The end of a log has the error; a page of the API holds many more.
_LINES = 200


@dataclass(frozen=True, kw_only=True)
class Tail:
    """The end of a log.

    Args:
        group: the log group.
        stream: the log stream.
        lines: the last ones, oldest first.
    """

    group: str
    stream: str
    lines: list[str]


def read(aws: Aws, *, execution_arn: str) -> Tail:
    """The last lines of the log.

    Raises:
        OperatorError: the execution did not fail in a job, or the job left no log.
    """
    execution = aws.execution(execution_arn)
    if not execution.error:
        raise OperatorError(f"the execution is {execution.status}, so no job of it failed: {execution_arn}")
    place = failures.log(execution.cause)
    if place is None:
        raise OperatorError(
            f"no job failed this execution, so there is no job's log; it ended with"
            f" {failures.words(execution.error, execution.cause)}"
        )
    groups = _groups(aws, place)
    for group in groups:
        lines = _tail(aws, place, group)
        if lines:
            return Tail(group=group, stream=place.stream, lines=lines)
    raise OperatorError(
        f"there are no lines of {place.stream} in {' or '.join(groups)}; the job may have failed before its"
        " container began, or its role may not write logs"
    )


def _groups(aws: Aws, place: Log) -> tuple[str, ...]:
    """Those of the job's own first: whether a run's description names them, AWS does not say."""
    if place.glue_job is None:
        return place.groups
    client = aws.client("glue")
    try:
        arguments = client.get_job(JobName=place.glue_job)["Job"].get("DefaultArguments", {})
    except ClientError:
        # It is gone, or is not for this caller to see: the log may be all the same.
        return place.groups
    prefix = arguments.get("--custom-logGroup-prefix")
    own = failures.glue_groups(prefix) if prefix else ()
    return tuple(dict.fromkeys((*own, *place.groups)))


def _tail(aws: Aws, place: Log, group: str) -> list[str]:
    client = aws.client("logs")
    lines: list[str] = []
    try:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, logStreamNamePrefix=place.stream)
        for page in pages:
            lines += [event["message"].rstrip("\n") for event in page["events"]]
            del lines[:-_LINES]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    return lines
