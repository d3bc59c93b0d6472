"""Defines the hourly trigger: EventBridge Scheduler schedules with a constant input that names the model."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct


class RetrainingSchedules(Construct):
    """Define a schedule group and schedules that start the state machine.

    Args:
        scope: parent.
        construct_id: id.
        group_name: physical name, which operators know.
        state_machine: the target.
        role: of the scheduler.
        dead_letter_queue: keeps triggers that started no run.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        group_name: str,
        state_machine: sfn.IStateMachine,
        role: iam.IRole,
        dead_letter_queue: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self.group = scheduler.ScheduleGroup(self, "Group", schedule_group_name=group_name)
        self._state_machine = state_machine
        self._role = role
        self._dead_letter_queue = dead_letter_queue
        # The target's own grant leaves out the key of an encrypted queue.
        dead_letter_queue.grant_send_messages(role)

    def add(self, model: str, *, expression: str, enabled: bool) -> scheduler.Schedule:
        """Define one model's schedule.

        Args:
            model: its name, also the schedule's.
            expression: ``rate(...)``, ``cron(...)`` or ``at(...)``.
            enabled: False defines it without firing it.
        """
        return scheduler.Schedule(
            self,
            model,
            schedule_name=model,
            schedule_group=self.group,
            schedule=scheduler.ScheduleExpression.expression(expression),
            enabled=enabled,
            target=targets.StepFunctionsStartExecution(
                self._state_machine,
                input=scheduler.ScheduleTargetInput.from_object({"model": model}),
                role=self._role,
                # The next hourly trigger makes an older one pointless.
                retry_attempts=3,
                max_event_age=Duration.minutes(55),
                dead_letter_queue=self._dead_letter_queue,
            ),
        )
