"""Removes what the deployments made at run time, so that ``cdk destroy`` leaves nothing behind that costs money.

Data, registered versions and the history stay: buckets, tables and package groups.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from contract import keys, run_names
from contract.calls.find_endpoints import Endpoints, FindEndpoints
from contract.names import APP_TAG
from contract.record import InvalidRecordError
from perennial.account import serving, transforms
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import OperatorError

_OWNER = "perennial destroy"
# Time enough to run `cdk destroy`; until then the endpoint's schedule and approvals bring nothing back.
_REST_SECONDS = 7 * 24 * 3600
_ENDPOINT_SECONDS = 600.0
_POLL_SECONDS = 2.0
_FIND = "Find Endpoints"
# https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
_LOG_GROUPS = "/aws/sagemaker/Endpoints/"


def find(aws: Aws, stack: Stack) -> list[tuple[str, str]]:
    """Kind and name of everything that ``destroy`` would remove, in its order."""
    client, ours = aws.client("sagemaker"), set(serving.names(aws, stack))
    found: list[tuple[str, str]] = []
    targets = aws.client("application-autoscaling").get_paginator("describe_scalable_targets")
    for page in targets.paginate(ServiceNamespace="sagemaker"):
        found += [
            ("scalable target", target["ResourceId"])
            for target in page["ScalableTargets"]
            if target["ResourceId"].split("/")[1] in ours
        ]
    for kind, call, items, part in (
        ("endpoint", "list_endpoints", "Endpoints", stack.endpoint),
        ("endpoint config", "list_endpoint_configs", "EndpointConfigs", stack.endpoint),
        # Those that candidates answered with are named after their models.
        ("model", "list_models", "Models", f"{stack.app}-"),
    ):
        member = "".join(word.capitalize() for word in kind.split())
        for page in client.get_paginator(call).paginate(NameContains=part):
            found += [
                (kind, item[f"{member}Name"])
                for item in page[items]
                if _is_ours(client, item[f"{member}Arn"], app=stack.app)
            ]
    found += [("model", name) for name in transforms.all_models(aws, stack) if ("model", name) not in found]
    found += [("alarm", name) for name in _alarms(aws, stack)]
    return found + [("log group", name) for name in _log_groups(aws, stack)]


def destroy(aws: Aws, stack: Stack) -> Iterator[tuple[str, str]]:
    """Remove it all, and keep deployments from bringing it back for a week; yields kind and name as they go.

    Raises:
        OperatorError: a deployment is under way.
    """
    _rest_all(aws, stack)
    client = aws.client("sagemaker")
    for kind, name in find(aws, stack):
        if kind == "scalable target":
            _forget_scaling(aws, name)
        elif kind == "endpoint":
            client.delete_endpoint(EndpointName=name)
            _await_gone(aws, name)
        elif kind == "endpoint config":
            client.delete_endpoint_config(EndpointConfigName=name)
        elif kind == "model":
            client.delete_model(ModelName=name)
        elif kind == "alarm":
            aws.client("cloudwatch").delete_alarms(AlarmNames=[name])
        else:
            aws.client("logs").delete_log_group(logGroupName=name)
        yield kind, name
    # What they name to go back to is gone.
    for endpoint in serving.names(aws, stack):
        aws.client("dynamodb").delete_item(TableName=stack.table, Key={"pk": {"S": keys.DEPLOYMENTS.of(endpoint)}})


def allow_deployments(aws: Aws, stack: Stack) -> None:
    """End the rest that ``destroy`` imposed, if it did."""
    for endpoint in _endpoints(aws, stack):
        _allow(aws, stack, endpoint)


def _allow(aws: Aws, stack: Stack, endpoint: str) -> None:
    client = aws.client("dynamodb")
    try:
        # Not deleted: it holds the names of versions that were approved meanwhile, for the deployment that comes.
        client.update_item(
            TableName=stack.table,
            Key=_lease(endpoint),
            UpdateExpression="SET expires_at = :over",
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": {"S": _OWNER}, ":over": {"N": "0"}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return


def _endpoints(aws: Aws, stack: Stack) -> list[str]:
    """All endpoints: those that are there, and those that a deployment would make.

    The workflow's own first function is asked: it has the models.
    """
    known, client = serving.names(aws, stack), aws.client("stepfunctions")
    try:
        described = client.describe_state_machine(stateMachineArn=stack.deployment_arn)
        function = json.loads(described["definition"])["States"][_FIND]["Arguments"]["FunctionName"]
        asked = json.dumps(FindEndpoints(run_id="destroy", input={}).to_json())
        answer = json.loads(aws.client("lambda").invoke(FunctionName=function, Payload=asked)["Payload"].read())
        found = [endpoint.name for endpoint in Endpoints.from_json(answer).endpoints]
    except (ClientError, KeyError, InvalidRecordError):
        # Another release's state machine, or a function that does not answer: what is there is known.
        found = []
    return list(dict.fromkeys([*known, *found]))


def _rest_all(aws: Aws, stack: Stack) -> None:
    """Take the lease of every endpoint, or of none: nobody would know why nothing is deployed to some of them."""
    taken: list[str] = []
    for endpoint in _endpoints(aws, stack):
        try:
            _rest(aws, stack, endpoint)
        except OperatorError:
            for other in taken:
                _allow(aws, stack, other)
            raise
        taken.append(endpoint)


def _rest(aws: Aws, stack: Stack, endpoint: str) -> None:
    """Take an endpoint's lease, as a deployment does; what it names is left in it."""
    client, now = aws.client("dynamodb"), int(time.time())
    try:
        client.update_item(
            TableName=stack.table,
            Key=_lease(endpoint),
            UpdateExpression="SET #owner = :owner, expires_at = :end, requests = :none",
            ConditionExpression="attribute_not_exists(pk) OR expires_at < :now OR #owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={
                ":now": {"N": str(now)},
                ":owner": {"S": _OWNER},
                ":end": {"N": str(now + _REST_SECONDS)},
                ":none": {"N": "0"},
            },
        )
    except client.exceptions.ConditionalCheckFailedException as error:
        raise OperatorError(
            f"a deployment to {endpoint} is under way; wait until it ends, then destroy again"
        ) from error


def _lease(endpoint: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": keys.ENDPOINT_LEASE.of(endpoint)}}


def _alarms(aws: Aws, stack: Stack) -> list[str]:
    """Those of the endpoints besides the first one, whose alarms are the stack's, and what failed updates left."""
    client, endpoints = aws.client("cloudwatch"), serving.names(aws, stack)
    lasting = {name for endpoint in endpoints if endpoint != stack.endpoint for name in run_names.alarms(endpoint)}
    of_updates = tuple(map(run_names.roll_back_alarm_prefix, endpoints))
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{stack.endpoint}-")
    ours = {"Key": APP_TAG, "Value": stack.app}
    return [
        alarm["AlarmName"]
        for page in pages
        for alarm in page["MetricAlarms"]
        if (alarm["AlarmName"] in lasting or alarm["AlarmName"].startswith(of_updates))
        and ours in client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    ]


def _log_groups(aws: Aws, stack: Stack) -> list[str]:
    """Those of endpoints besides the first one, also of such that are gone."""
    client = aws.client("logs")
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"{_LOG_GROUPS}{stack.endpoint}-")
    return [
        group["logGroupName"]
        for page in pages
        for group in page["logGroups"]
        if client.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"].get(APP_TAG) == stack.app
    ]


def _is_ours(client: Any, arn: str, *, app: str) -> bool:
    pages = client.get_paginator("list_tags").paginate(ResourceArn=arn)
    return any(tag == {"Key": APP_TAG, "Value": app} for page in pages for tag in page["Tags"])


def _forget_scaling(aws: Aws, resource_id: str) -> None:
    # Its scaling policies and their alarms go with it.
    aws.client("application-autoscaling").deregister_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=resource_id,
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
    )


def _await_gone(aws: Aws, endpoint: str) -> None:
    end = time.monotonic() + _ENDPOINT_SECONDS
    while aws.endpoint(endpoint) is not None:
        if time.monotonic() > end:
            raise OperatorError(
                f"endpoint {endpoint} is still being deleted after {_ENDPOINT_SECONDS:g} s; destroy again later"
            )
        time.sleep(_POLL_SECONDS)
