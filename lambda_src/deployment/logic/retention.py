"""Which deployments are kept to go back to, and what nothing uses any more."""

from collections.abc import Iterable, Sequence
from typing import Any

from contract import run_names
from contract.calls.record_deployment import RecordDeployment, Removed
from contract.retained import Retained


def keep(retained: Sequence[Retained], *, serving: Retained, keep_deployments: int) -> list[Retained]:
    """Put the serving deployment first and cut the list.

    Args:
        retained: deployments so far, newest first.
        serving: what serves now; new, or one of the list after a roll-back.
        keep_deployments: how many to keep, the serving one included.
    """
    others = [item for item in retained if item.endpoint_config != serving.endpoint_config]
    return [serving, *others][:keep_deployments]


def after(retained: Sequence[Retained], serving: Retained | Removed, *, keep_deployments: int) -> list[Retained]:
    """What is retained after a deployment; one that removed the endpoint takes nothing away.

    Args:
        retained: deployments before it, newest first.
        serving: what serves now.
        keep_deployments: how many to keep, the serving one included.
    """
    if isinstance(serving, Removed):
        return list(retained)
    return keep(retained, serving=serving, keep_deployments=keep_deployments)


def state(kept: Iterable[Retained], serving: Retained | Removed) -> dict[str, Any]:
    """What the state table says of the deployments.

    That the endpoint was removed tells it from one that is missing.

    Args:
        kept: deployments to go back to, newest first.
        serving: what serves now.
    """
    removed = {"removed": True} if isinstance(serving, Removed) else {}
    return {"retained": [item.to_json() for item in kept], **removed}


def row(asked: RecordDeployment) -> dict[str, Any]:
    """Columns of the history of deployments."""
    serving = asked.serving if isinstance(asked.serving, Retained) else None
    return {
        "recorded_at": asked.recorded_at,
        "execution": asked.execution,
        "action": asked.action,
        "changes": dict(asked.changes),
        "unapproved": list(asked.unapproved),
        "versions": dict(serving.versions) if serving else {},
        "endpoint_config": serving.endpoint_config if serving else "",
    }


def unused(names: Iterable[str], *, endpoint_name: str, used: Iterable[str]) -> list[str]:
    """Names of models or endpoint configurations that a deployment to the endpoint made and nothing uses.

    Args:
        names: all that there are.
        endpoint_name: the endpoint.
        used: those to keep.
    """
    kept = set(used)
    return [
        name for name in names if name not in kept and run_names.is_of_a_deployment(name, endpoint_name=endpoint_name)
    ]


def unused_prefixes(found: Iterable[str], *, folder: str, used: Iterable[str]) -> list[str]:
    """Prefixes of an endpoint's deployments that nothing uses.

    Args:
        found: all prefixes one level below the folder, which may be those of other endpoints too.
        folder: of the endpoint's deployments.
        used: ids of the deployments to keep.
    """
    kept = set(used)
    ids = {prefix: prefix.removeprefix(folder).removesuffix("/") for prefix in found}
    return [prefix for prefix, name in ids.items() if run_names.is_deployment_id(name) and name not in kept]
