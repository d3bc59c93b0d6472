"""Removes what the deployments made at run time, so that ``cdk destroy`` leaves nothing behind that costs money.

Data, registered versions and the history stay: buckets, tables and package groups.
"""

import time
from collections.abc import Iterator
from typing import Any

from contract import keys, run_names
from contract.names import APP_TAG
from perennial.account import transforms
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import OperatorError

_OWNER = "perennial destroy"
# Time enough to run `cdk destroy`; until then the endpoint's schedule and approvals bring nothing back.
_REST_SECONDS = 7 * 24 * 3600
_ENDPOINT_SECONDS = 600.0
_POLL_SECONDS = 2.0


def find(aws: Aws, stack: Stack) -> list[tuple[str, str]]:
    """Kind and name of everything that ``destroy`` would remove, in its order."""
    client = aws.client("sagemaker")
    found: list[tuple[str, str]] = []
    targets = aws.client("application-autoscaling").get_paginator("describe_scalable_targets")
    for page in targets.paginate(ServiceNamespace="sagemaker"):
        found += [
            ("scalable target", target["ResourceId"])
            for target in page["ScalableTargets"]
            if target["ResourceId"].split("/")[1] == stack.endpoint
        ]
    for kind, call, items in (
        ("endpoint", "list_endpoints", "Endpoints"),
        ("endpoint config", "list_endpoint_configs", "EndpointConfigs"),
        ("model", "list_models", "Models"),
    ):
        member = "".join(word.capitalize() for word in kind.split())
        for page in client.get_paginator(call).paginate(NameContains=stack.endpoint):
            found += [
                (kind, item[f"{member}Name"])
                for item in page[items]
                if _is_ours(client, item[f"{member}Arn"], app=stack.app)
            ]
    found += [("model", name) for name in transforms.all_models(aws, stack)]
    return found + [("alarm", name) for name in _roll_back_alarms(aws, stack)]


def destroy(aws: Aws, stack: Stack) -> Iterator[tuple[str, str]]:
    """Remove it all, and keep deployments from bringing it back for a week; yields kind and name as they go.

    Raises:
        OperatorError: a deployment is under way.
    """
    _rest(aws, stack)
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
        else:
            aws.client("cloudwatch").delete_alarms(AlarmNames=[name])
        yield kind, name
    # What it names to go back to is gone.
    aws.client("dynamodb").delete_item(TableName=stack.table, Key={"pk": {"S": keys.DEPLOYMENTS.of(stack.endpoint)}})


def allow_deployments(aws: Aws, stack: Stack) -> None:
    """End the rest that ``destroy`` imposed, if it did."""
    client = aws.client("dynamodb")
    try:
        # Not deleted: it holds the names of versions that were approved meanwhile, for the deployment that comes.
        client.update_item(
            TableName=stack.table,
            Key=_lease(stack),
            UpdateExpression="SET expires_at = :over",
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": {"S": _OWNER}, ":over": {"N": "0"}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return


def _rest(aws: Aws, stack: Stack) -> None:
    """Take the endpoint's lease, as a deployment does; what it names is left in it."""
    client, now = aws.client("dynamodb"), int(time.time())
    try:
        client.update_item(
            TableName=stack.table,
            Key=_lease(stack),
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
            f"a deployment to {stack.endpoint} is under way; wait until it ends, then destroy again"
        ) from error


def _lease(stack: Stack) -> dict[str, dict[str, str]]:
    return {"pk": {"S": keys.ENDPOINT_LEASE.of(stack.endpoint)}}


def _roll_back_alarms(aws: Aws, stack: Stack) -> list[str]:
    """What an update that failed left."""
    client = aws.client("cloudwatch")
    pages = client.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=run_names.roll_back_alarm_prefix(stack.endpoint)
    )
    ours = {"Key": APP_TAG, "Value": stack.app}
    return [
        alarm["AlarmName"]
        for page in pages
        for alarm in page["MetricAlarms"]
        if ours in client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
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
