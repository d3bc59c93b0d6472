"""State ``Plan Deployment``: compares the registry with what serves."""

import json
from collections.abc import Iterator
from typing import Any

from deployment.adapters import endpoint
from deployment.errors import EndpointBusyError
from deployment.logic import manifest, plan
from deployment.logic.plan import Current, Registered, Retained
from shared import catalogue, events, settings, versions
from shared.adapters import metrics, registry, s3, tables
from shared.adapters.registry import NotReadableError
from shared.versions import Approval

_AT_REST = {"InService", "Failed", "OutOfService", "UpdateRollbackFailed"}


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: endpoint_name, force (try again what failed).

    Result: action, versions, unapproved, changes and, as far as there are such, serving (status, endpoint_config to go
    back to, model_data_prefix) and restore (a retained deployment).

    Raises:
        EndpointBusyError: the endpoint is being changed.
    """
    name, table_name = events.text(event, "endpoint_name"), settings.text("STATE_TABLE")
    serving = endpoint.serving(name)
    if serving is not None and serving.status not in _AT_REST:
        raise EndpointBusyError(f"endpoint {name} is {serving.status}; it is left alone until it is at rest")
    state = tables.read_state(table_name, f"deployments#{name}") or {}
    retained = [Retained(**item) for item in state.get("retained", [])]
    made = plan.make(
        _registered(),
        current=_current(serving, retained),
        retained=retained,
        shape=plan.shape_of(settings.text("SHAPE"), settings.words("SUBNETS")),
        failed=None if events.switch(event, "force") else _failed(table_name, name),
    )
    metrics.put({"ModelsWithoutApprovedVersion": len(made.unapproved)}, dimension=("EndpointName", name))
    result: dict[str, Any] = {
        "action": made.action,
        "versions": dict(made.versions),
        "unapproved": list(made.unapproved),
        "changes": dict(made.changes),
    }
    if serving is not None:
        result["serving"] = {
            "status": serving.status,
            "endpoint_config": _way_back(serving, retained),
            "model_data_prefix": serving.model_data_prefix,
        }
    if made.restore is not None:
        result["restore"] = made.restore.as_dict()
    return result


def _current(serving: endpoint.Serving | None, retained: list[Retained]) -> Current | None:
    # An endpoint whose creation failed serves nothing; the state machine deletes it.
    if serving is None or serving.status == "Failed":
        return None
    served = manifest.from_dict(s3.read_json(f"{serving.model_data_prefix}manifest.json"))
    proven = serving.status == "InService" and any(item.endpoint_config == serving.endpoint_config for item in retained)
    shape = plan.shape_of(serving.instances, serving.subnets)
    return Current(versions=served.versions(), shape=shape, proven=proven)


def _way_back(serving: endpoint.Serving, retained: list[Retained]) -> str:
    """What was proven last; what serves now, of a deployment that died before its proof, is no way back."""
    configs = [item.endpoint_config for item in retained]
    return serving.endpoint_config if serving.endpoint_config in configs or not configs else configs[0]


def _failed(table_name: str, endpoint_name: str) -> dict[str, str]:
    item = tables.read_state(table_name, f"failed#{endpoint_name}") or {}
    return dict(json.loads(item.get("versions", "{}")))


def _registered() -> Iterator[Registered]:
    environment, prefix = settings.text("ENVIRONMENT"), settings.text("GROUP_ARN_PREFIX")
    for name, model in catalogue.models().items():
        approval: Approval = model["approval"][environment] if environment == "sandbox" else "manual"
        try:
            found = versions.to_serve(registry.candidates(f"{prefix}{name}", approval=approval), approval=approval)
            yield Registered(name=name, version=found, when_unapproved=model["when_unapproved"])
        except NotReadableError as error:
            yield Registered(name=name, version=None, when_unapproved=model["when_unapproved"], denied=str(error))
