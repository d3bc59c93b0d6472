"""Asynchronous invocations: answered at once, repeated after errors, and handed to a dead-letter queue at last.

Reference: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
What is under way ends with the server.
"""

import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.lambda_ import invocation, sessions

_log = logging.getLogger(__name__)
# Virtual seconds before the second and the third attempt.
_DELAYS = (60.0, 120.0)
_RETRIES = 2
_MAXIMUM_AGE_SECONDS = 6 * 3600.0
_MESSAGE_BYTES = 1024


Observer = Callable[[Any, str], None]
_observers: list[Observer] = []


def observe_failures(observer: Observer) -> None:
    """Tell somebody of each event that its function failed at for the last time, and why."""
    _observers.append(observer)


def submit(function: Any, event: Any) -> None:
    """Run an invocation in the background.

    Raises:
        NotEmulatedError: the function cannot run here, which nobody has to wait for.
    """
    invocation.check(function)
    runtime.current().background.start(str(function.function_arn), lambda _: _run(function, event))


def _run(function: Any, event: Any) -> None:
    clock, request_id = runtime.current().clock, str(uuid.uuid4())
    settings = function.event_invoke_config[-1].config if function.event_invoke_config else {}
    retries = int(settings.get("MaximumRetryAttempts", _RETRIES))
    deadline = clock.timestamp() + float(settings.get("MaximumEventAgeInSeconds", _MAXIMUM_AGE_SECONDS))
    for attempt in range(retries + 1):
        if attempt:
            due = clock.timestamp() + _DELAYS[attempt - 1]
            if due > deadline:
                break
            clock.pause(_DELAYS[attempt - 1], goes_on=lambda: True)
        try:
            outcome = invocation.invoke(function, event, request_id=request_id)
        except (LocalCloudError, OSError) as error:
            failure = str(error)
            _log.warning("an asynchronous invocation of %s failed: %s", function.function_name, error)
        else:
            if not outcome.failed:
                return
            failure = str(json.loads(outcome.payload).get("errorMessage", ""))
    for observer in _observers:
        observer(event, failure)
    _bury(function, event, request_id=request_id, failure=failure)


def _bury(function: Any, event: Any, *, request_id: str, failure: str) -> None:
    """Hand the event to the function's dead-letter queue or topic, if it has one, as its role.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
    """
    target = str((function.dead_letter_config or {}).get("TargetArn") or "")
    if not target:
        return
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": failure[:_MESSAGE_BYTES] or "-"},
    }
    _, _, service, _, account_id, name = target.split(":", maxsplit=5)
    try:
        session = sessions.of(function).role
        if service == "sqs":
            url = f"{session.endpoint_url}/{account_id}/{name}"
            client = session.client("sqs")
            client.send_message(QueueUrl=url, MessageBody=json.dumps(event), MessageAttributes=attributes)
        else:
            client = session.client("sns")
            client.publish(TopicArn=target, Message=json.dumps(event), MessageAttributes=attributes)
    except (LocalCloudError, ClientError, BotoCoreError) as error:
        _log.error("the event of %s is lost, its dead-letter target took nothing: %s", function.function_name, error)
