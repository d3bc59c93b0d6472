"""The version that a candidate is compared with."""

from shared import versions
from shared.adapters import named_versions, registry
from shared.versions import Version


def find(model: str, *, group: str, table_name: str, endpoint_name: str) -> Version | None:
    """The approved version that was changed last; None when there is none.

    An old version that was approved again is known here from this account's deployments, which saw it approved.

    Args:
        model: its name.
        group: its package group.
        table_name: state table.
        endpoint_name: of this account's endpoint.
    """
    named = named_versions.read(table_name, endpoint_name).get(model, [])
    return versions.to_serve(registry.candidates(group, approval="manual", also=named), approval="manual")
