"""The template of a warehouse source in a stack of its own."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from mlops_constructs.compute.warehouse_source import NewSecret, Warehouse, WarehouseNetwork, WarehouseSource
from mlops_constructs.watch.glue_logs import GlueLogs
from tests.infrastructure import nag, variants
from tests.infrastructure.templates import actions, of_type, policy_of

SCRIPT = Path(__file__).parents[2] / "glue_scripts" / "warehouse_extract.py"
ARN = "arn:aws:secretsmanager:us-east-1:111111111111:secret:warehouse-AbCdEf"


def _make(
    *,
    secret_name: str | None = None,
    username: str | None = None,
    with_network: bool = False,
    script: Path = SCRIPT,
    timeout: cdk.Duration | None = None,
) -> tuple[dict[str, Any], cdk.Stack]:
    """A source in a stack of its own: its secret exists, unless there is a username."""
    app = cdk.App()
    stack = cdk.Stack(app, "Warehouse")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
    starter = iam.Role(stack, "Starter", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    secret: secretsmanager.ISecret | NewSecret
    if username:
        secret = NewSecret(username=username, key=kms.Key(stack, "Key"))
    elif secret_name:
        secret = secretsmanager.Secret.from_secret_name_v2(stack, "Named", secret_name)
    else:
        secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Existing", ARN)
    source = WarehouseSource(
        stack,
        "Source",
        connection_name="sales",
        job_name="app-extract",
        role=role,
        script=script,
        logs=GlueLogs(stack, "Logs", prefix="/aws-glue/app", key=kms.Key(stack, "LogsKey")),
        driver="psycopg[binary]==3.3.9",
        warehouse=_warehouse(secret, network=_network(stack) if with_network else None),
        timeout=timeout,
    )
    source.grant_start(starter)
    return dict(assertions.Template.from_stack(stack).to_json()), stack


def _warehouse(
    secret: secretsmanager.ISecret | NewSecret,
    *,
    network: WarehouseNetwork | None = None,
    enforce_ssl: bool = True,
    certificate: str | None = None,
) -> Warehouse:
    return Warehouse(
        engine="redshift",
        host="cluster.example.com",
        port=5439,
        database="dwh",
        secret=secret,
        enforce_ssl=enforce_ssl,
        certificate=certificate,
        network=network,
    )


def _network(stack: cdk.Stack) -> WarehouseNetwork:
    vpc = ec2.Vpc(stack, "Vpc")
    return WarehouseNetwork(
        connection=glue.ConnectionNetwork.vpc(vpc), security_groups=[ec2.SecurityGroup(stack, "Group", vpc=vpc)]
    )


def _statement(template: dict[str, Any], role: str, action: str) -> dict[str, Any]:
    (found,) = [item for item in policy_of(template, role) if action in actions(item)]
    return found


def test_the_connection_names_the_secret_and_no_password() -> None:
    template, _ = _make()
    (connection,) = of_type(template, "AWS::Glue::Connection")
    given = connection["Properties"]["ConnectionInput"]
    assert (given["Name"], given["ConnectionType"]) == ("sales", "JDBC")
    assert given["ConnectionProperties"] == {
        "JDBC_CONNECTION_URL": "jdbc:redshift://cluster.example.com:5439/dwh",
        "JDBC_ENFORCE_SSL": "true",
        "SECRET_ID": ARN,
    }
    assert "PASSWORD" not in json.dumps(template).upper().replace("USERNAME AND PASSWORD", "")
    assert not of_type(template, "AWS::SecretsManager::Secret")


def test_the_job_runs_the_extract_with_the_pinned_driver() -> None:
    template, _ = _make(timeout=cdk.Duration.minutes(80))
    (job,) = of_type(template, "AWS::Glue::Job")
    (connection,) = [name for name, item in template["Resources"].items() if item["Type"] == "AWS::Glue::Connection"]
    properties = job["Properties"]
    assert properties["Name"] == "app-extract"
    assert properties["Command"]["Name"] == "glueetl"
    assert (properties["GlueVersion"], properties["MaxRetries"], properties["Timeout"]) == ("5.1", 0, 80)
    assert properties["Connections"] == {"Connections": [{"Ref": connection}]}
    arguments = properties["DefaultArguments"]
    assert arguments["--additional-python-modules"] == "psycopg[binary]==3.3.9"
    assert arguments["--connection_name"] == {"Ref": connection}
    assert arguments["--custom-logGroup-prefix"] == "/aws-glue/app"
    assert not [name for name in arguments if "metrics" in name]
    # Before Glue would stop the run.
    assert arguments["--statement_timeout_minutes"] == "60"


def test_the_role_reads_this_connection_and_this_secret_only() -> None:
    template, _ = _make()
    connection = _statement(template, "RoleDefaultPolicy", "glue:GetConnection")["Resource"]
    catalog, named = (json.dumps(arn) for arn in connection)
    assert ":catalog" in catalog
    assert ":connection/" in named
    assert "*" not in json.dumps(connection)
    assert _statement(template, "RoleDefaultPolicy", "secretsmanager:GetSecretValue")["Resource"] == ARN
    assert not [
        item for item in policy_of(template, "RoleDefaultPolicy") if any("ec2:" in name for name in actions(item))
    ]


def test_a_secret_known_by_name_is_granted_with_its_six_unknown_characters() -> None:
    template, _ = _make(secret_name="warehouse")
    resource = _statement(template, "RoleDefaultPolicy", "secretsmanager:GetSecretValue")["Resource"]
    assert json.dumps(resource).endswith(':secret:warehouse-??????"]]}')


def test_a_secret_made_here_outlives_the_stack_and_uses_its_key() -> None:
    template, _ = _make(username="reader")
    (secret,) = of_type(template, "AWS::SecretsManager::Secret")
    assert (secret["DeletionPolicy"], secret["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert json.loads(secret["Properties"]["GenerateSecretString"]["SecretStringTemplate"]) == {"username": "reader"}
    assert secret["Properties"]["GenerateSecretString"]["GenerateStringKey"] == "password"
    assert "KmsKeyId" in secret["Properties"]


def test_a_network_adds_the_rights_to_make_interfaces() -> None:
    template, _ = _make(with_network=True)
    (connection,) = of_type(template, "AWS::Glue::Connection")
    assert set(connection["Properties"]["ConnectionInput"]["PhysicalConnectionRequirements"]) >= {
        "SubnetId",
        "SecurityGroupIdList",
    }
    everything = [item for item in policy_of(template, "RoleDefaultPolicy") if item["Resource"] == "*"]
    assert {name for item in everything for name in actions(item)} == {
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpoints",
    }
    assert "network-interface/*" in json.dumps(_statement(template, "RoleDefaultPolicy", "ec2:DeleteNetworkInterface"))


def test_starting_is_granted_for_this_job_only() -> None:
    template, _ = _make()
    (statement,) = policy_of(template, "StarterDefaultPolicy")
    assert actions(statement) == ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
    assert "job/" in json.dumps(statement["Resource"])
    assert '"*"' not in json.dumps(statement["Resource"])


def test_a_certificate_that_nothing_checks_is_refused() -> None:
    with pytest.raises(ValueError, match="certificate needs enforce_ssl"):
        _warehouse(NewSecret(username="reader"), enforce_ssl=False, certificate="s3://b/ca.pem")


def test_a_certificate_is_what_the_server_is_checked_against() -> None:
    # https://docs.aws.amazon.com/glue/latest/dg/connection-properties.html
    checked = _warehouse(NewSecret(username="reader"), certificate="s3://b/ca.pem").jdbc_properties
    assert (checked["JDBC_ENFORCE_SSL"], checked["CUSTOM_JDBC_CERT"]) == ("true", "s3://b/ca.pem")


def test_a_script_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"extract script missing\.py does not exist"):
        _make(script=Path("missing.py"))


def test_a_configuration_brings_its_own_queries(nagged: dict[str, nag.Report]) -> None:
    folder = nagged["everything"].folder
    files = json.loads((folder / "PerennialSandbox.assets.json").read_text(encoding="utf-8"))["files"].values()
    (path,) = [item["source"]["path"] for item in files if item["source"]["path"].endswith(".sql")]
    assert (folder / path).read_bytes() == variants.QUERY.read_bytes()
