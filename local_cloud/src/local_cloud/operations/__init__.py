"""Which operations of AWS's services the local cloud answers; every other one is refused by name.

An operation is on a list for one of two reasons: it is done for real, or what it is told is kept and shown again; a
read of what nothing here can have says, as AWS does, that there is none (no website, no instance profile). AWS does no
more with most of these either; on some it acts later (retention, lifecycles, scaling policies), which the
Limits of docs/reference.md name. What would be a success without anything done (a transform job, a notebook instance)
is on none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from local_cloud.operations import events, identity, machine_learning, network, programs, storage, watch


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Those of one service, by the names that its model has.

    Args:
        real: what is done.
        kept: what is only kept and shown, or is asked for and cannot be there; on AWS some act later, see the Limits
            of docs/reference.md.
    """

    real: frozenset[str]
    kept: frozenset[str]

    @property
    def answered(self) -> frozenset[str]:
        """All that are not refused."""
        return self.real | self.kept


def _of(lists: Mapping[str, tuple[str, str]]) -> dict[str, Operations]:
    return {
        service: Operations(real=frozenset(real.split()), kept=frozenset(kept.split()))
        for service, (real, kept) in lists.items()
    }


# By the name that boto3 has for a service.
SERVICES: Mapping[str, Operations] = {
    service: operations
    for module in (machine_learning, programs, events, watch, identity, storage, network)
    for service, operations in _of(module.LISTS).items()
}


def is_answered(service: str, operation: str) -> bool:
    """Whether an operation is on the list of its service."""
    found = SERVICES.get(service)
    return found is not None and operation in found.answered
