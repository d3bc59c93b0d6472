"""AWS::CloudFormation::CustomResource and Custom::*: a function of the template makes, changes and removes it.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import CUSTOM, Context, Made, Properties, ResourceType, register
from local_cloud.cloudformation.responses import Answer, Responses
from local_cloud.kernel import runtime

_TOKEN, _TIMEOUT = "ServiceToken", "ServiceTimeout"
_LONGEST_SECONDS = 3600
_MOST_BYTES = 4096


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What a function answered.

    Args:
        physical_id: of the resource.
        attributes: what Fn::GetAtt gives.
        failure: why it failed, None when it did not.
    """

    physical_id: str
    attributes: dict[str, Any]
    failure: str | None = None


def _create(context: Context, properties: Properties) -> Made:
    outcome = _ask(context, "Create", properties, physical_id=context.generated_name(most=1024))
    # Now there is something, and a roll-back removes it: also what its function says it could not make.
    context.initiate(outcome.physical_id)
    return _made(outcome)


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> Made:
    if old[_TOKEN] != new.get(_TOKEN):
        raise ResourceFailure("Modifying service token is not allowed.")
    given = {"PhysicalResourceId": physical_id, "OldResourceProperties": _texts(old)}
    return _made(_ask(context, "Update", new, physical_id=physical_id, given=given))


def _delete(context: Context, physical_id: str, properties: Properties) -> None:
    given = {"PhysicalResourceId": physical_id}
    _made(_ask(context, "Delete", properties, physical_id=physical_id, given=given))


def _made(outcome: _Outcome) -> Made:
    if outcome.failure:
        raise ResourceFailure(outcome.failure)
    return Made(physical_id=outcome.physical_id, attributes=outcome.attributes)


def _ask(
    context: Context,
    request_type: str,
    properties: Properties,
    *,
    physical_id: str,
    given: Mapping[str, Any] | None = None,
) -> _Outcome:
    """Invoke the function, and wait for its answer.

    Args:
        context: of the resource.
        request_type: Create, Update or Delete.
        properties: of the resource.
        physical_id: the resource's, unless the function gives another one.
        given: further parts of the request.

    Raises:
        ResourceFailure: it cannot be asked.
    """
    token, seconds = _token(properties), _seconds(properties)
    request_id = str(uuid.uuid4())
    with runtime.current().of(Responses).expect() as answer:
        request = {
            "RequestType": request_type,
            _TOKEN: token,
            "ResponseURL": answer.url,
            "StackId": context.stack_id,
            "RequestId": request_id,
            "LogicalResourceId": context.logical_id,
            "ResourceType": context.resource_type,
            "ResourceProperties": _texts(properties),
            **(given or {}),
        }
        client = context.client("lambda")
        client.invoke(FunctionName=token, InvocationType="Event", Payload=json.dumps(request).encode())
        answer.wait(seconds)
    return _outcome(answer, request_id, physical_id)


def _outcome(answer: Answer, request_id: str, physical_id: str) -> _Outcome:
    def failed(reason: str, found: str = physical_id) -> _Outcome:
        return _Outcome(physical_id=found, attributes={}, failure=reason)

    if answer.body is None:
        told = f" The function failed at every attempt: {answer.failure}" if answer.failure else ""
        return failed(
            "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
            f"[{request_id}].{told}"
        )
    if len(answer.body) > _MOST_BYTES:
        return failed("Response object is too long.")
    try:
        said = json.loads(answer.body)
        status, data = said["Status"], said.get("Data")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return failed(f"the response must be a JSON object with a Status, got {answer.body[:100]!r}")
    given = said.get("PhysicalResourceId")
    found = given if isinstance(given, str) else ""
    failure = None
    if status != "SUCCESS":
        failure = (
            f"Received response status [{status}] from custom resource. Message returned: {said.get('Reason') or ''} "
            f"(RequestId: {request_id})"
        )
    elif not found:
        failure = "Invalid PhysicalResourceId"
    elif data is not None and not isinstance(data, dict):
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html: names, values.
        failure = f"the Data of a response must be a JSON object, got {data!r}"
    return failed(failure, found or physical_id) if failure else _Outcome(physical_id=found, attributes=data or {})


def _token(properties: Properties) -> str:
    token = properties.get(_TOKEN)
    if not isinstance(token, str) or ":lambda:" not in token:
        raise ResourceFailure(f"the local cloud asks functions about custom resources, got the {_TOKEN} {token!r}")
    return token


def _seconds(properties: Properties) -> float:
    given = properties.get(_TIMEOUT, _LONGEST_SECONDS)
    try:
        seconds = int(given)
    except (TypeError, ValueError):
        seconds = 0
    if not 1 <= seconds <= _LONGEST_SECONDS:
        raise ResourceFailure(f"{_TIMEOUT} is a number of seconds from 1 to {_LONGEST_SECONDS}, got {given!r}")
    return float(seconds)


def _texts(value: Any) -> Any:
    """Properties as functions get them: each number and truth value is a text."""
    if isinstance(value, Mapping):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


register(
    ResourceType(
        name=CUSTOM,
        properties=frozenset({_TOKEN, _TIMEOUT}),
        takes_anything=True,
        is_told_to_go_back=True,
        create=_create,
        update=_update,
        delete=_delete,
    )
)
