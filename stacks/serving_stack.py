"""What every account has: the artifact store, the multi-model endpoint and the workflow that deploys to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration, Size, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from config.accounts_schema import Serving
from config.algorithms.xgboost import ALGORITHM
from config.network_schema import Network
from config.schema import Model
from contract import settings
from contract.catalogue import Model as ModelSettings
from mlops_constructs.compute.approval_events import ApprovalEvents
from mlops_constructs.compute.function_code import FunctionCode
from mlops_constructs.compute.multi_model_endpoint import MultiModelEndpoint
from mlops_constructs.compute.sagemaker_jobs import grant_metrics
from mlops_constructs.compute.schedules import Schedules
from mlops_constructs.compute.workflow import Workflow
from mlops_constructs.compute.workflow_functions import WorkflowFunctions, grant_invoke
from mlops_constructs.deployment import definition as deployment_definition
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from mlops_constructs.deployment.surroundings import VARIANT_NAME, Autoscaling, Deployment
from mlops_constructs.network.network_interfaces import grant_to_sagemaker
from mlops_constructs.security.acknowledge import acknowledge_patterns
from mlops_constructs.security.foreign_role import foreign_role
from mlops_constructs.security.service_role import service_role
from mlops_constructs.stores.artifact_store import (
    DEPLOYMENTS_PREFIX,
    EVALUATIONS_PREFIX,
    MODELS_PREFIX,
    ArtifactStore,
)
from mlops_constructs.stores.history_table import HistoryTable
from mlops_constructs.stores.model_registry import ModelRegistry
from mlops_constructs.stores.state_table import StateTable
from mlops_constructs.watch.execution_events import ExecutionEvents
from mlops_constructs.watch.fleet_alarms import METRIC_NAMESPACE, FleetAlarms
from mlops_constructs.watch.notifications import Notifications
from stacks import model_catalogue, networks
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
        pipeline_account: the account that the promotion pipeline runs in, None without one.
        network: where functions, jobs and the endpoint run; None for networks of AWS.
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
        pipeline_account: str | None = None,
        network: Network | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.names = names
        self.training = training
        self._serving = serving
        self._update_policy = UpdatePolicy(**serving.update_policy.model_dump())
        self.artifacts = ArtifactStore(
            self,
            "Artifacts",
            bucket_name=names.bucket,
            access_logs_name=names.access_logs,
            expire_runs_after=Duration.days(30),
        )
        self.placement = networks.place(
            self, network, name=names.app, services=self.called_services(), key=self.artifacts.key
        )
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
        if self.placement:
            grant_to_sagemaker(self.sagemaker_role, self.placement)
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
        self.notifications.grant_publish(events_role)
        self.executions = ExecutionEvents(
            self,
            "Executions",
            topic=self.notifications.topic,
            role=events_role,
            dead_letter_queue=self.notifications.dead_letter_queue,
        )
        self.executions.watch(self.deployment.state_machine)
        if pipeline_account is not None:
            self._allow_smoke_test(pipeline_account)
        self._outputs()

    def catalogue(self, models: Sequence[Model]) -> dict[str, ModelSettings]:
        """What this account's functions know of each model."""
        return {model.name: model_catalogue.decisions(model) for model in models}

    def called_services(self) -> dict[str, ec2.InterfaceVpcEndpointAwsService]:
        """Services that are called from the network, besides S3 and DynamoDB."""
        return {
            "SageMaker": ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_API,
            "SageMakerRuntime": ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME,
            "CloudWatch": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
        }

    def _deployment(self) -> Workflow:
        self.alarms.watch_endpoint(
            self.names.endpoint, variant_name=VARIANT_NAME, max_latency_ms=self._serving.max_model_latency_ms
        )
        functions = self._deployment_functions()
        role = service_role(
            self, "DeploymentRole", service="states.amazonaws.com", description="Runs the deployment state machine"
        )
        self.state.grant_leases(role)
        self.state.grant_requests(role)
        self.history.grant_append(role)
        self.endpoint.grant_deploy(role)
        if self._update_policy.bakes:
            self.endpoint.allow_roll_back()
        if self._serving.autoscaling:
            self.endpoint.grant_scale(role, variant_name=VARIANT_NAME)
        self.notifications.grant_publish(role)
        grant_invoke(role, functions.values())
        return Workflow(
            self,
            "Deployment",
            name=f"{self.names.app}-deployment",
            definition=deployment_definition.definition(self._definition(functions)),
            role=role,
            key=self.artifacts.key,
        )

    def _allow_smoke_test(self, pipeline_account: str) -> None:
        """Let one role of the pipeline's account find out what the endpoint serves, and ask it."""
        role = foreign_role(
            self,
            "SmokeRole",
            role_name=self.names.smoke_role,
            description="Proves that the endpoint serves",
            account_id=pipeline_account,
            foreign_role_name=self.names.smoke_tester,
        )
        # The outputs say where everything is.
        this = self.format_arn(service="cloudformation", resource="stack", resource_name=f"{self.stack_name}/*")
        iam.Grant.add_to_principal(grantee=role, actions=["cloudformation:DescribeStacks"], resource_arns=[this])
        acknowledge_patterns(role, [this], reason="CloudFormation ends a stack's ARN with an id of its own")
        self.state.grant_read_item(role, f"deployments#{self.names.endpoint}")
        self.endpoint.grant_describe(role)
        self.endpoint.grant_invoke(role)
        self.artifacts.grant_read_objects(role, f"{DEPLOYMENTS_PREFIX}*/manifest.json")

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
            key=self.artifacts.key,
            placement=self.placement,
        )
        minutes, bucket_name = Duration.minutes(15), self.artifacts.bucket.bucket_name
        state_table, history_table = self.state.table.table_name, self.history.table.table_name
        plan = settings.PlanDeployment(
            environment=self.names.environment,
            state_table=state_table,
            group_arn_prefix=self.registry.group_arn_prefix,
        )
        stage = settings.StageDeployment(artifact_bucket=bucket_name, state_table=state_table)
        record = settings.RecordDeployment(
            artifact_bucket=bucket_name,
            state_table=state_table,
            history_table=history_table,
            keep_deployments=self._serving.keep_deployments,
        )
        return {
            "plan": functions.add("plan_deployment", settings=plan, timeout=minutes),
            # Artifacts pass through the function's disk, where their digest is checked.
            "stage": functions.add(
                "stage_deployment", settings=stage, timeout=minutes, memory_mb=1024, storage=Size.gibibytes(10)
            ),
            "prove": functions.add("prove_deployment", settings=settings.ProveDeployment(), timeout=minutes),
            "record": functions.add("record_deployment", settings=record, timeout=minutes),
        }

    def _grant_functions(self, role: iam.IRole) -> None:
        self.state.grant_items(role)
        self.history.grant_append(role)
        self.registry.grant_read(role)
        self.artifacts.grant_read(role, DEPLOYMENTS_PREFIX)
        self.artifacts.grant_write(role, DEPLOYMENTS_PREFIX)
        self.artifacts.grant_delete(role, DEPLOYMENTS_PREFIX)
        self.artifacts.grant_list(role, DEPLOYMENTS_PREFIX)
        self.endpoint.grant_describe(role)
        self.endpoint.grant_invoke(role)
        self.endpoint.grant_remove(role)
        if self._update_policy.bakes:
            self.endpoint.grant_watch_updates(role)
        grant_metrics(role, namespaces=[METRIC_NAMESPACE])
        if self.names == self.training:
            self.artifacts.grant_read(role, MODELS_PREFIX)
            self.artifacts.grant_read(role, EVALUATIONS_PREFIX)
        else:
            self._grant_read_registered(role)

    def _grant_read_registered(self, role: iam.IRole) -> None:
        """Allow to read what the training account registered; its bucket and key must agree."""
        objects = [
            f"arn:{self.partition}:s3:::{self.training.bucket}/{prefix}*"
            for prefix in (MODELS_PREFIX, EVALUATIONS_PREFIX)
        ]
        keys = self.format_arn(service="kms", account=self.training.account_id, resource="key", resource_name="*")
        acknowledge_patterns(role, objects, reason="artifacts and evaluations of versions are named by job and run")
        acknowledge_patterns(
            role,
            [keys],
            reason="the other account's key has an id that is not known here; its own policy lets in this role",
        )
        for statement in (
            iam.PolicyStatement(actions=["s3:GetObject"], resources=objects),
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[keys],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{self.names.region}.amazonaws.com"}},
            ),
        ):
            role.add_to_principal_policy(statement)

    def _definition(self, functions: dict[str, lambda_.Function]) -> Deployment:
        serving, scale = self._serving, self._serving.autoscaling
        return Deployment(
            app=self.names.app,
            endpoint_name=self.names.endpoint,
            image_uri=ALGORITHM.image.uri(self.names.region),
            serving_role_arn=self.sagemaker_role.role_arn,
            key_arn=self.artifacts.key.key_arn,
            instance_type=serving.instance_type,
            instance_count=serving.instance_count,
            autoscaling=Autoscaling(**scale.model_dump()) if scale else None,
            update_policy=self._update_policy,
            max_latency_ms=serving.max_model_latency_ms,
            table_name=self.state.table.table_name,
            history_table_name=self.history.table.table_name,
            topic_arn=self.notifications.topic.topic_arn,
            plan_function_arn=functions["plan"].function_arn,
            stage_function_arn=functions["stage"].function_arn,
            prove_function_arn=functions["prove"].function_arn,
            record_function_arn=functions["record"].function_arn,
            vpc_config=self.placement.vpc_config if self.placement else None,
        )
