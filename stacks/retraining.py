"""What retrains: the jobs, the workflow that runs them and the dispatcher that starts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from aws_cdk import Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from config import accounts_schema
from config.schema import Model
from contract import keys
from contract import settings as settings_of
from contract.names import METRIC_NAMESPACE, Names
from contract.prefixes import (
    CHECKPOINTS_PREFIX,
    EVALUATIONS_PREFIX,
    EXTRACTS_PREFIX,
    MODELS_PREFIX,
    RAW_PREFIX,
    RUNS_PREFIX,
)
from mlops_constructs.compute.etl_job import EtlJob
from mlops_constructs.compute.sagemaker_jobs import SageMakerJobs, grant_job_telemetry, grant_metrics
from mlops_constructs.compute.workflow import Workflow
from mlops_constructs.compute.workflow_functions import WorkflowFunctions, grant_invoke
from mlops_constructs.retraining import definition as retraining_definition
from mlops_constructs.retraining.definition import Functions
from mlops_constructs.retraining.jobs import Surroundings
from mlops_constructs.security.acknowledge import acknowledge_patterns
from mlops_constructs.security.service_role import service_role
from mlops_constructs.watch.glue_logs import GlueLogs
from stacks import model_catalogue, warehouses
from stacks.foundation import Foundation
from stacks.scheduled_transforms import ScheduledTransforms

_EVALUATION_INSTANCE = "ml.m5.large"
_TICK = Duration.minutes(5)
# Called from the account's network, besides S3 and DynamoDB: what starts the models that are due, and Glue's logs.
SERVICES = {
    "StepFunctions": ec2.InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
    "CloudWatchLogs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
}


@dataclass(frozen=True, kw_only=True)
class RetrainingSettings:
    """What the training account has and the others lack.

    Args:
        warehouses: sources by name.
        scripts: folder of the scripts that Glue runs.
        library: folder of what they import.
        training_source: folder of what runs in SageMaker's containers.
        queries: folder of the models' queries.
        readers: physical names of the other accounts, which read what is registered here.
        commit: of the code that is deployed.
        isolated: accounts whose containers reach no package index.
    """

    warehouses: Mapping[str, accounts_schema.Warehouse]
    scripts: Path
    library: Path
    training_source: Path
    queries: Path
    readers: Sequence[Names]
    commit: str
    isolated: Sequence[str] = ()


@final
class Retraining(Construct):
    """Define the retraining side of the training account.

    Args:
        scope: parent.
        construct_id: id.
        foundation: of the account.
        deployment: is started when a version may serve.
        models: all models.
        settings: of the retraining side.
        assets: bucket of the scripts of evaluations.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        foundation: Foundation,
        deployment: sfn.IStateMachine,
        models: Sequence[Model],
        settings: RetrainingSettings,
        assets: s3.IBucket,
    ) -> None:
        super().__init__(scope, construct_id)
        self._foundation = foundation
        self._models = models
        self._assets = assets
        self._deployment = deployment
        self._commit = settings.commit
        self._readers = [reader.deployment_role_arn for reader in settings.readers]
        foundation.artifacts.allow_read_from(self._readers, prefixes=[MODELS_PREFIX, EVALUATIONS_PREFIX])
        self._etl_role = service_role(
            self, "EtlRole", service="glue.amazonaws.com", description="Runs the models' scripts"
        )
        logs = GlueLogs(self, "GlueLogs", prefix=foundation.names.glue_logs, key=foundation.artifacts.key)
        self._etl = EtlJob(
            self,
            "Etl",
            job_name=foundation.names.etl_job,
            role=self._etl_role,
            script=settings.scripts / "no_script.py",
            logs=logs,
            placement=foundation.placement,
        )
        self._warehouses = warehouses.define(
            self,
            settings.warehouses,
            foundation=foundation,
            script=settings.scripts / "warehouse_extract.py",
            logs=logs,
        )
        self._scores = any(model.family.scoring == "transform" for model in models)
        self._checkpoints = any(model.training.spot.enabled and model.family.checkpoints for model in models)
        repositories = sorted(
            {image.repository_arn(foundation.names.region) for model in models for image in model.images_of_jobs}
        )
        self._jobs = SageMakerJobs(
            self,
            "Jobs",
            app=foundation.names.app,
            key=foundation.artifacts.key,
            role=foundation.sagemaker_role,
            repositories=[
                ecr.Repository.from_repository_arn(self, f"Image-{arn.rpartition('/')[2]}", arn) for arn in repositories
            ],
            scores=self._scores,
        )
        self._role = service_role(
            self, "RetrainingRole", service="states.amazonaws.com", description="Runs the retraining state machine"
        )
        self._functions = self._retraining_functions()
        self.workflow = Workflow(
            self,
            "Retraining",
            name=foundation.names.retraining,
            definition=retraining_definition.definition(self._run(models)),
            role=self._role,
            key=foundation.artifacts.key,
        )
        self._grant_data()
        self._grant_workflow()
        self.transforms = self._scheduled_transforms()
        foundation.schedules.invoke("retraining", self._dispatcher(), every=_TICK)
        foundation.alarms.watch_freshness(foundation.names.app)
        foundation.approvals.forward([reader.account_id for reader in settings.readers])

    def _scheduled_transforms(self) -> ScheduledTransforms | None:
        if not any(model.batch_transform for model in self._models):
            return None
        return ScheduledTransforms(self, "ScheduledTransforms", foundation=self._foundation, jobs=self._jobs)

    def _retraining_functions(self) -> dict[str, lambda_.Function]:
        base = self._foundation
        role = service_role(
            self,
            "RetrainingFunctionsRole",
            service="lambda.amazonaws.com",
            description="Runs the retraining workflow's functions",
        )
        # The look before a run: what is there to read, what earlier runs found there, and is the champion readable?
        for prefix in (RAW_PREFIX, RUNS_PREFIX, MODELS_PREFIX):
            base.artifacts.grant_list(role, prefix)
        for prefix in (RUNS_PREFIX, MODELS_PREFIX, EVALUATIONS_PREFIX):
            base.artifacts.grant_read(role, prefix)
        base.state.grant_looks(role)
        base.artifacts.grant_write(role, EVALUATIONS_PREFIX)
        base.history.grant_append(role)
        base.history.grant_query(role)
        first = keys.NAMED.of(base.names.endpoint)
        base.state.grant_read_items(role, [first, f"{first}-*"])
        base.registry.grant_read(role)
        base.registry.grant_register(role)
        self._jobs.grant_describe(role)
        if self._scores:
            self._jobs.grant_make_models(role)
        _grant_scripts(base.sagemaker_role, self._assets)
        functions = WorkflowFunctions(
            self,
            "RetrainingFunctions",
            code=base.code.code,
            package="retraining",
            role=role,
            key=base.artifacts.key,
            placement=base.placement,
        )
        state_table, history_table = base.state.table.table_name, base.history.table.table_name
        endpoint_name = base.names.endpoint
        found: dict[str, settings_of.Settings] = {
            "load_configuration": settings_of.LoadConfiguration(
                app=base.names.app,
                artifact_bucket=base.artifacts.bucket.bucket_name,
                commit=self._commit,
            ),
            "look_at_inputs": settings_of.LookAtInputs(state_table=state_table, endpoint_name=endpoint_name),
            "plan_tuning": settings_of.PlanTuning(history_table=history_table),
            "query_training_results": settings_of.QueryTrainingResults(history_table=history_table),
            "prepare_evaluation": settings_of.PrepareEvaluation(state_table=state_table, endpoint_name=endpoint_name),
            "judge_candidate": settings_of.JudgeCandidate(history_table=history_table),
            "save_model": settings_of.SaveModel(
                app=base.names.app,
                group_arn_prefix=base.registry.group_arn_prefix,
                registry_readers=tuple(self._readers),
            ),
        }
        return {name: functions.add(name, settings=each, timeout=Duration.minutes(5)) for name, each in found.items()}

    def _dispatcher(self) -> lambda_.Function:
        base = self._foundation
        # A role of its own: it names the state machine, whose definition names the other functions.
        role = service_role(
            self, "DispatcherRole", service="lambda.amazonaws.com", description="Starts the models that are due"
        )
        base.state.grant_items(role)
        base.state.grant_batch_read(role)
        self.workflow.state_machine.grant_start_execution(role)
        if self.transforms:
            self.transforms.workflow.state_machine.grant_start_execution(role)
        grant_metrics(role, namespaces=[METRIC_NAMESPACE])
        functions = WorkflowFunctions(
            self,
            "Dispatcher",
            code=base.code.code,
            package="retraining",
            role=role,
            key=base.artifacts.key,
            placement=base.placement,
        )
        return functions.add(
            "dispatch_retraining",
            settings=settings_of.DispatchRetraining(
                app=base.names.app,
                state_table=base.state.table.table_name,
                state_machine_arn=self.workflow.state_machine.state_machine_arn,
                transform_machine_arn=(
                    self.transforms.workflow.state_machine.state_machine_arn if self.transforms else ""
                ),
            ),
            timeout=Duration.minutes(4),
            dead_letter_queue=base.notifications.dead_letter_queue,
        )

    def _run(self, models: Sequence[Model]) -> retraining_definition.Retraining:
        base = self._foundation
        return retraining_definition.Retraining(
            gate_title=model_catalogue.gate_title(models),
            surroundings=Surroundings(
                app=base.names.app,
                bucket_name=base.artifacts.bucket.bucket_name,
                key_arn=base.artifacts.key.key_arn,
                sagemaker_role_arn=base.sagemaker_role.role_arn,
                etl_job_name=base.names.etl_job,
                evaluation_instance_type=_EVALUATION_INSTANCE,
                vpc_config=base.placement.vpc_config if base.placement else None,
            ),
            table_name=base.state.table.table_name,
            history_table_name=base.history.table.table_name,
            functions=Functions(**{name: function.function_arn for name, function in self._functions.items()}),
            topic_arn=base.notifications.topic.topic_arn,
            deployment_arn=self._deployment.state_machine_arn,
        )

    def _grant_data(self) -> None:
        base = self._foundation
        # Without a warehouse there are no extracts.
        for prefix in (RAW_PREFIX, RUNS_PREFIX, *([EXTRACTS_PREFIX] if self._warehouses else [])):
            base.artifacts.grant_read(self._etl_role, prefix)
            base.artifacts.grant_list(self._etl_role, prefix)
        base.artifacts.grant_write(self._etl_role, RUNS_PREFIX)
        # Spark writes to temporary objects, and renames them: it reads, copies and deletes.
        base.artifacts.grant_delete(self._etl_role, RUNS_PREFIX)
        for prefix in (RUNS_PREFIX, MODELS_PREFIX, EVALUATIONS_PREFIX):
            base.artifacts.grant_read(base.sagemaker_role, prefix)
            base.artifacts.grant_list(base.sagemaker_role, prefix)
        for prefix in (MODELS_PREFIX, EVALUATIONS_PREFIX):
            base.artifacts.grant_write(base.sagemaker_role, prefix)
        self._grant_inputs(base.sagemaker_role)
        if self._checkpoints:
            base.artifacts.grant_read(base.sagemaker_role, CHECKPOINTS_PREFIX)
            base.artifacts.grant_list(base.sagemaker_role, CHECKPOINTS_PREFIX)
            base.artifacts.grant_write(base.sagemaker_role, CHECKPOINTS_PREFIX)
        kinds = ("TrainingJobs", "ProcessingJobs", *(["TransformJobs"] if self._scores else []))
        grant_job_telemetry(
            self,
            base.sagemaker_role,
            log_groups=[f"/aws/sagemaker/{kind}*" for kind in kinds],
            namespaces=[f"/aws/sagemaker/{kind}" for kind in kinds],
        )

    def _grant_inputs(self, role: iam.IRole) -> None:
        """Allow to read what models name besides their own data, for example a model to go on from."""
        for uri in sorted({uri for model in self._models for uri in model.family.inputs.values()}):
            bucket_name, _, prefix = uri.removeprefix("s3://").partition("/")
            bucket = f"arn:{Stack.of(self).partition}:s3:::{bucket_name}"
            role.add_to_principal_policy(
                iam.PolicyStatement(
                    actions=["s3:ListBucket"],
                    resources=[bucket],
                    conditions={"StringLike": {"s3:prefix": f"{prefix}*"}},
                )
            )
            role.add_to_principal_policy(
                iam.PolicyStatement(actions=["s3:GetObject"], resources=[f"{bucket}/{prefix}*"])
            )
            acknowledge_patterns(role, [f"{bucket}/{prefix}*"], reason="all files of a folder that a model names")

    def _grant_workflow(self) -> None:
        base = self._foundation
        base.state.grant_leases(self._role)
        base.history.grant_append(self._role)
        self._etl.grant_start(self._role)
        for warehouse in self._warehouses:
            warehouse.grant_start(self._role)
        base.artifacts.grant_read(self._role, RUNS_PREFIX)
        self._jobs.grant_run(self._role)
        self._deployment.grant_start_execution(self._role)
        base.notifications.grant_publish(self._role)
        grant_invoke(self._role, self._functions.values())


def _grant_scripts(role: iam.IRole, assets: s3.IBucket) -> None:
    """Allow a processing job to find and download its script; it takes the object's key for a prefix.

    All files of the bucket, as with CDK's own grant, so that a job of before an update still finds its own.
    """
    iam.Grant.add_to_principal(grantee=role, actions=["s3:ListBucket"], resource_arns=[assets.bucket_arn])
    objects = assets.arn_for_objects("*")
    iam.Grant.add_to_principal(grantee=role, actions=["s3:GetObject"], resource_arns=[objects])
    acknowledge_patterns(
        role, [objects], reason="evaluations read their script from the asset bucket, named by its content's hash"
    )
