"""Defines a warehouse as a source: the Glue connection to it, its secret, and the job that extracts a query's rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from mlops_constructs.compute.etl_job import QUIET, acknowledge_log_encryption
from mlops_constructs.network.network_interfaces import grant_to_glue
from mlops_constructs.security.acknowledge import acknowledge_asset_grant
from mlops_constructs.watch.glue_logs import GlueLogs

# The rest of the job's time is for its start and for the upload of what the query returned.
_STATEMENT_SHARE = 0.75


class WarehouseSource(Construct):
    """Define a Glue connection to a PostgreSQL-compatible warehouse and the job that extracts from it.

    Args:
        scope: parent.
        construct_id: id.
        connection_name: physical name of the Glue connection.
        job_name: physical name of the job.
        role: the job's role; what it reads (queries) and writes (extracts) is granted by the owner of the data.
        script: glue_scripts/warehouse_extract.py.
        logs: where the runs log.
        driver: pinned requirements that Glue installs for a run, for example ``psycopg[binary]==3.3.9``.
        engine: of the warehouse.
        host: its DNS name.
        port: its TCP port.
        database: its name.
        enforce_ssl: refuse a connection without TLS.
        certificate: s3:// URI of the CA's certificates to check the server against; without it TLS only encrypts.
        secret: JSON with username and password; made here for `username` when it is None.
        username: of the secret that is made here; its generated password must be given to the database's user.
        secret_key: encrypts the secret that is made here.
        network: where the job runs; needed for a warehouse without a public address.
        security_groups: of the job's network interfaces; one must allow all TCP from itself.
        timeout: after which Glue stops a run.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        connection_name: str,
        job_name: str,
        role: iam.IRole,
        script: Path,
        logs: GlueLogs,
        driver: str,
        engine: Literal["postgresql", "redshift"],
        host: str,
        port: int,
        database: str,
        enforce_ssl: bool = True,
        certificate: str | None = None,
        secret: secretsmanager.ISecret | None = None,
        username: str | None = None,
        secret_key: kms.IKey | None = None,
        network: glue.ConnectionNetwork | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        timeout: Duration | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if (secret is None) == (username is None):
            raise ValueError("set secret for one that exists, or username for one that is made; exactly one of both")
        if certificate and not enforce_ssl:
            raise ValueError("certificate needs enforce_ssl; a connection without TLS checks nothing")
        if not script.is_file():
            raise ValueError(f"extract script {script} does not exist")
        self.secret = secret or self._make_secret(str(username), secret_key)
        properties = {
            "JDBC_CONNECTION_URL": f"jdbc:{engine}://{host}:{port}/{database}",
            "JDBC_ENFORCE_SSL": str(enforce_ssl).lower(),
        }
        if certificate:
            properties["CUSTOM_JDBC_CERT"] = certificate
        self.connection = glue.Connection(
            self,
            "Connection",
            type=glue.ConnectionType.JDBC,
            connection_name=connection_name,
            properties=properties,
            secret=self.secret,
            network=network,
            security_groups=list(security_groups) or None,
        )
        timeout = timeout or Duration.hours(2)
        self.job = glue.PySparkEtlJob(
            self,
            "Job",
            job_name=job_name,
            role=role,
            script=glue.Code.from_asset(str(script)),
            glue_version=glue.GlueVersion.V5_1,
            # Two workers are the fewest that Glue starts; the script uses one.
            worker_configuration=glue.WorkerConfiguration(worker_type=glue.WorkerType.G_1X, number_of_workers=2),
            connections=[self.connection],
            default_arguments={
                **logs.arguments,
                "--additional-python-modules": driver,
                "--connection_name": self.connection.connection_name,
                "--statement_timeout_minutes": str(int(timeout.to_minutes() * _STATEMENT_SHARE)),
            },
            timeout=timeout,
            # Retries belong to the state machine, which knows what is worth one.
            max_retries=0,
            max_concurrent_runs=10,
            **QUIET,
        )
        logs.grant_write(role)
        acknowledge_log_encryption(self.job)
        acknowledge_asset_grant(
            role, reason="CDK lets a job's role read the asset bucket, where script and queries are"
        )
        self._grant_connection(role)
        self.secret.grant_read(role)
        if network is not None:
            grant_to_glue(role)

    def grant_start(self, grantee: iam.IGrantable) -> None:
        """Allow to run the job and to wait for it.

        Reference: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
        """
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
            resource_arns=[self.job.job_arn],
        )

    def _make_secret(self, username: str, key: kms.IKey | None) -> secretsmanager.Secret:
        return secretsmanager.Secret(
            self,
            "Secret",
            description="User of the warehouse; give its password to the database's user",
            encryption_key=key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=Stack.of(self).to_json_string({"username": username}),
                generate_string_key="password",
                exclude_punctuation=True,
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _grant_connection(self, role: iam.IRole) -> None:
        stack = Stack.of(self)
        # AWS asks for the catalog as well as for the connection in it.
        catalog = stack.format_arn(service="glue", resource="catalog", arn_format=ArnFormat.NO_RESOURCE_NAME)
        iam.Grant.add_to_principal(
            grantee=role, actions=["glue:GetConnection"], resource_arns=[catalog, self.connection.connection_arn]
        )
