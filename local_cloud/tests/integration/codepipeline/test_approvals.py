"""Approvals: nothing lets one succeed but PutApprovalResult with the token under which it waits.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from integration.codepipeline.small_pipelines import SERVICE, Yard, approval, policy, stage
from integration.events.conftest import Queue, put_rule
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, as_role, make_role

_LINK = "https://console.aws.amazon.com/codepipeline/home?region=us-east-1#/view/told"


def test_a_topic_is_told_as_the_role_and_whoever_may_approves(yard: Yard, cloud: RunningCloud) -> None:
    topic = cloud.client("sns", ACCOUNT).create_topic(Name="approvals")["TopicArn"]
    queue = Queue(cloud, "approvals", allowed=False)
    cloud.client("sqs", ACCOUNT).set_queue_attributes(
        QueueUrl=cloud.client("sqs", ACCOUNT).get_queue_url(QueueName="approvals")["QueueUrl"],
        Attributes={
            "Policy": policy(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue.arn,
                }
            )
        },
    )
    cloud.client("sns", ACCOUNT).subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"}
    )
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    role = make_role(cloud, "ask-told", [publish], trust={"AWS": yard.role})
    configuration = {
        "NotificationArn": topic,
        "CustomData": "version #{Src.VersionId}",
        "ExternalEntityLink": "https://example.com/#{codepipeline.PipelineExecutionId}",
    }
    key = yard.make("told", stage("Prod", approval("Promote", configuration, roleArn=role)))

    told = queue.next()["body"]
    token = yard.token("told", "Prod", "Promote")
    version = yard.execution("told", key)["artifactRevisions"][0]["revisionId"]
    assert told.pop("approval") | {"expires": ""} == {
        "pipelineName": "told",
        "stageName": "Prod",
        "actionName": "Promote",
        "token": token,
        "expires": "",
        "externalEntityLink": f"https://example.com/{key}",
        "approvalReviewLink": f"{_LINK}/Prod/Promote/approve/{token}",
        "customData": f"version {version}",
    }
    assert told == {"region": "us-east-1", "consoleLink": _LINK}

    may = {
        "Effect": "Allow",
        "Action": "codepipeline:PutApprovalResult",
        "Resource": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:told/Prod/Promote",
    }
    approver = as_role(cloud, make_role(cloud, "approver", [may]), "codepipeline")
    stranger = {**may, "Resource": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:told"}
    by = as_role(cloud, make_role(cloud, "stranger", [stranger]), "codepipeline")
    with pytest.raises(ClientError, match="AccessDenied"):
        yard.answer("told", "Prod", "Promote", token, by=by)
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        yard.answer("told", "Prod", "Promote", "00000000-0000-0000-0000-000000000000", by=approver)
    assert yard.execution("told", key)["status"] == "InProgress"

    assert yard.answer("told", "Prod", "Promote", token, by=approver)["approvedAt"]

    assert yard.ended("told", key)["status"] == "Succeeded"
    latest = yard.action("told", "Prod", "Promote")["latestExecution"]
    assert (latest["status"], latest["summary"], "token" in latest) == ("Succeeded", "Approved for a reason", False)
    assert latest["lastUpdatedBy"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/approver/test"
    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        yard.answer("told", "Prod", "Promote", token, status="Rejected")


def test_a_rejection_fails_the_action_with_its_summary_and_a_retry_asks_anew(yard: Yard) -> None:
    key = yard.make("rejected", stage("Prod", approval("Promote")))
    first = yard.token("rejected", "Prod", "Promote")

    yard.answer("rejected", "Prod", "Promote", first, status="Rejected")

    assert yard.ended("rejected", key)["status"] == "Failed"
    latest = yard.action("rejected", "Prod", "Promote")["latestExecution"]
    assert (latest["status"], latest["summary"]) == ("Failed", "Rejected for a reason")
    yard.client.retry_stage_execution(
        pipelineName="rejected", stageName="Prod", pipelineExecutionId=key, retryMode="FAILED_ACTIONS"
    )
    second = yard.token("rejected", "Prod", "Promote", other_than=first)
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        yard.answer("rejected", "Prod", "Promote", first)
    yard.answer("rejected", "Prod", "Promote", second)
    assert yard.ended("rejected", key)["status"] == "Succeeded"
    metadata = yard.stage("rejected", "Prod")["retryStageMetadata"]
    assert (metadata["manualStageRetryAttempt"], metadata["latestRetryTrigger"]) == (1, "ManualStageRetry")
    with pytest.raises(ClientError, match="StageNotRetryableException"):
        yard.client.retry_stage_execution(
            pipelineName="rejected", stageName="Prod", pipelineExecutionId=key, retryMode="FAILED_ACTIONS"
        )


def test_the_token_of_an_execution_that_was_stopped_is_worth_nothing(yard: Yard) -> None:
    key = yard.make("stopped", stage("Prod", approval("Promote")))
    token = yard.token("stopped", "Prod", "Promote")
    stop = {"pipelineName": "stopped", "pipelineExecutionId": key}
    yard.client.stop_pipeline_execution(**stop, reason="not now")
    with pytest.raises(ClientError, match="DuplicatedStopRequestException"):
        yard.client.stop_pipeline_execution(**stop)
    assert yard.stage("stopped", "Prod")["latestExecution"]["status"] == "Stopping"

    yard.client.stop_pipeline_execution(**stop, abandon=True, reason="really")

    assert yard.ended("stopped", key)["status"] == "Stopped"
    assert yard.action("stopped", "Prod", "Promote")["latestExecution"]["status"] == "Abandoned"
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        yard.answer("stopped", "Prod", "Promote", token)
    with pytest.raises(ClientError, match="PipelineExecutionNotStoppableException"):
        yard.client.stop_pipeline_execution(**stop)
    (shown,) = yard.client.list_pipeline_executions(pipelineName="stopped")["pipelineExecutionSummaries"]
    assert shown["stopTrigger"] == {"reason": "really"}


def test_a_change_of_the_pipeline_cancels_what_waits_for_an_approval(yard: Yard) -> None:
    key = yard.make("changed", stage("Prod", approval("Promote")))
    token = yard.token("changed", "Prod", "Promote")
    same = yard.definition("changed", stage("Prod", approval("Promote")))
    assert yard.client.update_pipeline(pipeline=same)["pipeline"]["version"] == 2
    assert yard.execution("changed", key)["status"] == "InProgress"

    yard.client.update_pipeline(
        pipeline=yard.definition("changed", stage("Prod", approval("Promote")), stage("More", approval("Again")))
    )

    assert yard.execution("changed", key)["status"] == "Cancelled"
    assert yard.stage("changed", "Prod")["latestExecution"]["status"] == "Cancelled"
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        yard.answer("changed", "Prod", "Promote", token)


@pytest.mark.parametrize(("minutes", "wait"), [(None, timedelta(days=7)), (10, timedelta(minutes=10))])
def test_an_approval_fails_by_itself_when_its_time_is_up(
    yard: Yard, cloud: RunningCloud, minutes: int | None, wait: timedelta
) -> None:
    name = f"late-{minutes}"
    asked = approval("Promote")
    if minutes is not None:
        asked["timeoutInMinutes"] = minutes
    key = yard.make(name, stage("Prod", asked))
    token = yard.token(name, "Prod", "Promote")
    cloud.control("clock", {"advance_seconds": (wait - timedelta(minutes=5)).total_seconds()})
    assert yard.execution(name, key)["status"] == "InProgress"

    cloud.control("clock", {"advance_seconds": 300})

    assert yard.ended(name, key)["status"] == "Failed"
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        yard.answer(name, "Prod", "Promote", token)


def test_a_role_that_may_not_tell_the_topic_fails_the_action_by_name(yard: Yard, cloud: RunningCloud) -> None:
    topic = cloud.client("sns", ACCOUNT).create_topic(Name="closed")["TopicArn"]
    role = make_role(cloud, "ask-nobody", [], trust={"AWS": yard.role})
    key = yard.make("denied", stage("Prod", approval("Promote", {"NotificationArn": topic}, roleArn=role)))

    assert yard.ended("denied", key)["status"] == "Failed"
    error = yard.action("denied", "Prod", "Promote")["latestExecution"]["errorDetails"]
    assert error["code"] == "PermissionError"
    assert "assumed-role/ask-nobody/" in error["message"]
    assert "is not authorized to perform: sns:Publish" in error["message"]


@pytest.mark.parametrize(
    ("name", "trust", "words"),
    [
        ("ask-untrusting", {"Service": "codepipeline.amazonaws.com"}, "trust policy does not allow it"),
        ("other-name", {"AWS": "*"}, "sts:AssumeRole"),
    ],
)
def test_the_pipelines_role_takes_on_only_what_it_may(
    yard: Yard, cloud: RunningCloud, name: str, trust: dict[str, str], words: str
) -> None:
    role = make_role(cloud, name, [], trust=trust)
    key = yard.make(name, stage("Prod", approval("Promote", roleArn=role)))

    assert yard.ended(name, key)["status"] == "Failed"
    error = yard.action(name, "Prod", "Promote")["latestExecution"]["errorDetails"]
    assert error["code"] == "PermissionError"
    assert words in error["message"]
    assert role in error["message"]


def test_a_role_of_another_account_is_taken_on(yard: Yard, cloud: RunningCloud) -> None:
    topic = cloud.client("sns", OTHER).create_topic(Name="theirs")["TopicArn"]
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    far = make_role(cloud, "far", [publish], account=OTHER, trust={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": far}
    storage = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    role = make_role(cloud, "pipeline-across", [may, storage], trust=SERVICE)
    configuration = {"NotificationArn": topic}
    key = yard.make("across", stage("Prod", approval("Promote", configuration, roleArn=far)), roleArn=role)

    yard.answer("across", "Prod", "Promote", yard.token("across", "Prod", "Promote"))

    assert yard.ended("across", key)["status"] == "Succeeded"


def test_the_bus_is_told_of_each_state(yard: Yard, cloud: RunningCloud) -> None:
    queue = Queue(cloud, "told-states")
    pattern = {"source": ["aws.codepipeline"], "detail": {"pipeline": ["events"], "action": [{"exists": False}]}}
    put_rule(cloud, "states", pattern, {"Arn": queue.arn})
    actions = Queue(cloud, "told-actions")
    put_rule(
        cloud,
        "actions",
        {"detail-type": ["CodePipeline Action Execution State Change"], "detail": {"state": ["FAILED"]}},
        {"Arn": actions.arn},
    )
    key = yard.make("events", stage("Prod", approval("Promote")))
    yard.answer("events", "Prod", "Promote", yard.token("events", "Prod", "Promote"), status="Rejected")
    yard.ended("events", key)

    events = [queue.next()["body"] for _ in range(6)]
    assert sorted((event["detail"].get("stage", ""), event["detail"]["state"]) for event in events) == [
        ("", "FAILED"),
        ("", "STARTED"),
        ("Prod", "FAILED"),
        ("Prod", "STARTED"),
        ("Source", "STARTED"),
        ("Source", "SUCCEEDED"),
    ]
    begun = next(
        event for event in events if (event["detail"].get("stage"), event["detail"]["state"]) == (None, "STARTED")
    )
    assert begun["detail-type"] == "CodePipeline Pipeline Execution State Change"
    assert begun["resources"] == [f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:events"]
    assert begun["detail"]["execution-id"] == key
    assert begun["detail"]["execution-trigger"]["trigger-type"] == "CreatePipeline"
    failed = actions.next()["body"]["detail"]
    assert (failed["stage"], failed["action"], failed["type"]["category"]) == ("Prod", "Promote", "Approval")
    assert json.dumps(failed["version"]) == "1.0"


@pytest.mark.parametrize(("value", "allowed"), [("ALLOW_APPROVE", True), ("DENY", False)])
def test_a_policy_may_name_the_tags_of_the_pipeline_for_its_stages_and_actions_too(
    value: str, *, allowed: bool, yard: Yard, cloud: RunningCloud
) -> None:
    # As CDK Pipelines lets its function approve.
    name = f"tagged-{value.lower().replace('_', '-')}"
    yard.make(name, stage("Prod", approval("Promote")))
    client = cloud.client("codepipeline", ACCOUNT)
    arn = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:{name}"
    client.tag_resource(resourceArn=arn, tags=[{"key": "SECURITY_CHECK", "value": value}])
    token = yard.token(name, "Prod", "Promote")
    statement = {
        "Effect": "Allow",
        "Action": ["codepipeline:GetPipelineState", "codepipeline:PutApprovalResult"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/SECURITY_CHECK": "ALLOW_APPROVE"}},
    }
    by = as_role(cloud, make_role(cloud, f"approver-{name}", [statement]), "codepipeline")

    if allowed:
        assert by.get_pipeline_state(name=name)["pipelineName"] == name
        assert yard.answer(name, "Prod", "Promote", token, by=by)["approvedAt"]
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            by.get_pipeline_state(name=name)
        with pytest.raises(ClientError, match="AccessDenied"):
            yard.answer(name, "Prod", "Promote", token, by=by)
