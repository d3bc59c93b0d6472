"""Defines a warehouse as a source: the Glue connection to it, its secret, and the job that extracts a query's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class NewSecret:
    """A secret that is made with the source; the database's user must be given its generated password.

    Args:
        username: of the database's user.
        key: encrypts the secret; None for a key of AWS.
    """

    username: str
    key: kms.IKey | None = None


@dataclass(frozen=True, kw_only=True)
class WarehouseNetwork:
    """Where the job's network interfaces lie.

    Args:
        connection: subnet, or VPC, of the interfaces.
        security_groups: of the interfaces; one must allow all TCP from itself.
    """

    connection: glue.ConnectionNetwork
    security_groups: Sequence[ec2.ISecurityGroup]


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """A PostgreSQL-compatible warehouse, and how it is reached.

    Args:
        engine: of the warehouse.
        host: its DNS name.
        port: its TCP port.
        database: its name.
        secret: JSON with username and password, or what is made to be one.
        enforce_ssl: refuse a connection without TLS.
        certificate: s3:// URI of the CA's certificates to check the server against; without it TLS only encrypts.
        network: needed for a warehouse without a public address.

    Raises:
        ValueError: a certificate without TLS.
    """

    engine: Literal["postgresql", "redshift"]
    host: str
    port: int
    database: str
    secret: secretsmanager.ISecret | NewSecret
    enforce_ssl: bool = True
    certificate: str | None = None
    network: WarehouseNetwork | None = None

    def __post_init__(self) -> None:
        if self.certificate and not self.enforce_ssl:
            raise ValueError("certificate needs enforce_ssl; a connection without TLS checks nothing")

    @property
    def jdbc_properties(self) -> dict[str, str]:
        """What Glue's connection says of the warehouse.

        Reference: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-connections.html
        """
        properties = {
            "JDBC_CONNECTION_URL": f"jdbc:{self.engine}://{self.host}:{self.port}/{self.database}",
            "JDBC_ENFORCE_SSL": str(self.enforce_ssl).lower(),
        }
        return properties | ({"CUSTOM_JDBC_CERT": self.certificate} if self.certificate else {})


class WarehouseSource(Construct):
    """Define a Glue connection to a warehouse and the job that extracts from it.

    Args:
        scope: parent.
        construct_id: id.
        connection_name: physical name of the Glue connection.
        job_name: physical name of the job.
        role: the job's role; what it reads (queries) and writes (extracts) is granted by the owner of the data.
        script: glue_scripts/warehouse_extract.py.
        logs: where the runs log.
        driver: pinned requirements that Glue installs for a run, for example ``psycopg[binary]==3.3.9``.
        warehouse: that it reads.
        timeout: after which Glue stops a run.

    Raises:
        ValueError: there is no such script.
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
        warehouse: Warehouse,
        timeout: Duration | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if not script.is_file():
            raise ValueError(f"extract script {script} does not exist")
        network = warehouse.network
        self.secret = self._secret(warehouse.secret)
        self.connection = glue.Connection(
            self,
            "Connection",
            type=glue.ConnectionType.JDBC,
            connection_name=connection_name,
            properties=warehouse.jdbc_properties,
            secret=self.secret,
            network=network.connection if network else None,
            security_groups=list(network.security_groups) if network else None,
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

    def _secret(self, secret: secretsmanager.ISecret | NewSecret) -> secretsmanager.ISecret:
        if not isinstance(secret, NewSecret):
            return secret
        return secretsmanager.Secret(
            self,
            "Secret",
            description="User of the warehouse; give its password to the database's user",
            encryption_key=secret.key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=Stack.of(self).to_json_string({"username": secret.username}),
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
