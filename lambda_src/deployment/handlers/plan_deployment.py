"""State ``Plan Deployment``: compares the registry with what serves."""

import json
from collections.abc import Mapping
from typing import Any

from contract import keys, manifest, shape
from deployment.adapters import endpoint
from deployment.errors import EndpointBusyError
from deployment.logic import plan
from deployment.logic.plan import Current, Registered, Retained
from shared import catalogue, events, named, settings, versions
from shared.adapters import metrics, named_versions, registry, s3, tables
from shared.adapters.registry import NotReadableError
from shared.versions import Approval, Version

_AT_REST = {"InService", "Failed", "OutOfService", "UpdateRollbackFailed"}
_Read = list[Version] | NotReadableError


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: endpoint_name, force (try again what failed), named (ARNs of versions that somebody approved or rejected).

    Result: action, versions, unapproved, changes and, as far as there are such, serving (status, endpoint_config to go
    back to, model_data_prefix) and restore (a retained deployment).

    Raises:
        EndpointBusyError: the endpoint is being changed.
    """
    name, table_name = events.text(event, "endpoint_name"), settings.text("STATE_TABLE")
    # First of all: whatever fails from here on, what was named is not forgotten.
    remembered = _remember(table_name, name, events.texts(event, "named"))
    serving = endpoint.serving(name)
    if serving is not None and serving.status not in _AT_REST:
        raise EndpointBusyError(f"endpoint {name} is {serving.status}; it is left alone until it is at rest")
    state = tables.read_state(table_name, keys.DEPLOYMENTS.of(name)) or {}
    retained = [Retained(**item) for item in state.get("retained", [])]
    current = _current(serving, retained)
    read = _read(_known(current, retained, remembered))
    _forget(table_name, name, remembered, read)
    made = plan.make(
        [_registered(model, read[model]) for model in catalogue.models()],
        current=current,
        retained=retained,
        shape=shape.of(settings.text("SHAPE"), settings.words("SUBNETS")),
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
    served = manifest.from_dict(s3.read_json(manifest.uri(serving.model_data_prefix)))
    proven = serving.status == "InService" and any(item.endpoint_config == serving.endpoint_config for item in retained)
    return Current(versions=served.versions(), shape=shape.of(serving.instances, serving.subnets), proven=proven)


def _way_back(serving: endpoint.Serving, retained: list[Retained]) -> str:
    """What was proven last; what serves now, of a deployment that died before its proof, is no way back."""
    configs = [item.endpoint_config for item in retained]
    return serving.endpoint_config if serving.endpoint_config in configs or not configs else configs[0]


def _failed(table_name: str, endpoint_name: str) -> dict[str, str]:
    item = tables.read_state(table_name, keys.FAILED.of(endpoint_name)) or {}
    return dict(json.loads(item.get("versions", "{}")))


def _remember(table_name: str, endpoint_name: str, arns: list[str]) -> dict[str, list[str]]:
    """Named versions by model: those of earlier plans, and those that this one was told of."""
    before = named_versions.read(table_name, endpoint_name)
    prefix = settings.text("GROUP_ARN_PREFIX")
    known = named.add(before, arns, group_arn_prefix=prefix, models=catalogue.models())
    if known != before:
        named_versions.write(table_name, endpoint_name, known)
    return known


def _forget(table_name: str, endpoint_name: str, known: Mapping[str, list[str]], read: Mapping[str, _Read]) -> None:
    """Forget those that are found by looking, or were rejected; what could not be read is kept."""
    needed = {
        model: named.still_needed(arns, found) if isinstance(found := read.get(model), list) else arns
        for model, arns in known.items()
    }
    if needed != known:
        named_versions.write(table_name, endpoint_name, needed)


def _known(
    current: Current | None, retained: list[Retained], remembered: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """What is looked at by model, whatever its age: what serves and served, and what was named."""
    served = [*([current.versions] if current else []), *(item.versions for item in retained)]
    return {
        model: list(dict.fromkeys([*(item[model] for item in served if model in item), *remembered.get(model, [])]))
        for model in catalogue.models()
    }


def _read(also: Mapping[str, list[str]]) -> dict[str, _Read]:
    """The versions of every model that may be the one to serve, or the registry's refusal."""
    prefix, found = settings.text("GROUP_ARN_PREFIX"), dict[str, _Read]()
    for model in catalogue.models():
        try:
            found[model] = list(registry.candidates(f"{prefix}{model}", approval=_approval(model), also=also[model]))
        except NotReadableError as error:
            found[model] = error
    return found


def _registered(model: str, read: _Read) -> Registered:
    when = catalogue.model(model)["when_unapproved"]
    if isinstance(read, NotReadableError):
        return Registered(name=model, version=None, when_unapproved=when, denied=str(read))
    return Registered(name=model, version=versions.to_serve(read, approval=_approval(model)), when_unapproved=when)


def _approval(model: str) -> Approval:
    environment = settings.text("ENVIRONMENT")
    chosen: Approval = catalogue.model(model)["approval"][environment] if environment == "sandbox" else "manual"
    return chosen
