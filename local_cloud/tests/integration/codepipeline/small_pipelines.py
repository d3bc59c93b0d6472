"""Small pipelines: a source in S3, and approvals behind it."""

import io
import json
import zipfile
from typing import Any

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

SERVICE = {"Service": "codepipeline.amazonaws.com"}
SOURCES, ARTIFACTS, KEY = "sources", "artifacts", "code.zip"
State = dict[str, Any]


def action(category: str, provider: str, name: str, configuration: dict[str, str], **more: Any) -> dict[str, Any]:
    """An action as CreatePipeline has it."""
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "configuration": configuration, **more}


def approval(name: str, configuration: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """An approval."""
    return action("Approval", "Manual", name, configuration or {}, **more)


def stage(name: str, *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A stage as CreatePipeline has it."""
    return {"name": name, "actions": list(actions), **more}


class Yard:
    """Buckets and a role that pipelines share."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.client = cloud.client("codepipeline", ACCOUNT)
        buckets = cloud.client("s3", ACCOUNT)
        for bucket in (SOURCES, ARTIFACTS):
            buckets.create_bucket(Bucket=bucket)
            buckets.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("README", "hello")
        buckets.put_object(Bucket=SOURCES, Key=KEY, Body=content.getvalue())
        names = [f"arn:aws:s3:::{bucket}{tail}" for bucket in (SOURCES, ARTIFACTS) for tail in ("", "/*")]
        storage = {"Effect": "Allow", "Action": "s3:*", "Resource": names}
        roles = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{ACCOUNT}:role/ask-*"}
        self.role = make_role(cloud, "pipeline", [storage, roles], trust=SERVICE)

    def definition(self, name: str, *stages: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A pipeline as CreatePipeline has it, with its source."""
        configuration = {"S3Bucket": SOURCES, "S3ObjectKey": KEY, "PollForSourceChanges": "false"}
        source = action("Source", "S3", "Pull", configuration, outputArtifacts=[{"name": "Code"}], namespace="Src")
        return {
            "name": name,
            "roleArn": self.role,
            "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": ARTIFACTS},
            "stages": [stage("Source", source), *stages],
            **more,
        }

    def make(self, name: str, *stages: dict[str, Any], **more: Any) -> str:
        """A pipeline; returns the id of the execution that begins with it."""
        self.client.create_pipeline(pipeline=self.definition(name, *stages, **more))
        return self.newest(name)

    def newest(self, name: str) -> str:
        """The id of the newest execution."""
        return str(
            self.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0][
                "pipelineExecutionId"
            ]
        )

    def execution(self, name: str, key: str) -> State:
        """GetPipelineExecution."""
        found: State = self.client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=key)
        return dict(found["pipelineExecution"])

    def ended(self, name: str, key: str) -> State:
        """GetPipelineExecution, once it is over."""

        def look() -> State | None:
            found = self.execution(name, key)
            return None if found["status"] in {"InProgress", "Stopping"} else found

        return until(look)

    def stage(self, pipeline: str, name: str) -> State:
        """A stage of GetPipelineState."""
        stages = self.client.get_pipeline_state(name=pipeline)["stageStates"]
        return dict(next(item for item in stages if item["stageName"] == name))

    def action(self, pipeline: str, stage_name: str, name: str) -> State:
        """An action of GetPipelineState, its latest execution with it."""
        found = next(item for item in self.stage(pipeline, stage_name)["actionStates"] if item["actionName"] == name)
        return dict(found)

    def token(self, pipeline: str, stage_name: str, name: str, *, other_than: str = "") -> str:
        """The token of an approval, once it waits."""

        def look() -> str | None:
            found = self.action(pipeline, stage_name, name).get("latestExecution", {}).get("token")
            return str(found) if found and found != other_than else None

        return until(look)

    def answer(
        self, pipeline: str, stage_name: str, name: str, token: str, *, status: str = "Approved", by: Any = None
    ) -> Any:
        """PutApprovalResult."""
        return (by or self.client).put_approval_result(
            pipelineName=pipeline,
            stageName=stage_name,
            actionName=name,
            token=token,
            result={"summary": f"{status} for a reason", "status": status},
        )


def policy(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
