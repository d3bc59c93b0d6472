"""The item of the state table that names the account's endpoints besides its first one.

A deployment adds its endpoint before it makes anything there, and takes it out once nothing of it is left; each in one
step, so that deployments to different endpoints do not undo each other's.
"""

from typing import Any

from contract import keys
from shared.adapters import tables

_MEMBER = "endpoints"


def read(client: Any, table_name: str) -> list[str]:
    """Their names in order."""
    item = tables.read_state(client, table_name, keys.ENDPOINTS) or {}
    return sorted(item.get(_MEMBER, ()))


def add(client: Any, table_name: str, endpoint_name: str) -> None:
    """Add one; it may be there already."""
    _update(client, table_name, "ADD", endpoint_name)


def remove(client: Any, table_name: str, endpoint_name: str) -> None:
    """Take one out; it may be gone already."""
    _update(client, table_name, "DELETE", endpoint_name)


def _update(client: Any, table_name: str, action: str, endpoint_name: str) -> None:
    client.update_item(
        TableName=table_name,
        Key={"pk": {"S": keys.ENDPOINTS}},
        UpdateExpression=f"{action} {_MEMBER} :names",
        ExpressionAttributeValues={":names": {"SS": [endpoint_name]}},
    )
