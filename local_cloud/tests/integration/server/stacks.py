"""Deploys stacks for tests, through change sets as the CDK CLI does."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.waiting import until


def deploy(
    cloud: RunningCloud,
    name: str,
    resources: dict[str, Any],
    *,
    create: bool,
    rollback: bool = True,
    given: dict[str, str] | None = None,
    meanwhile: Callable[[], object] = lambda: None,
    **sections: Any,
) -> str:
    """Deploy a template of resources and other sections; returns the stack's final status."""
    client, change_set = cloud.client("cloudformation", ACCOUNT), f"c{uuid.uuid4().hex}"
    client.create_change_set(
        StackName=name,
        ChangeSetName=change_set,
        ChangeSetType="CREATE" if create else "UPDATE",
        TemplateBody=json.dumps({"Resources": resources, **sections}),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in (given or {}).items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.execute_change_set(StackName=name, ChangeSetName=change_set, DisableRollback=not rollback)
    return settled(cloud, name, meanwhile)


def settled(cloud: RunningCloud, name: str, meanwhile: Callable[[], object] = lambda: None) -> str:
    """The status that the operation under way ends with; `meanwhile` is called again and again until then."""
    client = cloud.client("cloudformation", ACCOUNT)

    def ended() -> str | None:
        meanwhile()
        status = str(client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        return None if status.endswith("_IN_PROGRESS") else status

    return until(ended)


def delete(cloud: RunningCloud, name: str) -> str:
    """Delete a stack; returns its final status."""
    client = cloud.client("cloudformation", ACCOUNT)
    stack_id = client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    client.delete_stack(StackName=name)
    return settled(cloud, stack_id)


def reasons(cloud: RunningCloud, name: str) -> str:
    """All reasons in a stack's events."""
    events = cloud.client("cloudformation", ACCOUNT).describe_stack_events(StackName=name)["StackEvents"]
    return " ".join(event.get("ResourceStatusReason", "") for event in events)


def outputs(cloud: RunningCloud, name: str) -> dict[str, str]:
    """Values by key."""
    (stack,) = cloud.client("cloudformation", ACCOUNT).describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
