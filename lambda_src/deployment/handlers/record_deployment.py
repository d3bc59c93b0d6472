"""State ``Record Deployment``: remembers what serves, appends to the history, and removes what nothing uses."""

import json
from collections.abc import Sequence

from contract import keys, manifest, run_names
from contract.calls.record_deployment import RecordDeployment, Recorded, Removed
from contract.history import Kind
from contract.retained import Retained
from contract.settings import RecordDeployment as Settings
from deployment.adapters import alarms, endpoint
from deployment.logic import retention, roll_back
from shared import catalogue, decisions, entry
from shared.adapters import clients, endpoint_names, s3, tables
from shared.adapters.clients import Clients


@entry.point(RecordDeployment)
def lambda_handler(asked: RecordDeployment) -> Recorded:
    """Remember, append and remove; a repeated call does the same again."""
    aws, settings, name = clients.here(), Settings.from_env(), asked.endpoint_name
    key = keys.DEPLOYMENTS.of(name)
    state = tables.read_state(aws.dynamodb, settings.state_table, key) or {}
    before = [Retained.from_json(item) for item in state.get("retained", [])]
    is_first = name == settings.endpoint_name
    # The first endpoint comes back with what it had; of another one that no model needs nothing is left.
    retired = not is_first and isinstance(asked.serving, Removed) and not _is_needed(name)
    kept = [] if retired else retention.after(before, asked.serving, keep_deployments=settings.keep_deployments)
    # First forgotten, then removed: a crash in between leaves objects behind, never a deployment that is half there.
    tables.write_state(aws.dynamodb, settings.state_table, key, retention.state(kept, asked.serving))
    tables.append(
        aws.dynamodb,
        settings.history_table,
        kind=Kind.DEPLOYMENT,
        subject=name,
        moment=asked.deployment_id,
        values=retention.row(asked),
    )
    if isinstance(asked.serving, Retained):
        _forget_failure(aws, settings.state_table, keys.FAILED.of(name), asked.serving)
    # The update is over, so that there is nothing to roll back.
    watching = roll_back.of_endpoint(alarms.names(aws.cloudwatch, asked.alarm_prefix), name)
    if not is_first and isinstance(asked.serving, Removed):
        watching += run_names.alarms(name)
    alarms.delete(aws.cloudwatch, watching)
    removed = [*watching, *_remove_unused(aws, settings, name, kept)]
    if retired:
        endpoint_names.remove(aws.dynamodb, settings.state_table, name)
    decisions.log("recorded", action=asked.action, changes=asked.changes, removed=removed)
    return Recorded(removed=tuple(removed))


def _is_needed(endpoint_name: str) -> bool:
    return any(model.endpoint == endpoint_name for model in catalogue.models().values())


def _remove_unused(aws: Clients, settings: Settings, name: str, kept: Sequence[Retained]) -> list[str]:
    """Remove what deployments left behind, failed ones included; the caller's lease keeps others from making more."""
    part, bucket_name = f"{run_names.stem(name)}-", settings.artifact_bucket
    configs = retention.unused(
        endpoint.configs(aws.sagemaker, part), endpoint_name=name, used=[item.endpoint_config for item in kept]
    )
    models = retention.unused(
        endpoint.models(aws.sagemaker, part), endpoint_name=name, used=[item.serving_model for item in kept]
    )
    folder = manifest.folder(name, first=settings.endpoint_name)
    prefixes = retention.unused_prefixes(
        s3.folders(aws.s3, bucket_name, folder), folder=folder, used=[item.deployment_id for item in kept]
    )
    for config in configs:
        endpoint.delete_config(aws.sagemaker, config)
    for model in models:
        endpoint.delete_model(aws.sagemaker, model)
    for prefix in prefixes:
        s3.delete_prefix(aws.s3, bucket_name=bucket_name, prefix=prefix)
    return [*configs, *models, *prefixes]


def _forget_failure(aws: Clients, table_name: str, key: str, serving: Retained) -> None:
    """Versions that failed once and serve now may be gone back to later; other failures stay remembered."""
    failed = tables.read_state(aws.dynamodb, table_name, key)
    if failed and json.loads(failed["versions"]) == serving.versions:
        tables.write_state(aws.dynamodb, table_name, key, {"versions": "{}"})
