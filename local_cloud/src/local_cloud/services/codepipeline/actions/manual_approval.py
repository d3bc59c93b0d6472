"""The action that waits until somebody approves or rejects it.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ManualApproval.html
"""

from local_cloud.kernel import runtime
from local_cloud.services.codepipeline import approvals
from local_cloud.services.codepipeline.action import ActionCall, ActionDeclaration, ActionError, ActionResult
from local_cloud.services.codepipeline.errors import InvalidActionDeclarationError

_KEYS = {"CustomData", "ExternalEntityLink", "NotificationArn"}
_LOOK_SECONDS = 0.2
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
_LONGEST_MINUTES, _SHORTEST_MINUTES = 86400, 5


class ManualApproval:
    """Waits for PutApprovalResult; nothing else lets it succeed."""

    def check(self, declaration: ActionDeclaration) -> None:
        """See `action.Action`."""
        unknown = sorted(set(declaration.configuration) - _KEYS)
        if unknown:
            raise InvalidActionDeclarationError(
                f"Action configuration for action '{declaration.name}' contains unknown configuration '{unknown[0]}'"
            )
        minutes = declaration.timeout_minutes
        if minutes is not None and not _SHORTEST_MINUTES <= minutes <= _LONGEST_MINUTES:
            raise InvalidActionDeclarationError(
                f"Action '{declaration.name}' has a timeout of {minutes} minutes; it can be from {_SHORTEST_MINUTES} to"
                f" {_LONGEST_MINUTES}"
            )

    def run(self, call: ActionCall) -> ActionResult:
        """See `action.Action`.

        Raises:
            ActionError: it was rejected, or nobody answered in time.
        """
        clock = runtime.current().clock
        approval, is_new = approvals.open_of(call, now=clock.now())
        topic = call.declaration.configuration.get("NotificationArn")
        if is_new and topic:
            approvals.publish(call, approval, topic)
        while True:
            if approvals.verdict_of(call, approval, now=clock.now()) is not None:
                return ActionResult()
            if call.work.is_stopping:
                # The server stops, and it waits on when the server starts again.
                raise ActionError("SystemUnavailable", "the approval waits no longer")
            clock.sleep_until(approval.expires.timestamp(), at_most_real_seconds=_LOOK_SECONDS)


ACTION = ManualApproval()
