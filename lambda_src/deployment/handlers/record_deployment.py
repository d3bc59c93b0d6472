"""State ``Record Deployment``: remembers what serves, appends to the history, and removes what nothing uses."""

import json
from collections.abc import Sequence

from contract import keys, manifest
from contract.calls.record_deployment import RecordDeployment, Recorded
from contract.history import Kind
from contract.prefixes import DEPLOYMENTS_PREFIX
from contract.retained import Retained
from contract.settings import RecordDeployment as Settings
from deployment.adapters import alarms, endpoint
from deployment.logic import retention
from shared import decisions, entry
from shared.adapters import clients, s3, tables
from shared.adapters.clients import Clients


@entry.point(RecordDeployment)
def lambda_handler(asked: RecordDeployment) -> Recorded:
    """Remember, append and remove; a repeated call does the same again."""
    aws, settings, name = clients.here(), Settings.from_env(), asked.endpoint_name
    key = keys.DEPLOYMENTS.of(name)
    state = tables.read_state(aws.dynamodb, settings.state_table, key) or {}
    before = [Retained.from_json(item) for item in state.get("retained", [])]
    kept = retention.after(before, asked.serving, keep_deployments=settings.keep_deployments)
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
    watching = alarms.names(aws.cloudwatch, asked.alarm_prefix)
    alarms.delete(aws.cloudwatch, watching)
    removed = [*watching, *_remove_unused(aws, name, kept, bucket_name=settings.artifact_bucket)]
    decisions.log("recorded", action=asked.action, changes=asked.changes, removed=removed)
    return Recorded(removed=tuple(removed))


def _remove_unused(aws: Clients, name: str, kept: Sequence[Retained], *, bucket_name: str) -> list[str]:
    """Remove what deployments left behind, failed ones included; the caller's lease keeps others from making more."""
    configs = retention.unused(
        endpoint.configs(aws.sagemaker, f"{name}-"), endpoint_name=name, used=[item.endpoint_config for item in kept]
    )
    models = retention.unused(
        endpoint.models(aws.sagemaker, f"{name}-"), endpoint_name=name, used=[item.serving_model for item in kept]
    )
    in_use = {manifest.prefix(item.deployment_id) for item in kept}
    prefixes = [prefix for prefix in s3.folders(aws.s3, bucket_name, DEPLOYMENTS_PREFIX) if prefix not in in_use]
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
