"""The condition key ``dynamodb:LeadingKeys``: the partition keys that a call touches.

Reference: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from local_cloud.kernel.services import backends
from local_cloud.services.iam.requests import Request

_ITEMS = {"GetItem": "Key", "DeleteItem": "Key", "UpdateItem": "Key", "PutItem": "Item"}


def of(request: Request) -> list[str]:
    """Partition keys; empty for calls that name none, such as Scan, and for tables that do not exist."""
    if request.service != "dynamodb":
        return []
    return list(dict.fromkeys(_found(request)))


def _found(request: Request) -> Iterable[str]:
    parameters, operation = request.parameters, request.operation
    if operation in _ITEMS:
        yield from _values(request, request.text("TableName"), [parameters.get(_ITEMS[operation]) or {}])
    elif operation == "BatchGetItem":
        for table, wanted in (parameters.get("RequestItems") or {}).items():
            yield from _values(request, table, wanted["Keys"])
    elif operation == "BatchWriteItem":
        for table, writes in (parameters.get("RequestItems") or {}).items():
            items = [(write.get("PutRequest") or {}).get("Item") for write in writes]
            keys = [(write.get("DeleteRequest") or {}).get("Key") for write in writes]
            yield from _values(request, table, [item for item in [*items, *keys] if item])
    elif operation == "Query":
        yield from _queried(request)


def _queried(request: Request) -> Iterable[str]:
    from moto.dynamodb.parsing.key_condition_expression import parse_expression

    table = _table(request, request.text("TableName"))
    if table is None or not request.text("KeyConditionExpression"):
        return
    index = request.text("IndexName")
    schema = next((each.schema for each in table.all_indexes() if each.name == index), None) if index else table.schema
    if schema is None:
        # DynamoDB itself tells that there is no such index.
        return
    hash_keys, _, _ = parse_expression(
        key_condition_expression=request.text("KeyConditionExpression"),
        expression_attribute_values=dict(request.parameters.get("ExpressionAttributeValues") or {}),
        expression_attribute_names=dict(request.parameters.get("ExpressionAttributeNames") or {}),
        schema=schema,
    )
    for _, value in hash_keys:
        yield from map(str, value.values())


def _values(request: Request, table_name: str, items: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    table = _table(request, table_name)
    if table is None:
        return
    for item in items:
        # One type and its value, such as {"S": "..."}.
        yield from map(str, (item.get(table.hash_key_attr) or {}).values())


def _table(request: Request, name: str) -> Any:
    return backends("dynamodb")[request.account_id][request.region].tables.get(name.rpartition("/")[2])
