"""Faults of moto's EventBridge."""

import json
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    whole_policies()
    everybody()


@patching.owner
def whole_policies() -> None:
    """PutPermission loses statements with the same principal; with a policy it merges and wants a Sid, AWS replaces."""
    from moto.core.exceptions import JsonRESTError
    from moto.events.models import EventBus, EventBusPolicyStatement

    from local_cloud.services.iam import policy as policies

    def add_policy(self: Any, policy: dict[str, Any]) -> None:
        try:
            statements = policies.statements(policies.check(json.dumps(policy)))
            self._statements = {
                str(statement.get("Sid", f"statement-{number}")): EventBusPolicyStatement.from_dict(
                    {"Sid": f"statement-{number}", **statement}
                )
                for number, statement in enumerate(statements)
            }
        except policies.MalformedPolicyError as error:
            raise JsonRESTError("ValidationException", str(error)) from error
        except KeyError as error:
            raise JsonRESTError("ValidationException", f"Missing required field {error.args[0]}") from error

    patching.replace(EventBus, "add_policy", add_policy)
    # Called for single statements too, which only their id tells apart.
    patching.replace(EventBus, "_remove_principals_statements", lambda *_: None)


@patching.owner
def everybody() -> None:
    """PutPermission for principal * names the root of an account called *; AWS names everybody."""
    from moto.events.models import EventBus

    add = EventBus.add_permission

    def add_permission(self: Any, statement_id: str, action: str, principal: Any, condition: Any) -> None:
        if str(principal.get("AWS")).endswith("::*:root"):
            principal = "*"
        add(self, statement_id, action, principal, condition)

    patching.replace(EventBus, "add_permission", add_permission)
