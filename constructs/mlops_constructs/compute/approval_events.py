"""Defines how a decision in the registry reaches the deployment workflow of every account.

SageMaker announces it on the default bus of the registry's account only, and may do so more than once.
Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

# Of one rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
_MOST_TARGETS = 5


class ApprovalEvents(Construct):
    """Define the rules of one account.

    Args:
        scope: parent.
        construct_id: id.
        app: prefix of the package groups' names.
        registry_account_id: where the events come from.
        role: of the rules' targets.
        dead_letter_queue: keeps events that could not be delivered.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        app: str,
        registry_account_id: str,
        role: iam.IRole,
        dead_letter_queue: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self._registry_account_id = registry_account_id
        self._role = role
        self._dead_letter_queue = dead_letter_queue
        self._pattern = events.EventPattern(
            account=[registry_account_id],
            source=["aws.sagemaker"],
            detail_type=["SageMaker Model Package State Change"],
            detail={
                "ModelPackageGroupName": events.Match.prefix(f"{app}-"),
                "ModelApprovalStatus": ["Approved", "Rejected"],
            },
        )

    def start(self, state_machine: sfn.IStateMachine) -> None:
        """Start the account's own deployment workflow."""
        rule = self._rule("Deploy", "Starts the deployment workflow when a version is approved or rejected")
        rule.add_target(
            targets.SfnStateMachine(
                state_machine,
                role=self._role,
                input=events.RuleTargetInput.from_object(
                    {"reason": "approval", "model_package": events.EventField.from_path("$.detail.ModelPackageArn")}
                ),
                dead_letter_queue=self._dead_letter_queue,
            )
        )

    def accept(self) -> None:
        """Let the registry's account put events on this account's default bus."""
        events.CfnEventBusPolicy(
            self,
            "Accept",
            statement_id="perennial-approvals",
            statement={
                "Sid": "perennial-approvals",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{Stack.of(self).partition}:iam::{self._registry_account_id}:root"},
                "Action": "events:PutEvents",
                "Resource": self._default_bus_arn(Stack.of(self).account),
                "Condition": {"StringEquals": {"events:source": "aws.sagemaker"}},
            },
        )

    def forward(self, account_ids: Sequence[str]) -> None:
        """Put the events on the default buses of other accounts."""
        for first in range(0, len(account_ids), _MOST_TARGETS):
            number = first // _MOST_TARGETS + 1
            rule = self._rule(
                "Forward" if number == 1 else f"Forward{number}",
                "Tells the other accounts when a version is approved or rejected",
            )
            for account_id in account_ids[first : first + _MOST_TARGETS]:
                bus = events.EventBus.from_event_bus_arn(self, f"Bus{account_id}", self._default_bus_arn(account_id))
                rule.add_target(targets.EventBus(bus, role=self._role, dead_letter_queue=self._dead_letter_queue))

    def _rule(self, construct_id: str, description: str) -> events.Rule:
        return events.Rule(self, construct_id, description=description, event_pattern=self._pattern)

    def _default_bus_arn(self, account_id: str) -> str:
        return Stack.of(self).format_arn(
            service="events", account=account_id, resource="event-bus", resource_name="default"
        )
