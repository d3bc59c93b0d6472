"""The deploy workflow of GitHub, step by step: its own commands, as the roles that bootstrap/github-oidc.yaml makes.

What only a runner does is left: checkout, setup of Python, and the artifact that goes from job to job. An environment's
signed identity is signed here by a key of the test's own.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from contract.names import STACK_NAMES
from local_cloud.api import RunningCloud
from local_cloud.testing.web_identity import Issuer
from tests.conftest import ROOT
from tests.e2e.cloud import PIPELINE_ACCOUNT, REGION, STACKS, Fleet

_URL = "https://token.actions.githubusercontent.com"
# As GitHub signs for a repository made before 15 July 2026, and after it:
# https://docs.github.com/en/actions/reference/security/oidc
_REPOSITORIES = ("acme/models", "acme@123456/models@456789")
_STACK = "perennial-github"
_EXPRESSION = re.compile(r"\$\{\{\s*(?:inputs|vars)\.(\w+)\s*\}\}")


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """What a job of the workflow needs.

    Args:
        cloud: where the accounts are.
        issuer: signs for its environments.
        repository: as it stands in the subject.
        assembly: the artifact of its build.
        checkout: of the project, in which steps leave files behind.
        home: the runner's own folder.
    """

    cloud: RunningCloud
    issuer: Issuer
    repository: str
    assembly: Path
    checkout: Path
    home: Path

    def credentials(self, role_arn: str, environment: str) -> dict[str, str]:
        """What aws-actions/configure-aws-credentials exports."""
        sts = boto3.client(
            "sts",
            endpoint_url=self.cloud.endpoint_url,
            region_name=REGION,
            config=Config(signature_version=UNSIGNED),
        )
        given = sts.assume_role_with_web_identity(
            RoleArn=role_arn,
            RoleSessionName="GitHubActions",
            WebIdentityToken=self.issuer.token(sub=f"repo:{self.repository}:environment:{environment}"),
        )["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
            "AWS_REGION": REGION,
        }

    def run(self, steps: list[dict[str, Any]], inputs: Mapping[str, str], environment: str) -> str:
        """Run the steps of an action or a job; returns what they wrote.

        Args:
            steps: as its file has them.
            inputs: values of its expressions.
            environment: of GitHub, that the job runs in.
        """
        said, given = "", dict[str, str]()
        for step in steps:
            named = {name: _filled(value, inputs) for name, value in step.get("with", {}).items()}
            if str(step.get("uses", "")).startswith("aws-actions/configure-aws-credentials@"):
                given = self.credentials(named["role-to-assume"], environment)
            elif step.get("uses") == "./.github/actions/prepare":
                said += self.run(_action("prepare"), named, environment)
                given = self.credentials(named["role"], environment)
            elif "run" in step and step["run"] != "make install":
                said += self._shell(step, given, inputs)
        return said

    def _shell(self, step: Mapping[str, Any], given: Mapping[str, str], inputs: Mapping[str, str]) -> str:
        finished = subprocess.run(
            # As a runner starts it: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
            ["/bin/bash", "-eo", "pipefail", "-c", step["run"].replace("--app cdk.out", f"--app {self.assembly}")],
            cwd=self.checkout,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "CDK_HOME": str(self.home),
                "AWS_ENDPOINT_URL": self.cloud.endpoint_url,
                "AWS_EC2_METADATA_DISABLED": "true",
                "GITHUB_STEP_SUMMARY": str(self.home / "summary"),
                "GITHUB_OUTPUT": str(self.home / "output"),
                **{name: _filled(value, inputs) for name, value in step.get("env", {}).items()},
                **given,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout + finished.stderr


def _filled(value: str, inputs: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda found: inputs[found[1]], value)


def _read(path: Path) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for a truth value; the base loader takes everything for text.
    return dict(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))  # noqa: S506  # builds texts only


def _action(name: str) -> list[dict[str, Any]]:
    return list(_read(ROOT / ".github" / "actions" / name / "action.yml")["runs"]["steps"])


def _job(name: str) -> list[dict[str, Any]]:
    return list(_read(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"][name]["steps"])


@pytest.fixture(scope="module", params=_REPOSITORIES, ids=["names", "names and ids"])
def workflow(
    request: pytest.FixtureRequest, promoted: Fleet, assembly: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workflow]:
    cloud, issuer = promoted.sandbox.cloud, Issuer(_URL)
    client = cloud.client("cloudformation", PIPELINE_ACCOUNT)
    given = {"Repository": request.param} | {
        f"{stack.removeprefix('Perennial')}Account": account for stack, account in STACKS.items()
    }
    client.create_change_set(
        StackName=_STACK,
        ChangeSetName="create",
        ChangeSetType="CREATE",
        TemplateBody=(ROOT / "bootstrap" / "github-oidc.yaml").read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.get_waiter("change_set_create_complete").wait(StackName=_STACK, ChangeSetName="create")
    client.execute_change_set(StackName=_STACK, ChangeSetName="create")
    client.get_waiter("stack_create_complete").wait(StackName=_STACK)
    cloud.control("issuer", issuer.order)
    checkout = tmp_path_factory.mktemp("checkout")
    for entry in ROOT.iterdir():
        (checkout / entry.name).symlink_to(entry)
    yield Workflow(
        cloud=cloud,
        issuer=issuer,
        repository=request.param,
        assembly=assembly,
        checkout=checkout,
        home=tmp_path_factory.mktemp("runner"),
    )
    # The promotion pipeline's smoke testers have the same names: an account has either of both.
    client.delete_stack(StackName=_STACK)
    client.get_waiter("stack_delete_complete").wait(StackName=_STACK)


# The commands are the same for both forms of the subject; the roles are taken in both.
@pytest.mark.parametrize("workflow", _REPOSITORIES[1:], indirect=True, ids=["names and ids"])
@pytest.mark.parametrize("environment", STACK_NAMES)
def test_an_account_is_deployed_and_proven_by_the_workflows_own_commands(environment: str, workflow: Workflow) -> None:
    (promote,) = [step for step in _job(environment) if step["uses"] == "./.github/actions/promote"]
    inputs = {name: _filled(value, {"DEPLOYMENT_ACCOUNT": PIPELINE_ACCOUNT}) for name, value in promote["with"].items()}

    said = workflow.run(_action("promote"), inputs, environment)

    assert f"{inputs['stack']} (no changes)" in said
    assert f"endpoint perennial-{environment} is InService and serves 2 models" in said


@pytest.mark.parametrize("workflow", _REPOSITORIES[1:], indirect=True, ids=["names and ids"])
def test_the_review_finds_that_no_permission_grows_as_a_role_that_only_looks(workflow: Workflow) -> None:
    steps = [step for step in _job("review") if "checkout" not in str(step.get("uses"))]

    workflow.run(steps, {"DEPLOYMENT_ACCOUNT": PIPELINE_ACCOUNT}, "prod-review")

    written = (workflow.home / "output").read_text(encoding="utf-8")
    assert written.splitlines()[-1] == "broadens=false", (workflow.home / "summary").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["github", "pipeline-smoke"])
@pytest.mark.parametrize("environment", STACK_NAMES)
def test_a_job_of_an_environment_takes_its_roles(name: str, environment: str, workflow: Workflow) -> None:
    given = workflow.credentials(f"arn:aws:iam::{PIPELINE_ACCOUNT}:role/perennial-{name}-{environment}", environment)
    assert given["AWS_SESSION_TOKEN"]


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        ("perennial-github-prod", "environment:sandbox"),
        ("perennial-github-prod", "environment:prod-review"),
        ("perennial-github-prod", "ref:refs/heads/main"),
        ("perennial-pipeline-smoke-prod", "environment:qa"),
        ("perennial-github-prod-review", "environment:prod"),
    ],
)
def test_no_other_job_takes_a_role(role: str, subject: str, workflow: Workflow) -> None:
    sts = boto3.client(
        "sts", endpoint_url=workflow.cloud.endpoint_url, region_name=REGION, config=Config(signature_version=UNSIGNED)
    )
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        sts.assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{PIPELINE_ACCOUNT}:role/{role}",
            RoleSessionName="GitHubActions",
            WebIdentityToken=workflow.issuer.token(sub=f"repo:{workflow.repository}:{subject}"),
        )


def test_the_other_form_of_the_repositorys_name_is_not_the_same_repository(workflow: Workflow) -> None:
    (other,) = set(_REPOSITORIES) - {workflow.repository}
    with pytest.raises(ClientError, match="Not authorized"):
        Workflow(**{**vars(workflow), "repository": other}).credentials(
            f"arn:aws:iam::{PIPELINE_ACCOUNT}:role/perennial-github-prod", "prod"
        )
