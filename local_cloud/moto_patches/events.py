"""Faults of moto's EventBridge."""

from typing import Any


def install() -> None:
    """Correct all of them."""
    whole_policies()


def whole_policies() -> None:
    """PutPermission with a policy merges, loses statements with the same principal and wants a Sid; AWS replaces."""
    from moto.events.models import EventBus, EventBusPolicyStatement

    def add_policy(self: Any, policy: dict[str, Any]) -> None:
        statements = policy["Statement"]
        self._statements = {
            str(statement.get("Sid", f"statement-{number}")): EventBusPolicyStatement.from_dict(
                {"Sid": f"statement-{number}", **statement}
            )
            for number, statement in enumerate(statements if isinstance(statements, list) else [statements])
        }

    EventBus.add_policy = add_policy
