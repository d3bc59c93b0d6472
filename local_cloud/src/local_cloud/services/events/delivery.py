"""Delivers one event to one target: again after a passing error, to the dead-letter queue in the end.

Reference: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
"""

import json
import logging

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import AccessDeniedError, LocalCloudError
from local_cloud.kernel.passing import is_passing
from local_cloud.services.events import targets
from local_cloud.services.events.order import Delivery, HopError, Receive

_log = logging.getLogger(__name__)
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 1.0, 600.0


def deliver(order: Delivery, *, receive: Receive) -> None:
    """Call the target until it takes the event, the retries are used up, the event is too old, or an error is final.

    Args:
        order: what goes where.
        receive: gives an event to another bus.
    """
    clock = runtime.current().clock
    policy = order.target.get("RetryPolicy") or {}
    retries = int(policy.get("MaximumRetryAttempts", 185))
    expires = clock.timestamp() + float(policy.get("MaximumEventAgeInSeconds", 86400))
    made, exhausted = 0, ""
    while True:
        try:
            targets.call(order, receive=receive)
        except (ClientError, BotoCoreError, LocalCloudError) as error:
            _log.warning("rule %s, target %s, attempt %s: %s", order.rule_arn, order.target["Arn"], made + 1, error)
            if is_passing(error):
                exhausted = "MaximumRetryAttempts" if made >= retries else ""
                wake = clock.timestamp() + min(_FIRST_WAIT_SECONDS * 2.0**made, _LONGEST_WAIT_SECONDS)
                if not exhausted and wake > expires:
                    exhausted = "MaximumEventAgeInSeconds"
                if not exhausted:
                    while clock.timestamp() < wake:
                        clock.sleep_until(wake)
                    made += 1
                    continue
            _give_up(order, error, retries=made, exhausted=exhausted)
        return


def _code(error: Exception) -> str:
    if isinstance(error, HopError):
        return "THIRD_ACCOUNT_HOP_DETECTED"
    if isinstance(error, AccessDeniedError):
        return "FAILED_TO_ASSUME_ROLE" if error.action == "sts:AssumeRole" else "NO_PERMISSIONS"
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        if "AccessDenied" in code:
            return "NO_PERMISSIONS"
        if "NotFound" in code or "NonExistent" in code or "DoesNotExist" in code:
            return "NO_RESOURCE"
        return "THROTTLING" if "Throttl" in code else "ERROR_FROM_TARGET"
    return "CONNECTION_FAILURE" if isinstance(error, BotoCoreError) else "SDK_CLIENT_ERROR"


def _give_up(order: Delivery, error: Exception, *, retries: int, exhausted: str) -> None:
    queue = (order.target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        _log.error("rule %s dropped event %s: %s", order.rule_arn, order.event["id"], error)
        return
    attributes = {
        "RULE_ARN": order.rule_arn,
        "TARGET_ARN": str(order.target["Arn"]),
        "ERROR_CODE": _code(error),
        "ERROR_MESSAGE": str(error)[:1024],
        "RETRY_ATTEMPTS": str(retries),
        **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
    }
    try:
        targets.send_to_queue(order, str(queue), json.dumps(order.event), attributes)
    except (ClientError, BotoCoreError, LocalCloudError) as failure:
        _log.error("rule %s lost event %s, its dead-letter queue: %s", order.rule_arn, order.event["id"], failure)
