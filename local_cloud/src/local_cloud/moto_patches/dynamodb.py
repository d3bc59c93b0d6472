"""Faults of moto's DynamoDB.

The words of refusals are DynamoDB's, as far as they are known from its clients' issues.
"""

from collections.abc import Callable
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    unknown_indexes()
    grouped_values()
    undefined_names()
    broken_conditions()
    types_of_keys()
    sizes_of_batches()
    changes_of_indexes()
    missing_tables()
    resource_policies()
    changed_keys()


@patching.owner
def unknown_indexes() -> None:
    """A query of an index that the table has not is refused as if the table were missing."""
    from moto.dynamodb.exceptions import MockValidationException, ResourceNotFoundException
    from moto.dynamodb.models import DynamoDBBackend

    get_schema = DynamoDBBackend.get_schema

    def get_schema_of_an_index(self: Any, table_name: str, index_name: str | None) -> Any:
        self.get_table(table_name)
        try:
            return get_schema(self, table_name, index_name)
        except ResourceNotFoundException as error:
            raise MockValidationException(f"The table does not have the specified index: {index_name}") from error

    patching.replace(DynamoDBBackend, "get_schema", get_schema_of_an_index)


@patching.owner
def grouped_values() -> None:
    """A value in parentheses, as in ``SET q = (if_not_exists(q, :z) + :v)``, ends in an error of Python."""
    from moto.dynamodb.parsing import expressions
    from moto.dynamodb.parsing.tokens import Token

    def parse(self: Any) -> Any:
        self.process_token_of_type(Token.OPEN_ROUND_BRACKET)
        value, self.token_pos = expressions.UpdateExpressionValueParser(**self._initializer_args())._parse_with_pos()
        self.process_token_of_type(Token.CLOSE_ROUND_BRACKET)
        # It is what stands in it; nobody reads the node that moto would put around it, and functions take no sums.
        return value.children[0] if len(value.children) == 1 else value

    patching.replace(expressions.UpdateExpressionGroupedValueParser, "_parse", parse)


@patching.owner
def undefined_names() -> None:
    """An update of ``#name``, which is not among the names of the request, ends in an error of Python."""
    from moto.dynamodb.exceptions import ExpressionAttributeNameNotDefined
    from moto.dynamodb.parsing.validators import UpdateExpressionValidator

    check = UpdateExpressionValidator.validate

    def validate(self: Any, *positional: Any, **named: Any) -> Any:
        try:
            return check(self, *positional, **named)
        except KeyError as error:
            if not str(error.args[0]).startswith("#"):
                raise
            raise ExpressionAttributeNameNotDefined(str(error.args[0])) from error

    patching.replace(UpdateExpressionValidator, "validate", validate)


@patching.owner
def broken_conditions() -> None:
    """A condition with a syntax error ends in an error of Python, except in a Scan."""
    from moto.dynamodb.comparisons import ConditionExpressionParser
    from moto.dynamodb.exceptions import MockValidationException

    parse = ConditionExpressionParser.parse

    def parse_or_refuse(self: Any) -> Any:
        try:
            return parse(self)
        except ValueError as error:
            raise MockValidationException(f"Invalid expression: Syntax error; {error}") from error

    patching.replace(ConditionExpressionParser, "parse", parse_or_refuse)


@patching.owner
def types_of_keys() -> None:
    """A key of another type than the table's finds nothing where DynamoDB refuses it."""
    from moto.dynamodb.exceptions import MockValidationException, ProvidedKeyDoesNotExist
    from moto.dynamodb.models import DynamoDBBackend

    def types(backend: Any, table_name: str) -> dict[str, str]:
        return {each["AttributeName"]: each["AttributeType"] for each in backend.get_table(table_name).attr}

    def checking(name: str) -> None:
        method: Callable[..., Any] = getattr(DynamoDBBackend, name)

        def check(self: Any, table_name: str, key: dict[str, dict[str, Any]], *rest: Any, **named: Any) -> Any:
            known = types(self, table_name)
            if any(known.get(attribute, kind) != kind for attribute, value in key.items() for kind in value):
                raise ProvidedKeyDoesNotExist
            return method(self, table_name, key, *rest, **named)

        patching.replace(DynamoDBBackend, name, check)

    for name in ("get_item", "delete_item", "update_item"):
        checking(name)
    find = DynamoDBBackend.query

    def query(self: Any, table_name: str, hash_key: dict[str, Any] | None, *rest: Any, **named: Any) -> Any:
        schema, known = self.get_schema(table_name, named.get("index_name")), types(self, table_name)
        attribute = next((part["AttributeName"] for part in schema if part["KeyType"] == "HASH"), None)
        if hash_key and attribute and known.get(attribute) not in {None, *hash_key}:
            raise MockValidationException(
                "One or more parameter values were invalid: Condition parameter type does not match schema type"
            )
        return find(self, table_name, hash_key, *rest, **named)

    patching.replace(DynamoDBBackend, "query", query)


# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
_MOST_IN_A_BATCH = 25


@patching.owner
def sizes_of_batches() -> None:
    """BatchWriteItem takes any number of requests, and a put and a deletion of the same item."""
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.responses import DynamoHandler

    write = DynamoHandler.batch_write_item

    def batch_write_item(self: Any) -> Any:
        asked = self.body["RequestItems"]
        if any(len(requests) > _MOST_IN_A_BATCH for requests in asked.values()):
            raise MockValidationException(
                "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Map value must "
                f"satisfy constraint: [Member must have length less than or equal to {_MOST_IN_A_BATCH}, Member must "
                "have length greater than or equal to 1]"
            )
        if sum(len(requests) for requests in asked.values()) > _MOST_IN_A_BATCH:
            raise MockValidationException("Too many items requested for the BatchWriteItem call")
        for table_name, requests in asked.items():
            names = self.dynamodb_backend.get_table(table_name).table_key_attrs
            bodies = [body for request in requests for body in request.values()]
            found = [body.get("Key") or body.get("Item", {}) for body in bodies]
            keys = [{name: item.get(name) for name in names} for item in found]
            if any(key in keys[:number] for number, key in enumerate(keys)):
                raise MockValidationException("Provided list of item keys contains duplicates")
        return write(self)

    patching.replace(DynamoHandler, "batch_write_item", batch_write_item)


@patching.owner
def changes_of_indexes() -> None:
    """UpdateTable of an index that exists, or of one that does not, ends in an error of Python; twins are made."""
    from moto.dynamodb.exceptions import MockValidationException, ResourceNotFoundException
    from moto.dynamodb.models import DynamoDBBackend

    update, make = DynamoDBBackend.update_table_global_indexes, DynamoDBBackend.create_table

    def update_indexes(self: Any, table: Any, changes: list[dict[str, Any]]) -> None:
        names = {index.name for index in table.global_indexes}
        for kind, change in (pair for each in changes for pair in each.items()):
            name = change["IndexName"]
            if kind == "Create" and name in names:
                raise MockValidationException(
                    f"One or more parameter values were invalid: Duplicate index name: {name}"
                )
            if kind != "Create" and name not in names:
                raise ResourceNotFoundException
        update(self, table, changes)

    def create_table(self: Any, name: str, **named: Any) -> Any:
        indexes = [index["IndexName"] for kind in ("global_indexes", "indexes") for index in named.get(kind) or ()]
        for index in indexes:
            if indexes.count(index) > 1:
                raise MockValidationException(
                    f"One or more parameter values were invalid: Duplicate index name: {index}"
                )
        return make(self, name, **named)

    patching.replace(DynamoDBBackend, "update_table_global_indexes", update_indexes)
    patching.replace(DynamoDBBackend, "create_table", create_table)


@patching.owner
def missing_tables() -> None:
    """Tags of a missing table are a success, and its time to live is missed under a name that no client knows."""
    from moto.dynamodb.exceptions import ResourceNotFoundException
    from moto.dynamodb.models import DynamoDBBackend

    def with_table(name: str) -> None:
        method = getattr(DynamoDBBackend, name)

        def call(self: Any, table_name: str, *rest: Any, **named: Any) -> Any:
            self.get_table(table_name)
            return method(self, table_name, *rest, **named)

        patching.replace(DynamoDBBackend, name, call)

    def with_arn(name: str) -> None:
        method = getattr(DynamoDBBackend, name)

        def call(self: Any, arn: str, *rest: Any, **named: Any) -> Any:
            if all(table.table_arn != arn for table in list(self.tables.values())):
                raise ResourceNotFoundException
            return method(self, arn, *rest, **named)

        patching.replace(DynamoDBBackend, name, call)

    for name in ("describe_time_to_live", "update_time_to_live"):
        with_table(name)
    for name in ("tag_resource", "untag_resource"):
        with_arn(name)


@patching.owner
def resource_policies() -> None:
    """Any text is taken for a table's policy.

    Reference: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
    """
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.models import DynamoDBBackend

    from local_cloud.services.iam import policy

    put = DynamoDBBackend.put_resource_policy

    def put_resource_policy(self: Any, resource_arn: str, policy_doc: str, *rest: Any, **named: Any) -> Any:
        try:
            policy.check(policy_doc)
        except policy.MalformedPolicyError as error:
            raise MockValidationException(f"Resource policy document is invalid: {error}") from error
        return put(self, resource_arn, policy_doc, *rest, **named)

    patching.replace(DynamoDBBackend, "put_resource_policy", put_resource_policy)


@patching.owner
def changed_keys() -> None:
    """UpdateTable ignores SSESpecification, so that a table keeps the key that it was made with."""
    from moto.dynamodb.responses import DynamoHandler, DynamoResult

    update = DynamoHandler.update_table

    def update_table(self: Any) -> Any:
        answer, asked = update(self), self.body.get("SSESpecification")
        if asked is None:
            return answer
        table = self.dynamodb_backend.get_table(self.body["TableName"])
        default = table._get_default_encryption_key(table.account_id, table.region_name)
        table.sse_specification = {"KMSMasterKeyId": default, **asked}
        return DynamoResult(table.describe())

    patching.replace(DynamoHandler, "update_table", update_table)
