"""The targets of rules: what PutTargets accepts, and how each kind is called and under whose permissions.

Reference: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

import uuid
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from local_cloud.kernel import runtime, sdk
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.errors import AccessDeniedError, NotEmulatedError
from local_cloud.kernel.services import backends
from local_cloud.services.events import inputs, pipelines
from local_cloud.services.events.order import Delivery, HopError, Receive
from local_cloud.services.iam import authorization, encryption, principals

SERVICE = "events.amazonaws.com"
MOST = 5
_KINDS = {
    "states": "stateMachine:",
    "events": "event-bus/",
    "sns": "",
    "sqs": "",
    "lambda": "function:",
    "codepipeline": "",
}
_ROLE_NEEDED = {"states", "codepipeline"}
# A function runs for 15 minutes at most; a second call would be a second invocation.
_PATIENT = Config(read_timeout=960, retries={"total_max_attempts": 1})


def problem(target: Mapping[str, Any], *, rule_bus_arn: str) -> str | None:
    """Why PutTargets refuses a target, None if it does not.

    Raises:
        NotEmulatedError: AWS would call it.
    """
    arn = str(target["Arn"])
    parts = [*arn.split(":", 5), *[""] * 6][:6]
    service, account_id, name = parts[2], parts[4], parts[5]
    if parts[0] != "arn" or not account_id or not name:
        return f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
    if service not in _KINDS or not name.startswith(_KINDS[service]):
        raise NotEmulatedError(
            f"the local cloud does not emulate rule targets like {arn}; use a state machine, an event bus, an"
            " SNS topic, an SQS queue, a Lambda function or a pipeline"
        )
    if arn == rule_bus_arn:
        return f"Parameter {arn} is not valid. Reason: a rule cannot send events to its own event bus."
    foreign = account_id != rule_bus_arn.split(":")[4]
    if not target.get("RoleArn") and (service in _ROLE_NEEDED or foreign):
        return f"RoleArn is required for target {arn}."
    if service == "sqs" and name.endswith(".fifo") and not target.get("SqsParameters"):
        return f"Parameter(s) SqsParameters must be specified for target: {target['Id']}."
    return inputs.problem(target)


def call(order: Delivery, *, receive: Receive) -> None:
    """Give a target its event.

    Args:
        order: what goes where.
        receive: gives an event to another bus.

    Raises:
        ClientError: the target refused it.
        AccessDeniedError: a role, its trust policy or the target's resource policy does not allow it.
        HopError: it would reach a third bus.
    """
    arn = str(order.target["Arn"])
    service = arn.split(":")[2]
    if service == "events":
        _forward(order, arn, receive)
        return
    payload = inputs.payload(order.target, order.event, rule_arn=order.rule_arn, ingested=order.ingested)
    if service == "states":
        # Each delivery is an execution of its own: as on AWS a rule may deliver an event twice.
        name = f"{order.event['id']}_{uuid.uuid4()}"
        _session(order).client("stepfunctions").start_execution(stateMachineArn=arn, name=name, input=payload)
    elif service == "codepipeline":
        _allow_role(order, "codepipeline:StartPipelineExecution", arn)
        pipelines.start(order, arn, payload)
    elif service == "sqs":
        group = (order.target.get("SqsParameters") or {}).get("MessageGroupId")
        _client(order, "sqs", "sqs:SendMessage", arn).send_message(
            QueueUrl=_queue_url(arn), MessageBody=payload, **({"MessageGroupId": group} if group else {})
        )
    elif service == "sns":
        _client(order, "sns", "sns:Publish", arn).publish(TopicArn=arn, Message=payload)
    else:
        client = _client(order, "lambda", "lambda:InvokeFunction", arn)
        client.invoke(FunctionName=arn, InvocationType="Event", Payload=payload)


def send_to_queue(order: Delivery, queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
    """Put a failed event into a dead-letter queue, whose policy has to let EventBridge do so.

    Raises:
        AccessDeniedError: it does not.
        ClientError: there is no such queue.
    """
    _allow_service(order, "sqs:SendMessage", queue_arn)
    _as_owner("sqs", queue_arn).send_message(
        QueueUrl=_queue_url(queue_arn),
        MessageBody=body,
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    )


def _forward(order: Delivery, arn: str, receive: Receive) -> None:
    if order.forwarded:
        raise HopError(f"event {order.event['id']} came from another event bus and does not go on to {arn}")
    region, account_id, name = arn.split(":")[3], arn.split(":")[4], arn.split("/", maxsplit=1)[-1]
    if order.target.get("RoleArn"):
        _allow_role(order, "events:PutEvents", arn)
    if name not in backends("events")[account_id][region].event_buses:
        raise AccessDeniedError(
            principal=order.rule_arn, action="events:PutEvents", resource=arn, reason="the event bus does not exist"
        )
    receive(order.event, account_id=account_id, region=region, bus_name=name, forwarded=True)


def _session(order: Delivery) -> RoleSession:
    return assume_service_role(
        str(order.target["RoleArn"]),
        service=SERVICE,
        session_name=order.rule_arn.rsplit("/", maxsplit=1)[-1],
        region=order.region,
        source_arn=order.rule_arn,
    )


def _client(order: Delivery, service: str, action: str, arn: str) -> Any:
    """Decided for the target's role if it has one; else the resource's own policy has to name EventBridge."""
    if order.target.get("RoleArn"):
        _allow_role(order, action, arn)
    else:
        _allow_service(order, action, arn)
    return _as_owner(service, arn)


def _allow_role(order: Delivery, action: str, arn: str) -> None:
    principal = principals.of_access_key(_session(order).access_key_id)
    if principal is None:
        raise AccessDeniedError(
            principal=str(order.target["RoleArn"]), action=action, resource=arn, reason="its session has ended"
        )
    context = {
        "events:source": str(order.event["source"]),
        "events:detail-type": str(order.event["detail-type"]),
        "aws:sourcearn": order.rule_arn,
    }
    authorization.authorize(principal, action=action, resource=arn, owner=arn.split(":")[4], context=context)
    encryption.check_caller(principal, action=action, resource=arn)


def _allow_service(order: Delivery, action: str, arn: str) -> None:
    authorization.authorize_service(SERVICE, action=action, resource=arn, source_arn=order.rule_arn)
    encryption.check_service(SERVICE, action=action, resource=arn, source_arn=order.rule_arn)


def _as_owner(service: str, arn: str) -> Any:
    """A client of the resource's own account, for what its policy was asked about before."""
    _, _, _, region, account_id, _ = arn.split(":", 5)
    session = boto3.Session(
        aws_access_key_id=account_id,
        aws_secret_access_key=account_id,
        region_name=region,
        botocore_session=sdk.session(),
    )
    endpoint = runtime.current().settings.endpoint_url
    return session.client(service, endpoint_url=endpoint, config=_PATIENT)  # type: ignore[call-overload]  # the service name is not a literal here


def _queue_url(arn: str) -> str:
    account_id, name = arn.split(":")[4:6]
    return f"{runtime.current().settings.endpoint_url}/{account_id}/{name}"
