"""Stacks as an action's role sees them: what they are now, how an operation ended, and why it failed.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.services.codepipeline import client_errors
from local_cloud.services.codepipeline.action import ActionCall, ActionError, External

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_UNDER_WAY = "_IN_PROGRESS"
# A change set was made for it, and none executed.
REVIEW = "REVIEW_IN_PROGRESS"
_NO_REASON = "No reason was provided."
_UNSEEN = (
    "Status reason is not available because IAM role associated with the action does not have CloudFormation "
    "DescribeStackEvents permission"
)


class Stacks:
    """CloudFormation as the role of one run of an action.

    Args:
        call: the run.
    """

    def __init__(self, call: ActionCall) -> None:
        self._call = call
        self.client = call.session.client("cloudformation")

    def find(self, name: str) -> Mapping[str, Any] | None:
        """A stack by its name or id; None if there is none."""
        try:
            found = self.client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if client_errors.code_of(error) == "ValidationError" and "does not exist" in str(error):
                return None
            raise
        return dict(found[0])

    def settled(self, stack_id: str) -> Mapping[str, Any]:
        """Wait until no operation on a stack is under way.

        Raises:
            ActionError: somebody stopped the action; the operation goes on.
        """
        pause = _FIRST_PAUSE
        while True:
            (stack,) = self.client.describe_stacks(StackName=stack_id)["Stacks"]
            if not stack["StackStatus"].endswith(_UNDER_WAY):
                return dict(stack)
            self.pause(pause, of=f"the operation on stack {stack['StackName']}")
            pause = min(pause * 2, _LONGEST_PAUSE)

    def changes(self, stack_name: str, change_set: str) -> Mapping[str, Any]:
        """Wait until a change set is made.

        Raises:
            ActionError: somebody stopped the action.
        """
        pause = _FIRST_PAUSE
        while True:
            found = self.client.describe_change_set(StackName=stack_name, ChangeSetName=change_set)
            if not found["Status"].endswith((_UNDER_WAY, "_PENDING")):
                return dict(found)
            self.pause(pause, of=f"change set {change_set}")
            pause = min(pause * 2, _LONGEST_PAUSE)

    def pause(self, seconds: float, *, of: str) -> None:
        """Wait a moment.

        Raises:
            ActionError: somebody stopped the action.
        """
        self._call.work.wait(seconds)
        if self._call.work.is_stopping:
            raise ActionError("JobFailed", f"the action was stopped; {of} goes on")

    def report(self, stack_id: str, summary: str) -> External:
        """Tell the engine which stack it is about; AWS's words of a summary are not known."""
        console = f"https://console.aws.amazon.com/cloudformation/home?region={self._call.declaration.region}"
        external = External(id=stack_id, url=f"{console}#/stack/detail?stackId={stack_id}", summary=summary)
        self._call.report(external)
        return external

    def failure(self, stack: Mapping[str, Any], *, doing: str) -> ActionError:
        """Why an operation failed: the first resource that failed, if the role may see it, or the stack's own reason.

        The sentences are CodePipeline's of a change set; how it tells the resource is not known.

        References:
            https://github.com/aws/aws-cdk/pull/29534
            https://github.com/aws-quickstart/quickstart-trek10-serverless-enterprise-cicd/issues/23

        Args:
            stack: as it is now.
            doing: what was to be done, for example ``execute change set``.
        """
        begin = f"Failed to {doing}. Current stack status: {stack['StackStatus']}. "
        try:
            reason = self._first_failure(stack["StackId"]) or stack.get("StackStatusReason") or _NO_REASON
        except ClientError as error:
            if client_errors.is_denied(error):
                return ActionError("JobFailed", f"{begin}{_UNSEEN}")
            raise
        return ActionError("JobFailed", f"{begin}Reason: {reason}")

    def _first_failure(self, stack_id: str) -> str | None:
        events = self.client.describe_stack_events(StackName=stack_id)["StackEvents"]
        found = None
        # The newest comes first, and an operation begins with an event of its stack.
        for event in events:
            status, is_stack = event["ResourceStatus"], event["PhysicalResourceId"] == stack_id
            if status.endswith("_FAILED") and not is_stack and event.get("ResourceStatusReason"):
                kind, name = event["ResourceType"], event["LogicalResourceId"]
                found = f"{kind} {name}: {event['ResourceStatusReason']}"
            if is_stack and event.get("ResourceStatusReason") == "User Initiated":
                break
        return found
