"""The training account: serving, and everything that retrains."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from config.accounts_schema import Serving, Warehouse, WarehouseNetwork
from config.algorithms.xgboost import ALGORITHM
from config.network_schema import Network
from config.schema import Model
from contract import settings
from contract.catalogue import Model as ModelSettings
from mlops_constructs.compute.etl_job import EtlJob
from mlops_constructs.compute.sagemaker_jobs import SageMakerJobs, grant_job_telemetry, grant_metrics
from mlops_constructs.compute.warehouse_source import WarehouseSource
from mlops_constructs.compute.workflow import Workflow
from mlops_constructs.compute.workflow_functions import WorkflowFunctions, grant_invoke
from mlops_constructs.retraining import definition as retraining_definition
from mlops_constructs.retraining import jobs as retraining_jobs
from mlops_constructs.retraining.definition import Functions, Retraining
from mlops_constructs.retraining.jobs import Surroundings
from mlops_constructs.security.acknowledge import acknowledge_patterns
from mlops_constructs.security.service_role import service_role
from mlops_constructs.stores.artifact_store import (
    EVALUATIONS_PREFIX,
    EXTRACTS_PREFIX,
    MODELS_PREFIX,
    RAW_PREFIX,
    RUNS_PREFIX,
)
from mlops_constructs.watch.fleet_alarms import METRIC_NAMESPACE
from mlops_constructs.watch.glue_logs import GlueLogs
from stacks import model_catalogue
from stacks.names import Names
from stacks.networks import acknowledge_unknown_routes
from stacks.serving_stack import ServingStack

_ROOT = Path(__file__).parents[1]
_GLUE_SCRIPTS = _ROOT / "glue_scripts"
# Installed by Glue for each run.
_DRIVER = "psycopg[binary]==3.3.9"
_EVALUATION_INSTANCE = "ml.m5.large"
_TICK = Duration.minutes(5)


class TrainingStack(ServingStack):
    """Define the training account.

    Args:
        scope: parent.
        construct_id: id, also the stack's name.
        names: physical names.
        serving: the endpoint.
        models: all models.
        warehouses: sources by name.
        queries: folder of the models' queries.
        readers: physical names of the other accounts, which read what is registered here.
        commit: of the code that is deployed.
        network: where functions, jobs and the endpoint run; None for networks of AWS.
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
        warehouses: Mapping[str, Warehouse],
        queries: Path,
        readers: Sequence[Names],
        commit: str,
        network: Network | None = None,
        **kwargs: Any,
    ) -> None:
        # Its parent's constructor asks for the catalogue.
        self._queries = queries
        super().__init__(
            scope,
            construct_id,
            names=names,
            training=names,
            serving=serving,
            models=models,
            network=network,
            **kwargs,
        )
        self._readers = [reader.deployment_role_arn for reader in readers]
        self._commit = commit
        self.artifacts.allow_read_from(self._readers, prefixes=[MODELS_PREFIX, EVALUATIONS_PREFIX])
        self._etl_role = service_role(
            self, "EtlRole", service="glue.amazonaws.com", description="Runs the models' scripts"
        )
        self._glue_logs = GlueLogs(self, "GlueLogs", prefix=names.glue_logs, key=self.artifacts.key)
        self._etl = EtlJob(
            self,
            "Etl",
            job_name=names.etl_job,
            role=self._etl_role,
            script=_GLUE_SCRIPTS / "no_script.py",
            logs=self._glue_logs,
            placement=self.placement,
        )
        self._warehouses = self._warehouse_sources(warehouses)
        self._jobs = SageMakerJobs(
            self,
            "Jobs",
            app=names.app,
            key=self.artifacts.key,
            role=self.sagemaker_role,
            image=ecr.Repository.from_repository_arn(
                self, "XgboostImage", ALGORITHM.image.repository_arn(names.region)
            ),
        )
        self._role = service_role(
            self, "RetrainingRole", service="states.amazonaws.com", description="Runs the retraining state machine"
        )
        self._functions = self._retraining_functions()
        self.retraining = Workflow(
            self,
            "Retraining",
            name=f"{names.app}-retraining",
            definition=retraining_definition.definition(self._run(models)),
            role=self._role,
            key=self.artifacts.key,
        )
        self.executions.watch(self.retraining.state_machine)
        self._grant_data()
        self._grant_workflow()
        self.schedules.invoke("retraining", self._dispatcher(), every=_TICK)
        self.alarms.watch_freshness(names.app)
        self.events.forward([reader.account_id for reader in readers])
        CfnOutput(self, "RetrainingStateMachineArn", value=self.retraining.state_machine.state_machine_arn)

    def catalogue(self, models: Sequence[Model]) -> dict[str, ModelSettings]:
        """Everything that the functions need to retrain each model."""
        scripts = _Assets(self, "EtlScript", _GLUE_SCRIPTS, "etl.script")
        queries = _Assets(self, "Query", self._queries, "source.query")
        built = model_catalogue.build(
            models, script_uri=scripts.uri, query_uri=queries.uri, extract_job_name=self.names.extract_job
        )
        # `cdk gc` deletes what no template names, and the catalogue is inside the functions' code.
        self.template_options.metadata = {"perennial:assets": sorted(scripts.hashes | queries.hashes)}
        return built

    def called_services(self) -> dict[str, ec2.InterfaceVpcEndpointAwsService]:
        """Also what starts the models that are due, and where Glue's jobs write their logs."""
        return {
            **super().called_services(),
            "StepFunctions": ec2.InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
            "CloudWatchLogs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
        }

    def _warehouse_sources(self, warehouses: Mapping[str, Warehouse]) -> list[WarehouseSource]:
        if not warehouses:
            return []
        role = service_role(
            self, "ExtractRole", service="glue.amazonaws.com", description="Extracts rows from warehouses"
        )
        self.artifacts.grant_read(role, EXTRACTS_PREFIX)
        self.artifacts.grant_write(role, EXTRACTS_PREFIX)
        self.artifacts.grant_delete(role, EXTRACTS_PREFIX)
        self.artifacts.grant_list(role, EXTRACTS_PREFIX)
        return [
            WarehouseSource(
                self,
                f"Warehouse-{name}",
                connection_name=self.names.connection(name),
                job_name=self.names.extract_job(name),
                role=role,
                # The same bootstrap bucket holds the queries, which the job's own script asset lets the role read.
                script=_GLUE_SCRIPTS / "warehouse_extract.py",
                logs=self._glue_logs,
                driver=_DRIVER,
                engine=warehouse.engine,
                host=warehouse.host,
                port=warehouse.port,
                database=warehouse.database,
                enforce_ssl=warehouse.ssl,
                secret=secretsmanager.Secret.from_secret_name_v2(self, f"Secret-{name}", warehouse.secret_name),
                timeout=Duration.seconds(retraining_jobs.EXTRACT_SECONDS),
                **self._network(name, warehouse.network),
            )
            for name, warehouse in warehouses.items()
        ]

    def _network(self, name: str, network: WarehouseNetwork | None) -> dict[str, Any]:
        if network is None:
            return {}
        subnet = ec2.Subnet.from_subnet_attributes(
            self, f"Subnet-{name}", subnet_id=network.subnet_id, availability_zone=network.availability_zone
        )
        acknowledge_unknown_routes(subnet)
        return {
            "network": glue.ConnectionNetwork.subnet(subnet),
            "security_groups": [
                ec2.SecurityGroup.from_security_group_id(self, f"Group-{name}", network.security_group_id)
            ],
        }

    def _retraining_functions(self) -> dict[str, lambda_.Function]:
        role = service_role(
            self,
            "RetrainingFunctionsRole",
            service="lambda.amazonaws.com",
            description="Runs the retraining workflow's functions",
        )
        # The look before a run: what is there to read, what earlier runs found there, and is the champion readable?
        for prefix in (RAW_PREFIX, RUNS_PREFIX, MODELS_PREFIX):
            self.artifacts.grant_list(role, prefix)
        for prefix in (RUNS_PREFIX, MODELS_PREFIX, EVALUATIONS_PREFIX):
            self.artifacts.grant_read(role, prefix)
        self.state.grant_looks(role)
        self.artifacts.grant_write(role, EVALUATIONS_PREFIX)
        self.history.grant_append(role)
        self.history.grant_query(role)
        self.state.grant_read_item(role, f"named#{self.names.endpoint}")
        self.registry.grant_read(role)
        self.registry.grant_register(role)
        self._jobs.grant_describe(role)
        script = s3_assets.Asset(self, "EvaluationScript", path=str(_ROOT / "training_src" / ALGORITHM.evaluation))
        _grant_script(self.sagemaker_role, script)
        functions = WorkflowFunctions(
            self,
            "RetrainingFunctions",
            code=self.code.code,
            package="retraining",
            role=role,
            key=self.artifacts.key,
            placement=self.placement,
        )
        state_table, history_table = self.state.table.table_name, self.history.table.table_name
        endpoint_name = self.names.endpoint
        found: dict[str, settings.Settings] = {
            "load_configuration": settings.LoadConfiguration(
                app=self.names.app,
                artifact_bucket=self.artifacts.bucket.bucket_name,
                commit=self._commit,
                evaluation_script=script.s3_object_url,
            ),
            "look_at_inputs": settings.LookAtInputs(state_table=state_table, endpoint_name=endpoint_name),
            "plan_tuning": settings.PlanTuning(history_table=history_table),
            "query_training_results": settings.QueryTrainingResults(history_table=history_table),
            "prepare_evaluation": settings.PrepareEvaluation(state_table=state_table, endpoint_name=endpoint_name),
            "judge_candidate": settings.JudgeCandidate(history_table=history_table),
            "save_model": settings.SaveModel(
                app=self.names.app,
                group_arn_prefix=self.registry.group_arn_prefix,
                registry_readers=tuple(self._readers),
            ),
        }
        return {name: functions.add(name, settings=each, timeout=Duration.minutes(5)) for name, each in found.items()}

    def _dispatcher(self) -> lambda_.Function:
        # A role of its own: it names the state machine, whose definition names the other functions.
        role = service_role(
            self, "DispatcherRole", service="lambda.amazonaws.com", description="Starts the models that are due"
        )
        self.state.grant_items(role)
        self.state.grant_batch_read(role)
        self.retraining.state_machine.grant_start_execution(role)
        grant_metrics(role, namespaces=[METRIC_NAMESPACE])
        functions = WorkflowFunctions(
            self,
            "Dispatcher",
            code=self.code.code,
            package="retraining",
            role=role,
            key=self.artifacts.key,
            placement=self.placement,
        )
        return functions.add(
            "dispatch_retraining",
            settings=settings.DispatchRetraining(
                app=self.names.app,
                state_table=self.state.table.table_name,
                state_machine_arn=self.retraining.state_machine.state_machine_arn,
            ),
            timeout=Duration.minutes(4),
            dead_letter_queue=self.notifications.dead_letter_queue,
        )

    def _run(self, models: Sequence[Model]) -> Retraining:
        return Retraining(
            gate_title=model_catalogue.gate_title(models),
            surroundings=Surroundings(
                app=self.names.app,
                bucket_name=self.artifacts.bucket.bucket_name,
                key_arn=self.artifacts.key.key_arn,
                image_uri=ALGORITHM.image.uri(self.names.region),
                sagemaker_role_arn=self.sagemaker_role.role_arn,
                etl_job_name=self.names.etl_job,
                evaluation_instance_type=_EVALUATION_INSTANCE,
                vpc_config=self.placement.vpc_config if self.placement else None,
            ),
            table_name=self.state.table.table_name,
            history_table_name=self.history.table.table_name,
            functions=Functions(**{name: function.function_arn for name, function in self._functions.items()}),
            topic_arn=self.notifications.topic.topic_arn,
            deployment_arn=self.deployment.state_machine.state_machine_arn,
        )

    def _grant_data(self) -> None:
        # Without a warehouse there are no extracts.
        for prefix in (RAW_PREFIX, RUNS_PREFIX, *([EXTRACTS_PREFIX] if self._warehouses else [])):
            self.artifacts.grant_read(self._etl_role, prefix)
            self.artifacts.grant_list(self._etl_role, prefix)
        self.artifacts.grant_write(self._etl_role, RUNS_PREFIX)
        # Spark writes to temporary objects, and renames them: it reads, copies and deletes.
        self.artifacts.grant_delete(self._etl_role, RUNS_PREFIX)
        for prefix in (RUNS_PREFIX, MODELS_PREFIX, EVALUATIONS_PREFIX):
            self.artifacts.grant_read(self.sagemaker_role, prefix)
            self.artifacts.grant_list(self.sagemaker_role, prefix)
        for prefix in (MODELS_PREFIX, EVALUATIONS_PREFIX):
            self.artifacts.grant_write(self.sagemaker_role, prefix)
        kinds = ("TrainingJobs", "ProcessingJobs")
        grant_job_telemetry(
            self,
            self.sagemaker_role,
            log_groups=[f"/aws/sagemaker/{kind}*" for kind in kinds],
            namespaces=[f"/aws/sagemaker/{kind}" for kind in kinds],
        )

    def _grant_workflow(self) -> None:
        self.state.grant_leases(self._role)
        self.history.grant_append(self._role)
        self._etl.grant_start(self._role)
        for warehouse in self._warehouses:
            warehouse.grant_start(self._role)
        self.artifacts.grant_read(self._role, RUNS_PREFIX)
        self._jobs.grant_run(self._role)
        self.deployment.state_machine.grant_start_execution(self._role)
        self.notifications.grant_publish(self._role)
        grant_invoke(self._role, self._functions.values())


def _grant_script(role: iam.IRole, script: s3_assets.Asset) -> None:
    """Allow a processing job to find and download its script; it takes the object's key for a prefix.

    All files of the bucket, as with CDK's own grant, so that a job of before an update still finds its own.
    """
    iam.Grant.add_to_principal(grantee=role, actions=["s3:ListBucket"], resource_arns=[script.bucket.bucket_arn])
    objects = script.bucket.arn_for_objects("*")
    iam.Grant.add_to_principal(grantee=role, actions=["s3:GetObject"], resource_arns=[objects])
    acknowledge_patterns(
        role, [objects], reason="evaluations read their script from the asset bucket, named by its content's hash"
    )


class _Assets:
    """Files of one folder as assets, each once.

    Args:
        scope: parent of the assets.
        prefix: of their ids.
        folder: where the files lie.
        field: of the configuration, for the error message.
    """

    def __init__(self, scope: Construct, prefix: str, folder: Path, field: str) -> None:
        self._scope = scope
        self._prefix = prefix
        self._folder = folder
        self._field = field
        self._assets: dict[str, s3_assets.Asset] = {}

    @property
    def hashes(self) -> set[str]:
        """Of all files so far; the names of their objects begin with them."""
        return {asset.asset_hash for asset in self._assets.values()}

    def uri(self, name: str) -> str:
        """S3 URI of a file.

        Raises:
            ValueError: there is no such file.
        """
        path = self._folder / name
        if not path.is_file():
            raise ValueError(f"{path} does not exist; add it to {self._folder.name}/ or correct {self._field}")
        if name not in self._assets:
            self._assets[name] = s3_assets.Asset(self._scope, f"{self._prefix}-{path.stem}", path=str(path))
        return self._assets[name].s3_object_url
