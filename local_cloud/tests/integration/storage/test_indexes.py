"""Attributes that are keys of indexes: their types, their values, and indexes that a table gets later.

What is expected are DynamoDB's own words, as they were captured for https://github.com/paritysuite/dynamodb-conformance.
"""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

INVALID = "One or more parameter values were invalid:"
NOT_VALID = "One or more parameter values are not valid."
EMPTY = "The AttributeValue for a key attribute cannot contain an empty"
NO_KEY = "The provided key element does not match the schema"
KEY = {"id": {"S": "a"}, "at": {"N": "1"}}


def index(name: str, *keys: str) -> dict[str, Any]:
    kinds = ("HASH", "RANGE")
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)],
        "Projection": {"ProjectionType": "ALL"},
    }


def defined(**types: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


@pytest.fixture(scope="module")
def tables(cloud: RunningCloud) -> Any:
    # LimitExceededException is tried again and again otherwise.
    client = boto3.client(
        "dynamodb",
        endpoint_url=cloud.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )
    client.create_table(
        TableName="indexed",
        KeySchema=index("", "id", "at")["KeySchema"],
        AttributeDefinitions=defined(id="S", at="N", group="S", blob="B", local="S"),
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[index("second", "group", "local"), index("first", "group"), index("third", "blob")],
        LocalSecondaryIndexes=[index("zero", "id", "local")],
    )
    return client


def error_of(call: Any, **asked: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        call(**asked)
    return dict(refused.value.response)


WRONG = [
    ({"id": {"N": "1"}, "at": {"N": "1"}}, f"{INVALID} Type mismatch for key id expected: S actual: N"),
    ({"id": {"S": "a"}, "at": {"L": []}}, f"{INVALID} Type mismatch for key at expected: N actual: L"),
    (
        {**KEY, "group": {"N": "1"}},
        f"{INVALID} Type mismatch for Index Key group Expected: S Actual: N IndexName: first",
    ),
    (
        {**KEY, "group": {"NULL": True}},
        f"{INVALID} Type mismatch for Index Key group Expected: S Actual: NULL IndexName: first",
    ),
    (
        {**KEY, "local": {"M": {}}},
        f"{INVALID} Type mismatch for Index Key local Expected: S Actual: M IndexName: second",
    ),
    ({**KEY, "blob": {"S": "x"}}, f"{INVALID} Type mismatch for Index Key blob Expected: B Actual: S IndexName: third"),
]
OF_AN_ITEM = f"{NOT_VALID} A value specified for a secondary index key is not supported."
EMPTIES = [
    ({"id": {"S": ""}, "at": {"N": "1"}}, f"{NOT_VALID} {EMPTY} string value. Key: id"),
    ({**KEY, "group": {"S": ""}}, f"{OF_AN_ITEM} {EMPTY} string value. IndexName: first, IndexKey: group"),
    ({**KEY, "local": {"S": ""}}, f"{OF_AN_ITEM} {EMPTY} string value. IndexName: second, IndexKey: local"),
    ({**KEY, "blob": {"B": b""}}, f"{OF_AN_ITEM} {EMPTY} binary value. IndexName: third, IndexKey: blob"),
]


@pytest.mark.parametrize(("item", "message"), [*WRONG, *EMPTIES])
def test_an_item_with_a_key_that_is_none_is_refused(tables: Any, item: dict[str, Any], message: str) -> None:
    right = {"PutRequest": {"Item": {"id": {"S": "beside"}, "at": {"N": "1"}}}}
    for call, asked in (
        (tables.put_item, {"TableName": "indexed", "Item": item}),
        (tables.put_item, {"TableName": "indexed", "Item": item, "ReturnValues": "ALL_OLD"}),
        (tables.batch_write_item, {"RequestItems": {"indexed": [right, {"PutRequest": {"Item": item}}]}}),
    ):
        error = error_of(call, **asked)["Error"]
        assert (error["Code"], error["Message"]) == ("ValidationException", message)
    # Nothing of a batch is written.
    assert tables.scan(TableName="indexed", Select="COUNT")["Count"] == 0


@pytest.mark.parametrize(("item", "message"), WRONG)
def test_a_wrong_type_cancels_a_transaction(tables: Any, item: dict[str, Any], message: str) -> None:
    right = {"Put": {"TableName": "indexed", "Item": {"id": {"S": "beside"}, "at": {"N": "1"}}}}
    put = {"Put": {"TableName": "indexed", "Item": item}}

    refused = error_of(tables.transact_write_items, TransactItems=[right, put])

    assert refused["Error"]["Code"] == "TransactionCanceledException"
    assert refused["CancellationReasons"] == [{"Code": "None"}, {"Code": "ValidationError", "Message": message}]
    assert tables.scan(TableName="indexed", Select="COUNT")["Count"] == 0


@pytest.mark.parametrize(("item", "message"), EMPTIES)
def test_an_empty_key_is_no_transaction(tables: Any, item: dict[str, Any], message: str) -> None:
    error = error_of(tables.transact_write_items, TransactItems=[{"Put": {"TableName": "indexed", "Item": item}}])[
        "Error"
    ]

    assert (error["Code"], error["Message"]) == ("ValidationException", message)


@pytest.mark.parametrize("operation", ["Update", "Delete", "ConditionCheck"])
def test_the_key_of_a_transaction_has_the_types_of_its_table(tables: Any, operation: str) -> None:
    rest = {
        "Update": {"UpdateExpression": "SET n = id"},
        "Delete": {},
        "ConditionCheck": {"ConditionExpression": "attribute_exists(id)"},
    }[operation]
    for key in ({"id": {"N": "1"}, "at": {"N": "1"}}, {"id": {"S": "a"}}, {**KEY, "more": {"S": "a"}}):
        asked = [{operation: {"TableName": "indexed", "Key": key, **rest}}]
        reasons = error_of(tables.transact_write_items, TransactItems=asked)["CancellationReasons"]
        assert reasons == [{"Code": "ValidationError", "Message": NO_KEY}]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({"id": {"S": ""}, "at": {"N": "1"}}, f"{NOT_VALID} {EMPTY} string value. Key: id"),
        ({"id": {"S": "a"}}, NO_KEY),
        ({**KEY, "group": {"S": "a"}}, NO_KEY),
    ],
)
def test_an_item_is_named_by_its_whole_key(tables: Any, key: dict[str, Any], message: str) -> None:
    here = {"TableName": "indexed", "Key": key}
    for call, asked in (
        (tables.get_item, here),
        (tables.delete_item, here),
        (
            tables.update_item,
            {**here, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"S": "x"}}},
        ),
        (tables.batch_get_item, {"RequestItems": {"indexed": {"Keys": [key]}}}),
        (tables.batch_write_item, {"RequestItems": {"indexed": [{"DeleteRequest": {"Key": key}}]}}),
    ):
        error = error_of(call, **asked)["Error"]
        assert (error["Code"], error["Message"]) == ("ValidationException", message)


OF_AN_UPDATE = (
    f"{NOT_VALID} The update expression attempted to update a secondary index key to a value that is not supported."
)
UPDATES: list[tuple[dict[str, Any], str]] = [
    (
        {"UpdateExpression": "SET #g = :v", "ExpressionAttributeValues": {":v": {"N": "1"}}},
        f"{INVALID} Type mismatch for Index Key group Expected: S Actual: N IndexName: first",
    ),
    (
        {"UpdateExpression": "ADD #g :v", "ExpressionAttributeValues": {":v": {"N": "1"}}},
        f"{INVALID} Type mismatch for Index Key group Expected: S Actual: N IndexName: first",
    ),
    (
        {"UpdateExpression": "SET #g = :v", "ExpressionAttributeValues": {":v": {"S": ""}}},
        f"{OF_AN_UPDATE} {EMPTY} string value.",
    ),
    (
        {"UpdateExpression": "SET #g = :v, n = :v", "ExpressionAttributeValues": {":v": {"L": []}}},
        f"{INVALID} Type mismatch for Index Key group Expected: S Actual: L IndexName: first",
    ),
]


@pytest.mark.parametrize(("update", "message"), UPDATES)
@pytest.mark.parametrize("is_there", [True, False])
def test_an_update_keeps_the_types_of_keys(
    tables: Any,
    update: dict[str, Any],
    message: str,
    is_there: bool,
) -> None:
    asked = {"TableName": "indexed", "Key": KEY, "ExpressionAttributeNames": {"#g": "group"}, **update}
    before = {**KEY, "n": {"S": "x"}}
    tables.delete_item(TableName="indexed", Key=KEY)
    if is_there:
        tables.put_item(TableName="indexed", Item=before)

    error = error_of(tables.update_item, **asked)["Error"]
    transaction = error_of(tables.transact_write_items, TransactItems=[{"Update": asked}])

    assert (error["Code"], error["Message"]) == ("ValidationException", message)
    if message.startswith(INVALID):
        assert transaction["CancellationReasons"] == [{"Code": "ValidationError", "Message": message}]
    else:
        assert transaction["Error"]["Message"] == message
    found = tables.get_item(TableName="indexed", Key=KEY)
    assert found.get("Item") == (before if is_there else None)
    tables.delete_item(TableName="indexed", Key=KEY)


def test_the_older_way_to_update_keeps_types(tables: Any) -> None:
    asked = {"TableName": "indexed", "Key": KEY}
    tables.delete_item(**asked)
    wrong = {"group": {"Value": {"N": "1"}, "Action": "PUT"}}
    right = {"blob": {"Value": {"B": b"x"}, "Action": "PUT"}, "yes": {"Value": {"BOOL": True}}}

    error = error_of(tables.update_item, **asked, AttributeUpdates=wrong)["Error"]
    assert error["Message"] == f"{INVALID} Type mismatch for Index Key group Expected: S Actual: N IndexName: first"
    tables.update_item(**asked, AttributeUpdates=right)

    assert tables.get_item(**asked)["Item"] == {**KEY, "blob": {"B": b"x"}, "yes": {"BOOL": True}}
    tables.delete_item(**asked)


def make(tables: Any, name: str, **more: Any) -> None:
    tables.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **{"AttributeDefinitions": defined(id="S"), **more},
    )


def attributes(tables: Any, name: str) -> dict[str, str]:
    found = tables.describe_table(TableName=name)["Table"]["AttributeDefinitions"]
    return {each["AttributeName"]: each["AttributeType"] for each in found}


def test_a_table_gets_and_loses_indexes_and_keeps_its_definitions(tables: Any) -> None:
    make(tables, "later")
    tables.put_item(TableName="later", Item={"id": {"S": "a"}, "one": {"S": "x"}, "two": {"N": "2"}})
    tables.put_item(TableName="later", Item={"id": {"S": "b"}, "one": {"S": "x"}, "two": {"S": "no number"}})
    tables.put_item(TableName="later", Item={"id": {"S": "c"}, "one": {"N": "1"}})

    # What no key needs is dropped, and what the request leaves out is kept.
    changes = [{"Create": index("ones", "one", "two")}]
    tables.update_table(
        TableName="later",
        AttributeDefinitions=defined(one="S", two="N", unused="S"),
        GlobalSecondaryIndexUpdates=changes,
    )
    assert attributes(tables, "later") == {"id": "S", "one": "S", "two": "N"}
    changes = [{"Create": index("twos", "two")}]
    tables.update_table(TableName="later", AttributeDefinitions=defined(two="N"), GlobalSecondaryIndexUpdates=changes)
    assert attributes(tables, "later") == {"id": "S", "one": "S", "two": "N"}

    # Items whose attributes are of another type are not in an index.
    asked = {"TableName": "later", "IndexName": "ones"}
    values = {":x": {"S": "x"}}
    found = tables.query(**asked, KeyConditionExpression="one = :x", ExpressionAttributeValues=values)["Items"]
    assert [item["id"] for item in found] == [{"S": "a"}]
    assert [item["id"] for item in tables.scan(**asked)["Items"]] == [{"S": "a"}]
    refused = error_of(tables.put_item, TableName="later", Item={"id": {"S": "d"}, "two": {"S": "x"}})["Error"]
    assert "Type mismatch for Index Key two Expected: N Actual: S IndexName: ones" in refused["Message"]
    # An update of something else does not mind what was there before.
    set_n = {"UpdateExpression": "SET n = :x", "ExpressionAttributeValues": values}
    tables.update_item(TableName="later", Key={"id": {"S": "c"}}, **set_n)

    tables.update_table(TableName="later", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "ones"}}])
    assert attributes(tables, "later") == {"id": "S", "two": "N"}
    tables.put_item(TableName="later", Item={"id": {"S": "d"}, "one": {"N": "1"}})
    tables.update_table(TableName="later", AttributeDefinitions=defined(two="N"), DeletionProtectionEnabled=False)
    assert attributes(tables, "later") == {"id": "S", "two": "N"}
    assert tables.get_item(TableName="later", Key={"id": {"S": "d"}})["Item"]


@pytest.mark.parametrize(
    ("given", "changes", "code", "message"),
    [
        (
            {"one": "S"},
            [{"Create": index("one-index", "two")}],
            "ValidationException",
            "Some index key attribute have no definition",
        ),
        # The definitions of the table do not count: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
        ({"one": "S"}, [{"Create": index("one-index", "one", "id")}], "ValidationException", "have no definition"),
        ({}, [{"Create": index("one-index", "one")}], "ValidationException", "No Attribute Schema Defined"),
        ({"id": "N"}, [], "ValidationException", "id is a key of type S"),
        (
            {"one": "S", "two": "S"},
            [{"Create": index("one-index", "one")}, {"Create": index("two-index", "two")}],
            "LimitExceededException",
            "Only 1 online index can be created or deleted simultaneously per table",
        ),
    ],
)
def test_an_index_needs_definitions(
    tables: Any, given: dict[str, str], changes: list[dict[str, Any]], code: str, message: str
) -> None:
    if "refusing" not in tables.list_tables()["TableNames"]:
        make(tables, "refusing")
    asked: dict[str, Any] = {"AttributeDefinitions": defined(**given)} if given else {}
    if changes:
        asked["GlobalSecondaryIndexUpdates"] = changes

    error = error_of(tables.update_table, TableName="refusing", **asked)["Error"]

    assert error["Code"] == code
    assert message in error["Message"]
    found = tables.describe_table(TableName="refusing")["Table"]
    assert not found.get("GlobalSecondaryIndexes")
    assert attributes(tables, "refusing") == {"id": "S"}
