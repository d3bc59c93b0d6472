"""Faults of moto's DynamoDB with attributes that are keys of a table or of its indexes.

The words are DynamoDB's, as its callers have seen them.
Reference: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import copy
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from local_cloud.kernel import patching

_INVALID = "One or more parameter values were invalid:"
_NOT_VALID = "One or more parameter values are not valid."
_KINDS = {"S": "string", "B": "binary"}
# Type and value of each attribute.
_Typed = Mapping[str, tuple[str, Any]]


def install() -> None:
    """Correct all of them."""
    keys_of_items()
    keys_of_updates()
    failed_updates()
    keys_of_requests()
    keys_of_transactions()
    definitions()
    items_of_indexes()


def _types(table: Any) -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in table.attr}


def _typed(item: dict[str, dict[str, Any]]) -> _Typed:
    """Of an item as it is sent."""
    return {name: next(iter(value.items())) for name, value in item.items() if value}


def _keys_of_indexes(table: Any) -> Iterator[tuple[str, str]]:
    """Names of indexes and of their keys; of several with one key DynamoDB names the first by the alphabet."""
    for index in sorted(table.all_indexes(), key=lambda each: str(each.name)):
        for attribute in index.schema_key_attrs:
            yield index.name, attribute


def _wrong_type(table: Any, item: _Typed) -> str | None:
    """What is said of a key of a table or of an index that an item has with another type."""
    types = _types(table)
    for name in table.table_key_attrs:
        if name not in item:
            return f"{_INVALID} Missing the key {name} in the item"
        if (actual := item[name][0]) != types[name]:
            return f"{_INVALID} Type mismatch for key {name} expected: {types[name]} actual: {actual}"
    return _wrong_index_type(table, item)


def _wrong_index_type(table: Any, item: _Typed) -> str | None:
    types = _types(table)
    for index, name in _keys_of_indexes(table):
        if name in item and (actual := item[name][0]) != types[name]:
            return (
                f"{_INVALID} Type mismatch for Index Key {name} Expected: {types[name]} Actual: {actual} "
                f"IndexName: {index}"
            )
    return None


def _is_empty(item: _Typed, name: str) -> bool:
    kind, value = item.get(name, ("", "x"))
    return kind in _KINDS and not value


def _cannot_be_empty(item: _Typed, name: str) -> str:
    return f"The AttributeValue for a key attribute cannot contain an empty {_KINDS[item[name][0]]} value."


def _empty_key(table: Any, item: _Typed) -> str | None:
    """What is said of a table's key without a value."""
    for name in table.table_key_attrs:
        if _is_empty(item, name):
            return f"{_NOT_VALID} {_cannot_be_empty(item, name)} Key: {name}"
    return None


def _empty(table: Any, item: _Typed) -> str | None:
    """What is said of a table's or an index's key without a value in an item that is written as a whole."""
    if found := _empty_key(table, item):
        return found
    for index, name in _keys_of_indexes(table):
        if _is_empty(item, name):
            return (
                f"{_NOT_VALID} A value specified for a secondary index key is not supported. "
                f"{_cannot_be_empty(item, name)} IndexName: {index}, IndexKey: {name}"
            )
    return None


@patching.owner
def keys_of_items() -> None:
    """PutItem and BatchWriteItem take keys of indexes of any type, and tell empty ones with the name of another index.

    A batch is half written when the key of one of its items is refused.
    """
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.responses import DynamoHandler

    put, write = DynamoHandler.put_item, DynamoHandler.batch_write_item

    def check(table: Any, item: dict[str, Any]) -> None:
        if told := _wrong_type(table, _typed(item)) or _empty(table, _typed(item)):
            raise MockValidationException(told)

    def put_item(self: Any) -> Any:
        check(self.dynamodb_backend.get_table(self.body["TableName"]), self.body["Item"])
        return put(self)

    def batch_write_item(self: Any) -> Any:
        for table_name, requests in self.body["RequestItems"].items():
            table = self.dynamodb_backend.get_table(table_name)
            for request in requests:
                if "PutRequest" in request:
                    check(table, request["PutRequest"]["Item"])
                elif told := _wrong_key(table, request["DeleteRequest"]["Key"]):
                    raise MockValidationException(told)
        return write(self)

    patching.replace(DynamoHandler, "put_item", put_item)
    patching.replace(
        DynamoHandler, "batch_write_item", batch_write_item, after="moto_patches.dynamodb.sizes_of_batches"
    )


def _wrong_key(table: Any, key: dict[str, Any]) -> str | None:
    """What is said of the key that a request names an item by."""
    typed, types = _typed(key), _types(table)
    if set(typed) != set(table.table_key_attrs) or any(kind != types[name] for name, (kind, _) in typed.items()):
        return "The provided key element does not match the schema"
    return _empty_key(table, typed)


# The table whose item an update changes.
_updated: ContextVar[Any] = ContextVar("table that is updated", default=None)
_in_transaction: ContextVar[bool] = ContextVar("whether a transaction is under way", default=False)


class ValidationError(Exception):
    """A reason for which a transaction is cancelled; moto tells it by the name of this class."""


def _check_change(before: Any, after: Any) -> None:
    """What an update makes of an item."""
    from moto.dynamodb.exceptions import MockValidationException

    table = _updated.get()
    if table is None:
        return
    # What was there before an index was made may be of any type.
    changed = {
        name: (after.attrs[name].type, after.attrs[name].value)
        for _, name in _keys_of_indexes(table)
        if name in after.attrs and not (name in before.attrs and before.attrs[name] == after.attrs[name])
    }
    if told := _wrong_index_type(table, changed):
        raise ValidationError(told) if _in_transaction.get() else MockValidationException(told)
    for _, name in _keys_of_indexes(table):
        if _is_empty(changed, name):
            raise MockValidationException(
                f"{_NOT_VALID} The update expression attempted to update a secondary index key to a value that is "
                f"not supported. {_cannot_be_empty(changed, name)}"
            )


@patching.owner
def keys_of_updates() -> None:
    """UpdateItem gives keys of indexes any type, and makes texts of what AttributeUpdates say of other types.

    Reference: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """
    from moto.dynamodb.models.dynamo_type import DynamoType, Item
    from moto.dynamodb.parsing.executors import UpdateExpressionExecutor

    execute, update = UpdateExpressionExecutor.execute, Item.update_with_attribute_updates

    def execute_and_check(self: Any, node: Any = None) -> None:
        if node is not None:
            # One of those that the whole consists of.
            execute(self, node)
            return
        item, self.item = self.item, copy.deepcopy(self.item)
        execute(self, self.update_ast)
        _check_change(item, self.item)
        item.attrs = self.item.attrs

    def update_and_check(self: Any, attribute_updates: dict[str, Any]) -> None:
        changed = copy.deepcopy(self)
        puts = {name: each for name, each in attribute_updates.items() if each.get("Action", "PUT") == "PUT"}
        update(changed, {name: each for name, each in attribute_updates.items() if name not in puts})
        for name, each in puts.items():
            changed.attrs[name] = DynamoType(each["Value"])
        _check_change(self, changed)
        self.attrs = changed.attrs

    patching.replace(UpdateExpressionExecutor, "execute", execute_and_check)
    patching.replace(Item, "update_with_attribute_updates", update_and_check)


@patching.owner
def failed_updates() -> None:
    """An update that fails leaves an item without anything but its key, and AttributeUpdates need no value."""
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.models import DynamoDBBackend

    update = DynamoDBBackend.update_item

    def update_item(self: Any, table_name: str, key: dict[str, Any], *rest: Any, **named: Any) -> Any:
        for each in (named.get("attribute_updates") or {}).values():
            if "Value" not in each and each.get("Action") != "DELETE":
                raise MockValidationException(
                    f"{_INVALID} Only DELETE action is allowed when no attribute value is specified"
                )
        table = self.get_table(table_name)
        hash_key, range_key = self.get_keys_value(table, key)
        was_there = table.get_item(hash_key, range_key) is not None
        token = _updated.set(table)
        try:
            return update(self, table_name, key, *rest, **named)
        except Exception:
            if not was_there:
                table.delete_item(hash_key, range_key)
            raise
        finally:
            _updated.reset(token)

    patching.replace(DynamoDBBackend, "update_item", update_item, after="moto_patches.dynamodb.types_of_keys")


@patching.owner
def keys_of_requests() -> None:
    """An item is looked for by an empty key, and by attributes that are no keys."""
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.responses import DynamoHandler

    def checking(name: str) -> None:
        answer = getattr(DynamoHandler, name)

        def check(self: Any) -> Any:
            for table_name, key in _keys(self.body):
                if told := _wrong_key(self.dynamodb_backend.get_table(table_name), key):
                    raise MockValidationException(told)
            return answer(self)

        patching.replace(DynamoHandler, name, check)

    for name in ("get_item", "update_item", "delete_item", "batch_get_item"):
        checking(name)


def _keys(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "Key" in body:
        yield body["TableName"], body["Key"]
    for table_name, asked in (body.get("RequestItems") or {}).items():
        for key in asked.get("Keys") or ():
            yield table_name, key


@patching.owner
def keys_of_transactions() -> None:
    """TransactWriteItems takes keys of indexes of any type, and tells wrong types as a fault of the whole request."""
    from moto.dynamodb.exceptions import MockValidationException, TransactionCanceledException
    from moto.dynamodb.responses import DynamoHandler

    write = DynamoHandler.transact_write_items

    def transact_write_items(self: Any) -> Any:
        reasons: list[tuple[str | None, str | None, None]] = []
        for asked in self.body["TransactItems"]:
            operation = next(iter(asked.values()))
            table = self.dynamodb_backend.get_table(operation["TableName"])
            if "Put" in asked:
                item = _typed(operation["Item"])
                wrong, empty = _wrong_type(table, item), _empty(table, item)
            else:
                wrong = _wrong_key(table, operation["Key"])
                empty = _empty_key(table, _typed(operation["Key"]))
            if empty:
                raise MockValidationException(empty)
            reasons.append(("ValidationError", wrong, None) if wrong else (None, None, None))
        if any(code for code, _, _ in reasons):
            raise TransactionCanceledException(reasons)
        token = _in_transaction.set(True)
        try:
            return write(self)
        finally:
            _in_transaction.reset(token)

    patching.replace(
        DynamoHandler,
        "transact_write_items",
        transact_write_items,
        after="moto_patches.dynamodb_time.repeated_transactions",
    )


@patching.owner
def definitions() -> None:
    """UpdateTable forgets the attributes that it is not told again, and makes indexes on those that nobody defined.

    DynamoDB keeps those that keys of the table and of its indexes need, adds those of a new index, and drops the rest.
    What it says of another type for an attribute in use was not verified.
    Reference: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """
    from moto.core.exceptions import JsonRESTError
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.models import DynamoDBBackend

    update = DynamoDBBackend.update_table

    def check(table: Any, given: dict[str, str] | None, changes: list[dict[str, Any]]) -> None:
        if sum("Create" in each or "Delete" in each for each in changes) > 1:
            raise JsonRESTError(
                "LimitExceededException",
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
            )
        made = [each["Create"] for each in changes if "Create" in each]
        if made and given is None:
            raise MockValidationException("No Attribute Schema Defined")
        if any(key["AttributeName"] not in (given or {}) for each in made for key in each["KeySchema"]):
            raise MockValidationException("Invalid KeySchema: Some index key attribute have no definition")
        for name, kind in _types(table).items():
            if (given or {}).get(name, kind) != kind:
                raise MockValidationException(
                    f"{_INVALID} Attribute {name} is a key of type {kind}, got {(given or {})[name]}; keep its type."
                )

    def update_table(self: Any, name: str, attr_definitions: list[dict[str, str]] | None, **named: Any) -> Any:
        table = self.get_table(name)
        changes = named.get("global_index") or []
        given = {each["AttributeName"]: each["AttributeType"] for each in attr_definitions or ()}
        check(table, given if attr_definitions else None, changes)
        known = {**_types(table), **given}
        updated = update(self, name, None, **named)
        used = {*table.table_key_attrs, *(attribute for _, attribute in _keys_of_indexes(table))}
        table.attr = [
            {"AttributeName": attribute, "AttributeType": kind}
            for attribute, kind in known.items()
            if attribute in used
        ]
        return updated

    patching.replace(DynamoDBBackend, "update_table", update_table)


@patching.owner
def items_of_indexes() -> None:
    """An index that is made later has items whose attribute of its key is of another type, which DynamoDB leaves out.

    Reference: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html#GSI.OnlineOps.Phases
    """
    from moto.dynamodb.models.table import Table

    indexed, ordered = Table.has_idx_items, Table.sorted_items

    def fits(table: Any, item: Any, names: Any) -> bool:
        types = _types(table)
        return all(name not in item.attrs or item.attrs[name].type == types.get(name) for name in names if name)

    def has_idx_items(self: Any, index_name: str) -> list[Any]:
        names = self.get_index(index_name).schema_key_attrs
        return [item for item in indexed(self, index_name) if fits(self, item, names)]

    def sorted_items(self: Any, hash_attrs: list[str], range_attrs: list[str | None], items: list[Any]) -> list[Any]:
        fitting = [item for item in items if fits(self, item, [*hash_attrs, *range_attrs])]
        return list(ordered(self, hash_attrs, range_attrs, fitting))

    patching.replace(Table, "has_idx_items", has_idx_items)
    patching.replace(Table, "sorted_items", sorted_items)
