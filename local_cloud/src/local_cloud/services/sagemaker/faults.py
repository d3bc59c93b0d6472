"""Faults on order, for tests: an update that AWS rolls back without a word, and containers that fail.

``POST /_local/endpoint_faults`` with ``account_id``, ``region`` and ``endpoint_name``, and any of:

- ``silent_rollbacks``: so many of the next updates end InService on the old configuration, without a FailureReason;
- ``error_rate``: this share of the requests (0 to 1, evenly spread) is answered 500 by the container;
- ``endpoint_config_name``: only requests that a fleet of this configuration takes fail.

An order replaces the one before it; without a fault it ends them. Faults are forgotten when the server stops.
"""

import threading
from dataclasses import dataclass
from typing import Any

from local_cloud.kernel import runtime


@dataclass(kw_only=True)
class Faults:
    """Faults of one endpoint.

    Args:
        silent_rollbacks: how many updates are still to be rolled back.
        error_rate: share of the requests that fail.
        endpoint_config_name: whose requests fail; None for all.
    """

    silent_rollbacks: int = 0
    error_rate: float = 0.0
    endpoint_config_name: str | None = None
    carry: float = 0.0

    def __post_init__(self) -> None:
        if self.silent_rollbacks < 0:
            raise ValueError(f"silent_rollbacks must not be negative, got {self.silent_rollbacks}")
        if not 0 <= self.error_rate <= 1:
            raise ValueError(f"error_rate must be between 0 and 1, got {self.error_rate}")


class _Orders:
    """The faults by the endpoints' ARNs."""

    def __init__(self) -> None:
        self.changing = threading.Lock()
        self.faults: dict[str, Faults] = {}


_PLACE = ("account_id", "region", "endpoint_name")
_SETTINGS = ("silent_rollbacks", "error_rate", "endpoint_config_name")


def order(request: dict[str, Any]) -> dict[str, Any]:
    """Take an order of the control interface; answers with the faults of the endpoint.

    Raises:
        ValueError: a field is missing, unknown or out of range.
    """
    missing = [name for name in _PLACE if not request.get(name)]
    unknown = sorted(set(request) - {*_PLACE, *_SETTINGS})
    if missing or unknown:
        raise ValueError(f"endpoint_faults: missing {missing}, unknown {unknown}; it knows {[*_PLACE, *_SETTINGS]}")
    wanted = Faults(**{name: request[name] for name in _SETTINGS if name in request})
    orders = runtime.current().of(_Orders)
    with orders.changing:
        orders.faults[_arn(request)] = wanted
    return {name: getattr(wanted, name) for name in _SETTINGS}


def takes_silent_rollback(arn: str) -> bool:
    """Whether this update is rolled back; counts it."""
    orders = runtime.current().of(_Orders)
    with orders.changing:
        found = orders.faults.get(arn)
        if found is None or not found.silent_rollbacks:
            return False
        found.silent_rollbacks -= 1
        return True


def fails_request(arn: str, config_name: str) -> bool:
    """Whether this request fails."""
    orders = runtime.current().of(_Orders)
    with orders.changing:
        found = orders.faults.get(arn)
        if found is None or found.endpoint_config_name not in {None, config_name}:
            return False
        found.carry += found.error_rate
        if found.carry < 1 - 1e-9:
            return False
        found.carry -= 1
        return True


def _arn(request: dict[str, Any]) -> str:
    return f"arn:aws:sagemaker:{request['region']}:{request['account_id']}:endpoint/{request['endpoint_name']}"
