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

from mlops_constructs.compute.warehouse_source import WarehouseSource
from mlops_constructs.watch.glue_logs import GlueLogs
from tests.infrastructure import nag, variants
from tests.infrastructure.templates import actions, of_type, policy_of

SCRIPT = Path(__file__).parents[2] / "glue_scripts" / "warehouse_extract.py"
ARN = "arn:aws:secretsmanager:us-east-1:111111111111:secret:warehouse-AbCdEf"


def _make(**changes: Any) -> tuple[dict[str, Any], cdk.Stack]:
    app = cdk.App()
    stack = cdk.Stack(app, "Warehouse")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
    starter = iam.Role(stack, "Starter", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    if changes.pop("with_network", False):
        vpc = ec2.Vpc(stack, "Vpc")
        changes |= {
            "network": glue.ConnectionNetwork.vpc(vpc),
            "security_groups": [ec2.SecurityGroup(stack, "Group", vpc=vpc)],
        }
    if changes.pop("with_key", False):
        changes["secret_key"] = kms.Key(stack, "Key")
    if changes.pop("with_secret", False):
        changes["secret"] = secretsmanager.Secret.from_secret_complete_arn(stack, "Existing", ARN)
    if name := changes.pop("secret_name", None):
        changes["secret"] = secretsmanager.Secret.from_secret_name_v2(stack, "Named", name)
    settings: dict[str, Any] = {
        "connection_name": "sales",
        "job_name": "app-extract",
        "role": role,
        "script": SCRIPT,
        "logs": GlueLogs(stack, "Logs", prefix="/aws-glue/app", key=kms.Key(stack, "LogsKey")),
        "driver": "psycopg[binary]==3.3.9",
        "engine": "redshift",
        "host": "cluster.example.com",
        "port": 5439,
        "database": "dwh",
    }
    source = WarehouseSource(stack, "Source", **(settings | changes))
    source.grant_start(starter)
    return dict(assertions.Template.from_stack(stack).to_json()), stack


def _statement(template: dict[str, Any], role: str, action: str) -> dict[str, Any]:
    (found,) = [item for item in policy_of(template, role) if action in actions(item)]
    return found


def test_the_connection_names_the_secret_and_no_password() -> None:
    template, _ = _make(with_secret=True)
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
    template, _ = _make(with_secret=True, timeout=cdk.Duration.minutes(80))
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
    template, _ = _make(with_secret=True)
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
    template, _ = _make(username="reader", with_key=True)
    (secret,) = of_type(template, "AWS::SecretsManager::Secret")
    assert (secret["DeletionPolicy"], secret["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert json.loads(secret["Properties"]["GenerateSecretString"]["SecretStringTemplate"]) == {"username": "reader"}
    assert secret["Properties"]["GenerateSecretString"]["GenerateStringKey"] == "password"
    assert "KmsKeyId" in secret["Properties"]


def test_a_network_adds_the_rights_to_make_interfaces() -> None:
    template, _ = _make(with_secret=True, with_network=True)
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
    template, _ = _make(with_secret=True)
    (statement,) = policy_of(template, "StarterDefaultPolicy")
    assert actions(statement) == ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
    assert "job/" in json.dumps(statement["Resource"])
    assert '"*"' not in json.dumps(statement["Resource"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "exactly one of both"),
        ({"with_secret": True, "username": "reader"}, "exactly one of both"),
        ({"with_secret": True, "enforce_ssl": False, "certificate": "s3://b/ca.pem"}, "certificate needs enforce_ssl"),
        ({"with_secret": True, "script": Path("missing.py")}, "extract script missing.py does not exist"),
    ],
)
def test_what_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _make(**changes)


def test_a_configuration_brings_its_own_queries(nagged: dict[str, nag.Report]) -> None:
    folder = nagged["everything"].folder
    files = json.loads((folder / "PerennialSandbox.assets.json").read_text(encoding="utf-8"))["files"].values()
    (path,) = [item["source"]["path"] for item in files if item["source"]["path"].endswith(".sql")]
    assert (folder / path).read_bytes() == variants.QUERY.read_bytes()
