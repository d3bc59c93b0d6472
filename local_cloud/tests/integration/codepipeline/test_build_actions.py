"""CodeBuild's actions: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

BUCKET = "artifacts-of-builds"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
Execute = Callable[..., dict[str, Any]]


def _archive(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return archive.getvalue()


@pytest.fixture(scope="module", autouse=True)
def bucket(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for name in ("one", "two"):
        s3.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=_archive({"which.txt": name}))


@pytest.fixture(scope="module")
def service_role(cloud: RunningCloud) -> str:
    return make_role(cloud, "builds", [EVERYTHING], trust={"Service": "codebuild.amazonaws.com"})


@pytest.fixture(scope="module")
def pipeline_role(cloud: RunningCloud) -> str:
    return make_role(cloud, "pipelines", [EVERYTHING], trust={"Service": "codepipeline.amazonaws.com"})


def _project(cloud: RunningCloud, name: str, service_role: str, spec: dict[str, Any]) -> str:
    cloud.client("codebuild", ACCOUNT).create_project(
        name=name,
        source={"type": "CODEPIPELINE", "buildspec": json.dumps({"version": "0.2", **spec})},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=service_role,
    )
    return f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/{name}"


def _source(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": BUCKET, "S3ObjectKey": f"{name.lower()}.zip", "PollForSourceChanges": "false"},
        "outputArtifacts": [{"name": name}],
    }


@pytest.fixture
def execute(cloud: RunningCloud, pipeline_role: str) -> Iterator[Execute]:
    """Make a pipeline with one build, run it, and tell the build's action as ListActionExecutions does."""
    client = cloud.client("codepipeline", ACCOUNT)

    def run(
        configuration: dict[str, str],
        *,
        inputs: tuple[str, ...] = ("One",),
        outputs: tuple[str, ...] = (),
        role: str | None = None,
        meanwhile: Callable[[str], object] = lambda _: None,
    ) -> dict[str, Any]:
        build = {
            "name": "Build",
            "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
            "configuration": configuration,
            "namespace": "Built",
            "inputArtifacts": [{"name": name} for name in inputs],
            "outputArtifacts": [{"name": name} for name in outputs],
            **({"roleArn": role} if role else {}),
        }
        client.create_pipeline(
            pipeline={
                "name": "builds",
                "roleArn": pipeline_role,
                "pipelineType": "V2",
                "artifactStore": {"type": "S3", "location": BUCKET},
                "stages": [
                    {"name": "Source", "actions": [_source(name) for name in inputs]},
                    {"name": "Build", "actions": [build]},
                ],
            }
        )
        execution = until(lambda: client.list_pipeline_executions(pipelineName="builds")["pipelineExecutionSummaries"])
        execution_id = execution[0]["pipelineExecutionId"]

        def ended() -> bool:
            meanwhile(execution_id)
            found = client.get_pipeline_execution(pipelineName="builds", pipelineExecutionId=execution_id)
            return found["pipelineExecution"]["status"] not in {"InProgress", "Stopping"}

        until(ended)
        found = client.list_action_executions(pipelineName="builds")["actionExecutionDetails"]
        return dict(next(item for item in found if item["actionName"] == "Build"))

    yield run
    client.delete_pipeline(name="builds")


def test_a_build_takes_the_artifacts_and_gives_its_own(
    execute: Execute, cloud: RunningCloud, service_role: str
) -> None:
    _project(
        cloud,
        "whole",
        service_role,
        {
            "env": {"exported-variables": ["RESULT"]},
            "phases": {
                "build": {
                    "commands": [
                        "export RESULT=$GIVEN-$(cat which.txt)-$(cat $CODEBUILD_SRC_DIR_Two/which.txt)",
                        "echo $CODEBUILD_INITIATOR > out.txt",
                    ]
                }
            },
            "artifacts": {"files": ["out.txt"]},
        },
    )
    variables = json.dumps([{"name": "GIVEN", "value": "#{codepipeline.PipelineExecutionId}"}])

    found = execute(
        {"ProjectName": "whole", "PrimarySource": "One", "EnvironmentVariables": variables},
        inputs=("Two", "One"),
        outputs=("Output",),
    )

    output = found["output"]
    assert found["status"] == "Succeeded", output
    assert output["outputVariables"] == {"RESULT": f"{found['pipelineExecutionId']}-one-two"}
    build_id = output["executionResult"]["externalExecutionId"]
    assert build_id.startswith("whole:")
    assert f"#/builds/{build_id}/view/new" in output["executionResult"]["externalExecutionUrl"]
    place = output["outputArtifacts"][0]["s3location"]
    body = cloud.client("s3", ACCOUNT).get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(body)).read("out.txt") == b"codepipeline/builds\n"


def test_a_build_that_fails_is_told_with_its_phase(execute: Execute, cloud: RunningCloud, service_role: str) -> None:
    _project(cloud, "fails", service_role, {"phases": {"build": {"commands": ["exit 3"]}}})

    output = execute({"ProjectName": "fails"})["output"]["executionResult"]

    assert output["errorDetails"]["code"] == "JobFailed"
    assert output["externalExecutionSummary"] == output["errorDetails"]["message"]
    assert output["errorDetails"]["message"].startswith(
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: "
    )


def test_a_project_that_is_missing_is_told(execute: Execute) -> None:
    output = execute({"ProjectName": "nothing"})["output"]["executionResult"]

    arn = f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/nothing"
    assert f"Error calling startBuild: Project cannot be found: {arn}" in output["errorDetails"]["message"]


@pytest.mark.parametrize("missing", ["StartBuild", "BatchGetBuilds"])
def test_a_role_that_may_not_build_is_told_by_name(
    missing: str, execute: Execute, cloud: RunningCloud, service_role: str
) -> None:
    project = f"refused-{missing.lower()}"
    arn = _project(cloud, project, service_role, {"phases": {"build": {"commands": ["true"]}}})
    allowed = [f"codebuild:{name}" for name in ("StartBuild", "BatchGetBuilds", "StopBuild") if name != missing]
    role = make_role(cloud, f"without-{missing}", [{"Effect": "Allow", "Action": allowed, "Resource": arn}])

    details = execute({"ProjectName": project}, role=role)["output"]["executionResult"]["errorDetails"]

    operation = missing[:1].lower() + missing[1:]
    assert details["code"] == "PermissionError"
    assert details["message"].startswith(
        f"Error calling {operation}: User: arn:aws:sts::{ACCOUNT}:assumed-role/without-"
    )
    assert f"is not authorized to perform: codebuild:{missing} on resource: {arn}" in details["message"]


def test_the_build_of_an_action_that_is_abandoned_goes_on(
    execute: Execute, cloud: RunningCloud, service_role: str
) -> None:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-stop.html: stop and abandon."""
    _project(cloud, "long", service_role, {"phases": {"build": {"commands": ["sleep 600"]}}})
    builds, pipelines = cloud.client("codebuild", ACCOUNT), cloud.client("codepipeline", ACCOUNT)
    asked = list[str]()

    def stop(execution: str) -> None:
        found = builds.list_builds_for_project(projectName="long")["ids"]
        if found and not asked:
            asked.extend(found)
            pipelines.stop_pipeline_execution(pipelineName="builds", pipelineExecutionId=execution, abandon=True)

    assert execute({"ProjectName": "long"}, meanwhile=stop)["status"] == "Abandoned"

    assert builds.batch_get_builds(ids=asked)["builds"][0]["buildStatus"] == "IN_PROGRESS"
    builds.stop_build(id=asked[0])
