"""The promotion pipeline, deployed by the CLI, and what its builds run: their own commands, as their own roles."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from contract import keys
from local_cloud.api import RunningCloud
from perennial.account.bootstrap import Permissions, bootstrap
from perennial.account.cdk import Cdk
from tests.conftest import NODE, ROOT
from tests.e2e.cloud import PIPELINE_ACCOUNT, REGION, Account, Fleet

_CDK = [str(NODE), str(ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk")]
_PROGRAMS = {"python": [sys.executable], "cdk": [*_CDK, "--no-notices", "--no-color"]}


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """The deployed pipeline.

    Args:
        cloud: where it is.
        assembly: what the synth step gives to the later ones.
        home: the CLI's own folder.
    """

    cloud: RunningCloud
    assembly: Path
    home: Path

    def client(self, service: str) -> Any:
        """boto3 as the root of the pipeline's account."""
        return self.cloud.client(service, PIPELINE_ACCOUNT)

    @property
    def definition(self) -> dict[str, Any]:
        """GetPipeline."""
        return dict(self.client("codepipeline").get_pipeline(name="perennial-promotion")["pipeline"])

    def project(self, stage: str, action: str) -> dict[str, Any]:
        """The build project behind an action."""
        (name,) = [
            item["configuration"]["ProjectName"]
            for part in self.definition["stages"]
            for item in part["actions"]
            if (part["name"], item["name"]) == (stage, action)
        ]
        (found,) = self.client("codebuild").batch_get_projects(names=[name])["projects"]
        return dict(found)

    def credentials(self, role_arn: str) -> dict[str, str]:
        """Of a build's role, which on AWS CodeBuild takes on; here the account's root is let in for a moment."""
        iam, name = self.client("iam"), role_arn.rpartition("/")[2]
        kept = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        root = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{PIPELINE_ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        }
        opened = {**kept, "Statement": [*kept["Statement"], root]}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(opened))
        found = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="build")["Credentials"]
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(kept))
        return {
            "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
            "AWS_SESSION_TOKEN": found["SessionToken"],
        }

    def build(
        self, stage: str, action: str, *, only: str = "", folder: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        """Run what a build runs: the command of its specification that has a part, as its role."""
        project = self.project(stage, action)
        (command,) = [
            line for line in json.loads(project["source"]["buildspec"])["phases"]["build"]["commands"] if only in line
        ]
        program, *arguments = shlex.split(command)
        return self.run([*_PROGRAMS[program], *arguments], role_arn=project["serviceRole"], folder=folder)

    def run(self, command: list[str], *, role_arn: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a command as a role, with nothing else of this process's surroundings."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "CDK_HOME": str(self.home),
            "AWS_ENDPOINT_URL": self.cloud.endpoint_url,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.credentials(role_arn),
        }
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def promotion(promoted: Fleet, assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Promotion:
    cloud, folder = promoted.sandbox.cloud, tmp_path_factory.mktemp("pipeline")
    cdk = Cdk(root=ROOT, environment=cloud.environment(PIPELINE_ACCOUNT, REGION), log=folder / "cdk.log")
    bootstrap(
        cdk,
        cloud.client("cloudformation", PIPELINE_ACCOUNT),
        account_id=PIPELINE_ACCOUNT,
        region=REGION,
        permissions=Permissions(app="perennial", pipeline=True),
    )
    cdk.run("deploy", "PerennialPipeline", "--require-approval", "never", "--app", str(assembly))
    return Promotion(cloud=cloud, assembly=assembly, home=folder)


@pytest.fixture(scope="module")
def tester(promotion: Promotion) -> Callable[[str], Any]:
    """Clients of qa's smoke role, taken on by the role of the pipeline's smoke step."""
    given = promotion.credentials(promotion.project("Qa", "Smoke")["serviceRole"])
    found = _assume(promotion, given, "arn:aws:iam::222222222222:role/perennial-smoke")
    session = boto3.Session(
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
        region_name=REGION,
    )

    def client(service: str) -> Any:
        create: Any = session.client
        return create(service, endpoint_url=promotion.cloud.endpoint_url)

    return client


def test_the_pipeline_is_there_as_it_was_defined(promotion: Promotion) -> None:
    names = [item["name"] for item in promotion.client("codepipeline").list_pipelines()["pipelines"]]
    stages = [stage["name"] for stage in promotion.definition["stages"]]
    projects = promotion.client("codebuild").list_projects()["projects"]

    assert names == ["perennial-promotion"]
    assert stages == ["Source", "Build", "UpdatePipeline", "Assets", "Sandbox", "Qa", "Prod"]
    assert promotion.definition["pipelineType"] == "V2"
    assert len(projects) == 7
    assert promotion.project("Build", "Synth")["environment"]["image"] == "aws/codebuild/standard:7.0"


def test_nothing_of_the_pipeline_pretends_to_run(promotion: Promotion) -> None:
    with pytest.raises(ClientError, match="does not emulate codepipeline:StartPipelineExecution"):
        promotion.client("codepipeline").start_pipeline_execution(name="perennial-promotion")
    with pytest.raises(ClientError, match="does not emulate codebuild:StartBuild"):
        promotion.client("codebuild").start_build(projectName=promotion.project("Build", "Synth")["name"])


@pytest.mark.parametrize("environment", ["sandbox", "qa", "prod"])
def test_the_smoke_step_proves_that_the_endpoint_serves(
    environment: str, promotion: Promotion, promoted: Fleet
) -> None:
    account: Account = getattr(promoted, environment)
    finished = promotion.build(environment.title(), "Smoke")

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert f"endpoint perennial-{environment} is InService and serves 2 models" in finished.stdout
    for model, version in account.versions().items():
        (row,) = [line.split() for line in finished.stdout.splitlines() if line.startswith(model)]
        assert row[1] == str(version)
        assert float(row[2]) == pytest.approx(float(row[3]), rel=1e-5)


def test_the_smoke_step_fails_when_an_answer_is_not_the_evaluated_one(promotion: Promotion, promoted: Fleet) -> None:
    s3, uri = promoted.qa.client("s3"), f"{promoted.qa.prefix()}manifest.json"
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    kept = promoted.qa.read(uri)
    changed = json.loads(kept)
    changed["models"]["flight-delay"]["golden_answer"] += 0.01
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(changed).encode())
    try:
        finished = promotion.build("Qa", "Smoke")
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=kept)

    assert finished.returncode == 1
    assert "flight-delay.tar.gz in perennial-qa answered" in finished.stderr
    assert "temperature-tomorrow" not in finished.stderr


def test_files_are_published_to_an_account_by_the_build_that_does_so(promotion: Promotion, promoted: Fleet) -> None:
    s3, bucket = promoted.prod.client("s3"), f"cdk-hnb659fds-assets-{promoted.prod.account_id}-{REGION}"
    before = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in before]})

    finished = promotion.build("Assets", "FileAssets", only="/Prod/", folder=promotion.assembly)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    after = {item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}
    # The functions' code, and the template, which the stage's own place in the app makes another one.
    assert {key for key in before if key.endswith(".zip")} <= after
    assert len([key for key in after if key.endswith(".json")]) == 1


def test_the_pipeline_updates_itself_as_its_own_role(promotion: Promotion) -> None:
    finished = promotion.build("UpdatePipeline", "SelfMutate", folder=promotion.assembly)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "PerennialPipeline (no changes)" in finished.stdout + finished.stderr


def test_the_security_check_sees_what_changes_when_the_pipeline_adopts_a_stack(promotion: Promotion) -> None:
    project = promotion.project("Prod", "Permissions.Check")
    # Its shell around the command decides by the exit code.
    assert "cdk diff -a . --security-only --fail $STAGE_PATH/" in project["source"]["buildspec"]
    command = [*_PROGRAMS["cdk"], "diff", "-a", ".", "--security-only", "--fail", "PerennialPipeline/Prod/*"]

    finished = promotion.run(command, role_arn=project["serviceRole"], folder=promotion.assembly)

    # The statements' ids name the place of their rules in the app; nothing else differs, and somebody is asked.
    assert finished.returncode == 1, finished.stdout + finished.stderr
    changes = [line for line in (finished.stdout + finished.stderr).splitlines() if line[:3] in {"│ +", "│ -"}]
    assert changes
    assert all("Notifications/DeadLetterQueue.Arn" in line for line in changes), changes


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("s3", "put_object", {"Key": "deployments/x/manifest.json", "Body": b"{}"}),
        ("s3", "get_object", {"Key": "models/flight-delay/x/model.tar.gz"}),
        ("s3", "get_object", {"Key": "deployments/x/flight-delay.tar.gz"}),
        ("s3", "list_objects_v2", {}),
        ("sagemaker", "delete_endpoint", {"EndpointName": "perennial-qa"}),
        ("sagemaker", "describe_endpoint", {"EndpointName": "another"}),
        ("sagemaker", "list_models", {}),
        (
            "dynamodb",
            "get_item",
            {"TableName": "StateTableName", "Key": {"pk": {"S": keys.ENDPOINT_LEASE.of("perennial-qa")}}},
        ),
        (
            "dynamodb",
            "put_item",
            {"TableName": "StateTableName", "Item": {"pk": {"S": keys.DEPLOYMENTS.of("perennial-qa")}}},
        ),
        ("dynamodb", "scan", {"TableName": "StateTableName"}),
        ("stepfunctions", "start_execution", {"stateMachineArn": "DeploymentStateMachineArn"}),
        ("cloudformation", "delete_stack", {"StackName": "PerennialQa"}),
        ("iam", "list_roles", {}),
    ],
)
def test_the_smoke_role_does_nothing_else(
    service: str, operation: str, request_: dict[str, Any], tester: Callable[[str], Any], promoted: Fleet
) -> None:
    outputs = promoted.qa.outputs
    known = {key: outputs.get(value, value) if isinstance(value, str) else value for key, value in request_.items()}
    bucket = {"Bucket": outputs["ArtifactBucketName"]} if service == "s3" else {}

    with pytest.raises(ClientError) as refused:
        getattr(tester(service), operation)(**bucket, **known)

    assert refused.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}


def test_the_smoke_role_reads_what_its_endpoint_served(tester: Callable[[str], Any], promoted: Fleet) -> None:
    found = tester("dynamodb").get_item(
        TableName=promoted.qa.outputs["StateTableName"], Key={"pk": {"S": keys.DEPLOYMENTS.of("perennial-qa")}}
    )

    assert found["Item"]["retained"]["L"]


def test_nobody_else_takes_the_smoke_role(promotion: Promotion) -> None:
    role = "arn:aws:iam::333333333333:role/perennial-smoke"
    other = promotion.credentials(promotion.project("Qa", "Smoke")["serviceRole"])
    with pytest.raises(ClientError, match="AccessDenied"):
        _assume(promotion, other, role)
    with pytest.raises(ClientError, match="AccessDenied"):
        promotion.client("sts").assume_role(RoleArn=role, RoleSessionName="test")


def _assume(promotion: Promotion, given: dict[str, str], role_arn: str) -> dict[str, str]:
    sts = boto3.client(
        "sts",
        endpoint_url=promotion.cloud.endpoint_url,
        region_name=REGION,
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=given["AWS_SESSION_TOKEN"],
    )
    return dict(sts.assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"])
