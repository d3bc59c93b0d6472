"""How an execution ended, in words."""

from collections.abc import Mapping
from typing import Any

from perennial.account import failures, registry
from perennial.account.execution import Run


def verdict(run: Run) -> str:
    """How an execution ended, in one line."""
    output = run.output
    if error := run.execution.error:
        state = failures.state(run.history, error=error)
        return f"{run.outcome}{f' in {state}' if state else ''}: {failures.words(error, run.execution.cause)}"
    if run.outcome == "registered":
        return f"registered version {output['version']}, {output['approval_status']}: {output['reason']}"
    if (changes := output.get("changes")) or output.get("unapproved"):
        changed = ", ".join(f"{model} {change}" for model, change in sorted((changes or {}).items()))
        return f"{run.outcome}: {'; '.join(filter(None, (changed, unapproved(output))))}"
    if run.outcome == "under way":
        return "under way: another deployment has the endpoint, and will look again before it ends"
    if run.outcome == "already running":
        return "already running: another run has this model"
    return run.outcome


def unapproved(output: Mapping[str, Any]) -> str:
    """What a finished deployment says of the models that have no approved version; empty when all have one."""
    versions = output.get("versions", {})
    serving_on = [name for name in output.get("unapproved", []) if name in versions]
    left_out = [name for name in output.get("unapproved", []) if name not in serving_on]
    on = ", ".join(f"{name} version {registry.number(versions[name])}" for name in serving_on)
    said = [
        *([f"without an approved version {on} serves on"] if on else []),
        *([f"{', '.join(left_out)} left out, no version is approved"] if left_out else []),
    ]
    return "; ".join(said)
