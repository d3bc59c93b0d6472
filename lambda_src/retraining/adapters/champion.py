"""The version that a candidate is compared with."""

from contract.catalogue import Approval
from shared import versions
from shared.adapters import named_versions, registry
from shared.adapters.clients import Clients
from shared.versions import Version


def find(
    aws: Clients, model: str, *, group: str, table_name: str, endpoint_name: str, approval: Approval = "manual"
) -> Version | None:
    """The approved version that was changed last; None when there is none.

    An old version that was approved again is known here from this account's deployments, which saw it approved.

    Args:
        aws: its clients.
        model: its name.
        group: its package group.
        table_name: state table.
        endpoint_name: of the endpoint that serves it in this account.
        approval: ``automatic`` also takes the newest version that nobody has judged.
    """
    named = named_versions.read(aws.dynamodb, table_name, endpoint_name).get(model, [])
    found = registry.candidates(aws.sagemaker, group, approval=approval, also=named)
    return versions.to_serve(found, approval=approval)
