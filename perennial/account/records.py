"""What the workflows remember: the state table, and the append-only history."""

import heapq
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from contract import history
from contract.history import Kind
from perennial.account.aws import Aws
from perennial.errors import OperatorError

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def state(aws: Aws, table: str, key: str) -> dict[str, Any] | None:
    """One item of the state table, None when there is none."""
    found = aws.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": key}}, ConsistentRead=True)
    return _plain(found["Item"]) if "Item" in found else None


def rows(aws: Aws, table: str, *, kind: Kind, subject: str) -> Iterator[dict[str, Any]]:
    """Rows of the history, newest first.

    Args:
        aws: the account of the table.
        table: the history table.
        kind: what the rows tell of.
        subject: name of the model, or of the endpoint.
    """
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": kind.of(subject)}},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
    )
    for page in pages:
        yield from map(_plain, page["Items"])


def decisions(aws: Aws, table: str, *, model: str) -> Iterator[dict[str, Any]]:
    """What the gate and people decided about a model, newest first; `history.kind` tells them apart."""
    found = (rows(aws, table, kind=kind, subject=model) for kind in (Kind.DECISION, Kind.APPROVAL))
    return heapq.merge(*found, key=lambda row: str(row["sk"]), reverse=True)


def gate_rows(aws: Aws, table: str, *, model: str) -> Iterator[dict[str, Any]]:
    """What the gate decided on every candidate, newest first."""
    found = rows(aws, table, kind=Kind.DECISION, subject=model)
    return (row for row in found if history.kind(row) is Kind.DECISION)


def people_rows(aws: Aws, table: str, *, model: str) -> Iterator[dict[str, Any]]:
    """What people decided about a model's versions, newest first."""
    return (row for row in decisions(aws, table, model=model) if history.kind(row) is Kind.APPROVAL)


def append(aws: Aws, table: str, *, kind: Kind, subject: str, moment: str, values: Mapping[str, Any]) -> None:
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
    item = {"pk": kind.of(subject), "sk": moment, **known}
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
