"""The log of every API call and its decision, one JSON object a line."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

_lock = threading.Lock()


def record(
    path: Path, *, principal: str, account_id: str, action: str, resource: str, allowed: bool, reason: str
) -> None:
    """Append one decision."""
    line = json.dumps(
        {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "account": account_id,
            "principal": principal,
            "action": action,
            "resource": resource,
            "decision": "allow" if allowed else "deny",
            "reason": reason,
        }
    )
    with _lock, path.open("a", encoding="utf-8") as log:
        log.write(line + "\n")
