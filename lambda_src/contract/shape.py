"""What a deployment runs on, as one text; a change of any of it needs another endpoint configuration.

The text is kept with retained deployments and compared: the stack writes what is configured, the state machine what a
new configuration has, the plan what serves. All of them write it here.
"""

from collections.abc import Iterable

_IN = " in "


def instances(instance_type: str, count: int) -> str:
    """An endpoint's instances, for example ``ml.m5.large x 2``."""
    return f"{instance_type} x {count}"


def of(instances: str, subnets: Iterable[str]) -> str:
    """The shape of an endpoint.

    Args:
        instances: type and count; see `instances`.
        subnets: ids, in any order; none outside of a network.
    """
    place = " ".join(sorted(subnets))
    return f"{instances}{_IN}{place}" if place else instances


def jsonata(instances: str, subnets: Iterable[str]) -> str:
    """The same for a state machine, where the subnets' ids may be known at deploy time only."""
    quoted = ", ".join(f"'{subnet}'" for subnet in subnets)
    return f"{{% '{instances}{_IN}' & $join($sort([{quoted}]), ' ') %}}" if quoted else instances
