"""Faults of moto's DynamoDB with the keys of KMS that encrypt tables.

The words are DynamoDB's, as its callers have seen them.
"""

from collections.abc import Iterator
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of it."""
    keys_of_tables()


_DATA = (
    "get_item",
    "put_item",
    "update_item",
    "delete_item",
    "query",
    "scan",
    "batch_get_item",
    "batch_write_item",
    "transact_get_items",
    "transact_write_items",
)
# Who replaced these before.
_INDEXES = "moto_patches.dynamodb_indexes"
_AFTER = {
    **dict.fromkeys(("put_item", "batch_write_item"), f"{_INDEXES}.keys_of_items"),
    **dict.fromkeys(("get_item", "update_item", "delete_item", "batch_get_item"), f"{_INDEXES}.keys_of_requests"),
    "transact_write_items": f"{_INDEXES}.keys_of_transactions",
    "update_table": "moto_patches.dynamodb.changed_keys",
}


@patching.owner
def keys_of_tables() -> None:
    """Tables are read, written and made with a key of KMS that is disabled, waits for its deletion or is not there.

    On AWS a table is read for some minutes on, with the key that DynamoDB has at hand; here it ends at once.
    Reference: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.responses import DynamoHandler

    from local_cloud.services import kms

    def check(backend: Any, key_id: str | None) -> None:
        if key_id and (found := kms.unusable(key_id, account_id=backend.account_id, region=backend.region_name)):
            code, message = found
            kind = "KMS key disabled error" if code == "DisabledException" else "KMS validation error"
            raise MockValidationException(
                f"{kind}: com.amazonaws.services.kms.model.{code}: {kms.as_passed_on(code, message)}"
            )

    def using(name: str) -> None:
        answer = getattr(DynamoHandler, name)

        def use(self: Any) -> Any:
            # A request that asks for a table, or for several.
            for table_name in _tables(self.body):
                table = self.dynamodb_backend.get_table(table_name)
                check(self.dynamodb_backend, (table.sse_specification or {}).get("KMSMasterKeyId"))
            return answer(self)

        patching.replace(DynamoHandler, name, use, after=_AFTER.get(name))

    def choosing(name: str) -> None:
        answer = getattr(DynamoHandler, name)

        def choose(self: Any) -> Any:
            check(self.dynamodb_backend, (self.body.get("SSESpecification") or {}).get("KMSMasterKeyId"))
            return answer(self)

        patching.replace(DynamoHandler, name, choose, after=_AFTER.get(name))

    for name in _DATA:
        using(name)
    for name in ("create_table", "update_table"):
        choosing(name)


def _tables(body: dict[str, Any]) -> Iterator[str]:
    if "TableName" in body:
        yield body["TableName"]
    yield from body.get("RequestItems") or ()
    for item in body.get("TransactItems") or ():
        for operation in item.values():
            yield operation["TableName"]
