"""The construct's own template, deployed: connection, secret and job live, change and go with their stack."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from botocore.exceptions import ClientError

from local_cloud.api import RunningCloud
from local_cloud.testing.roles import as_role, make_role
from local_cloud.testing.waiting import until
from mlops_constructs.compute.warehouse_source import NewSecret, Warehouse, WarehouseSource
from mlops_constructs.security.key_grants import let_logs_use
from mlops_constructs.watch.glue_logs import GlueLogs
from tests.integration.warehouse.conftest import ACCOUNT, BUCKET, PASSWORD, QUERY, USER, Extracts

SCRIPT = Path(__file__).parents[3] / "glue_scripts" / "warehouse_extract.py"
REGION = "us-east-1"
SCRIPTS = f"warehouse-assets-{ACCOUNT}-{REGION}"


def _template(host: str, port: int) -> dict[str, Any]:
    app = cdk.App()
    # The CLI would upload the script; here the test does.
    synthesizer = cdk.CliCredentialsStackSynthesizer(file_assets_bucket_name=SCRIPTS)
    environment = cdk.Environment(account=ACCOUNT, region=REGION)
    stack = cdk.Stack(app, "Deployed", env=environment, synthesizer=synthesizer)
    role = iam.Role(stack, "Role", role_name="deployed-extract", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
    for actions, resources in (
        (["s3:GetObject"], [f"{BUCKET}/queries/*", f"{BUCKET}/deployed/*", f"{SCRIPTS}/*"]),
        (["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], [f"{BUCKET}/deployed/*"]),
        (["s3:ListBucket"], [BUCKET]),
    ):
        role.add_to_policy(
            iam.PolicyStatement(actions=actions, resources=[f"arn:aws:s3:::{name}" for name in resources])
        )
    key = kms.Key(stack, "Key", removal_policy=cdk.RemovalPolicy.DESTROY)
    let_logs_use(key)
    WarehouseSource(
        stack,
        "Source",
        logs=GlueLogs(stack, "Logs", prefix="/aws-glue/deployed", key=key),
        connection_name="deployed",
        job_name="deployed-extract",
        role=role,
        script=SCRIPT,
        driver="psycopg[binary]==3.3.9",
        warehouse=Warehouse(
            engine="postgresql",
            host=host,
            port=port,
            database="postgres",
            secret=NewSecret(username=USER, key=key),
            enforce_ssl=False,
        ),
    )
    template: dict[str, Any] = app.synth().get_stack_by_name("Deployed").template
    return template


def _settle(cloud: RunningCloud, name: str) -> str:
    client = cloud.client("cloudformation", ACCOUNT)

    def settled() -> str | None:
        status = str(client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        return None if status.endswith("_IN_PROGRESS") else status

    return until(settled)


def _deploy(cloud: RunningCloud, name: str, template: dict[str, Any], *, create: bool) -> str:
    client, change_set = cloud.client("cloudformation", ACCOUNT), f"c{uuid.uuid4().hex}"
    client.create_change_set(
        StackName=name,
        ChangeSetName=change_set,
        ChangeSetType="CREATE" if create else "UPDATE",
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.execute_change_set(StackName=name, ChangeSetName=change_set)
    return _settle(cloud, name)


@pytest.fixture(scope="module")
def deployed(extracts: Extracts) -> Iterator[None]:
    template = _template("127.0.0.1", extracts.postgres.port)
    s3, client = extracts.client("s3"), extracts.client("cloudformation")
    s3.create_bucket(Bucket=SCRIPTS)
    (job,) = (item for item in template["Resources"].values() if item["Type"] == "AWS::Glue::Job")
    key = json.dumps(job["Properties"]["Command"]["ScriptLocation"]).split("/")[-1].split('"')[0]
    s3.put_object(Bucket=SCRIPTS, Key=key, Body=SCRIPT.read_bytes())
    extracts.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Type="String", Value="30")
    assert _deploy(extracts.cloud, "Deployed", template, create=True) == "CREATE_COMPLETE"
    yield
    stack_id = client.describe_stacks(StackName="Deployed")["Stacks"][0]["StackId"]
    client.delete_stack(StackName="Deployed")
    assert _settle(extracts.cloud, stack_id) == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        extracts.client("glue").get_connection(Name="deployed")


@pytest.mark.usefixtures("deployed")
def test_the_deployed_job_extracts_with_the_password_that_was_set_and_moves_with_the_host(extracts: Extracts) -> None:
    glue, secrets = extracts.client("glue"), extracts.client("secretsmanager")
    arn = glue.get_connection(Name="deployed")["Connection"]["ConnectionProperties"]["SECRET_ID"]
    generated = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert generated["username"] == USER
    # 32 characters, and none that would need quotes in a shell.
    assert len(generated["password"]) == 32
    assert generated["password"].isalnum()

    def run(name: str) -> dict[str, Any]:
        arguments = {
            "--query": extracts.put_query(QUERY),
            "--date_from": "2024-01-01",
            "--date_to": "2024-01-31",
            "--destination": f"s3://{BUCKET}/deployed/{name}/",
        }
        run_id = glue.start_job_run(JobName="deployed-extract", Arguments=arguments)["JobRunId"]

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = glue.get_job_run(JobName="deployed-extract", RunId=run_id)["JobRun"]
            return found if found["JobRunState"] in {"SUCCEEDED", "FAILED"} else None

        return until(ended, seconds=120)

    # Nobody has given the generated password to the database yet.
    first = run("first")
    assert first["JobRunState"] == "FAILED"
    assert f'password authentication failed for user "{USER}"' in first["ErrorMessage"]
    assert generated["password"] not in json.dumps(first, default=str)
    secrets.put_secret_value(SecretId=arn, SecretString=json.dumps({"username": USER, "password": PASSWORD}))
    second = run("second")
    assert second["JobRunState"] == "SUCCEEDED", second.get("ErrorMessage")
    assert extracts.keys("deployed/second") == ["_extract.json", "data/part-00000.parquet"]

    moved = _template("localhost", extracts.postgres.port)
    assert _deploy(extracts.cloud, "Deployed", moved, create=False) == "UPDATE_COMPLETE"
    url = glue.get_connection(Name="deployed")["Connection"]["ConnectionProperties"]["JDBC_CONNECTION_URL"]
    assert url == f"jdbc:postgresql://localhost:{extracts.postgres.port}/postgres"
    # A deployment that does not concern the secret leaves its value alone.
    assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"] == PASSWORD


def _secret(**properties: Any) -> dict[str, Any]:
    return {"Resources": {"Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": properties}}}


def test_a_secret_lives_from_creation_to_deletion(cloud: RunningCloud) -> None:
    secrets, client = cloud.client("secretsmanager", ACCOUNT), cloud.client("cloudformation", ACCOUNT)
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    first = _secret(Name="life", SecretString="one", Description="old", Tags=tags)
    assert _deploy(cloud, "secret-life", first, create=True) == "CREATE_COMPLETE"
    assert secrets.get_secret_value(SecretId="life")["SecretString"] == "one"

    second = _secret(Name="life", SecretString="two", Description="new", Tags=tags[1:])
    assert _deploy(cloud, "secret-life", second, create=False) == "UPDATE_COMPLETE"
    assert secrets.get_secret_value(SecretId="life")["SecretString"] == "two"
    described = secrets.describe_secret(SecretId="life")
    assert described["Description"] == "new"
    assert [tag for tag in described["Tags"] if not tag["Key"].startswith("aws:")] == tags[1:]

    (resource,) = client.describe_stack_resources(StackName="secret-life")["StackResources"]
    assert resource["PhysicalResourceId"] == described["ARN"]
    stack_id = client.describe_stacks(StackName="secret-life")["Stacks"][0]["StackId"]
    client.delete_stack(StackName="secret-life")
    assert _settle(cloud, stack_id) == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.describe_secret(SecretId="life")


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"SecretString": "x", "GenerateSecretString": {}}, "not both"),
        ({"GenerateSecretString": {"GenerateStringKey": "p"}}, "needs both GenerateStringKey and SecretStringTemplate"),
    ],
)
def test_a_secret_that_aws_or_the_local_cloud_refuses(
    cloud: RunningCloud, properties: dict[str, Any], reason: str
) -> None:
    name = f"refused-{uuid.uuid4().hex[:8]}"
    assert _deploy(cloud, name, _secret(**properties), create=True) == "ROLLBACK_COMPLETE"
    events = cloud.client("cloudformation", ACCOUNT).describe_stack_events(StackName=name)["StackEvents"]
    assert reason in " ".join(event.get("ResourceStatusReason", "") for event in events)


def test_a_secret_in_several_regions_is_refused(cloud: RunningCloud) -> None:
    replicated = _secret(SecretString="x", ReplicaRegions=[{"Region": "eu-west-1"}])
    with pytest.raises(ClientError, match="does not emulate ReplicaRegions"):
        _deploy(cloud, "replicated", replicated, create=True)


def test_a_secret_under_a_key_needs_the_key_through_the_service(cloud: RunningCloud) -> None:
    keys, secrets = cloud.client("kms", ACCOUNT), cloud.client("secretsmanager", ACCOUNT)
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [root]})
    key = keys.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    arn = secrets.create_secret(Name="under-key", SecretString="hidden", KmsKeyId=key)["ARN"]
    read = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}

    def decrypt(service: str) -> dict[str, Any]:
        via = {"StringEquals": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}}
        return {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": via}

    allowed = as_role(cloud, make_role(cloud, "with-key", [read, decrypt("secretsmanager")]), "secretsmanager")
    assert allowed.get_secret_value(SecretId="under-key")["SecretString"] == "hidden"
    for name, statements in (("no-key", [read]), ("other-service", [read, decrypt("s3")])):
        denied = as_role(cloud, make_role(cloud, name, statements), "secretsmanager")
        with pytest.raises(ClientError, match="is not authorized to perform: kms:Decrypt"):
            denied.get_secret_value(SecretId=arn)
    without = as_role(cloud, make_role(cloud, "no-secret", [decrypt("secretsmanager")]), "secretsmanager")
    with pytest.raises(ClientError, match=f"secretsmanager:GetSecretValue on resource: {arn}"):
        without.get_secret_value(SecretId="under-key")
