"""Pipelines and build projects over plain boto3: made, changed and removed by stacks."""

import json
import re
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role

_ARN = "arn:aws:codeconnections:us-east-1:111111111111:connection/00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def roles(cloud: RunningCloud) -> dict[str, str]:
    return {
        service: make_role(cloud, service, [], trust={"Service": f"{service}.amazonaws.com"})
        for service in ("codebuild", "codepipeline")
    }


def _project(roles: dict[str, str], **more: Any) -> dict[str, Any]:
    properties = {
        "Name": "smoke",
        "ServiceRole": roles["codebuild"],
        "Source": {"Type": "CODEPIPELINE", "BuildSpec": '{"version": "0.2"}'},
        "Artifacts": {"Type": "CODEPIPELINE"},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "Image": "aws/codebuild/standard:7.0",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "EnvironmentVariables": [{"Name": "STAGE", "Type": "PLAINTEXT", "Value": "qa"}],
        },
        "EncryptionKey": "arn:aws:kms:us-east-1:111111111111:key/k",
        "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": "builds"}},
        "Tags": [{"Key": "a", "Value": "b"}],
        **more,
    }
    return {"Type": "AWS::CodeBuild::Project", "Properties": properties}


def _pipeline(roles: dict[str, str], branch: str) -> dict[str, Any]:
    source = {
        "Name": "Source",
        "ActionTypeId": {
            "Category": "Source",
            "Owner": "AWS",
            "Provider": "CodeStarSourceConnection",
            "Version": "1",
        },
        "Configuration": {"ConnectionArn": _ARN, "FullRepositoryId": "o/r", "BranchName": branch},
        "OutputArtifacts": [{"Name": "Code"}],
    }
    build = {
        "Name": "Smoke",
        "ActionTypeId": {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1"},
        "Configuration": {"ProjectName": {"Ref": "Project"}},
        "InputArtifacts": [{"Name": "Code"}],
    }
    properties = {
        "Name": "promotion",
        "RoleArn": roles["codepipeline"],
        "PipelineType": "V2",
        "RestartExecutionOnUpdate": True,
        "ArtifactStore": {"Type": "S3", "Location": "bucket", "EncryptionKey": {"Id": "k", "Type": "KMS"}},
        "Stages": [{"Name": "Source", "Actions": [source]}, {"Name": "Qa", "Actions": [build]}],
    }
    return {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}


def _deploy(cloud: RunningCloud, name: str, resources: dict[str, Any], *, create: bool = True) -> str:
    """Deploy a stack; returns its final status and what went wrong."""
    client, change_set = cloud.client("cloudformation", ACCOUNT), f"c{uuid.uuid4().hex}"
    client.create_change_set(
        StackName=name,
        ChangeSetName=change_set,
        ChangeSetType="CREATE" if create else "UPDATE",
        TemplateBody=json.dumps({"Resources": resources}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.execute_change_set(StackName=name, ChangeSetName=change_set)
    status = _settled(cloud, name)
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    return f"{status} {' '.join(event.get('ResourceStatusReason', '') for event in events)}"


def _settled(cloud: RunningCloud, name: str) -> str:
    client, end = cloud.client("cloudformation", ACCOUNT), time.monotonic() + 60
    while (status := client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]).endswith("_IN_PROGRESS"):
        assert time.monotonic() < end, status
        time.sleep(0.05)
    return str(status)


def test_a_pipeline_and_its_project_live_from_creation_to_deletion(cloud: RunningCloud, roles: dict[str, str]) -> None:
    builds, pipelines = cloud.client("codebuild", ACCOUNT), cloud.client("codepipeline", ACCOUNT)
    stack = {"Project": _project(roles), "Pipeline": _pipeline(roles, "main")}

    assert _deploy(cloud, "promotion", stack).startswith("CREATE_COMPLETE")
    (project,) = builds.batch_get_projects(names=["smoke"])["projects"]
    assert project["source"] == {"type": "CODEPIPELINE", "buildspec": '{"version": "0.2"}'}
    assert project["environment"]["environmentVariables"] == [{"name": "STAGE", "type": "PLAINTEXT", "value": "qa"}]
    assert project["encryptionKey"] == "arn:aws:kms:us-east-1:111111111111:key/k"
    assert project["logsConfig"]["cloudWatchLogs"] == {"status": "ENABLED", "groupName": "builds"}
    assert project["tags"] == [{"key": "a", "value": "b"}]
    pipeline = pipelines.get_pipeline(name="promotion")["pipeline"]
    assert (pipeline["version"], pipeline["pipelineType"]) == (1, "V2")
    assert pipeline["artifactStore"]["encryptionKey"] == {"id": "k", "type": "KMS"}
    source, build = (stage["actions"][0] for stage in pipeline["stages"])
    assert source["configuration"] == {"ConnectionArn": _ARN, "FullRepositoryId": "o/r", "BranchName": "main"}
    assert build["configuration"] == {"ProjectName": "smoke"}

    changed = _project(roles, Source={"Type": "CODEPIPELINE", "BuildSpec": "{}"})
    after = _deploy(cloud, "promotion", {"Project": changed, "Pipeline": _pipeline(roles, "next")}, create=False)
    assert after.startswith("UPDATE_COMPLETE")
    (project,) = builds.batch_get_projects(names=["smoke"])["projects"]
    assert project["source"]["buildspec"] == "{}"
    assert project["encryptionKey"] == "arn:aws:kms:us-east-1:111111111111:key/k"
    pipeline = pipelines.get_pipeline(name="promotion")["pipeline"]
    assert pipeline["version"] == 2
    assert pipeline["stages"][0]["actions"][0]["configuration"]["BranchName"] == "next"

    client = cloud.client("cloudformation", ACCOUNT)
    stack_id = client.describe_stacks(StackName="promotion")["Stacks"][0]["StackId"]
    client.delete_stack(StackName="promotion")
    assert _settled(cloud, stack_id) == "DELETE_COMPLETE"
    assert pipelines.list_pipelines()["pipelines"] == []
    assert builds.list_projects()["projects"] == []


def test_what_a_template_no_longer_says_of_a_project_is_gone(cloud: RunningCloud, roles: dict[str, str]) -> None:
    more = {"Type": "S3", "Location": "bucket/a.zip", "SourceIdentifier": "more", "InsecureSSL": False}
    artifact = {"Type": "S3", "Location": "bucket", "ArtifactIdentifier": "flat"}
    cache = {"Type": "LOCAL", "Modes": ["LOCAL_CUSTOM_CACHE"]}
    parts = {"SecondarySources": [more], "SecondaryArtifacts": [artifact], "Cache": cache, "ConcurrentBuildLimit": 2}
    client = cloud.client("codebuild", ACCOUNT)

    first = _deploy(cloud, "parts", {"Project": _project(roles, Name="parts", **parts)})
    (made,) = client.batch_get_projects(names=["parts"])["projects"]
    second = _deploy(cloud, "parts", {"Project": _project(roles, Name="parts")}, create=False)
    (changed,) = client.batch_get_projects(names=["parts"])["projects"]

    assert (first.split()[0], second.split()[0]) == ("CREATE_COMPLETE", "UPDATE_COMPLETE"), first
    assert made["secondarySources"][0]["sourceIdentifier"] == "more"
    assert made["secondaryArtifacts"][0]["artifactIdentifier"] == "flat"
    assert (made["cache"]["type"], made["concurrentBuildLimit"]) == ("LOCAL", 2)
    assert (changed["secondarySources"], changed["secondaryArtifacts"]) == ([], [])
    assert changed["cache"] == {"type": "NO_CACHE"}
    assert changed["timeoutInMinutes"] == 60
    assert "concurrentBuildLimit" not in changed
    client.delete_project(name="parts")


def test_a_project_without_a_name_is_named_after_its_logical_id(cloud: RunningCloud, roles: dict[str, str]) -> None:
    project = _project(roles)
    del project["Properties"]["Name"]

    assert _deploy(cloud, "named", {"PipelineBuildSynthCdkBuildProject": project}).startswith("CREATE_COMPLETE")

    (name,) = cloud.client("codebuild", ACCOUNT).list_projects()["projects"]
    assert re.fullmatch(r"PipelineBuildSynthCdkBuildP-\w{12}", name)
    stacks = cloud.client("cloudformation", ACCOUNT)
    stack_id = stacks.describe_stacks(StackName="named")["Stacks"][0]["StackId"]
    stacks.delete_stack(StackName="named")
    assert _settled(cloud, stack_id) == "DELETE_COMPLETE"


def test_a_property_that_would_be_lost_is_refused(cloud: RunningCloud, roles: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="does not emulate BadgeEnabled of AWS::CodeBuild::Project"):
        _deploy(cloud, "lost", {"Project": _project(roles, Name="lost", BadgeEnabled=True)})


def test_a_role_that_does_not_trust_the_service_is_not_handed_to_it(cloud: RunningCloud, roles: dict[str, str]) -> None:
    wrong = {"codebuild": roles["codepipeline"]}

    said = _deploy(cloud, "trust", {"Project": _project(wrong, Name="trust")})

    assert "codebuild.amazonaws.com is not authorized to perform: sts:AssumeRole" in said


def test_a_project_that_is_not_there_cannot_be_changed(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="Project cannot be found"):
        cloud.client("codebuild", ACCOUNT).update_project(name="nope", description="d")


def test_a_policy_may_name_the_tag_of_a_role_that_is_taken(cloud: RunningCloud) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:ResourceTag/aws-cdk:bootstrap-role": "deploy"}},
    }
    builder = make_role(cloud, "builder", [statement])
    targets = {name: make_role(cloud, name, []) for name in ("with-tag", "without-tag")}
    tag = {"Key": "aws-cdk:bootstrap-role", "Value": "deploy"}
    cloud.client("iam", ACCOUNT).tag_role(RoleName="with-tag", Tags=[tag])
    sts = as_role(cloud, builder, "sts")

    assert sts.assume_role(RoleArn=targets["with-tag"], RoleSessionName="test")["Credentials"]
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=targets["without-tag"], RoleSessionName="test")


def test_a_policy_may_name_the_items_of_a_table(cloud: RunningCloud) -> None:
    cloud.client("dynamodb", ACCOUNT).create_table(
        TableName="items",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    statement = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query"],
        "Resource": "arn:aws:dynamodb:us-east-1:111111111111:table/items",
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"]}},
    }
    reader = as_role(cloud, make_role(cloud, "reader", [statement]), "dynamodb")

    def query(key: str) -> Any:
        return reader.query(
            TableName="items", KeyConditionExpression="pk = :k", ExpressionAttributeValues={":k": {"S": key}}
        )

    assert "Item" not in reader.get_item(TableName="items", Key={"pk": {"S": "mine"}})
    assert query("mine")["Count"] == 0
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.get_item(TableName="items", Key={"pk": {"S": "yours"}})
    with pytest.raises(ClientError, match="AccessDenied"):
        query("yours")
