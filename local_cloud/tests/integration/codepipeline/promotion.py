"""A pipeline in the shape of CDK Pipelines' that promotes one stack into another account.

What is deployed are three resources, one after the other, which all tell the version of the source that they are from.
"""

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

from integration.codepipeline.gates import Gate
from integration.codepipeline.promotion_ground import BOOTSTRAP, BUILDS, Ground
from integration.codepipeline.small_pipelines import State, Yard, action, approval, stage
from local_cloud.testing.roles import ACCOUNT, OTHER
from local_cloud.testing.waiting import until

ACTIONS = ("Source", "Build", "Check", "Confirm", "Prepare", "Deploy", "Smoke")
STAGES = {"Source": "Source", "Build": "Build"} | dict.fromkeys(ACTIONS[2:], "Prod")
# A queue cannot have it, which it says when the setting before it is changed already.
BAD = 99999


class Line:
    """One pipeline with its projects and its stack, which has the version 1 in production already.

    Args:
        ground: what it stands on.
        name: of the pipeline, the stack and the resources.
        minutes: that each build may take.
    """

    def __init__(self, ground: Ground, name: str, *, minutes: int = 60) -> None:
        self.ground, self.name = ground, name
        self.version = 1
        self.approvals = 0
        self._seen = ""
        self.gates = {each: Gate(ground.folder / f"{name}-{each}") for each in BUILDS}
        self._deploy_first()
        for each in BUILDS:
            self._project(each, minutes)
        self.source(1)
        # Nothing is to start by itself.
        self.yard.client.create_pipeline(pipeline=self._definition())
        self.first = self.yard.newest(name)
        self.yard.client.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=self.first, abandon=True)

    @property
    def yard(self) -> Yard:
        """Where the pipeline is."""
        return self.ground.yard

    @property
    def key(self) -> str:
        """Of the source's object."""
        return f"{self.name}.zip"

    def source(self, version: int) -> None:
        """Put a version into the source."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("template.json", json.dumps(self._template(version)))
        self.ground.cloud.client("s3", ACCOUNT).put_object(Bucket="sources", Key=self.key, Body=content.getvalue())

    def lose_source(self) -> None:
        """Delete the source's object."""
        self.ground.cloud.client("s3", ACCOUNT).delete_object(Bucket="sources", Key=self.key)

    def start(self) -> str:
        """StartPipelineExecution."""
        return str(self.yard.client.start_pipeline_execution(name=self.name)["pipelineExecutionId"])

    def retry(self, execution: str, action_name: str, mode: str) -> None:
        """RetryStageExecution of the stage of an action."""
        self.yard.client.retry_stage_execution(
            pipelineName=self.name, stageName=STAGES[action_name], pipelineExecutionId=execution, retryMode=mode
        )

    def stop(self, execution: str, *, abandon: bool) -> None:
        """StopPipelineExecution."""
        self.yard.client.stop_pipeline_execution(
            pipelineName=self.name, pipelineExecutionId=execution, abandon=abandon, reason="a test"
        )

    def is_over(self, execution: str) -> bool:
        """Whether an execution is."""
        return self.yard.execution(self.name, execution)["status"] not in {"InProgress", "Stopping"}

    def is_asking(self, execution: str) -> bool:
        """Whether the approval of an execution waits for an answer that nobody has given."""
        runs = [run for run in self.runs(execution) if run["actionName"] == "Confirm"]
        return bool(runs) and runs[-1]["status"] == "InProgress" and self.token() not in {None, self._seen}

    def answer(self, *, approved: bool) -> None:
        """Answer the approval that waits."""
        token = until(self.token)
        assert token != self._seen
        self._seen = token
        self.approvals += approved
        status = "Approved" if approved else "Rejected"
        self.yard.answer(self.name, "Prod", "Confirm", token, status=status)

    def runs(self, execution: str) -> list[State]:
        """ListActionExecutions of an execution, the oldest first."""
        found = self.yard.client.list_action_executions(
            pipelineName=self.name, filter={"pipelineExecutionId": execution}
        )
        return list(reversed(found["actionExecutionDetails"]))

    def deployed(self) -> set[int]:
        """Versions that the resources in production tell, once no operation on the stack is under way."""
        cloud = self.ground.cloud
        stacks = cloud.client("cloudformation", OTHER)
        until(
            lambda: not stacks.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"].endswith("_IN_PROGRESS")
        )
        parameters = cloud.client("ssm", OTHER)
        queues = cloud.client("sqs", OTHER)
        url = queues.get_queue_url(QueueName=self.name)["QueueUrl"]
        attributes = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        settings = (parameters.get_parameter(Name=f"/{self.name}/{each}") for each in ("first", "last"))
        return {int(attributes["VisibilityTimeout"]), *(int(item["Parameter"]["Value"]) for item in settings)}

    def check_approvals(self) -> None:
        """Nothing was deployed that was not approved in its execution before, by the test alone."""
        approved = 0
        listed = self.yard.client.list_pipeline_executions(pipelineName=self.name)["pipelineExecutionSummaries"]
        for execution in (item["pipelineExecutionId"] for item in listed):
            is_approved = False
            for run in self.runs(execution):
                name, status = run["actionName"], run["status"]
                if name == "Confirm":
                    # Whatever was approved before is not what this one asks for.
                    is_approved = status == "Succeeded"
                    approved += is_approved
                elif STAGES[name] == "Prod" and name != "Check":
                    assert is_approved, f"{name} of {self.name} ran without an approval"
        assert approved == self.approvals

    def token(self) -> str | None:
        """Under which the approval waits."""
        found = self.yard.action(self.name, "Prod", "Confirm").get("latestExecution", {}).get("token")
        return str(found) if found else None

    def _template(self, version: int) -> dict[str, Any]:
        def setting(name: str, **more: Any) -> dict[str, Any]:
            properties = {"Name": f"/{self.name}/{name}", "Type": "String", "Value": str(version)}
            return {"Type": "AWS::SSM::Parameter", "Properties": properties, **more}

        queue = {"QueueName": self.name, "VisibilityTimeout": version}
        return {
            "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": BOOTSTRAP}},
            "Resources": {
                "First": setting("first"),
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue, "DependsOn": "First"},
                "Last": setting("last", DependsOn="Queue"),
            },
        }

    def _deploy_first(self) -> None:
        stacks = self.ground.cloud.client("cloudformation", OTHER)
        stacks.create_stack(
            StackName=self.name, TemplateBody=json.dumps(self._template(1)), RoleARN=self.ground.roles["stack"]
        )
        assert self.deployed() == {1}

    def _project(self, name: str, minutes: int) -> None:
        commands = [f". {self.gates[name].path}", "mkdir -p out && cp template.json out/"]
        artifacts = {"base-directory": "out", "files": ["template.json"]}
        spec = {"version": "0.2", "phases": {"build": {"commands": commands}}, "artifacts": artifacts}
        self.ground.cloud.client("codebuild", ACCOUNT).create_project(
            name=f"{self.name}-{name}",
            source={"type": "CODEPIPELINE", "buildspec": json.dumps(spec)},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            serviceRole=self.ground.roles[f"svc-{name.lower()}"],
            timeoutInMinutes=minutes,
        )

    def _definition(self) -> dict[str, Any]:
        roles = self.ground.roles
        source = {"S3Bucket": "sources", "S3ObjectKey": self.key, "PollForSourceChanges": "false"}
        stack = {"StackName": self.name, "ChangeSetName": "PipelineChange"}
        template = {"RoleArn": roles["stack"], "TemplatePath": "Synth::template.json"}

        def build(category: str, name: str, given: str, order: int, outputs: Iterable[str] = ()) -> dict[str, Any]:
            return action(
                category,
                "CodeBuild",
                name,
                {"ProjectName": f"{self.name}-{name}"},
                roleArn=roles[f"act-{name.lower()}"],
                runOrder=order,
                inputArtifacts=[{"name": given}],
                outputArtifacts=[{"name": each} for each in outputs],
            )

        def deploy(name: str, mode: str, order: int, **more: Any) -> dict[str, Any]:
            configuration = {"ActionMode": mode, **stack, **(template if more else {})}
            return action(
                "Deploy", "CloudFormation", name, configuration, roleArn=roles["deploy"], runOrder=order, **more
            )

        return {
            "name": self.name,
            "roleArn": self.yard.role,
            "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "stages": [
                stage(
                    "Source",
                    action(
                        "Source",
                        "S3",
                        "Source",
                        source,
                        roleArn=roles["act-source"],
                        outputArtifacts=[{"name": "Code"}],
                    ),
                ),
                stage("Build", build("Build", "Build", "Code", 1, ["Synth"])),
                stage(
                    "Prod",
                    build("Test", "Check", "Synth", 1),
                    approval(
                        "Confirm", {"NotificationArn": self.ground.topic}, roleArn=roles["act-confirm"], runOrder=2
                    ),
                    deploy("Prepare", "CHANGE_SET_REPLACE", 3, inputArtifacts=[{"name": "Synth"}]),
                    deploy("Deploy", "CHANGE_SET_EXECUTE", 4),
                    build("Test", "Smoke", "Synth", 5),
                ),
            ],
        }
