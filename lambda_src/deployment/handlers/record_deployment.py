"""State ``Record Deployment``: remembers what serves, appends to the history, and removes what nothing uses."""

import json
from typing import Any

from contract import keys, manifest
from contract.history import Kind
from contract.prefixes import DEPLOYMENTS_PREFIX
from deployment.adapters import alarms, endpoint
from deployment.logic import retention
from deployment.logic.plan import Retained
from shared import events, settings
from shared.adapters import s3, tables


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Remember, append and remove; a repeated call does the same again.

    Event: endpoint_name, run_id, recorded_at, execution, action, changes, unapproved (models), serving (a retained
    deployment, empty when the endpoint was removed), and alarm_prefix (of all roll-back alarms of the endpoint).

    Result: removed, the names of the alarms, configurations, models and prefixes that nothing used any more.
    """
    name, table_name = events.text(event, "endpoint_name"), settings.text("STATE_TABLE")
    target = events.mapping(event, "serving")
    serving = Retained(**target) if target else None
    key = keys.DEPLOYMENTS.of(name)
    state = tables.read_state(table_name, key) or {}
    kept = [Retained(**item) for item in state.get("retained", [])]
    if serving:
        kept = retention.keep(kept, serving=serving, keep_deployments=int(settings.text("KEEP_DEPLOYMENTS")))
    # First forgotten, then removed: a crash in between leaves objects behind, never a deployment that is half there.
    # That the endpoint was removed tells it from one that is missing.
    tables.write_state(
        table_name, key, {"retained": [item.as_dict() for item in kept], **({} if serving else {"removed": True})}
    )
    tables.append(
        settings.text("HISTORY_TABLE"),
        kind=Kind.DEPLOYMENT,
        subject=name,
        moment=events.text(event, "run_id"),
        values={
            "recorded_at": events.text(event, "recorded_at"),
            "execution": events.text(event, "execution"),
            "action": events.text(event, "action"),
            "changes": dict(events.mapping(event, "changes")),
            "unapproved": events.texts(event, "unapproved"),
            "versions": dict(serving.versions) if serving else {},
            "endpoint_config": serving.endpoint_config if serving else "",
        },
    )
    if serving:
        _forget_failure(table_name, keys.FAILED.of(name), serving)
    # The update is over, so that there is nothing to roll back.
    watching = alarms.names(events.text(event, "alarm_prefix"))
    alarms.delete(watching)
    return {"removed": [*watching, *_remove_unused(name, kept)]}


def _remove_unused(name: str, kept: list[Retained]) -> list[str]:
    """Remove what deployments left behind, failed ones included; the caller's lease keeps others from making more."""
    configs = retention.unused(
        endpoint.configs(f"{name}-"), endpoint_name=name, used=[item.endpoint_config for item in kept]
    )
    models = retention.unused(
        endpoint.models(f"{name}-"), endpoint_name=name, used=[item.serving_model for item in kept]
    )
    bucket_name = settings.text("ARTIFACT_BUCKET")
    in_use = {manifest.prefix(item.deployment_id) for item in kept}
    prefixes = [prefix for prefix in s3.folders(bucket_name, DEPLOYMENTS_PREFIX) if prefix not in in_use]
    for config in configs:
        endpoint.delete_config(config)
    for model in models:
        endpoint.delete_model(model)
    for prefix in prefixes:
        s3.delete_prefix(bucket_name=bucket_name, prefix=prefix)
    return [*configs, *models, *prefixes]


def _forget_failure(table_name: str, key: str, serving: Retained) -> None:
    """Versions that failed once and serve now may be gone back to later; other failures stay remembered."""
    failed = tables.read_state(table_name, key)
    if failed and json.loads(failed["versions"]) == serving.versions:
        tables.write_state(table_name, key, {"versions": "{}"})
