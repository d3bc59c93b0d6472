"""The log of every API call and its decision, one JSON object a line.

A line has all that deciding again takes, so that a record can be checked without the local cloud. What follows from
the principal and the owner alone (aws:PrincipalArn, aws:PrincipalAccount, aws:ResourceAccount) is not repeated in it.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided.

    Args:
        allowed: whether the call may go on.
        reason: why not, in AWS's words; ``allowed`` otherwise.
        by: the kinds of policies that allowed it: ``identity``, ``resource``, ``identity+resource``, or empty.
        explicit: whether a policy denied it, and not only none allowed it.
    """

    allowed: bool
    reason: str
    by: str = ""
    explicit: bool = False


def record(
    path: Path,
    *,
    principal: str,
    session: str,
    account_id: str,
    action: str,
    resource: str,
    owner: str,
    context: Mapping[str, str | Sequence[str]],
    decision: Decision,
) -> None:
    """Append one decision.

    Args:
        path: of the log.
        principal: ARN of the role or root, or the service principal.
        session: ARN of the role session; empty without one.
        account_id: the principal's account; of a service, the account of the resource that makes it act.
        action: IAM action.
        resource: ARN, or ``*``.
        owner: account of the resource.
        context: condition keys of this call, in lower case.
        decision: what was decided.
    """
    line = json.dumps(
        {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "account": account_id,
            "principal": principal,
            "session": session,
            "action": action,
            "resource": resource,
            "owner": owner,
            "context": dict(context),
            "decision": "allow" if decision.allowed else "deny",
            "by": decision.by,
            "reason": decision.reason,
        }
    )
    with _lock, path.open("a", encoding="utf-8") as log:
        log.write(line + "\n")
