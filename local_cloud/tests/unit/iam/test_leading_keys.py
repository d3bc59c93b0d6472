"""Which partition keys a call touches: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local_cloud.services.iam import leading_keys
from local_cloud.services.iam.requests import Request

_A, _B = {"pk": {"S": "a"}}, {"pk": {"S": "b"}}


@pytest.fixture(scope="module", autouse=True)
def _table() -> Iterator[None]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
        client.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )
        yield


@pytest.mark.parametrize(
    ("operation", "parameters", "keys"),
    [
        ("GetItem", {"TableName": "t", "Key": _A}, ["a"]),
        ("GetItem", {"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/t", "Key": _A}, ["a"]),
        ("PutItem", {"TableName": "t", "Item": {**_A, "other": {"S": "x"}}}, ["a"]),
        ("UpdateItem", {"TableName": "t", "Key": _A}, ["a"]),
        ("DeleteItem", {"TableName": "t", "Key": _A}, ["a"]),
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": [_A, _B, _A]}}}, ["a", "b"]),
        (
            "BatchWriteItem",
            {"RequestItems": {"t": [{"PutRequest": {"Item": _A}}, {"DeleteRequest": {"Key": _B}}]}},
            ["a", "b"],
        ),
        (
            "Query",
            {
                "TableName": "t",
                "KeyConditionExpression": "#k = :k AND begins_with(sk, :s)",
                "ExpressionAttributeNames": {"#k": "pk"},
                "ExpressionAttributeValues": {":k": {"S": "a"}, ":s": {"S": "2026"}},
            },
            ["a"],
        ),
        ("Scan", {"TableName": "t"}, []),
        ("GetItem", {"TableName": "another", "Key": _A}, []),
    ],
)
def test_the_partition_keys_of_a_call_are_known(operation: str, parameters: dict[str, Any], keys: list[str]) -> None:
    assert leading_keys.of(_request("dynamodb", operation, parameters)) == keys


def test_other_services_have_none() -> None:
    assert leading_keys.of(_request("s3", "GetItem", {"TableName": "t", "Key": _A})) == []


def _request(service: str, operation: str, parameters: dict[str, Any]) -> Request:
    return Request(
        service=service, operation=operation, account_id="123456789012", region="us-east-1", parameters=parameters
    )
