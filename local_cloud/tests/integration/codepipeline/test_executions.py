"""How executions start, wait for each other, are told and go back.

References:
    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/transitions.html
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.codepipeline.small_pipelines import ARTIFACTS, Yard, approval, stage
from integration.events.conftest import put_rule, send
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until


def _start(yard: Yard, name: str, **more: Any) -> str:
    return str(yard.client.start_pipeline_execution(name=name, **more)["pipelineExecutionId"])


def test_a_new_pipeline_runs_and_tells_all_of_it(yard: Yard, cloud: RunningCloud) -> None:
    key = yard.make("a-pipeline-with-a-long-name", stage("Prod", approval("Promote", {"CustomData": "#{Src.ETag}"})))
    token = yard.token("a-pipeline-with-a-long-name", "Prod", "Promote")
    yard.answer("a-pipeline-with-a-long-name", "Prod", "Promote", token)
    ended = yard.ended("a-pipeline-with-a-long-name", key)

    assert (ended["status"], ended["executionMode"], ended["executionType"]) == ("Succeeded", "SUPERSEDED", "STANDARD")
    assert ended["trigger"] == {
        "triggerType": "CreatePipeline",
        "triggerDetail": f"arn:aws:iam::{ACCOUNT}:root",
    }
    (revision,) = ended["artifactRevisions"]
    assert revision["name"] == "Code"
    listed = yard.client.list_action_executions(
        pipelineName="a-pipeline-with-a-long-name", filter={"pipelineExecutionId": key}
    )["actionExecutionDetails"]
    assert [(item["actionName"], item["status"]) for item in listed] == [
        ("Promote", "Succeeded"),
        ("Pull", "Succeeded"),
    ]
    asked, pulled = listed
    (made,) = pulled["output"]["outputArtifacts"]
    assert re.fullmatch(r"a-pipeline-with-a-lo/Code/[A-Za-z0-9]{7}", made["s3location"]["key"])
    stored = cloud.client("s3", ACCOUNT).head_object(Bucket=ARTIFACTS, Key=made["s3location"]["key"])
    assert stored["ContentLength"] > 0
    assert pulled["input"]["namespace"] == "Src"
    assert pulled["output"]["outputVariables"]["VersionId"] == revision["revisionId"]
    assert asked["input"]["configuration"] == {"CustomData": "#{Src.ETag}"}
    assert asked["input"]["resolvedConfiguration"] == {"CustomData": pulled["output"]["outputVariables"]["ETag"]}
    pull = yard.action("a-pipeline-with-a-long-name", "Source", "Pull")
    assert pull["currentRevision"]["revisionId"] == revision["revisionId"]


def test_variables_have_values_and_a_token_means_one_execution(yard: Yard) -> None:
    variables = [{"name": "a", "defaultValue": "1"}, {"name": "b", "defaultValue": "2"}]
    yard.make(
        "vars", stage("Prod", approval("Ask", {"CustomData": "#{variables.a}#{variables.b}"})), variables=variables
    )
    given: dict[str, Any] = {"variables": [{"name": "b", "value": "3"}], "clientRequestToken": "once"}
    key = _start(yard, "vars", **given)

    assert _start(yard, "vars", **given) == key
    with pytest.raises(ClientError, match="ConflictException"):
        _start(yard, "vars", clientRequestToken="once")
    assert yard.execution("vars", key)["variables"] == [
        {"name": "a", "resolvedValue": "1"},
        {"name": "b", "resolvedValue": "3"},
    ]
    with pytest.raises(ClientError, match="ValidationException"):
        _start(yard, "vars", variables=[{"name": "c", "value": "3"}])
    for action, kind, code in (
        ("Nope", "COMMIT_ID", "ValidationException"),
        ("Pull", "COMMIT_ID", "ValidationException"),
        ("Pull", "S3_OBJECT_KEY", "NotEmulated"),
    ):
        with pytest.raises(ClientError, match=code):
            _start(
                yard,
                "vars",
                sourceRevisions=[{"actionName": action, "revisionType": kind, "revisionValue": "0a1b"}],
            )
    assert len(yard.client.list_pipeline_executions(pipelineName="vars")["pipelineExecutionSummaries"]) == 2


def test_a_closed_transition_holds_the_newest_and_no_approval_passes_to_another_execution(yard: Yard) -> None:
    transition = {"pipelineName": "waits", "stageName": "Prod", "transitionType": "Inbound"}
    first = yard.make("waits", stage("Qa", approval("Check")), stage("Prod", approval("Promote")))
    token = yard.token("waits", "Qa", "Check")
    yard.client.disable_stage_transition(**transition, reason="holiday")
    second = _start(yard, "waits")
    until(lambda: [second] == [item["pipelineExecutionId"] for item in yard.stage("waits", "Qa")["inboundExecutions"]])
    yard.answer("waits", "Qa", "Check", token)

    # The second one is in Qa, and its approval has a token of its own.
    newer = yard.token("waits", "Qa", "Check", other_than=token)
    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        yard.answer("waits", "Qa", "Check", token)
    yard.answer("waits", "Qa", "Check", newer)
    assert yard.ended("waits", first)["status"] == "Superseded"
    prod = yard.stage("waits", "Prod")
    assert prod["inboundExecution"]["pipelineExecutionId"] == second
    assert prod["inboundTransitionState"]["disabledReason"] == "holiday"
    assert prod["inboundTransitionState"]["enabled"] is False

    yard.client.enable_stage_transition(**transition)

    yard.answer("waits", "Prod", "Promote", yard.token("waits", "Prod", "Promote"))
    assert yard.ended("waits", second)["status"] == "Succeeded"
    assert yard.stage("waits", "Prod")["inboundTransitionState"]["enabled"] is True
    filtered = yard.client.list_pipeline_executions(
        pipelineName="waits", filter={"succeededInStage": {"stageName": "Prod"}}
    )
    assert [item["pipelineExecutionId"] for item in filtered["pipelineExecutionSummaries"]] == [second]


def test_a_stage_goes_back_to_an_execution_that_succeeded_in_it(yard: Yard) -> None:
    ask = approval("Promote", {"CustomData": "#{Src.VersionId} #{codepipeline.PipelineExecutionId}"})
    first = yard.make("back", stage("Prod", ask), stage("After", approval("Look")))
    token = yard.token("back", "Prod", "Promote")
    yard.answer("back", "Prod", "Promote", token)
    looked = yard.token("back", "After", "Look")
    rollback = {"pipelineName": "back", "targetPipelineExecutionId": first}
    with pytest.raises(ClientError, match="UnableToRollbackStageException"):
        yard.client.rollback_stage(**rollback, stageName="Source")
    with pytest.raises(ClientError, match="UnableToRollbackStageException"):
        yard.client.rollback_stage(**rollback, stageName="After")

    key = yard.client.rollback_stage(**rollback, stageName="Prod")["pipelineExecutionId"]

    yard.answer("back", "Prod", "Promote", yard.token("back", "Prod", "Promote", other_than=token))
    ended = yard.ended("back", key)
    assert (ended["status"], ended["executionType"]) == ("Succeeded", "ROLLBACK")
    assert ended["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": first}
    assert ended["trigger"]["triggerType"] == "ManualRollback"
    assert ended["artifactRevisions"] == yard.execution("back", first)["artifactRevisions"]
    (asked,) = yard.client.list_action_executions(pipelineName="back", filter={"pipelineExecutionId": key})[
        "actionExecutionDetails"
    ]
    version = ended["artifactRevisions"][0]["revisionId"]
    assert asked["input"]["resolvedConfiguration"]["CustomData"] == f"{version} {key}"
    yard.answer("back", "After", "Look", looked)
    assert yard.ended("back", first)["status"] == "Succeeded"


def test_lists_come_in_pages_newest_first(yard: Yard) -> None:
    yard.make("paged", stage("Prod", approval("Promote")), executionMode="PARALLEL")
    made = [_start(yard, "paged") for _ in range(3)]
    first = yard.client.list_pipeline_executions(pipelineName="paged", maxResults=2)
    rest = yard.client.list_pipeline_executions(pipelineName="paged", nextToken=first["nextToken"])

    assert [item["pipelineExecutionId"] for item in first["pipelineExecutionSummaries"]] == made[:0:-1]
    oldest = [item["pipelineExecutionId"] for item in rest["pipelineExecutionSummaries"]]
    assert (oldest[0], len(oldest)) == (made[0], 2)
    assert "nextToken" not in rest
    for call in (yard.client.list_pipeline_executions, yard.client.list_action_executions):
        with pytest.raises(ClientError, match="InvalidNextTokenException"):
            call(pipelineName="paged", nextToken="nope")


def test_a_rule_and_a_schedule_start_a_pipeline_as_their_roles(yard: Yard, cloud: RunningCloud) -> None:
    yard.make("started", stage("Prod", approval("Promote")), executionMode="PARALLEL")
    arn = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:started"
    start = {"Effect": "Allow", "Action": "codepipeline:StartPipelineExecution", "Resource": arn}
    events = make_role(cloud, "starter", [start], trust={"Service": "events.amazonaws.com"})
    nobody = make_role(cloud, "nobody", [], trust={"Service": "events.amazonaws.com"})
    put_rule(cloud, "denied", {"source": ["go"]}, {"Arn": arn, "RoleArn": nobody})
    rule = put_rule(cloud, "start", {"source": ["go"]}, {"Arn": arn, "RoleArn": events})
    send(cloud, "go", {})
    until(lambda: len(yard.client.list_pipeline_executions(pipelineName="started")["pipelineExecutionSummaries"]) == 2)
    newest = yard.execution("started", yard.newest("started"))
    assert newest["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}

    role = make_role(cloud, "scheduler", [start], trust={"Service": "scheduler.amazonaws.com"})
    cloud.client("scheduler", ACCOUNT).create_schedule(
        Name="nightly",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role},
    )
    order = {"account_id": ACCOUNT, "region": "us-east-1", "group": "default", "name": "nightly"}
    cloud.control("clock", {"advance_to_next_firing_of": order})
    until(lambda: len(yard.client.list_pipeline_executions(pipelineName="started")["pipelineExecutionSummaries"]) == 3)
    newest = yard.execution("started", yard.newest("started"))
    assert newest["trigger"] == {
        "triggerType": "StartPipelineExecution",
        "triggerDetail": f"arn:aws:sts::{ACCOUNT}:assumed-role/scheduler/nightly",
    }


def test_cloudformation_starts_a_pipeline_again_after_a_change_if_it_is_told_to(
    yard: Yard, cloud: RunningCloud
) -> None:
    def template(custom: str) -> str:
        properties = _capitals(yard.definition("stacked", stage("Prod", approval("Promote", {"CustomData": custom}))))
        properties["RestartExecutionOnUpdate"] = True
        return json.dumps({"Resources": {"P": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}}})

    stacks = cloud.client("cloudformation", ACCOUNT)
    for kind, custom in (("CREATE", "one"), ("UPDATE", "two")):
        stacks.create_change_set(
            StackName="stacked", ChangeSetName=kind, ChangeSetType=kind, TemplateBody=template(custom)
        )
        stacks.execute_change_set(StackName="stacked", ChangeSetName=kind)
        until(lambda: stacks.describe_stacks(StackName="stacked")["Stacks"][0]["StackStatus"].endswith("E_COMPLETE"))
        yard.token("stacked", "Prod", "Promote")

    second, first = yard.client.list_pipeline_executions(pipelineName="stacked")["pipelineExecutionSummaries"]
    assert (first["status"], first["trigger"]["triggerType"]) == ("Cancelled", "CreatePipeline")
    assert (second["status"], second["trigger"]["triggerType"]) == ("InProgress", "StartPipelineExecution")
    assert yard.client.get_pipeline_state(name="stacked")["pipelineVersion"] == 2


def _capitals(value: Any, *, inside: str = "") -> Any:
    if isinstance(value, list):
        return [_capitals(item) for item in value]
    if isinstance(value, dict) and inside != "configuration":
        return {name[0].upper() + name[1:]: _capitals(item, inside=name) for name, item in value.items()}
    return value


def test_what_is_not_covered_is_refused_by_name_when_the_pipeline_is_made(yard: Yard) -> None:
    rule = {
        "name": "R",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
    }
    condition = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    for name, words, more in (
        ("gate", "beforeEntry", {"beforeEntry": condition}),
        ("skips", "SKIP", {"onFailure": {"result": "SKIP"}}),
        ("cond", "conditions", {"onFailure": condition}),
    ):
        with pytest.raises(ClientError, match=words) as refused:
            yard.make(name, stage("Prod", approval("Promote"), **more))
        assert refused.value.response["Error"]["Code"] == "NotEmulated"
    with pytest.raises(ClientError, match="PipelineNotFoundException"):
        yard.client.get_pipeline(name="gate")


def test_a_pipeline_that_is_not_there_or_there_twice(yard: Yard) -> None:
    yard.make("once", stage("Prod", approval("Promote")))
    with pytest.raises(ClientError, match="PipelineNameInUseException"):
        yard.make("once", stage("Prod", approval("Promote")))
    yard.client.delete_pipeline(name="once")
    for call in (
        lambda: yard.client.get_pipeline_state(name="once"),
        lambda: _start(yard, "once"),
        lambda: yard.client.list_action_executions(pipelineName="once"),
        lambda: yard.newest("once"),
    ):
        with pytest.raises(ClientError, match="PipelineNotFoundException"):
            call()
    assert yard.client.delete_pipeline(name="once")


def test_times_are_numbers_as_all_clients_read_them(yard: Yard) -> None:
    yard.make("timed", stage("Prod", approval("Promote")))
    metadata = yard.client.get_pipeline(name="timed")["metadata"]
    assert isinstance(metadata["created"], datetime)
    assert metadata["created"] <= datetime.now(UTC)
