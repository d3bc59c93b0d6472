"""The promotion pipeline on the fleet of the tests: deployed by the CDK CLI, with a copy of this project pushed to it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local_cloud.api import RunningCloud
from local_cloud.testing.waiting import until
from perennial.account import promotion_facts
from perennial.account.aws import Aws
from perennial.account.bootstrap import Permissions, bootstrap
from perennial.account.cdk import Cdk
from perennial.account.promotion import Promotion
from perennial.account.promotion_approval import Answer, Question, answer, open_question
from perennial.demo.repository import Repository
from tests.conftest import ROOT
from tests.e2e.cloud import PIPELINE_ACCOUNT, REGION

NAME = "perennial-promotion"
STACK = "PerennialPipeline"
# A promotion of this app takes a minute on a quiet machine.
_SECONDS = 300.0
# Of ECMA-48, which the CLI writes wherever it runs.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The deployed pipeline, as its account's root sees it.

    Args:
        cloud: where it is.
        aws: its account.
    """

    cloud: RunningCloud
    aws: Aws

    def client(self, service: str) -> Any:
        """boto3's client."""
        return self.aws.client(service)

    @property
    def definition(self) -> dict[str, Any]:
        """GetPipeline."""
        return dict(self.client("codepipeline").get_pipeline(name=NAME)["pipeline"])

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

    def push(self, folder: Path) -> "Pushed":
        """Push a copy of this project, as the source action's configuration says where to."""
        (source,) = self.definition["stages"][0]["actions"]
        configured = source["configuration"]
        self.cloud.control("connection", {"arn": configured["ConnectionArn"], "provider": "GitHub"})
        order = {"name": configured["FullRepositoryId"], "account": PIPELINE_ACCOUNT}
        repository = Repository(folder, origin=Path(self.cloud.control("repository", order)["path"]))
        repository.copy(ROOT)
        commit = repository.commit("Begin")

        execution = until(lambda: promotion_facts.of_commit(self.aws, NAME, commit), seconds=_SECONDS)
        return Pushed(pipeline=self, execution=execution)

    def credentials(self, role_arn: str) -> dict[str, str]:
        """Of a build's role, for probes; the account's root is let in for a moment."""
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
        return dict(found)


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """A commit on its way.

    Args:
        pipeline: that takes it.
        execution: of it.
    """

    pipeline: Pipeline
    execution: str

    def look(self) -> Promotion:
        """How far it came."""
        return promotion_facts.read(self.pipeline.aws, NAME, self.execution)

    def wait_for_question(self, stage: str, action: str) -> Question:
        """Wait until somebody is asked there."""

        def asked() -> Question | None:
            found = self.look()
            assert not found.has_ended, [
                (item.name, item.summary) for each in found.stages for item in each.actions if item.progress == "failed"
            ]
            return open_question(self.pipeline.aws, NAME, self.execution)

        question = until(asked, seconds=_SECONDS)
        assert (question.stage, question.action) == (stage, action)
        return question

    def approve(self, question: Question) -> None:
        """Say yes."""
        answer(self.pipeline.aws, NAME, question, status=Answer.APPROVED, summary="the test says so")

    def wait_for_end(self) -> Promotion:
        """Wait until nothing more happens."""
        until(lambda: self.look().has_ended, seconds=_SECONDS)
        return self.look()

    def retry(self, stage: str) -> None:
        """Let what failed of a stage run again."""
        self.pipeline.client("codepipeline").retry_stage_execution(
            pipelineName=NAME, stageName=stage, pipelineExecutionId=self.execution, retryMode="FAILED_ACTIONS"
        )

    def log(self, stage: str, action: str) -> str:
        """What the last build of an action wrote."""
        build = next(
            item["output"]["executionResult"]["externalExecutionId"]
            for item in self._actions()
            if (item["stageName"], item["actionName"]) == (stage, action)
        )
        (told,) = self.pipeline.client("codebuild").batch_get_builds(ids=[build])["builds"]
        pages = self.pipeline.client("logs").get_paginator("filter_log_events")
        written = pages.paginate(logGroupName=told["logs"]["groupName"], logStreamNames=[told["logs"]["streamName"]])
        lines = [event["message"].rstrip("\n") for page in written for event in page["events"]]
        return _COLOURS.sub("", "\n".join(lines))

    def _actions(self) -> Iterator[dict[str, Any]]:
        pages = self.pipeline.client("codepipeline").get_paginator("list_action_executions")
        found = pages.paginate(pipelineName=NAME, filter={"pipelineExecutionId": self.execution})
        yield from found.search("actionExecutionDetails[]")


def deploy(cloud: RunningCloud, assembly: Path, folder: Path) -> Pipeline:
    """Bootstrap the pipeline's account, and deploy the pipeline into it.

    Its build of the app finds everything installed, and nothing is tested in it: these are the tests.
    """
    environment = cloud.environment(PIPELINE_ACCOUNT, REGION)
    session = boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    pipeline = Pipeline(cloud=cloud, aws=Aws(session, endpoint_url=cloud.endpoint_url))
    cdk = Cdk(root=ROOT, environment=environment, log=folder / "cdk.log")
    bootstrap(
        cdk,
        pipeline.client("cloudformation"),
        account_id=PIPELINE_ACCOUNT,
        region=REGION,
        permissions=Permissions(app="perennial", pipeline=True),
    )
    cdk.run("deploy", STACK, "--require-approval", "never", "--app", str(assembly))
    project = pipeline.project("Build", "Synth")
    given = {"TEST_COMMAND": "true", "PERENNIAL_INSTALLED": str(ROOT), "PERENNIAL_CONFIG": "examples/fleet"}
    variables = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in given.items()]
    pipeline.client("codebuild").update_project(
        name=project["name"], environment={**project["environment"], "environmentVariables": variables}
    )
    return pipeline
