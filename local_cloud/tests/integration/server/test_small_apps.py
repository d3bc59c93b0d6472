"""What small apps write into their templates: queues that redrive, tables with indexes, and what is refused of it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.server import stacks
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT


def _queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def _table(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [_attribute("id")],
            **properties,
        },
    }


def _attribute(name: str, kind: str = "S") -> dict[str, str]:
    return {"AttributeName": name, "AttributeType": kind}


def _index(name: str, key: str) -> dict[str, Any]:
    schema = [{"AttributeName": key, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}


def _physical_id(cloud: RunningCloud, stack: str, logical_id: str) -> str:
    client = cloud.client("cloudformation", ACCOUNT)
    (found,) = client.describe_stack_resources(StackName=stack, LogicalResourceId=logical_id)["StackResources"]
    return str(found["PhysicalResourceId"])


def test_a_queue_hands_what_fails_to_another_one_until_it_is_told_not_to(cloud: RunningCloud) -> None:
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Failed", "Arn"]}, "maxReceiveCount": 1}
    work = _queue(RedrivePolicy=redrive, VisibilityTimeout=0, DelaySeconds=0)
    assert stacks.deploy(cloud, "redriving", {"Failed": _queue(), "Work": work}, create=True) == "CREATE_COMPLETE"
    client = cloud.client("sqs", ACCOUNT)
    urls = {name: _physical_id(cloud, "redriving", name) for name in ("Work", "Failed")}
    client.send_message(QueueUrl=urls["Work"], MessageBody="x")
    counts = [len(client.receive_message(QueueUrl=urls["Work"]).get("Messages", [])) for _ in range(2)]
    assert counts == [1, 0]
    assert client.receive_message(QueueUrl=urls["Failed"])["Messages"][0]["Body"] == "x"

    without = {"Failed": _queue(), "Work": _queue(VisibilityTimeout=9)}
    assert stacks.deploy(cloud, "redriving", without, create=False) == "UPDATE_COMPLETE"
    found = client.get_queue_attributes(QueueUrl=urls["Work"], AttributeNames=["All"])["Attributes"]
    assert "RedrivePolicy" not in found
    assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("9", "0")
    assert stacks.delete(cloud, "redriving") == "DELETE_COMPLETE"


def test_a_queue_in_order_is_named_so(cloud: RunningCloud) -> None:
    queue = _queue(FifoQueue=True, ContentBasedDeduplication=True)
    assert stacks.deploy(cloud, "ordered", {"Queue": queue}, create=True) == "CREATE_COMPLETE"
    url = _physical_id(cloud, "ordered", "Queue")
    assert url.endswith(".fifo")
    client = cloud.client("sqs", ACCOUNT)
    for _ in range(2):
        client.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="g")
    messages = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in messages] == ["same"]


def test_indexes_of_a_table_come_and_go_one_at_a_time(cloud: RunningCloud) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
    def deploy(*names: str, create: bool = False, **more: Any) -> str:
        table = _table(
            AttributeDefinitions=[_attribute("id"), *(_attribute(name) for name in names)],
            **({"GlobalSecondaryIndexes": [_index(f"by-{name}", name) for name in names]} if names else {}),
            **more,
        )
        return stacks.deploy(cloud, "indexed", {"Table": table}, create=create)

    client = cloud.client("dynamodb", ACCOUNT)
    expiry = {"TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True}}
    assert deploy("a", create=True, **expiry) == "CREATE_COMPLETE"
    name = _physical_id(cloud, "indexed", "Table")
    described = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (described["TimeToLiveStatus"], described["AttributeName"]) == ("ENABLED", "until")

    assert deploy("a", "b") == "UPDATE_COMPLETE"
    assert _indexes(client, name) == ["by-a", "by-b"]
    assert client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    assert deploy("b", "c") == "UPDATE_ROLLBACK_COMPLETE"
    assert "Cannot perform more than one GSI creation or deletion in a single update" in stacks.reasons(
        cloud, "indexed"
    )
    assert deploy("b") == "UPDATE_COMPLETE"
    assert _indexes(client, name) == ["by-b"]


def _indexes(client: Any, name: str) -> list[str]:
    found = client.describe_table(TableName=name)["Table"].get("GlobalSecondaryIndexes", [])
    return sorted(index["IndexName"] for index in found)


def test_another_type_of_a_key_replaces_the_table(cloud: RunningCloud) -> None:
    number = {"AttributeDefinitions": [_attribute("id", "N")]}
    assert stacks.deploy(cloud, "typed", {"Table": _table()}, create=True) == "CREATE_COMPLETE"
    first = _physical_id(cloud, "typed", "Table")
    assert stacks.deploy(cloud, "typed", {"Table": _table(**number)}, create=False) == "UPDATE_COMPLETE"
    client = cloud.client("dynamodb", ACCOUNT)
    second = _physical_id(cloud, "typed", "Table")
    assert first not in client.list_tables()["TableNames"]
    assert client.describe_table(TableName=second)["Table"]["AttributeDefinitions"] == [_attribute("id", "N")]

    named = {"TableName": "named-by-me"}
    assert stacks.deploy(cloud, "named", {"Table": _table(**named)}, create=True) == "CREATE_COMPLETE"
    status = stacks.deploy(cloud, "named", {"Table": _table(**named, **number)}, create=False)
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert "cannot update a stack when a custom-named resource requires replacing" in stacks.reasons(cloud, "named")
    assert client.describe_table(TableName="named-by-me")["Table"]["AttributeDefinitions"] == [_attribute("id")]


def test_a_table_that_is_protected_stays(cloud: RunningCloud) -> None:
    protected = {"Table": _table(DeletionProtectionEnabled=True)}
    assert stacks.deploy(cloud, "protected", protected, create=True) == "CREATE_COMPLETE"
    assert stacks.delete(cloud, "protected") == "DELETE_FAILED"
    table = _physical_id(cloud, "protected", "Table")
    cloud.client("dynamodb", ACCOUNT).update_table(TableName=table, DeletionProtectionEnabled=False)
    assert stacks.delete(cloud, "protected") == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("resource", "refused"),
    [
        ({**_queue(), "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {}}}, "the UpdatePolicy of a resource"),
        ({**_queue(), "CreationPolicy": {"ResourceSignal": {}}}, "the CreationPolicy of a resource"),
        (_table(StreamSpecification={"StreamViewType": "NEW_IMAGE"}), "StreamSpecification of AWS::DynamoDB::Table"),
        (
            {"Type": "AWS::S3::Bucket", "Properties": {"NotificationConfiguration": {}}},
            "NotificationConfiguration of AWS::S3::Bucket",
        ),
        ({"Type": "AWS::Lambda::EventSourceMapping"}, "the resource type AWS::Lambda::EventSourceMapping"),
        ({"Type": "AWS::Lambda::Url"}, "the resource type AWS::Lambda::Url"),
        ({"Type": "AWS::Lambda::LayerVersion"}, "the resource type AWS::Lambda::LayerVersion"),
        (
            {"Type": "AWS::Lambda::Version", "Properties": {"ProvisionedConcurrencyConfig": {}}},
            "ProvisionedConcurrencyConfig of AWS::Lambda::Version",
        ),
        ({"Type": "AWS::CloudFormation::WaitCondition"}, "the resource type AWS::CloudFormation::WaitCondition"),
    ],
)
def test_what_would_be_lost_is_refused_by_name(cloud: RunningCloud, resource: dict[str, Any], refused: str) -> None:
    with pytest.raises(ClientError, match=rf"NotEmulated.* does not emulate {refused} \(Resource\)"):
        stacks.deploy(cloud, "lost", {"Resource": resource}, create=True)
    with pytest.raises(ClientError, match="Stack with id lost does not exist"):
        cloud.client("cloudformation", ACCOUNT).describe_stacks(StackName="lost")


def test_transforms_are_refused_by_name(cloud: RunningCloud) -> None:
    body = json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Queue": _queue()}})
    client = cloud.client("cloudformation", ACCOUNT)
    with pytest.raises(ClientError, match=r"NotEmulated.* does not emulate the Transform AWS::Serverless-2016-10-31"):
        client.create_change_set(StackName="sam", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body)


@pytest.mark.parametrize(
    ("properties", "capability"), [({}, "CAPABILITY_IAM"), ({"RoleName": "mine"}, "CAPABILITY_NAMED_IAM")]
)
def test_a_template_tells_what_has_to_be_agreed_to(
    cloud: RunningCloud, properties: dict[str, str], capability: str
) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html
    body = json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})
    client = cloud.client("cloudformation", ACCOUNT)
    for answer in (client.validate_template(TemplateBody=body), client.get_template_summary(TemplateBody=body)):
        assert answer["Capabilities"] == [capability]
        assert "[AWS::IAM::Role]" in answer["CapabilitiesReason"]
    plain = client.validate_template(TemplateBody=json.dumps({"Resources": {"Queue": _queue()}}))
    assert plain["Capabilities"] == []


def test_a_hidden_parameter_is_not_told(cloud: RunningCloud) -> None:
    secret: dict[str, Any] = {"Parameters": {"Secret": {"Type": "String", "NoEcho": True}, "Open": {"Type": "String"}}}
    given = {"Secret": "s3cret", "Open": "seen"}
    stacks.deploy(cloud, "hidden", {"Queue": _queue()}, create=True, given=given, **secret)
    (stack,) = cloud.client("cloudformation", ACCOUNT).describe_stacks(StackName="hidden")["Stacks"]
    told = {item["ParameterKey"]: item["ParameterValue"] for item in stack["Parameters"]}
    assert told == {"Secret": "****", "Open": "seen"}


def test_a_stack_is_found_by_what_it_has(cloud: RunningCloud) -> None:
    stacks.deploy(cloud, "found", {"One": _queue(), "Two": _queue()}, create=True)
    client = cloud.client("cloudformation", ACCOUNT)
    found = client.describe_stack_resources(PhysicalResourceId=_physical_id(cloud, "found", "One"))["StackResources"]
    assert [item["LogicalResourceId"] for item in found] == ["One", "Two"]
    with pytest.raises(ClientError, match="Resource Three does not exist for stack found"):
        client.describe_stack_resources(StackName="found", LogicalResourceId="Three")


def test_a_stack_is_made_and_changed_without_a_change_set(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", ACCOUNT)

    def template(**more: Any) -> str:
        return json.dumps({"Resources": {"Queue": _queue()}, **more})

    client.create_stack(StackName="direct", TemplateBody=template(), Tags=[{"Key": "a", "Value": "b"}])
    assert stacks.settled(cloud, "direct") == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match=r"\(AlreadyExistsException\).* Stack \[direct\] already exists"):
        client.create_stack(StackName="direct", TemplateBody=template())
    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        client.update_stack(StackName="direct", TemplateBody=template())
    client.update_stack(StackName="direct", TemplateBody=template(Outputs={"One": {"Value": "1"}}))
    assert stacks.settled(cloud, "direct") == "UPDATE_COMPLETE"
    (found,) = client.describe_stacks(StackName="direct")["Stacks"]
    assert (found["Outputs"], found["Tags"]) == (
        [{"OutputKey": "One", "OutputValue": "1"}],
        [{"Key": "a", "Value": "b"}],
    )


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, "ROLLBACK_COMPLETE"),
        ({"OnFailure": "ROLLBACK"}, "ROLLBACK_COMPLETE"),
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED"),
        ({"DisableRollback": True}, "CREATE_FAILED"),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE"),
    ],
)
def test_a_stack_that_cannot_be_made_ends_as_its_request_says(
    cloud: RunningCloud, given: dict[str, Any], status: str
) -> None:
    client = cloud.client("cloudformation", ACCOUNT)
    lost = {"Resources": {"Queue": _queue()}, "Outputs": {"Lost": {"Value": {"Fn::GetAtt": ["Queue", "Nothing"]}}}}
    name = f"failed-{len(client.list_stacks()['StackSummaries'])}"

    stack_id = client.create_stack(StackName=name, TemplateBody=json.dumps(lost), **given)["StackId"]

    assert stacks.settled(cloud, stack_id) == status


def test_a_stack_whose_creation_failed_is_not_changed_any_more(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", ACCOUNT)
    lost: dict[str, Any] = {"Outputs": {"Lost": {"Value": {"Fn::GetAtt": ["Queue", "Nothing"]}}}}
    assert stacks.deploy(cloud, "final", {"Queue": _queue()}, create=True, **lost) == "ROLLBACK_COMPLETE"

    for call, more in (
        (client.update_stack, {}),
        (client.create_change_set, {"ChangeSetName": "c"}),
    ):
        with pytest.raises(ClientError, match=r"/final/.* is in ROLLBACK_COMPLETE state and can not be updated\."):
            call(StackName="final", TemplateBody=json.dumps({"Resources": {"Queue": _queue()}}), **more)


def test_a_stack_that_was_changed_has_no_change_sets_of_before(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", ACCOUNT)
    stacks.deploy(cloud, "stale", {"One": _queue()}, create=True)
    two = json.dumps({"Resources": {"Two": _queue()}})
    client.create_change_set(StackName="stale", ChangeSetName="before", TemplateBody=two)

    assert stacks.deploy(cloud, "stale", {"Three": _queue()}, create=False) == "UPDATE_COMPLETE"

    assert client.list_change_sets(StackName="stale")["Summaries"] == []
    with pytest.raises(ClientError, match=r"ChangeSet \[before\] does not exist"):
        client.execute_change_set(StackName="stale", ChangeSetName="before")


def test_an_output_of_what_a_resource_has_not_fails_the_stack(cloud: RunningCloud) -> None:
    outputs: dict[str, Any] = {"Outputs": {"Lost": {"Value": {"Fn::GetAtt": ["Queue", "Nothing"]}}}}
    assert stacks.deploy(cloud, "outputless", {"Queue": _queue()}, create=True, **outputs) == "ROLLBACK_COMPLETE"
    assert "does not support attribute type Nothing" in stacks.reasons(cloud, "outputless")
