"""What becomes of a message at one subscription: it is put into a queue, or a function is invoked with it.

A subscriber that cannot be reached loses the message, as it does on AWS without a dead-letter queue once the retries
are over: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

import logging
from collections.abc import Callable
from typing import Any

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.services import backends
from local_cloud.services.iam import authorization
from local_cloud.services.lambda_ import asynchronous

_log = logging.getLogger(__name__)
PRINCIPAL = "sns.amazonaws.com"


def deliver(
    subscription: Any,
    message: str,
    message_id: str,
    *,
    to_queue: Callable[..., None],
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    message_structure: str | None = None,
    **fifo: Any,
) -> None:
    """Hand a message on, unless the subscription's filter holds it back or nobody has confirmed it.

    Args:
        subscription: moto's.
        message: that was published.
        message_id: of it.
        to_queue: moto's delivery, for queues.
        subject: of the message.
        message_attributes: of it.
        message_structure: ``json`` if it has a text for each protocol.
        **fifo: what only queues are told.
    """
    from moto.sqs.exceptions import SQSException

    if subscription.protocol == "sqs":
        try:
            to_queue(
                subscription,
                message,
                message_id,
                subject=subject,
                message_attributes=message_attributes,
                message_structure=message_structure,
                **fifo,
            )
        except SQSException as error:
            _lost(subscription, error)
    elif subscription.protocol == "lambda":
        matcher = subscription._filter_policy_matcher  # noqa: SLF001  # moto has no public way to ask
        if matcher is not None and not matcher.matches(message_attributes, message):
            return
        if message_structure == "json":
            message = subscription._parse_message_structure(message, subscription.protocol)  # noqa: SLF001  # as above
        _invoke(subscription, subscription.get_post_data(message, message_id, subject, message_attributes))


def _invoke(subscription: Any, notification: dict[str, Any]) -> None:
    """Start an asynchronous invocation, if the function lets this topic do so.

    Reference: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    """
    from moto.awslambda.exceptions import LambdaClientError

    arn = subscription.endpoint
    _, _, _, region, account_id, _, name, *qualifier = arn.split(":")
    try:
        function = backends("awslambda")[account_id][region].get_function(name, *qualifier)
        authorization.authorize_service(
            PRINCIPAL, action="lambda:InvokeFunction", resource=arn, source_arn=subscription.topic_arn
        )
        asynchronous.submit(function, {"Records": [_record(subscription, notification)]})
    except (LambdaClientError, LocalCloudError) as error:
        # Also of a function in another language: what one subscriber cannot do is no matter of the others.
        _lost(subscription, error)


def _record(subscription: Any, notification: dict[str, Any]) -> dict[str, Any]:
    # The function is told the addresses in another spelling than a queue.
    sent = {
        "MessageAttributes": {},
        **{key.replace("URL", "Url"): value for key, value in notification.items()},
    }
    return {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription.arn, "Sns": sent}


def _lost(subscription: Any, error: Exception) -> None:
    _log.warning("subscription %s, %s lost a message: %s", subscription.arn, subscription.endpoint, error)
