"""Defines schedules of EventBridge Scheduler: few, however many models there are."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from mlops_constructs.security.acknowledge import acknowledge_patterns
from mlops_constructs.security.key_grants import grant_data_keys


class Schedules(Construct):
    """Define a schedule group.

    Args:
        scope: parent.
        construct_id: id.
        group_name: physical name, which operators know.
        role: of the scheduler.
        dead_letter_queue: keeps triggers that started nothing.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        group_name: str,
        role: iam.IRole,
        dead_letter_queue: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self.group = scheduler.ScheduleGroup(
            self,
            "Group",
            schedule_group_name=group_name,
            # CDK would keep it; it holds nothing but this stack's schedules, and the next deployment needs the name.
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._role = role
        self._dead_letter_queue = dead_letter_queue
        # The target's own grant leaves out the key of an encrypted queue.
        if dead_letter_queue.encryption_master_key:
            grant_data_keys(dead_letter_queue.encryption_master_key, role)

    def start(self, name: str, state_machine: sfn.IStateMachine, *, every: Duration) -> None:
        """Start a state machine with an input that names the schedule."""
        self._add(
            name,
            targets.StepFunctionsStartExecution(
                state_machine,
                input=scheduler.ScheduleTargetInput.from_object({"reason": "schedule"}),
                role=self._role,
                retry_attempts=3,
                # The next trigger makes an older one pointless.
                max_event_age=Duration.minutes(55),
                dead_letter_queue=self._dead_letter_queue,
            ),
            every=every,
        )

    def invoke(self, name: str, function: lambda_.IFunction, *, every: Duration) -> None:
        """Invoke a function with ``scheduled_time``."""
        acknowledge_patterns(
            self._role,
            [f"{function.function_arn}:*"],
            reason="CDK's target also lets the schedule invoke versions and aliases of its one function",
        )
        self._add(
            name,
            targets.LambdaInvoke(
                function,
                input=scheduler.ScheduleTargetInput.from_object(
                    {"scheduled_time": scheduler.ContextAttribute.scheduled_time}
                ),
                role=self._role,
                retry_attempts=3,
                max_event_age=Duration.minutes(55),
                dead_letter_queue=self._dead_letter_queue,
            ),
            every=every,
        )

    def _add(self, name: str, target: scheduler.IScheduleTarget, *, every: Duration) -> None:
        scheduler.Schedule(
            self,
            name,
            schedule_name=name,
            schedule_group=self.group,
            schedule=scheduler.ScheduleExpression.rate(every),
            target=target,
        )
