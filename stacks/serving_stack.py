"""What every account has: the artifact store, the multi-model endpoint and the workflow that deploys to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration, Size, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from config.accounts_schema import Serving
from config.images import xgboost_image_uri
from config.schema import Model
from mlops_constructs import deployment_definition
from mlops_constructs.approval_events import ApprovalEvents
from mlops_constructs.artifact_store import DEPLOYMENTS_PREFIX, EVALUATIONS_PREFIX, MODELS_PREFIX, ArtifactStore
from mlops_constructs.deployment_surroundings import VARIANT_NAME, Autoscaling, Deployment
from mlops_constructs.endpoint_update import UpdatePolicy
from mlops_constructs.execution_events import ExecutionEvents
from mlops_constructs.fleet_alarms import METRIC_NAMESPACE, FleetAlarms
from mlops_constructs.function_code import FunctionCode
from mlops_constructs.history_table import HistoryTable
from mlops_constructs.model_registry import ModelRegistry
from mlops_constructs.multi_model_endpoint import MultiModelEndpoint
from mlops_constructs.notifications import Notifications
from mlops_constructs.sagemaker_jobs import grant_metrics
from mlops_constructs.schedules import Schedules
from mlops_constructs.service_role import service_role
from mlops_constructs.state_table import StateTable
from mlops_constructs.workflow import Workflow
from mlops_constructs.workflow_functions import WorkflowFunctions, grant_invoke
from stacks import model_catalogue
from stacks.names import Names

_ROOT = Path(__file__).parents[1]


class ServingStack(Stack):
    """Define the serving side of one account.

    Args:
        scope: parent.
        construct_id: id, also the stack's name.
        names: physical names.
        training: physical names of the training account.
        serving: the endpoint.
        models: all models.
        kwargs: passed to Stack (env, description, tags).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        training: Names,
        serving: Serving,
        models: Sequence[Model],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.names = names
        self.training = training
        self._serving = serving
        self.artifacts = ArtifactStore(self, "Artifacts", bucket_name=names.bucket, expire_runs_after=Duration.days(30))
        self.state = StateTable(self, "State", key=self.artifacts.key)
        self.history = HistoryTable(self, "History", key=self.artifacts.key)
        self.notifications = Notifications(self, "Notifications", key=self.artifacts.key)
        self.registry = ModelRegistry(self, "Registry", app=names.app, account_id=training.account_id)
        self.sagemaker_role: iam.IRole = service_role(
            self,
            "SageMakerRole",
            service="sagemaker.amazonaws.com",
            description="Runs SageMaker's jobs and serves models",
        )
        self.endpoint = MultiModelEndpoint(
            self, "Endpoint", endpoint_name=names.endpoint, role=self.sagemaker_role, artifacts=self.artifacts
        )
        self.alarms = FleetAlarms(self, "Alarms", topic=self.notifications.topic)
        self.alarms.watch_approvals(names.endpoint)
        self.alarms.watch_lost_triggers(names.endpoint, self.notifications.dead_letter_queue)
        self.code = FunctionCode(_ROOT / "lambda_src", catalogue=self.catalogue(models))
        self.deployment = self._deployment()
        self.schedules = Schedules(
            self,
            "Schedules",
            group_name=names.schedule_group,
            role=service_role(
                self, "SchedulerRole", service="scheduler.amazonaws.com", description="Starts what is scheduled"
            ),
            dead_letter_queue=self.notifications.dead_letter_queue,
        )
        self.schedules.start("deployment", self.deployment.state_machine, every=Duration.hours(1))
        events_role = service_role(
            self,
            "EventsRole",
            service="events.amazonaws.com",
            description="Delivers decisions of the registry and ends of executions",
        )
        self.events = ApprovalEvents(
            self,
            "Approvals",
            app=names.app,
            registry_account_id=training.account_id,
            role=events_role,
            dead_letter_queue=self.notifications.dead_letter_queue,
        )
        self.events.start(self.deployment.state_machine)
        if names != training:
            self.events.accept()
        self.executions = ExecutionEvents(
            self,
            "Executions",
            topic=self.notifications.topic,
            role=events_role,
            dead_letter_queue=self.notifications.dead_letter_queue,
        )
        self.executions.watch(self.deployment.state_machine)
        self._outputs()

    def catalogue(self, models: Sequence[Model]) -> dict[str, Any]:
        """What this account's functions know of each model."""
        return {model.name: model_catalogue.decisions(model) for model in models}

    def _deployment(self) -> Workflow:
        alarm_names = self.alarms.watch_endpoint(
            self.names.endpoint, variant_name=VARIANT_NAME, max_latency_ms=self._serving.max_model_latency_ms
        )
        functions = self._deployment_functions()
        role = service_role(
            self, "DeploymentRole", service="states.amazonaws.com", description="Runs the deployment state machine"
        )
        self.state.grant_items(role)
        self.history.grant_append(role)
        self.endpoint.grant_deploy(role)
        self.endpoint.allow_roll_back(alarm_names)
        if self._serving.autoscaling:
            self.endpoint.grant_scale(role, variant_name=VARIANT_NAME)
        self.notifications.topic.grant_publish(role)
        grant_invoke(role, functions.values())
        return Workflow(
            self,
            "Deployment",
            name=f"{self.names.app}-deployment",
            definition=deployment_definition.definition(self._definition(functions, alarm_names)),
            role=role,
        )

    def _outputs(self) -> None:
        for name, value in {
            "ArtifactBucketName": self.artifacts.bucket.bucket_name,
            "EndpointName": self.names.endpoint,
            "DeploymentStateMachineArn": self.deployment.state_machine.state_machine_arn,
            "ScheduleGroupName": self.schedules.group.schedule_group_name,
            "StateTableName": self.state.table.table_name,
            "HistoryTableName": self.history.table.table_name,
            "NotificationTopicArn": self.notifications.topic.topic_arn,
            "DeadLetterQueueUrl": self.notifications.dead_letter_queue.queue_url,
        }.items():
            CfnOutput(self, name, value=value)

    def _deployment_functions(self) -> dict[str, lambda_.Function]:
        role = service_role(
            self,
            "DeploymentFunctionsRole",
            service="lambda.amazonaws.com",
            description="Runs the deployment workflow's functions",
            role_name=self.names.deployment_role,
        )
        self._grant_functions(role)
        functions = WorkflowFunctions(
            self,
            "DeploymentFunctions",
            code=self.code.code,
            package="deployment",
            role=role,
            environment={
                "ARTIFACT_BUCKET": self.artifacts.bucket.bucket_name,
                "STATE_TABLE": self.state.table.table_name,
                "HISTORY_TABLE": self.history.table.table_name,
                "ENVIRONMENT": self.names.environment,
                "GROUP_ARN_PREFIX": self.registry.group_arn_prefix,
            },
        )
        minutes = Duration.minutes(15)
        shape = f"{self._serving.instance_type} x {self._serving.instance_count}"
        keep = str(self._serving.keep_deployments)
        return {
            "plan": functions.add("plan_deployment", timeout=minutes, environment={"SHAPE": shape}),
            # Artifacts pass through the function's disk, where their digest is checked.
            "stage": functions.add("stage_deployment", timeout=minutes, memory_mb=1024, storage=Size.gibibytes(10)),
            "prove": functions.add("prove_deployment", timeout=minutes),
            "record": functions.add("record_deployment", timeout=minutes, environment={"KEEP_DEPLOYMENTS": keep}),
        }

    def _grant_functions(self, role: iam.IRole) -> None:
        self.state.grant_items(role)
        self.history.grant_append(role)
        self.registry.grant_read(role)
        self.artifacts.grant_read(role, DEPLOYMENTS_PREFIX)
        self.artifacts.grant_write(role, DEPLOYMENTS_PREFIX)
        self.endpoint.grant_describe(role)
        self.endpoint.grant_invoke(role)
        self.endpoint.grant_remove(role)
        grant_metrics(role, namespaces=[METRIC_NAMESPACE])
        if self.names == self.training:
            self.artifacts.grant_read(role, MODELS_PREFIX)
            self.artifacts.grant_read(role, EVALUATIONS_PREFIX)
        else:
            self._grant_read_registered(role)

    def _grant_read_registered(self, role: iam.IRole) -> None:
        """Allow to read what the training account registered; its bucket and key must agree."""
        for statement in (
            iam.PolicyStatement(
                actions=["s3:GetObject"],
                resources=[
                    f"arn:{self.partition}:s3:::{self.training.bucket}/{prefix}*"
                    for prefix in (MODELS_PREFIX, EVALUATIONS_PREFIX)
                ],
            ),
            # The id of the other account's key is not known here; that key's own policy lets in this role only.
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:DescribeKey"],
                resources=[
                    self.format_arn(service="kms", account=self.training.account_id, resource="key", resource_name="*")
                ],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{self.names.region}.amazonaws.com"}},
            ),
        ):
            role.add_to_principal_policy(statement)

    def _definition(self, functions: dict[str, lambda_.Function], alarm_names: tuple[str, ...]) -> Deployment:
        serving, policy, scale = self._serving, self._serving.update_policy, self._serving.autoscaling
        return Deployment(
            app=self.names.app,
            endpoint_name=self.names.endpoint,
            image_uri=xgboost_image_uri(self.names.region),
            serving_role_arn=self.sagemaker_role.role_arn,
            key_arn=self.artifacts.key.key_arn,
            instance_type=serving.instance_type,
            instance_count=serving.instance_count,
            autoscaling=Autoscaling(**scale.model_dump()) if scale else None,
            update_policy=UpdatePolicy(**policy.model_dump(), alarms=alarm_names),
            table_name=self.state.table.table_name,
            history_table_name=self.history.table.table_name,
            topic_arn=self.notifications.topic.topic_arn,
            plan_function_arn=functions["plan"].function_arn,
            stage_function_arn=functions["stage"].function_arn,
            prove_function_arn=functions["prove"].function_arn,
            record_function_arn=functions["record"].function_arn,
        )
