"""Defines the Glue job that runs every model's script."""

from pathlib import Path
from typing import Any

from aws_cdk import Annotations, ArnFormat, Duration, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_constructs.network.network_interfaces import grant_to_glue
from mlops_constructs.network.placement import Placement
from mlops_constructs.security.acknowledge import acknowledge, acknowledge_asset_grant
from mlops_constructs.watch.glue_logs import GlueLogs

_LOGS_ARE_ENCRYPTED = "the job's two log groups are encrypted with the app's key, which needs no SecurityConfiguration"
# CDK turns both kinds of metrics on; CloudWatch bills each metric of each run as a custom one, and nothing reads them:
# https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
# Glue 5 logs in real time without the argument of older versions.
QUIET: dict[str, Any] = {
    "enable_metrics": False,
    "enable_observability_metrics": False,
    "continuous_logging": glue.ContinuousLoggingProps(enabled=False),
}


class EtlJob(Construct):
    """Define a PySpark job on Glue 5.1 (Spark 3.5.6, Python 3.11).

    One job serves all models: a run names its script in the special argument ``--scriptLocation`` and brings its own
    workers and timeout. The job's own script only says so.

    Args:
        scope: parent.
        construct_id: id.
        job_name: physical name, which the state machine knows.
        role: the job's role; what the scripts read and write is granted by the owner of the data.
        script: what runs when a run names no script.
        logs: where the runs log.
        placement: the job's network, of which Glue uses the first subnet; None for one of Glue's own.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        job_name: str,
        role: iam.IRole,
        script: Path,
        logs: GlueLogs,
        placement: Placement | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        connection = self._connection(job_name, role, placement) if placement else None
        self.job = glue.PySparkEtlJob(
            self,
            "Resource",
            job_name=job_name,
            role=role,
            script=glue.Code.from_asset(str(script)),
            glue_version=glue.GlueVersion.V5_1,
            worker_configuration=glue.WorkerConfiguration(worker_type=glue.WorkerType.G_1X, number_of_workers=2),
            timeout=Duration.minutes(30),
            # Retries belong to the state machine, which knows what is worth one.
            max_retries=0,
            max_concurrent_runs=50,
            connections=[connection] if connection else None,
            default_arguments=logs.arguments,
            **QUIET,
        )
        logs.grant_write(role)
        acknowledge_log_encryption(self.job)
        acknowledge_asset_grant(role, reason="CDK lets a job's role read the asset bucket, where the scripts are")

    def _connection(self, name: str, role: iam.IRole, placement: Placement) -> glue.Connection:
        connection = glue.Connection(
            self,
            "Connection",
            type=glue.ConnectionType.NETWORK,
            connection_name=name,
            network=glue.ConnectionNetwork.subnet(placement.subnets[0]),
            security_groups=[placement.jobs_group],
        )
        stack = Stack.of(self)
        # AWS asks for the catalog as well as for the connection in it.
        catalog = stack.format_arn(service="glue", resource="catalog", arn_format=ArnFormat.NO_RESOURCE_NAME)
        iam.Grant.add_to_principal(
            grantee=role, actions=["glue:GetConnection"], resource_arns=[catalog, connection.connection_arn]
        )
        grant_to_glue(role, placement)
        return connection

    def grant_start(self, grantee: iam.IGrantable) -> None:
        """Allow to run the job and to wait for it.

        Reference: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
        """
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
            resource_arns=[self.job.job_arn],
        )


def acknowledge_log_encryption(job: glue.PySparkEtlJob) -> None:
    """Say why a job needs no SecurityConfiguration.

    Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    Annotations.of(job).acknowledge_warning("@aws-cdk/aws-glue-alpha:unencryptedContinuousLogging", _LOGS_ARE_ENCRYPTED)
    acknowledge(job, "AwsSolutions-GL1", reason=_LOGS_ARE_ENCRYPTED)
    acknowledge(job, "AwsSolutions-GL3", reason="the job keeps no bookmark: each run reads all of its input")
