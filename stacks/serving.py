"""What serves in one account: its endpoints and the workflow that deploys to them."""

from collections.abc import Sequence
from typing import final

from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from config import accounts_schema
from contract import keys, manifest, settings
from contract.names import METRIC_NAMESPACE, VARIANT
from contract.prefixes import DEPLOYMENTS_PREFIX, EVALUATIONS_PREFIX, MODELS_PREFIX
from mlops_constructs.compute.endpoints import Endpoints
from mlops_constructs.compute.sagemaker_jobs import grant_metrics, grant_pull
from mlops_constructs.compute.workflow import Workflow
from mlops_constructs.compute.workflow_functions import WorkflowFunctions, grant_invoke
from mlops_constructs.deployment import definition as deployment_definition
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from mlops_constructs.deployment.surroundings import Autoscaling, Deployment
from mlops_constructs.security.acknowledge import acknowledge_patterns
from mlops_constructs.security.foreign_role import foreign_role
from mlops_constructs.security.service_role import service_role
from stacks.foundation import Foundation

# Called from the account's network, besides S3 and DynamoDB.
SERVICES = {
    "SageMaker": ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_API,
    "SageMakerRuntime": ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME,
    "CloudWatch": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
}


@final
class Serving(Construct):
    """Define the serving side of one account.

    Args:
        scope: parent.
        construct_id: id.
        foundation: of the account.
        settings: of each endpoint.
        repositories: ARNs of those whose images SageMaker pulls by its role's grants, as it does AWS's images of
            frameworks (https://github.com/aws/sagemaker-python-sdk/issues/2002); built-in algorithms need none.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        foundation: Foundation,
        settings: accounts_schema.Serving,
        repositories: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        if repositories:
            grant_pull(foundation.sagemaker_role, repositories)
        self._foundation = foundation
        self._settings = settings
        self._update_policy = UpdatePolicy(**settings.update_policy.model_dump())
        self.endpoints = Endpoints(
            self,
            "Endpoint",
            endpoint_name=foundation.names.endpoint,
            role=foundation.sagemaker_role,
            artifacts=foundation.artifacts,
        )
        foundation.alarms.watch_approvals(foundation.names.endpoint)
        foundation.alarms.watch_endpoint(
            foundation.names.endpoint, variant_name=VARIANT, max_latency_ms=settings.max_model_latency_ms
        )
        self.deployment = self._deployment()
        foundation.schedules.start("deployment", self.deployment.state_machine, every=Duration.hours(1))
        foundation.approvals.start(self.deployment.state_machine)

    def allow_smoke_test(self, pipeline_account: str) -> None:
        """Let one role of the promotion pipeline's account find out what the endpoints serve, and ask them.

        Args:
            pipeline_account: its id.
        """
        base = self._foundation
        role = foreign_role(
            self,
            "SmokeRole",
            role_name=base.names.smoke_role,
            description="Proves that the endpoints serve",
            account_id=pipeline_account,
            foreign_role_name=base.names.smoke_tester,
        )
        # The outputs say where everything is.
        stack = Stack.of(self)
        this = stack.format_arn(service="cloudformation", resource="stack", resource_name=f"{stack.stack_name}/*")
        iam.Grant.add_to_principal(grantee=role, actions=["cloudformation:DescribeStacks"], resource_arns=[this])
        acknowledge_patterns(role, [this], reason="CloudFormation ends a stack's ARN with an id of its own")
        first = keys.DEPLOYMENTS.of(base.names.endpoint)
        base.state.grant_read_items(role, [keys.ENDPOINTS, first, f"{first}-*"])
        self.endpoints.grant_describe(role)
        self.endpoints.grant_invoke(role)
        base.artifacts.grant_read_objects(role, f"{DEPLOYMENTS_PREFIX}*/{manifest.FILE}")

    def _deployment(self) -> Workflow:
        base = self._foundation
        functions = self._deployment_functions()
        role = service_role(
            self, "DeploymentRole", service="states.amazonaws.com", description="Runs the deployment state machine"
        )
        base.state.grant_leases(role)
        base.state.grant_requests(role)
        base.history.grant_append(role)
        self.endpoints.grant_deploy(role)
        if self._update_policy.bakes:
            self.endpoints.allow_roll_back()
        if self._settings.autoscaling:
            self.endpoints.grant_scale(role, variant_name=VARIANT)
        base.notifications.grant_publish(role)
        grant_invoke(role, functions.values())
        return Workflow(
            self,
            "Deployment",
            name=base.names.deployment,
            definition=deployment_definition.definition(self._definition(functions)),
            role=role,
            key=base.artifacts.key,
            starts_itself=True,
        )

    def _deployment_functions(self) -> dict[str, lambda_.Function]:
        base = self._foundation
        role = service_role(
            self,
            "DeploymentFunctionsRole",
            service="lambda.amazonaws.com",
            description="Runs the deployment workflow's functions",
            role_name=base.names.deployment_role,
        )
        self._grant_functions(role)
        functions = WorkflowFunctions(
            self,
            "DeploymentFunctions",
            code=base.code.code,
            package="deployment",
            role=role,
            key=base.artifacts.key,
            placement=base.placement,
        )
        minutes, bucket_name = Duration.minutes(15), base.artifacts.bucket.bucket_name
        state_table, history_table = base.state.table.table_name, base.history.table.table_name
        endpoint_name = base.names.endpoint
        find = settings.FindEndpoints(
            state_table=state_table, endpoint_name=endpoint_name, group_arn_prefix=base.registry.group_arn_prefix
        )
        plan = settings.PlanDeployment(
            environment=base.names.environment,
            state_table=state_table,
            endpoint_name=endpoint_name,
            group_arn_prefix=base.registry.group_arn_prefix,
        )
        stage = settings.StageDeployment(
            artifact_bucket=bucket_name, state_table=state_table, endpoint_name=endpoint_name
        )
        record = settings.RecordDeployment(
            artifact_bucket=bucket_name,
            state_table=state_table,
            history_table=history_table,
            endpoint_name=endpoint_name,
            keep_deployments=self._settings.keep_deployments,
        )
        return {
            "find": functions.add("find_endpoints", settings=find, timeout=Duration.minutes(4)),
            "plan": functions.add("plan_deployment", settings=plan, timeout=minutes),
            # Artifacts pass through the function's disk, where their digest is checked.
            "stage": functions.add(
                "stage_deployment", settings=stage, timeout=minutes, memory_mb=1024, storage=Size.gibibytes(10)
            ),
            "prove": functions.add("prove_deployment", settings=settings.ProveDeployment(), timeout=minutes),
            "record": functions.add("record_deployment", settings=record, timeout=minutes),
        }

    def _grant_functions(self, role: iam.IRole) -> None:
        base = self._foundation
        base.state.grant_items(role)
        base.state.grant_item_updates(role, keys.ENDPOINTS)
        base.history.grant_append(role)
        base.registry.grant_read(role)
        base.artifacts.grant_read(role, DEPLOYMENTS_PREFIX)
        base.artifacts.grant_write(role, DEPLOYMENTS_PREFIX)
        base.artifacts.grant_delete(role, DEPLOYMENTS_PREFIX)
        base.artifacts.grant_list(role, DEPLOYMENTS_PREFIX)
        self.endpoints.grant_describe(role)
        self.endpoints.grant_invoke(role)
        self.endpoints.grant_remove(role)
        self.endpoints.grant_watch(role, updates=self._update_policy.bakes)
        grant_metrics(role, namespaces=[METRIC_NAMESPACE])
        if base.owns_registry:
            base.artifacts.grant_read(role, MODELS_PREFIX)
            base.artifacts.grant_read(role, EVALUATIONS_PREFIX)
        else:
            self._grant_read_registered(role)

    def _grant_read_registered(self, role: iam.IRole) -> None:
        """Allow to read what the training account registered; its bucket and key must agree."""
        base = self._foundation
        stack = Stack.of(self)
        objects = [
            f"arn:{stack.partition}:s3:::{base.training.bucket}/{prefix}*"
            for prefix in (MODELS_PREFIX, EVALUATIONS_PREFIX)
        ]
        keys = stack.format_arn(service="kms", account=base.training.account_id, resource="key", resource_name="*")
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
                conditions={"StringEquals": {"kms:ViaService": f"s3.{base.names.region}.amazonaws.com"}},
            ),
        ):
            role.add_to_principal_policy(statement)

    def _definition(self, functions: dict[str, lambda_.Function]) -> Deployment:
        base = self._foundation
        serving, scale = self._settings, self._settings.autoscaling
        return Deployment(
            app=base.names.app,
            first_endpoint=base.names.endpoint,
            serving_role_arn=base.sagemaker_role.role_arn,
            key_arn=base.artifacts.key.key_arn,
            instance_type=serving.instance_type,
            instance_count=serving.instance_count,
            autoscaling=Autoscaling(**scale.model_dump()) if scale else None,
            update_policy=self._update_policy,
            max_latency_ms=serving.max_model_latency_ms,
            table_name=base.state.table.table_name,
            history_table_name=base.history.table.table_name,
            topic_arn=base.notifications.topic.topic_arn,
            find_function_arn=functions["find"].function_arn,
            plan_function_arn=functions["plan"].function_arn,
            stage_function_arn=functions["stage"].function_arn,
            prove_function_arn=functions["prove"].function_arn,
            record_function_arn=functions["record"].function_arn,
            vpc_config=base.placement.vpc_config if base.placement else None,
        )
