"""The item of the state table that remembers an endpoint's named versions; see `shared.named`."""

from collections.abc import Mapping
from typing import Any

from contract import keys
from shared.adapters import tables


def read(client: Any, table_name: str, endpoint_name: str) -> dict[str, list[str]]:
    """ARNs by model; nothing when none is remembered."""
    item = tables.read_state(client, table_name, keys.NAMED.of(endpoint_name)) or {}
    return {model: list(arns) for model, arns in item.get("models", {}).items()}


def write(client: Any, table_name: str, endpoint_name: str, versions: Mapping[str, list[str]]) -> None:
    """Replace what is remembered; only whoever has the endpoint's lease may."""
    kept = {model: list(arns) for model, arns in versions.items() if arns}
    tables.write_state(client, table_name, keys.NAMED.of(endpoint_name), {"models": kept})
