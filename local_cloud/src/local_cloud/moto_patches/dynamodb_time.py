"""What moto's DynamoDB makes nothing of as time goes by: the virtual clock's."""

import json
import threading
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of it."""
    expired_items()
    repeated_transactions()


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html: what is older
# than five years is no time to live.
_OLDEST_SECONDS = 5 * 365 * 86_400


@patching.owner
def expired_items() -> None:
    """Items outlive their time; here they are gone once it is over on the virtual clock, on AWS within some days."""
    from moto.dynamodb.models import DynamoDBBackend

    from local_cloud.kernel import runtime

    find = DynamoDBBackend.get_table

    def get_table(self: Any, table_name: str) -> Any:
        table = find(self, table_name)
        if table.ttl["TimeToLiveStatus"] == "ENABLED":
            now, name = runtime.current().clock.timestamp(), table.ttl["AttributeName"]
            for item in list(table.all_items()):
                until = item.attrs.get(name)
                if until is not None and until.type == "N" and now - _OLDEST_SECONDS < float(until.value) <= now:
                    table.delete_item(item.hash_key, item.range_key)
        return table

    patching.replace(DynamoDBBackend, "get_table", get_table)


# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_TOKEN_SECONDS = 600
_transactions = threading.Lock()


@patching.owner
def repeated_transactions() -> None:
    """TransactWriteItems writes once more where a client repeats its request with the same token."""
    from moto.core.exceptions import JsonRESTError
    from moto.core.responses import ActionResult
    from moto.dynamodb.responses import DynamoHandler

    from local_cloud.kernel import runtime

    write = DynamoHandler.transact_write_items

    def transact_write_items(self: Any) -> Any:
        token, now = self.body.get("ClientRequestToken"), runtime.current().clock.timestamp()
        if not token:
            return write(self)
        backend, asked = self.dynamodb_backend, json.dumps(self.body["TransactItems"], sort_keys=True)
        with _transactions:
            known: dict[str, tuple[float, str]] = {
                name: each for name, each in getattr(backend, "lc_tokens", {}).items() if each[0] > now
            }
            if token in known and known[token][1] != asked:
                raise JsonRESTError(
                    "IdempotentParameterMismatchException",
                    "The ClientRequestToken was used with other parameters; use a new one for another request.",
                )
            if token in known:
                return ActionResult({})
            answer = write(self)
            backend.lc_tokens = {**known, token: (now + _TOKEN_SECONDS, asked)}
        return answer

    patching.replace(DynamoHandler, "transact_write_items", transact_write_items)
