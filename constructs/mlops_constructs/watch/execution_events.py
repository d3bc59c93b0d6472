"""Defines who learns of an execution that ended without its own failure path."""

from aws_cdk import Annotations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

# No Catch sees these: the first two by definition, the others in states that have none (Choice, Pass, Wait).
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation
UNCAUGHT = ("States.Runtime", "States.DataLimitExceeded", "States.NoChoiceMatched", "States.QueryEvaluationError")


class ExecutionEvents(Construct):
    """Define the rule that announces what a state machine cannot announce itself.

    An execution that is aborted or times out as a whole enters no further state, so neither its Catch nor its
    notification runs. Failures that it caught were announced by it.
    Reference: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html

    Args:
        scope: parent.
        construct_id: id.
        topic: where the end is announced.
        role: of the rule's target, which may publish.
        dead_letter_queue: keeps events that could not be delivered.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: sns.ITopic,
        role: iam.IRole,
        dead_letter_queue: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self._rule = events.Rule(
            self,
            "Ended",
            description="Announces executions that ended without their own failure path",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "$or": [
                        {"status": ["ABORTED", "TIMED_OUT"]},
                        {"status": ["FAILED"], "error": list(UNCAUGHT)},
                    ],
                },
            ),
        )
        self._rule.add_target(
            targets.SnsTopic(
                # By name only: the target would grant the key of a topic that it knows by a pattern of actions.
                sns.Topic.from_topic_arn(self, "Topic", topic.topic_arn),
                # Only what every event has: a missing value would leave a hole in the JSON.
                message=events.RuleTargetInput.from_object(
                    {
                        "execution": events.EventField.from_path("$.detail.executionArn"),
                        "status": events.EventField.from_path("$.detail.status"),
                        "time": events.EventField.time,
                        "hint": "the execution ended before its own failure path; the next one takes over its lease",
                    }
                ),
                # A topic policy would let the rules of every account in.
                role=role,
                authorize_using_role=True,
                dead_letter_queue=dead_letter_queue,
            )
        )

        Annotations.of(self._rule).acknowledge_warning(
            "@aws-cdk/aws-events:ruleUnresolvedEnvironment", "the topic is one of the rule's own account and region"
        )

    def watch(self, state_machine: sfn.IStateMachine) -> None:
        """Announce a state machine's executions too."""
        self._rule.add_event_pattern(detail={"stateMachineArn": [state_machine.state_machine_arn]})
