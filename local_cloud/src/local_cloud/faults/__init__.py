"""The fault plan: what goes wrong in the local cloud on a test's order, see docs/faults.md."""

from typing import Any

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.faults import calls

    calls.install()


def _order(order: dict[str, Any]) -> dict[str, Any]:
    from local_cloud.faults import plan

    return plan.order(order)


SERVICE = Service(name="faults", eager=True, patch=_patch, orders={"faults": _order})
