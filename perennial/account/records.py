"""What the workflows remember: the state table, and the append-only history."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from perennial.account.aws import Aws
from perennial.errors import OperatorError

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def state(aws: Aws, table: str, key: str) -> dict[str, Any] | None:
    """One item of the state table, None when there is none."""
    found = aws.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": key}}, ConsistentRead=True)
    return _plain(found["Item"]) if "Item" in found else None


def rows(aws: Aws, table: str, *, kind: str, subject: str) -> Iterator[dict[str, Any]]:
    """Rows of the history, newest first.

    Args:
        aws: the account of the table.
        table: the history table.
        kind: tuning, evaluation, decision or deployment.
        subject: name of the model, or of the endpoint.
    """
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{kind}#{subject}"}},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
    )
    for page in pages:
        yield from map(_plain, page["Items"])


def gate_rows(aws: Aws, table: str, *, model: str) -> list[dict[str, Any]]:
    """What the gate decided on every candidate, newest first."""
    # People's decisions lie beside the gate's; they measure nothing.
    return [row for row in rows(aws, table, kind="decision", subject=model) if "eval_metric" in row]


def append(aws: Aws, table: str, *, kind: str, subject: str, moment: str, values: Mapping[str, Any]) -> None:
    """Append a row to the history.

    Args:
        aws: the account of the table.
        table: the history table.
        kind: as in ``rows``.
        subject: as in ``rows``.
        moment: sorts and identifies the row; begins with a time.
        values: the row's columns; None is left out.

    Raises:
        OperatorError: there is such a row already.
    """
    client = aws.client("dynamodb")
    known = {name: value for name, value in values.items() if value is not None}
    item = {"pk": f"{kind}#{subject}", "sk": moment, **known}
    try:
        client.put_item(
            TableName=table,
            Item={name: _serialize(value) for name, value in item.items()},
            ConditionExpression="attribute_not_exists(pk)",
        )
    except client.exceptions.ConditionalCheckFailedException as error:
        raise OperatorError(
            f"the history has a row {moment!r} of {kind} {subject} already; nothing was overwritten"
        ) from error


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
