"""Stacks over plain boto3: made, changed, rolled back and removed."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, make_role

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "VisibilityTimeout": 30}}


def _deploy(cloud: RunningCloud, name: str, resources: dict[str, Any], *, create: bool, **sections: Any) -> str:
    """Deploy through a change set, as the CDK CLI does; returns the stack's final status."""
    client, change_set = cloud.client("cloudformation", ACCOUNT), f"c{uuid.uuid4().hex}"
    client.create_change_set(
        StackName=name,
        ChangeSetName=change_set,
        ChangeSetType="CREATE" if create else "UPDATE",
        TemplateBody=json.dumps({"Resources": resources, **sections}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.execute_change_set(StackName=name, ChangeSetName=change_set)
    return _settled(client, name)


def _settled(client: Any, name: str) -> str:
    while (status := client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]).endswith("_IN_PROGRESS"):
        pass
    return str(status)


def _reasons(cloud: RunningCloud, name: str) -> str:
    events = cloud.client("cloudformation", ACCOUNT).describe_stack_events(StackName=name)["StackEvents"]
    return " ".join(event.get("ResourceStatusReason", "") for event in events)


def _queues(cloud: RunningCloud) -> list[str]:
    urls = cloud.client("sqs", ACCOUNT).list_queues().get("QueueUrls", [])
    return sorted(url.rsplit("/", 1)[-1] for url in urls)


def test_a_stack_lives_from_creation_to_deletion(cloud: RunningCloud) -> None:
    sqs, client = cloud.client("sqs", ACCOUNT), cloud.client("cloudformation", ACCOUNT)

    assert _deploy(cloud, "life", {"Queue": QUEUE}, create=True) == "CREATE_COMPLETE"
    url = sqs.get_queue_url(QueueName="q")["QueueUrl"]

    changed = {**QUEUE, "Properties": {"QueueName": "q", "VisibilityTimeout": 60}}
    assert _deploy(cloud, "life", {"Queue": changed}, create=False) == "UPDATE_COMPLETE"
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"

    stack_id = client.describe_stacks(StackName="life")["Stacks"][0]["StackId"]
    client.delete_stack(StackName="life")
    assert _settled(client, stack_id) == "DELETE_COMPLETE"
    assert _queues(cloud) == []
    with pytest.raises(ClientError, match="Stack with id life does not exist"):
        client.describe_stacks(StackName="life")


def test_a_change_of_a_create_only_property_replaces_the_resource(cloud: RunningCloud) -> None:
    _deploy(cloud, "replace", {"Queue": QUEUE}, create=True)
    renamed = {**QUEUE, "Properties": {"QueueName": "renamed"}}

    assert _deploy(cloud, "replace", {"Queue": renamed}, create=False) == "UPDATE_COMPLETE"

    assert _queues(cloud) == ["renamed"]
    cloud.client("cloudformation", ACCOUNT).delete_stack(StackName="replace")


def test_a_failed_creation_leaves_nothing_behind(cloud: RunningCloud) -> None:
    broken = {
        "Good": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "left-behind"}},
        "Bad": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "no name"}, "DependsOn": "Good"},
    }

    assert _deploy(cloud, "broken", broken, create=True) == "ROLLBACK_COMPLETE"

    assert "left-behind" not in _queues(cloud)
    assert "Can only include alphanumeric characters" in _reasons(cloud, "broken")


def test_a_failed_creation_keeps_what_is_retained_in_any_case(cloud: RunningCloud) -> None:
    bad = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "no name"}, "DependsOn": ["Kept", "Dropped"]}
    kept = {**QUEUE, "Properties": {"QueueName": "kept"}, "DeletionPolicy": "Retain"}
    dropped = {**QUEUE, "Properties": {"QueueName": "dropped"}, "DeletionPolicy": "RetainExceptOnCreate"}

    assert _deploy(cloud, "partly", {"Kept": kept, "Dropped": dropped, "Bad": bad}, create=True) == "ROLLBACK_COMPLETE"

    assert _queues(cloud) == ["kept"]
    cloud.client("sqs", ACCOUNT).delete_queue(
        QueueUrl=cloud.client("sqs", ACCOUNT).get_queue_url(QueueName="kept")["QueueUrl"]
    )
    cloud.client("cloudformation", ACCOUNT).delete_stack(StackName="partly")


def test_a_failed_update_goes_back(cloud: RunningCloud) -> None:
    table = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "p", "Type": "String", "Value": "before"}}
    _deploy(cloud, "back", {"Parameter": table}, create=True)
    changed = {**table, "Properties": {"Name": "p", "Type": "String", "Value": "after"}}
    bad = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "no name"}, "DependsOn": "Parameter"}

    assert _deploy(cloud, "back", {"Parameter": changed, "Bad": bad}, create=False) == "UPDATE_ROLLBACK_COMPLETE"

    value = cloud.client("ssm", ACCOUNT).get_parameter(Name="p")["Parameter"]["Value"]
    assert value == "before"
    assert "Can only include alphanumeric characters" in _reasons(cloud, "back")


def test_a_failed_update_keeps_what_it_had_replaced_and_its_name(cloud: RunningCloud) -> None:
    _deploy(cloud, "renaming", {"Queue": QUEUE}, create=True)
    sqs = cloud.client("sqs", ACCOUNT)
    url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    renamed = {**QUEUE, "Properties": {"QueueName": "other"}}
    bad = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "no name"}, "DependsOn": "Queue"}

    updated = _deploy(cloud, "renaming", {"Queue": renamed, "Bad": bad}, create=False)

    assert updated == "UPDATE_ROLLBACK_COMPLETE", _reasons(cloud, "renaming")
    assert "other" not in _queues(cloud)
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"
    cloud.client("cloudformation", ACCOUNT).delete_stack(StackName="renaming")


def test_a_name_of_the_templates_own_is_no_name_of_what_replaces_it(cloud: RunningCloud) -> None:
    # https://repost.aws/knowledge-center/cloudformation-custom-name
    properties = {
        "TableName": "keyed",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    }
    _deploy(cloud, "keyed", {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}, create=True)
    other = {
        **properties,
        "AttributeDefinitions": [{"AttributeName": "b", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
    }

    changed = _deploy(cloud, "keyed", {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": other}}, create=False)

    assert changed == "UPDATE_ROLLBACK_COMPLETE"
    assert (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        "Rename keyed and update the stack again."
    ) in _reasons(cloud, "keyed")


def test_the_same_template_again_is_no_change(cloud: RunningCloud) -> None:
    _deploy(cloud, "same", {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}, create=True)
    client = cloud.client("cloudformation", ACCOUNT)
    body = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}})

    client.create_change_set(StackName="same", ChangeSetName="none", ChangeSetType="UPDATE", TemplateBody=body)

    found = client.describe_change_set(StackName="same", ChangeSetName="none")
    assert found["Status"] == "FAILED"
    assert found["StatusReason"].startswith("The submitted information didn't contain changes.")


def test_what_a_removed_stack_kept_fails_the_next_one(cloud: RunningCloud) -> None:
    # https://github.com/aws/aws-cdk/issues/11687: whoever was destroyed and kept its data comes back.
    kept = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": "there-already"},
        "DeletionPolicy": "Retain",
    }
    client = cloud.client("cloudformation", ACCOUNT)
    assert _deploy(cloud, "first", {"Kept": kept}, create=True) == "CREATE_COMPLETE"
    stack_id = client.describe_stacks(StackName="first")["Stacks"][0]["StackId"]
    client.delete_stack(StackName="first")
    assert _settled(client, stack_id) == "DELETE_COMPLETE"

    assert _deploy(cloud, "second", {"Kept": kept}, create=True) == "ROLLBACK_COMPLETE"

    assert "there-already already exists" in _reasons(cloud, "second")
    client.delete_stack(StackName="second")


def test_a_bucket_of_another_account_is_taken_too(cloud: RunningCloud) -> None:
    cloud.client("s3", OTHER).create_bucket(Bucket="somebody-elses")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "somebody-elses"}}

    assert _deploy(cloud, "taken", {"Bucket": bucket}, create=True) == "ROLLBACK_COMPLETE"

    assert "somebody-elses already exists" in _reasons(cloud, "taken")


def test_a_schedule_group_is_made_once(cloud: RunningCloud) -> None:
    # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html
    client = cloud.client("scheduler", ACCOUNT)
    client.create_schedule_group(Name="once")
    with pytest.raises(client.exceptions.ConflictException) as refused:
        client.create_schedule_group(Name="once")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


@pytest.mark.parametrize(
    ("name", "code"), [("default", "ValidationException"), ("never-made", "ResourceNotFoundException")]
)
def test_a_schedule_group_that_stays_or_never_was_is_not_deleted(cloud: RunningCloud, name: str, code: str) -> None:
    client = cloud.client("scheduler", ACCOUNT)

    with pytest.raises(ClientError, match=code):
        client.delete_schedule_group(Name=name)

    assert client.get_schedule_group(Name="default")["State"] == "ACTIVE"


def test_every_part_of_a_lifecycle_rule_is_kept_or_refused(cloud: RunningCloud) -> None:
    rules: list[dict[str, Any]] = [
        {"Id": "a", "Status": "Enabled", "Prefix": "runs/", "ExpirationInDays": 30},
        {
            "Id": "b",
            "Status": "Enabled",
            "ExpiredObjectDeleteMarker": True,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 365},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
    ]
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "rules"}}
    bucket["Properties"]["LifecycleConfiguration"] = {"Rules": rules}  # type: ignore[index]  # a dict of a dict
    assert _deploy(cloud, "rules", {"Bucket": bucket}, create=True) == "CREATE_COMPLETE"
    first, second = cloud.client("s3", ACCOUNT).get_bucket_lifecycle_configuration(Bucket="rules")["Rules"]
    assert first["Expiration"] == {"Days": 30}
    assert second["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    assert second["NoncurrentVersionExpiration"]["NoncurrentDays"] == 365
    assert second["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}

    rules[0]["ObjectSizeGreaterThan"] = 1
    assert _deploy(cloud, "rules", {"Bucket": bucket}, create=False) == "UPDATE_ROLLBACK_COMPLETE"
    assert "does not emulate ObjectSizeGreaterThan of a bucket's lifecycle rule" in _reasons(cloud, "rules")


_KEY = {
    "Type": "AWS::KMS::Key",
    "DeletionPolicy": "Retain",
    "Properties": {
        "KeyPolicy": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": "*"}}],
        }
    },
}
_BUCKET = {
    "Type": "AWS::S3::Bucket",
    "DeletionPolicy": "Retain",
    "Properties": {"BucketName": "orphan", "Tags": [{"Key": "key", "Value": {"Fn::GetAtt": ["Key", "Arn"]}}]},
}
_TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "DeletionPolicy": "Retain",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    },
}


def _import(cloud: RunningCloud, name: str, resources: dict[str, Any], identifiers: dict[str, dict[str, str]]) -> str:
    client, change_set = cloud.client("cloudformation", ACCOUNT), f"c{uuid.uuid4().hex}"
    client.create_change_set(
        StackName=name,
        ChangeSetName=change_set,
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps({"Resources": resources}),
        ResourcesToImport=[
            {
                "LogicalResourceId": logical_id,
                "ResourceType": resources[logical_id]["Type"] if logical_id in resources else "AWS::S3::Bucket",
                "ResourceIdentifier": identifier,
            }
            for logical_id, identifier in identifiers.items()
        ],
    )
    (change, *_) = client.describe_change_set(StackName=name, ChangeSetName=change_set)["Changes"]
    assert change["ResourceChange"]["Action"] == "Import"
    client.execute_change_set(StackName=name, ChangeSetName=change_set)
    return _settled(client, name)


def test_a_change_set_tells_which_property_replaces(cloud: RunningCloud) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceTargetDefinition.html
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "first", "VisibilityTimeout": 1}}
    other = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "second", "VisibilityTimeout": 2}}
    client = cloud.client("cloudformation", ACCOUNT)
    assert _deploy(cloud, "recreating", {"Queue": queue}, create=True) == "CREATE_COMPLETE"
    client.create_change_set(
        StackName="recreating",
        ChangeSetName="changed",
        ChangeSetType="UPDATE",
        TemplateBody=json.dumps({"Resources": {"Queue": other}}),
    )

    (change,) = client.describe_change_set(StackName="recreating", ChangeSetName="changed")["Changes"]
    targets = [detail["Target"] for detail in change["ResourceChange"]["Details"]]
    assert {target["Name"]: target["RequiresRecreation"] for target in targets} == {
        "QueueName": "Always",
        "VisibilityTimeout": "Never",
    }
    client.delete_stack(StackName="recreating")


def test_what_an_earlier_stack_kept_is_imported_unchanged_and_used(cloud: RunningCloud) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
    resources = {"Key": _KEY, "Bucket": _BUCKET, "Table": _TABLE}
    client = cloud.client("cloudformation", ACCOUNT)
    assert _deploy(cloud, "before", resources, create=True) == "CREATE_COMPLETE"
    stack = client.describe_stack_resources(StackName="before")["StackResources"]
    ids = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in stack}
    cloud.client("s3", ACCOUNT).put_object(Bucket="orphan", Key="kept", Body=b"x")
    stack_id = client.describe_stacks(StackName="before")["Stacks"][0]["StackId"]
    client.delete_stack(StackName="before")
    assert _settled(client, stack_id) == "DELETE_COMPLETE"

    identifiers = {
        "Bucket": {"BucketName": ids["Bucket"]},
        "Key": {"KeyId": ids["Key"]},
        "Table": {"TableName": ids["Table"]},
    }
    assert _import(cloud, "after", resources, identifiers) == "IMPORT_COMPLETE"
    assert _deploy(cloud, "after", {**resources, "Queue": QUEUE}, create=False) == "UPDATE_COMPLETE"

    now = client.describe_stack_resources(StackName="after")["StackResources"]
    assert ids.items() <= {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in now}.items()
    assert cloud.client("s3", ACCOUNT).list_objects_v2(Bucket="orphan")["KeyCount"] == 1
    with pytest.raises(ClientError, match="orphan already exists in stack after"):
        _import(cloud, "thief", {"Bucket": {**_BUCKET, "Properties": {}}}, {"Bucket": {"BucketName": "orphan"}})
    client.delete_stack(StackName="after")


@pytest.mark.parametrize(
    ("resources", "identifiers", "message"),
    [
        (
            {"Bucket": _BUCKET, "Key": _KEY},
            {"Bucket": {"BucketName": "b"}},
            r"\[Key\] are missing from ResourcesToImport",
        ),
        ({"Bucket": {"Type": "AWS::S3::Bucket"}}, {"Bucket": {"BucketName": "b"}}, "must have a DeletionPolicy"),
        ({"Table": _TABLE}, {"Table": {"Name": "t"}}, "identified by TableName, got Name"),
        ({"Table": _TABLE}, {"Other": {"BucketName": "t"}}, "has no resource Other of type AWS::S3::Bucket"),
        ({"Queue": {**QUEUE, "DeletionPolicy": "Retain"}}, {"Queue": {"QueueUrl": "q"}}, "NotEmulated.* the import"),
        ({"Table": _TABLE}, {}, "needs ResourcesToImport"),
    ],
)
def test_an_import_that_aws_refuses_is_refused(
    cloud: RunningCloud, resources: dict[str, Any], identifiers: dict[str, dict[str, str]], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        _import(cloud, "refused", resources, identifiers)
    with pytest.raises(ClientError, match="does not exist"):
        cloud.client("cloudformation", ACCOUNT).describe_stacks(StackName="refused")


def test_what_is_not_there_cannot_be_imported(cloud: RunningCloud) -> None:
    assert _import(cloud, "nothing", {"Table": _TABLE}, {"Table": {"TableName": "none"}}) == "IMPORT_ROLLBACK_COMPLETE"
    assert "none" in _reasons(cloud, "nothing")


def test_a_functions_code_may_stand_in_the_template(cloud: RunningCloud) -> None:
    role = make_role(cloud, "inline-code", [], trust={"Service": "lambda.amazonaws.com"})

    def function(answer: int) -> dict[str, Any]:
        code = {"ZipFile": f"def handler(event, context):\n    return {answer}\n"}
        properties = {"FunctionName": "inline", "Runtime": "python3.11", "Handler": "index.handler", "Role": role}
        return {"Function": {"Type": "AWS::Lambda::Function", "Properties": {**properties, "Code": code}}}

    for answer, status in ((1, "CREATE_COMPLETE"), (2, "UPDATE_COMPLETE")):
        assert _deploy(cloud, "inline", function(answer), create=answer == 1) == status
        assert cloud.client("lambda", ACCOUNT).invoke(FunctionName="inline")["Payload"].read() == str(answer).encode()


def _exporting(value: str) -> dict[str, Any]:
    return {"Outputs": {"Name": {"Value": value, "Export": {"Name": "shared-name"}}}}


def test_an_export_that_is_imported_stays_as_it_is(cloud: RunningCloud) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
    client = cloud.client("cloudformation", ACCOUNT)
    queue = {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "exporting"}}}
    importing = {
        "Q": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::ImportValue": {"Fn::Sub": "shared-${Kind}"}}},
        }
    }
    parameters = {"Parameters": {"Kind": {"Type": "String", "Default": "name"}}}
    assert _deploy(cloud, "exports", queue, create=True, **_exporting("imported")) == "CREATE_COMPLETE"
    assert _deploy(cloud, "imports", importing, create=True, **parameters) == "CREATE_COMPLETE"

    client.delete_stack(StackName="exports")
    assert _settled(client, "exports") == "CREATE_COMPLETE"
    assert "Cannot delete export shared-name as it is in use by imports." in _reasons(cloud, "exports")
    assert {"exporting", "imported"} <= set(_queues(cloud))

    assert _deploy(cloud, "exports", queue, create=False, **_exporting("other")) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Export shared-name cannot be updated as it is in use by imports" in _reasons(cloud, "exports")
    assert _deploy(cloud, "exports", {**queue, "R": QUEUE}, create=False) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Export shared-name cannot be deleted as it is in use by imports" in _reasons(cloud, "exports")

    # Nobody imports it any more.
    for name in ("imports", "exports"):
        stack_id = client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        client.delete_stack(StackName=name)
        assert _settled(client, stack_id) == "DELETE_COMPLETE"


def test_a_key_needs_no_policy(cloud: RunningCloud) -> None:
    key = {"Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": "first"}}}
    assert _deploy(cloud, "policy", key, create=True) == "CREATE_COMPLETE"
    key["Key"]["Properties"] = {"Description": "second"}
    assert _deploy(cloud, "policy", key, create=False) == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    ("resource", "kind", "named"),
    [
        (f"arn:aws:states:us-east-1:{ACCOUNT}:activity:a", "STANDARD", "activities, at /States/A/Resource"),
        ("arn:aws:states:::lambda:invoke", "EXPRESS", "type is 'EXPRESS'"),
    ],
)
def test_a_state_machine_that_only_aws_runs_fails_its_stack(
    cloud: RunningCloud, resource: str, kind: str, named: str
) -> None:
    name = f"machine-{kind.lower()}"
    definition = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, "End": True}}}
    role = make_role(cloud, name, [], trust={"Service": "states.amazonaws.com"})
    properties = {"RoleArn": role, "StateMachineType": kind, "DefinitionString": json.dumps(definition)}
    resources = {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}

    assert _deploy(cloud, name, resources, create=True) == "ROLLBACK_COMPLETE"

    assert "NotEmulated" in _reasons(cloud, name)
    assert named in _reasons(cloud, name)
