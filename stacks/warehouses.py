"""Defines the warehouses that an account's configuration names."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from config import accounts_schema
from contract.prefixes import EXTRACTS_PREFIX
from mlops_constructs.compute.warehouse_source import Warehouse, WarehouseNetwork, WarehouseSource
from mlops_constructs.retraining import jobs as retraining_jobs
from mlops_constructs.security.service_role import service_role
from mlops_constructs.watch.glue_logs import GlueLogs
from stacks.foundation import Foundation
from stacks.networks import acknowledge_unknown_routes

# Installed by Glue for each run.
_DRIVER = "psycopg[binary]==3.3.9"


def define(
    scope: Construct,
    warehouses: Mapping[str, accounts_schema.Warehouse],
    *,
    foundation: Foundation,
    script: Path,
    logs: GlueLogs,
) -> list[WarehouseSource]:
    """One source a warehouse, and the role of their jobs if there are any.

    Args:
        scope: parent.
        warehouses: their configuration by name.
        foundation: of the account.
        script: extracts the rows of a query.
        logs: where the runs log.
    """
    if not warehouses:
        return []
    role = service_role(scope, "ExtractRole", service="glue.amazonaws.com", description="Extracts rows from warehouses")
    foundation.artifacts.grant_read(role, EXTRACTS_PREFIX)
    foundation.artifacts.grant_write(role, EXTRACTS_PREFIX)
    foundation.artifacts.grant_delete(role, EXTRACTS_PREFIX)
    foundation.artifacts.grant_list(role, EXTRACTS_PREFIX)
    return [
        WarehouseSource(
            scope,
            f"Warehouse-{name}",
            connection_name=foundation.names.connection(name),
            job_name=foundation.names.extract_job(name),
            role=role,
            # The same bootstrap bucket holds the queries, which the job's own script asset lets the role read.
            script=script,
            logs=logs,
            driver=_DRIVER,
            warehouse=_warehouse(scope, name, configured),
            timeout=Duration.seconds(retraining_jobs.EXTRACT_SECONDS),
        )
        for name, configured in warehouses.items()
    ]


def _warehouse(scope: Construct, name: str, configured: accounts_schema.Warehouse) -> Warehouse:
    return Warehouse(
        engine=configured.engine,
        host=configured.host,
        port=configured.port,
        database=configured.database,
        enforce_ssl=configured.ssl,
        secret=secretsmanager.Secret.from_secret_name_v2(scope, f"Secret-{name}", configured.secret_name),
        network=_network(scope, name, configured.network) if configured.network else None,
    )


def _network(scope: Construct, name: str, configured: accounts_schema.WarehouseNetwork) -> WarehouseNetwork:
    subnet = ec2.Subnet.from_subnet_attributes(
        scope, f"Subnet-{name}", subnet_id=configured.subnet_id, availability_zone=configured.availability_zone
    )
    acknowledge_unknown_routes(subnet)
    return WarehouseNetwork(
        connection=glue.ConnectionNetwork.subnet(subnet),
        security_groups=(
            ec2.SecurityGroup.from_security_group_id(scope, f"Group-{name}", configured.security_group_id),
        ),
    )
