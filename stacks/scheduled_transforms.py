"""What lets models answer files by their schedules: one workflow for all of them, which the dispatcher starts.

It exists where a model's configuration asks for it. See docs/decisions/0088-scheduled-batch-transform.md.
"""

from typing import final

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from contract import keys
from contract import settings as settings_of
from contract.prefixes import TRANSFORMS_PREFIX
from mlops_constructs.batch_transform import definition
from mlops_constructs.compute.sagemaker_jobs import SageMakerJobs
from mlops_constructs.compute.workflow import Workflow
from mlops_constructs.compute.workflow_functions import WorkflowFunctions, grant_invoke
from mlops_constructs.security.service_role import service_role
from stacks.foundation import Foundation


@final
class ScheduledTransforms(Construct):
    """Define the workflow of the training account and its function.

    Args:
        scope: parent.
        construct_id: id.
        foundation: of the account.
        jobs: SageMaker's, of the account.
    """

    def __init__(self, scope: Construct, construct_id: str, *, foundation: Foundation, jobs: SageMakerJobs) -> None:
        super().__init__(scope, construct_id)
        self._foundation = foundation
        self._jobs = jobs
        self._role = service_role(
            self, "Role", service="states.amazonaws.com", description="Runs the batch transform state machine"
        )
        plan = self._plan_function()
        self.workflow = Workflow(
            self,
            "Workflow",
            name=foundation.names.batch_transform,
            definition=definition.definition(
                definition.BatchTransform(
                    app=foundation.names.app,
                    sagemaker_role_arn=foundation.sagemaker_role.role_arn,
                    vpc_config=foundation.placement.vpc_config if foundation.placement else None,
                    table_name=foundation.state.table.table_name,
                    history_table_name=foundation.history.table.table_name,
                    plan_function_arn=plan.function_arn,
                    topic_arn=foundation.notifications.topic.topic_arn,
                )
            ),
            role=self._role,
            key=foundation.artifacts.key,
        )
        foundation.state.grant_leases(self._role)
        foundation.history.grant_append(self._role)
        foundation.notifications.grant_publish(self._role)
        jobs.grant_transform(self._role)
        grant_invoke(self._role, [plan])
        CfnOutput(Stack.of(self), "BatchTransformStateMachineArn", value=self.workflow.state_machine.state_machine_arn)

    def _plan_function(self) -> lambda_.Function:
        base = self._foundation
        role = service_role(
            self,
            "FunctionRole",
            service="lambda.amazonaws.com",
            description="Plans what models answer by their schedules",
        )
        base.artifacts.grant_list(role, TRANSFORMS_PREFIX)
        first = keys.NAMED.of(base.names.endpoint)
        base.state.grant_read_items(role, [keys.TRANSFORMED.pattern, first, f"{first}-*"])
        base.registry.grant_read(role)
        self._jobs.grant_make_models(role)
        functions = WorkflowFunctions(
            self,
            "Functions",
            code=base.code.code,
            package="retraining",
            role=role,
            key=base.artifacts.key,
            placement=base.placement,
        )
        return functions.add(
            "plan_transform",
            settings=settings_of.PlanTransform(
                app=base.names.app,
                artifact_bucket=base.artifacts.bucket.bucket_name,
                state_table=base.state.table.table_name,
                key_arn=base.artifacts.key.key_arn,
            ),
            timeout=Duration.minutes(5),
        )
