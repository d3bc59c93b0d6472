"""Defines a state machine with its log."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from mlops_constructs.security.acknowledge import acknowledge, acknowledge_patterns


class Workflow(Construct):
    """Define a Standard state machine in JSONata that logs every event, without data, and is traced.

    Args:
        scope: parent.
        construct_id: id.
        name: physical name, also of its log group.
        definition: Amazon States Language.
        role: its role; the owners of the resources grant it what they own.
        key: encrypts the log.
        starts_itself: whether its executions start others of it and wait for them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        definition: Mapping[str, Any],
        role: iam.IRole,
        key: kms.IKey,
        starts_itself: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        # An execution looks at the one that holds its lease; the name avoids a circle of role and state machine.
        executions = Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{name}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        iam.Grant.add_to_principal(grantee=role, actions=["states:DescribeExecution"], resource_arns=[executions])
        acknowledge_patterns(role, [executions], reason="executions are named when they are started")
        if starts_itself:
            self._grant_start(role, name=name, executions=executions)
        self.state_machine = sfn.StateMachine(
            self,
            "Resource",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(Stack.of(self).to_json_string(dict(definition))),
            query_language=sfn.QueryLanguage.JSONATA,
            role=role,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                level=sfn.LogLevel.ALL,
                destination=logs.LogGroup(
                    self,
                    "Logs",
                    # Step Functions delivers to this prefix without growing the log resource policy beyond its limit.
                    log_group_name=f"/aws/vendedlogs/states/{name}",
                    retention=logs.RetentionDays.SIX_MONTHS,
                    encryption_key=key,
                    removal_policy=RemovalPolicy.DESTROY,
                ),
            ),
        )
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            reason="log deliveries, traces, metrics: their actions know no resources; a test lists them",
        )

    def _grant_start(self, role: iam.IRole, *, name: str, executions: str) -> None:
        """Allow to start an execution and wait for its end, or to end it.

        Reference: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html#sync-async-iam-policies
        """
        stack = Stack.of(self)
        # By name, as above.
        machine = stack.format_arn(
            service="states", resource="stateMachine", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        rule = stack.format_arn(
            service="events", resource="rule", resource_name="StepFunctionsGetEventsForStepFunctionsExecutionRule"
        )
        for actions, resource in (
            (["states:StartExecution"], machine),
            (["states:StopExecution"], executions),
            (["events:PutTargets", "events:PutRule", "events:DescribeRule"], rule),
        ):
            iam.Grant.add_to_principal(grantee=role, actions=actions, resource_arns=[resource])
