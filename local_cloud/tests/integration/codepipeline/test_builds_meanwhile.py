"""What becomes of a build that runs while its pipeline is changed, abandoned, or its server ends.

References:
    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-stop.html
"""

import json
from pathlib import Path
from typing import Any

import pytest

from integration.codepipeline.small_pipelines import SERVICE, Yard, action, approval, stage
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_WAITING = "while [ ! -e {} ]; do sleep 0.1; done"


def _build(project: str) -> dict[str, Any]:
    return action("Build", "CodeBuild", "Make", {"ProjectName": project}, inputArtifacts=[{"name": "Code"}])


class _Builds:
    """A project whose builds wait for a file, and the role of pipelines that may start them."""

    def __init__(self, cloud: RunningCloud, gate: Path) -> None:
        self.client = cloud.client("codebuild", ACCOUNT)
        self.gate = gate
        self.role = make_role(cloud, "everything", [_EVERYTHING], trust=SERVICE)
        self.client.create_project(
            name="make",
            source={"type": "CODEPIPELINE", "buildspec": _spec(_WAITING.format(gate))},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            serviceRole=make_role(cloud, "builds", [_EVERYTHING], trust={"Service": "codebuild.amazonaws.com"}),
        )

    def begun(self) -> str:
        """The build, once its commands run."""

        def look() -> str | None:
            found = self.client.list_builds_for_project(projectName="make")["ids"]
            running = self.client.batch_get_builds(ids=found)["builds"] if found else []
            return next((str(build["id"]) for build in running if build["currentPhase"] == "BUILD"), None)

        return until(look)

    def ends(self, build: str) -> str:
        """How a build ends once its gate is open."""
        self.gate.touch()

        def look() -> str | None:
            status = self.client.batch_get_builds(ids=[build])["builds"][0]["buildStatus"]
            return None if status == "IN_PROGRESS" else str(status)

        return until(look)


def _spec(command: str) -> str:
    return json.dumps({"version": "0.2", "phases": {"build": {"commands": [command]}}})


def test_a_build_goes_on_when_its_pipeline_changes_or_gives_it_up(cloud: RunningCloud, tmp_path: Path) -> None:
    yard, builds = Yard(cloud), _Builds(cloud, tmp_path / "changed")
    first = yard.make("self", stage("UpdatePipeline", _build("make")), roleArn=builds.role)
    build = builds.begun()

    changed = yard.definition("self", stage("UpdatePipeline", _build("make")), stage("More", approval("Ask")))
    yard.client.update_pipeline(pipeline={**changed, "roleArn": builds.role})

    assert yard.execution("self", first)["status"] == "Cancelled"
    assert builds.ends(build) == "SUCCEEDED"
    until(lambda: yard.action("self", "UpdatePipeline", "Make")["latestExecution"]["status"] == "Succeeded")
    assert yard.stage("self", "UpdatePipeline")["latestExecution"]["status"] == "Cancelled"

    # The one that follows goes on with the pipeline as it is now.
    builds.gate.unlink()
    second = yard.client.start_pipeline_execution(name="self")["pipelineExecutionId"]
    given_up = builds.begun()
    yard.client.stop_pipeline_execution(pipelineName="self", pipelineExecutionId=second, abandon=True)

    assert yard.execution("self", second)["status"] == "Stopped"
    assert builds.ends(given_up) == "SUCCEEDED"
    assert yard.action("self", "UpdatePipeline", "Make")["latestExecution"]["status"] == "Abandoned"
    yard.client.retry_stage_execution(
        pipelineName="self", stageName="UpdatePipeline", pipelineExecutionId=second, retryMode="FAILED_ACTIONS"
    )
    yard.answer("self", "More", "Ask", yard.token("self", "More", "Ask"))
    assert yard.ended("self", second)["status"] == "Succeeded"


@pytest.mark.parametrize("crash", [False, True])
def test_a_build_under_way_when_the_server_ended_has_failed_and_a_retry_finishes(
    tmp_path: Path, *, crash: bool
) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path / "state", port=0)) as cloud:
        yard, builds = Yard(cloud), _Builds(cloud, tmp_path / "never")
        key = yard.make("p", stage("Build", _build("make")), stage("Prod", approval("Ask")), roleArn=builds.role)
        builds.begun()
        cloud.save()

        with cloud.restart(crash=crash) as again:
            yard.cloud, yard.client = again, again.client("codepipeline", ACCOUNT)
            assert yard.ended("p", key)["status"] == "Failed"
            error = yard.action("p", "Build", "Make")["latestExecution"]["errorDetails"]
            assert "the local cloud was stopped while the action ran" in error["message"]
            builds.gate.touch()
            yard.client.retry_stage_execution(
                pipelineName="p", stageName="Build", pipelineExecutionId=key, retryMode="FAILED_ACTIONS"
            )
            yard.answer("p", "Prod", "Ask", yard.token("p", "Prod", "Ask"))
            assert yard.ended("p", key)["status"] == "Succeeded"
