"""Calls a schedule's target as the schedule's role, and keeps what could not be delivered in the dead-letter queue."""

import hashlib
import json
import logging
from datetime import UTC, datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.errors import LocalCloudError

_log = logging.getLogger(__name__)
_BACKOFF_SECONDS = 60.0
# A function runs for 15 minutes at most; a second call would be a second invocation.
_PATIENT = Config(read_timeout=960, retries={"total_max_attempts": 1})


def deliver(schedule: Any, due: datetime, *, region: str, clock: VirtualClock, number: int) -> None:
    """Call the target, again if the policy says so, and give the event to the dead-letter queue in the end.

    Args:
        schedule: moto's own.
        due: the time that it fires for.
        region: of the target.
        clock: times the tries.
        number: of the delivery, which is not the first one when a firing comes twice.

    Reference: https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    policy = schedule.target["RetryPolicy"]
    attempts = 1 + int(policy.get("MaximumRetryAttempts", 185))
    expires = due.timestamp() + float(policy.get("MaximumEventAgeInSeconds", 86400))
    error: Exception | None = None
    made = 0
    while made < attempts and (made == 0 or clock.timestamp() < expires):
        if made:
            wake = clock.timestamp() + _BACKOFF_SECONDS
            while clock.timestamp() < wake:
                clock.sleep_until(wake)
        made += 1
        try:
            _call(schedule, due, region=region, number=number)
        except (ClientError, BotoCoreError, LocalCloudError) as failure:
            _log.warning("schedule %s, attempt %s: %s", schedule.arn, made, failure)
            error = failure
            if _is_final(failure):
                break
        else:
            return
    _give_up(schedule, due, error, made, region=region)


def _is_final(error: Exception) -> bool:
    # What the role may not do, and what is not emulated, will not go better in a minute.
    if isinstance(error, ClientError):
        return "AccessDenied" in error.response["Error"]["Code"]
    return isinstance(error, LocalCloudError)


def _session(schedule: Any, region: str) -> RoleSession:
    group_arn = schedule.arn.replace(":schedule/", ":schedule-group/").rsplit("/", 1)[0]
    return assume_service_role(
        schedule.target["RoleArn"],
        service="scheduler.amazonaws.com",
        session_name=schedule.name,
        region=region,
        source_arn=group_arn,
    )


def _call(schedule: Any, due: datetime, *, region: str, number: int) -> None:
    arn, payload = schedule.target["Arn"], _input(schedule, due)
    session, service = _session(schedule, region), arn.split(":")[2]
    if service == "states":
        # One name a delivery: a repeated try of the same one starts no second run, a duplicate does.
        digest = hashlib.sha256(f"{schedule.arn}{due.isoformat()}#{number}".encode()).hexdigest()[:32]
        session.client("stepfunctions").start_execution(stateMachineArn=arn, name=digest, input=payload)
    elif service == "codepipeline":
        session.client("codepipeline").start_pipeline_execution(name=arn.split(":", 5)[5])
    elif service == "lambda":
        session.client("lambda", _PATIENT).invoke(FunctionName=arn, InvocationType="Event", Payload=payload)
    elif service == "sqs":
        session.client("sqs").send_message(QueueUrl=_queue_url(session, arn), MessageBody=payload)
    else:
        session.client("sns").publish(TopicArn=arn, Message=payload)


def _input(schedule: Any, due: datetime) -> str:
    values = {
        "<aws.scheduler.schedule-arn>": schedule.arn,
        "<aws.scheduler.scheduled-time>": due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "<aws.scheduler.execution-id>": hashlib.sha256(f"{schedule.arn}{due}".encode()).hexdigest()[:36],
        "<aws.scheduler.attempt-number>": "1",
    }
    text = str(schedule.target.get("Input") or "{}")
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def _give_up(schedule: Any, due: datetime, error: Exception | None, attempts: int, *, region: str) -> None:
    queue = (schedule.target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    attributes = {
        "ERROR_CODE": code,
        "ERROR_MESSAGE": str(error)[:1024],
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": str(attempts - 1),
        "SCHEDULED_TIME": due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "SCHEDULE_ARN": schedule.arn,
        "TARGET_ARN": schedule.target["Arn"],
    }
    try:
        session = _session(schedule, region)
        session.client("sqs").send_message(
            QueueUrl=_queue_url(session, queue),
            MessageBody=schedule.target.get("Input") or json.dumps({}),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
    except (ClientError, LocalCloudError) as failure:
        _log.warning("schedule %s lost an event, its dead-letter queue refused it: %s", schedule.arn, failure)


def _queue_url(session: RoleSession, arn: str) -> str:
    account_id, name = arn.split(":")[4:6]
    return f"{session.endpoint_url}/{account_id}/{name}"
