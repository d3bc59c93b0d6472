"""Requests to DynamoDB that it refuses, in its words, and values in parentheses, which it takes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table"
RIGHT, WRONG = {"id": {"S": "a"}}, {"id": {"N": "1"}}
SCHEMA = [{"AttributeName": "id", "KeyType": "HASH"}]
ATTRIBUTES = [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "other", "AttributeType": "S"}]
INDEX = {
    "IndexName": "others",
    "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
TABLE: dict[str, Any] = {
    "KeySchema": SCHEMA,
    "AttributeDefinitions": ATTRIBUTES,
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [INDEX],
}
ONE, TWO = {":one": {"N": "1"}}, {":one": {"N": "1"}, ":two": {"N": "2"}}
NO_KEY = "The provided key element does not match the schema"
NOT_FOUND = "Requested resource not found"


@pytest.fixture(scope="module")
def tables(cloud: RunningCloud) -> Any:
    client = cloud.client("dynamodb", ACCOUNT)
    client.create_table(TableName="table", **TABLE)
    return client


def puts(count: int) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(count)]


def update(index: dict[str, Any]) -> dict[str, Any]:
    return {"TableName": "table", "AttributeDefinitions": ATTRIBUTES, "GlobalSecondaryIndexUpdates": [index]}


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("SET n = (if_not_exists(n, :one) + :two)", TWO, {"N": "3"}),
        ("SET n = (if_not_exists(n, :one)) - (:two)", TWO, {"N": "-1"}),
        ("SET n = ((:two))", {":two": {"N": "2"}}, {"N": "2"}),
        ("SET n = (:two - :one) + :one", TWO, {"N": "2"}),
        (
            "SET n = list_append(if_not_exists(n, :none), (:some))",
            {":none": {"L": []}, ":some": {"L": [{"S": "x"}]}},
            {"L": [{"S": "x"}]},
        ),
    ],
)
def test_values_in_parentheses(tables: Any, expression: str, values: dict[str, Any], expected: dict[str, Any]) -> None:
    tables.delete_item(TableName="table", Key=RIGHT)

    found = tables.update_item(
        TableName="table",
        Key=RIGHT,
        UpdateExpression=expression,
        ExpressionAttributeValues=values,
        ReturnValues="ALL_NEW",
    )

    assert found["Attributes"]["n"] == expected


@pytest.mark.parametrize(
    ("call", "asked", "message"),
    [
        ("get_item", {"TableName": "table", "Key": WRONG}, NO_KEY),
        ("delete_item", {"TableName": "table", "Key": WRONG}, NO_KEY),
        ("update_item", {"TableName": "table", "Key": WRONG}, NO_KEY),
        ("batch_get_item", {"RequestItems": {"table": {"Keys": [WRONG]}}}, NO_KEY),
        ("transact_get_items", {"TransactItems": [{"Get": {"TableName": "table", "Key": WRONG}}]}, NO_KEY),
        (
            "query",
            {"TableName": "table", "KeyConditionExpression": "id = :one", "ExpressionAttributeValues": ONE},
            "Condition parameter type does not match schema type",
        ),
        ("batch_write_item", {"RequestItems": {"table": puts(26)}}, "Member must have length less than or equal to 25"),
        (
            "batch_write_item",
            {"RequestItems": {"table": [*puts(1), {"DeleteRequest": {"Key": {"id": {"S": "0"}}}}]}},
            "Provided list of item keys contains duplicates",
        ),
        (
            "update_item",
            {
                "TableName": "table",
                "Key": RIGHT,
                "UpdateExpression": "SET #name = :one",
                "ExpressionAttributeValues": ONE,
            },
            "attribute name: #name",
        ),
        (
            "put_item",
            {"TableName": "table", "Item": RIGHT, "ConditionExpression": "broken(("},
            "Invalid expression: Syntax error",
        ),
        ("update_table", update({"Create": INDEX}), "Duplicate index name: others"),
        ("create_table", {"TableName": "twins", **TABLE, "GlobalSecondaryIndexes": [INDEX, INDEX]}, "Duplicate index"),
        ("put_resource_policy", {"ResourceArn": f"{ARN}/table", "Policy": "junk"}, "Resource policy document"),
    ],
)
def test_what_is_no_request_is_refused(tables: Any, call: str, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(tables, call)(**asked)

    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert message in error["Message"]


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("update_table", update({"Delete": {"IndexName": "none"}})),
        ("describe_time_to_live", {"TableName": "none"}),
        (
            "update_time_to_live",
            {"TableName": "none", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "a"}},
        ),
        ("tag_resource", {"ResourceArn": f"{ARN}/none", "Tags": [{"Key": "a", "Value": "b"}]}),
        ("untag_resource", {"ResourceArn": f"{ARN}/none", "TagKeys": ["a"]}),
    ],
)
def test_what_is_missing_is_told(tables: Any, call: str, asked: dict[str, Any]) -> None:
    with pytest.raises(tables.exceptions.ResourceNotFoundException, match=NOT_FOUND):
        getattr(tables, call)(**asked)


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("execute_statement", {"Statement": 'select * from "table" where n = 1'}),
        ("batch_execute_statement", {"Statements": [{"Statement": 'insert into "table" value {}'}]}),
        ("export_table_to_point_in_time", {"TableArn": f"{ARN}/table", "S3Bucket": "bucket"}),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(tables: Any, call: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(tables, call)(**asked)

    assert refused.value.response["Error"]["Code"] == "NotEmulated"


def test_twenty_five_requests_are_a_batch(tables: Any) -> None:
    tables.batch_write_item(RequestItems={"table": puts(25)})

    assert tables.scan(TableName="table", Select="COUNT")["Count"] >= 25
