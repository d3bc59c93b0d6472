import json

import boto3
import pytest

from contract import keys
from perennial.account import records
from perennial.account.aws import Aws
from perennial.errors import OperatorError

OUTPUTS = {
    "ArtifactBucketName": "bucket",
    "DeploymentStateMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:d",
    "ScheduleGroupName": "perennial",
    "EndpointName": "endpoint",
    "StateTableName": "table",
    "HistoryTableName": "history",
}


def _deploy(session: boto3.Session, outputs: dict[str, str]) -> None:
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    session.client("cloudformation").create_stack(StackName="Training", TemplateBody=json.dumps(template))


def test_a_deployed_stack_is_read_from_its_outputs(session: boto3.Session) -> None:
    machine = "arn:aws:states:us-east-1:111111111111:stateMachine:r"
    _deploy(session, {**OUTPUTS, "RetrainingStateMachineArn": machine})
    stack = Aws(session).stack("Training")
    assert (stack.bucket, stack.app, stack.endpoint) == ("bucket", "perennial", "endpoint")
    assert (stack.training, stack.group("a")) == (machine, "perennial-a")


def test_a_stack_that_only_serves_is_read_too(session: boto3.Session) -> None:
    _deploy(session, OUTPUTS)
    stack = Aws(session).stack("Training")
    assert stack.history_table == "history"
    with pytest.raises(OperatorError, match="stack Training only serves"):
        _ = stack.training


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


def test_values_of_the_state_table_are_read_as_plain_ones(session: boto3.Session) -> None:
    dynamodb = session.client("dynamodb")
    dynamodb.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    item = {"pk": {"S": keys.MODEL.of("a")}, "value": {"N": "0.91"}, "nested": {"M": {"count": {"L": [{"N": "3"}]}}}}
    dynamodb.put_item(TableName="table", Item=item)
    aws = Aws(session)
    assert records.state(aws, "table", keys.MODEL.of("a")) == {
        "pk": keys.MODEL.of("a"),
        "value": 0.91,
        "nested": {"count": [3]},
    }
    assert records.state(aws, "table", keys.MODEL.of("b")) is None


def test_an_endpoint_that_does_not_exist_is_none(session: boto3.Session) -> None:
    assert Aws(session).endpoint("nope") is None
