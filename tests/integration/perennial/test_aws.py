import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from perennial.aws import Aws
from perennial.errors import OperatorError

OUTPUTS = {
    "ArtifactBucketName": "bucket",
    "RetrainingStateMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:m",
    "ScheduleGroupName": "group",
    "EndpointName": "endpoint",
    "StateTableName": "table",
}


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session(aws_access_key_id="x", aws_secret_access_key="y", region_name="us-east-1")


def _deploy(session: boto3.Session, outputs: dict[str, str]) -> None:
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    session.client("cloudformation").create_stack(StackName="Training", TemplateBody=json.dumps(template))


def test_a_deployed_stack_is_read_from_its_outputs(session: boto3.Session) -> None:
    _deploy(session, OUTPUTS)
    stack = Aws(session).stack("Training")
    assert (stack.bucket, stack.schedule_group, stack.endpoint) == ("bucket", "group", "endpoint")


def test_a_stack_that_is_not_deployed_is_explained(session: boto3.Session) -> None:
    with pytest.raises(OperatorError, match="stack Training is not deployed in this account and region"):
        Aws(session).stack("Training")


def test_a_stack_of_another_app_is_explained(session: boto3.Session) -> None:
    _deploy(session, {name: value for name, value in OUTPUTS.items() if name != "EndpointName"})
    with pytest.raises(OperatorError, match="has no output EndpointName"):
        Aws(session).stack("Training")


def test_an_unknown_execution_is_explained(session: boto3.Session) -> None:
    with pytest.raises(OperatorError, match="no execution has the ARN"):
        Aws(session).execution("arn:aws:states:us-east-1:123456789012:execution:m:nope")


def test_values_of_the_state_table_are_read_as_text(session: boto3.Session) -> None:
    dynamodb = session.client("dynamodb")
    dynamodb.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    dynamodb.put_item(TableName="table", Item={"pk": {"S": "model#a"}, "value": {"N": "0.91"}})
    aws = Aws(session)
    assert aws.item("table", "model#a") == {"pk": "model#a", "value": "0.91"}
    assert aws.item("table", "model#b") is None


def test_an_endpoint_that_does_not_exist_is_none(session: boto3.Session) -> None:
    assert Aws(session).endpoint("nope") is None


def test_schedules_tell_expression_and_state(session: boto3.Session) -> None:
    scheduler = session.client("scheduler")
    scheduler.create_schedule_group(Name="group")
    scheduler.create_schedule(
        Name="flight-delay",
        GroupName="group",
        ScheduleExpression="rate(1 hour)",
        State="DISABLED",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
            "RoleArn": "arn:aws:iam::123456789012:role/r",
        },
    )
    assert Aws(session).schedules("group") == {"flight-delay": "rate(1 hour), disabled"}
