"""An execution of the promotion pipeline as CodePipeline tells it, and its picture."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from perennial.account import promotion_facts
from perennial.account.aws import Aws
from perennial.account.promotion import Progress, Promotion
from perennial.drawing import pipeline

_NAME, _ID = "perennial-promotion", "11111111-2222-3333-4444-555555555555"
_SVG = "{http://www.w3.org/2000/svg}"


def _declared(name: str, provider: str, order: int) -> dict[str, Any]:
    kind = {"category": "Build", "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "runOrder": order}


def _detail(stage: str, action: str, status: str, minute: int, **output: Any) -> dict[str, Any]:
    return {
        "stageName": stage,
        "actionName": action,
        "status": status,
        "startTime": datetime(2026, 1, 1, 8, minute, tzinfo=UTC),
        "lastUpdateTime": datetime(2026, 1, 1, 8, minute, 30, tzinfo=UTC),
        "output": {"executionResult": output},
    }


@pytest.fixture
def found() -> Promotion:
    """Qa's second attempt runs; its first one had failed."""
    session = boto3.Session(aws_access_key_id="1", aws_secret_access_key="1", region_name="us-east-1")
    aws = Aws(session)
    stages = [
        {"name": "Source", "actions": [_declared("Source", "CodeStarSourceConnection", 1)]},
        # In the order of their declaration, which is not the one they run in.
        {"name": "Qa", "actions": [_declared("Smoke", "CodeBuild", 2), _declared("Deploy", "CloudFormation", 1)]},
        {"name": "Prod", "actions": [_declared("Promote", "Manual", 1)]},
    ]
    revision = {"revisionId": "abc", "revisionSummary": '{"ProviderType":"GitHub","CommitMessage":"Loosen the gate"}'}
    execution = {"pipelineExecutionId": _ID, "status": "InProgress", "artifactRevisions": [revision]}
    details = [
        _detail("Qa", "Smoke", "InProgress", 9),
        _detail("Qa", "Smoke", "Failed", 7, errorDetails={"code": "JobFailed", "message": "it did not serve"}),
        _detail("Qa", "Deploy", "Succeeded", 5),
        _detail("Source", "Source", "Succeeded", 1),
    ]
    with Stubber(aws.client("codepipeline")) as stub:
        stub.add_response(
            "get_pipeline", {"pipeline": {"name": _NAME, "roleArn": "arn:aws:iam::1:role/r", "stages": stages}}
        )
        stub.add_response("get_pipeline_execution", {"pipelineExecution": execution})
        stub.add_response("list_action_executions", {"actionExecutionDetails": details})
        return promotion_facts.read(aws, _NAME, _ID)


def test_the_last_attempt_of_an_action_counts(found: Promotion) -> None:
    assert found.action("Qa", "Smoke").progress is Progress.RUNNING
    assert found.action("Qa", "Smoke").ended_at is None
    assert found.action("Prod", "Promote").progress is Progress.NOT_REACHED
    assert [action.name for action in found.stages[1].actions] == ["Deploy", "Smoke"]
    assert [stage.progress for stage in found.stages] == [Progress.SUCCEEDED, Progress.RUNNING, Progress.NOT_REACHED]
    assert (found.reached, found.has_ended) == (("Qa", "Smoke"), False)


def test_the_commits_message_is_taken_out_of_what_a_connection_tells(found: Promotion) -> None:
    assert (found.revision, found.message) == ("abc", "Loosen the gate")


def test_the_picture_shows_each_action_and_the_way_taken(found: Promotion) -> None:
    drawn = ET.fromstring(pipeline.svg(found))  # noqa: S314  # our own text
    kinds = {item.get("data-action"): item.get("class") for item in drawn.iter(f"{_SVG}g") if item.get("data-action")}
    taken = [item for item in drawn.iter(f"{_SVG}path") if item.get("class") == "wire taken"]

    assert kinds == {"Source": "succeeded", "Deploy": "succeeded", "Smoke": "running", "Promote": "idle"}
    # From Source to Qa, and from Deploy to Smoke; not to Prod.
    assert len(taken) == 2
