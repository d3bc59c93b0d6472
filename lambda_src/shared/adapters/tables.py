"""The two DynamoDB tables: the mutable state and the append-only history."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from contract.history import Kind

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
_BATCH = 100


def read_state(client: Any, table_name: str, key: str) -> dict[str, Any] | None:
    """One item of the state table."""
    found = client.get_item(TableName=table_name, Key={"pk": {"S": key}}, ConsistentRead=True)
    return _plain(found["Item"]) if "Item" in found else None


def read_states(client: Any, table_name: str, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Several items of the state table by key; absent ones are left out."""
    wanted, found = list(keys), dict[str, dict[str, Any]]()
    while wanted:
        batch, wanted = wanted[:_BATCH], wanted[_BATCH:]
        response = client.batch_get_item(
            RequestItems={table_name: {"Keys": [{"pk": {"S": key}} for key in batch], "ConsistentRead": True}}
        )
        for item in map(_plain, response["Responses"].get(table_name, [])):
            found[item["pk"]] = item
        rest = response.get("UnprocessedKeys", {}).get(table_name, {}).get("Keys", [])
        wanted += [key["pk"]["S"] for key in rest]
    return found


def write_state(client: Any, table_name: str, key: str, values: Mapping[str, Any]) -> None:
    """Replace one item of the state table."""
    client.put_item(TableName=table_name, Item=_item({"pk": key, **values}))


def append(client: Any, table_name: str, *, kind: Kind, subject: str, moment: str, values: Mapping[str, Any]) -> None:
    """Append a row to the history; the same row again changes nothing.

    Args:
        client: of DynamoDB.
        table_name: the history table.
        kind: what the row tells of.
        subject: name of the model or endpoint.
        moment: sorts and identifies the row; begins with a time.
        values: the row's columns; None is left out.
    """
    item = {
        "pk": kind.of(subject),
        "sk": moment,
        **{name: value for name, value in values.items() if value is not None},
    }
    try:
        client.put_item(TableName=table_name, Item=_item(item), ConditionExpression="attribute_not_exists(pk)")
    except client.exceptions.ConditionalCheckFailedException:
        # A repeated call of the same run; what was written first stays.
        return


def history(client: Any, table_name: str, *, kind: Kind, subject: str) -> Iterator[dict[str, Any]]:
    """Rows of the history, newest first."""
    pages = client.get_paginator("query").paginate(
        TableName=table_name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": kind.of(subject)}},
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    for page in pages:
        yield from map(_plain, page["Items"])


def _item(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serialize(_decimal(value)) for name, value in values.items()}


def _decimal(value: Any) -> Any:
    # The serializer refuses binary floats; their shortest text is what was meant.
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {name: _decimal(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_decimal(item) for item in value]
    return value


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _number(_deserialize(value)) for name, value in item.items()}


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _number(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_number(item) for item in value]
    return value
