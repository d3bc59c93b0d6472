"""Defines a state machine with its log."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct


class Workflow(Construct):
    """Define a Standard state machine in JSONata that logs its errors.

    Args:
        scope: parent.
        construct_id: id.
        name: physical name, also of its log group.
        definition: Amazon States Language.
        role: its role; the owners of the resources grant it what they own.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, definition: Mapping[str, Any], role: iam.IRole
    ) -> None:
        super().__init__(scope, construct_id)
        # An execution looks at the one that holds its lease; the name avoids a circle of role and state machine.
        iam.Grant.add_to_principal(
            grantee=role,
            actions=["states:DescribeExecution"],
            resource_arns=[
                Stack.of(self).format_arn(
                    service="states",
                    resource="execution",
                    resource_name=f"{name}:*",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
        )
        self.state_machine = sfn.StateMachine(
            self,
            "Resource",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(Stack.of(self).to_json_string(dict(definition))),
            query_language=sfn.QueryLanguage.JSONATA,
            role=role,
            logs=sfn.LogOptions(
                level=sfn.LogLevel.ERROR,
                destination=logs.LogGroup(
                    self,
                    "Logs",
                    # Step Functions delivers to this prefix without growing the log resource policy beyond its limit.
                    log_group_name=f"/aws/vendedlogs/states/{name}",
                    retention=logs.RetentionDays.SIX_MONTHS,
                    removal_policy=RemovalPolicy.DESTROY,
                ),
            ),
        )
