"""The training account: serving, and everything that retrains."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration
from constructs import Construct

from config.images import xgboost_image_uri
from config.schema import Model, Serving
from mlops_constructs.artifact_store import DEPLOYMENTS_PREFIX, MODELS_PREFIX, RAW_PREFIX, RUNS_PREFIX
from mlops_constructs.deployment_definition import Deployment
from mlops_constructs.etl_job import EtlJob
from mlops_constructs.execution_roles import ExecutionRoles
from mlops_constructs.failure_notifications import FailureNotifications
from mlops_constructs.model_registry import ModelRegistry
from mlops_constructs.retraining_definition import Retraining
from mlops_constructs.retraining_functions import RetrainingFunctions
from mlops_constructs.retraining_schedules import RetrainingSchedules
from mlops_constructs.retraining_workflow import RetrainingWorkflow, grant_job_telemetry
from mlops_constructs.state_table import StateTable
from stacks import model_settings
from stacks.names import Names
from stacks.serving_stack import ServingStack

_ROOT = Path(__file__).parents[1]


class TrainingStack(ServingStack):
    """Define the training account.

    Args:
        scope: parent.
        construct_id: id, also the stack's name.
        names: physical names.
        serving: size of the endpoint.
        models: all models.
        kwargs: passed to Stack (env, description, tags).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        serving: Serving,
        models: Sequence[Model],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, names=names, serving=serving, **kwargs)
        self._models = models
        self._roles = ExecutionRoles(self, "Roles")
        self._table = StateTable(self, "State", key=self.artifacts.key)
        self._notifications = FailureNotifications(self, "Failures", key=self.artifacts.key)
        self._registry = ModelRegistry(self, "Registry", app=names.app, models=[model.name for model in models])
        self._functions = RetrainingFunctions(
            self,
            "Functions",
            source=_ROOT / "lambda_src",
            role=self._roles.functions,
            artifact_bucket_name=self.artifacts.bucket.bucket_name,
        )
        self._jobs = [self._etl_job(model) for model in models]
        self._workflow = RetrainingWorkflow(
            self,
            "Workflow",
            role=self._roles.workflow,
            run=self._run(),
            key=self.artifacts.key,
            sagemaker_role=self.sagemaker_role,
        )
        self._grant_data()
        self._grant_workflow()
        self._grant_functions()
        schedules = self._schedules()
        CfnOutput(self, "RetrainingStateMachineArn", value=self._workflow.state_machine.state_machine_arn)
        CfnOutput(self, "ScheduleGroupName", value=schedules.group.schedule_group_name)
        CfnOutput(self, "StateTableName", value=self._table.table.table_name)
        CfnOutput(self, "NotificationTopicArn", value=self._notifications.topic.topic_arn)
        CfnOutput(self, "DeadLetterQueueUrl", value=self._notifications.dead_letter_queue.queue_url)

    def _etl_job(self, model: Model) -> EtlJob:
        return EtlJob(
            self,
            f"Etl-{model.name}",
            job_name=self.names.etl_job(model.name),
            role=self._roles.etl,
            script=_ROOT / "glue_scripts" / model.etl.script,
            worker_type=model.etl.worker_type,
            number_of_workers=model.etl.number_of_workers,
            timeout=Duration.minutes(model.etl.timeout_minutes),
        )

    def _run(self) -> Retraining:
        image_uri = xgboost_image_uri(self.names.region)
        return Retraining(
            app=self.names.app,
            models={
                model.name: model_settings.for_state_machine(
                    model, job_name=self.names.etl_job(model.name), key_arn=self.artifacts.key.key_arn
                )
                for model in self._models
            },
            gate_title=model_settings.gate_title(self._models),
            bucket_name=self.artifacts.bucket.bucket_name,
            key_arn=self.artifacts.key.key_arn,
            table_name=self._table.table.table_name,
            image_uri=image_uri,
            training_role_arn=self.sagemaker_role.role_arn,
            results_function_arn=self._functions.query_training_results.function_arn,
            topic_arn=self._notifications.topic.topic_arn,
            deployment=Deployment(
                app=self.names.app,
                endpoint_name=self.endpoint.endpoint_name,
                image_uri=image_uri,
                serving_role_arn=self.sagemaker_role.role_arn,
                key_arn=self.artifacts.key.key_arn,
                instance_type=self.endpoint.instance_type,
                instance_count=self.endpoint.instance_count,
                table_name=self._table.table.table_name,
                stage_function_arn=self._functions.stage_deployment.function_arn,
                prove_function_arn=self._functions.prove_deployment.function_arn,
            ),
        )

    def _grant_data(self) -> None:
        self.artifacts.grant_read(self._roles.etl, RAW_PREFIX)
        self.artifacts.grant_read(self._roles.etl, RUNS_PREFIX)
        self.artifacts.grant_write(self._roles.etl, RUNS_PREFIX)
        grant_job_telemetry(self, self._roles.etl, log_groups=["/aws-glue/*"], namespace="Glue")
        self.artifacts.grant_read(self.sagemaker_role, RUNS_PREFIX)
        self.artifacts.grant_write(self.sagemaker_role, MODELS_PREFIX)
        grant_job_telemetry(
            self,
            self.sagemaker_role,
            log_groups=["/aws/sagemaker/TrainingJobs*"],
            namespace="/aws/sagemaker/TrainingJobs",
        )

    def _grant_workflow(self) -> None:
        role = self._roles.workflow
        self._table.grant_items(role)
        for job in self._jobs:
            job.grant_start(role)
        self.artifacts.grant_read(role, RUNS_PREFIX)
        self._functions.grant_invoke(role)
        self._registry.grant_register(role)
        self.endpoint.grant_deploy(role)
        self._notifications.topic.grant_publish(role)

    def _grant_functions(self) -> None:
        role = self._roles.functions
        self._workflow.grant_describe_training_jobs(role)
        self.artifacts.grant_read(role, MODELS_PREFIX)
        self.artifacts.grant_read(role, DEPLOYMENTS_PREFIX)
        self.artifacts.grant_write(role, DEPLOYMENTS_PREFIX)
        self.endpoint.grant_describe(role)
        self.endpoint.grant_invoke(role)

    def _schedules(self) -> RetrainingSchedules:
        schedules = RetrainingSchedules(
            self,
            "Schedules",
            group_name=self.names.schedule_group,
            state_machine=self._workflow.state_machine,
            role=self._roles.scheduler,
            dead_letter_queue=self._notifications.dead_letter_queue,
        )
        for model in self._models:
            schedules.add(model.name, expression=model.schedule.expression, enabled=model.schedule.enabled)
        return schedules
