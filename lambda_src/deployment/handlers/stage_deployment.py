"""State ``Stage Deployment``: all models of the next deployment under a new, immutable prefix, and its alarms."""

import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from contract import keys, manifest
from contract.golden import Golden
from contract.manifest import Manifest, ServedModel
from deployment.adapters import alarms
from deployment.errors import DigestMismatchError, ForeignVersionError, UnsafeArtifactError
from deployment.logic import artifact, roll_back
from deployment.logic.roll_back import NewFleet
from shared import events, settings
from shared.adapters import registry, s3, tables

_PARALLEL = 8


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Copy what serves now and fetch the new versions; a repeated call writes the same objects again.

    Event: endpoint_name, deployment_id, versions (ARN by model), alarm_prefix (of all roll-back alarms of the endpoint)
    and, unless this is the first deployment, model_data_prefix. Where updates wait for alarms there is roll_back, too:
    alarms (names), endpoint_config, variant_name, max_latency_ms and tags.
    Result: model_data_prefix of the new deployment, and copied and fetched models by name.
    """
    bucket_name, versions = settings.text("ARTIFACT_BUCKET"), events.mapping(event, "versions")
    held = _held(events.text(event, "endpoint_name"), str(event.get("model_data_prefix") or ""))
    fetched = {name: _describe(arn) for name, arn in versions.items() if arn not in held}
    following = Manifest(
        deployment_id=events.text(event, "deployment_id"),
        models={name: fetched[name] if name in fetched else held[arn][0] for name, arn in versions.items()},
    )

    def place(name: str) -> None:
        key = following.key(name)
        if name in fetched:
            _fetch(name, fetched[name], bucket_name=bucket_name, key=key)
        else:
            s3.copy(held[versions[name]][1], bucket_name=bucket_name, key=key)

    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        list(pool.map(place, following.models))
    # Last, so that a prefix with a manifest is complete.
    s3.write_json(following.as_dict(), bucket_name=bucket_name, key=f"{following.prefix}{manifest.FILE}")
    _watch_update(event)
    return {
        "model_data_prefix": f"s3://{bucket_name}/{following.prefix}",
        "copied": sorted(set(versions) - set(fetched)),
        "fetched": sorted(fetched),
    }


def _watch_update(event: Mapping[str, Any]) -> None:
    """Make the alarms of an update, and remove those of earlier ones that failed or died: none of them is under way."""
    wanted: list[dict[str, Any]] = []
    if event.get("model_data_prefix") and "roll_back" in event:
        order = events.mapping(event, "roll_back")
        fleet = NewFleet(
            endpoint_name=events.text(event, "endpoint_name"),
            endpoint_config=events.text(order, "endpoint_config"),
            variant_name=events.text(order, "variant_name"),
            max_latency_ms=events.whole_number(order, "max_latency_ms"),
        )
        wanted = roll_back.requests(fleet, names=events.mapping(order, "alarms"), tags=events.mapping(order, "tags"))
    kept = {request["AlarmName"] for request in wanted}
    alarms.delete([name for name in alarms.names(events.text(event, "alarm_prefix")) if name not in kept])
    alarms.put(wanted)


def _held(endpoint_name: str, serving_prefix: str) -> dict[str, tuple[ServedModel, str]]:
    """What this account still has, by ARN of the version: the model, and the S3 URI of its artifact."""
    state = tables.read_state(settings.text("STATE_TABLE"), keys.DEPLOYMENTS.of(endpoint_name)) or {}
    retained = [item["model_data_prefix"] for item in state.get("retained", [])]
    found: dict[str, tuple[ServedModel, str]] = {}
    for prefix in dict.fromkeys([*retained, serving_prefix]):
        # What is gone is fetched again.
        content = s3.read_json_if_there(manifest.uri(prefix)) if prefix else None
        for name, model in manifest.from_dict(content).models.items() if content else ():
            found[model.model_package_arn] = (model, manifest.artifact_uri(prefix, name))
    return found


def _describe(arn: str) -> ServedModel:
    version = registry.version(arn)
    missing = {"evaluation", "digest"} - set(version.metadata)
    if missing:
        raise ForeignVersionError(
            f"{arn} has no {' and no '.join(sorted(missing))} in its CustomerMetadataProperties; "
            "reject it, or register it through a retraining run"
        )
    golden = Golden.from_evaluation(s3.read_json(version.metadata["evaluation"]))
    return ServedModel(
        model_package_arn=arn,
        source=version.model_data_url,
        digest=version.metadata["digest"],
        golden_request=golden.request,
        golden_answer=golden.answer,
    )


def _fetch(name: str, model: ServedModel, *, bucket_name: str, key: str) -> None:
    """Bring an artifact over from the registry's account, and check that it is the registered one and a model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        digest = s3.download(model.source, path)
        if digest != model.digest:
            raise DigestMismatchError(
                f"the artifact {model.source} of model {name} has the digest {digest}, "
                f"{model.model_package_arn} was registered with {model.digest}; reject that version"
            )
        try:
            artifact.check(path)
        except UnsafeArtifactError as error:
            raise UnsafeArtifactError(
                f"the artifact {model.source} of model {name} is not served: {error}; reject {model.model_package_arn}"
            ) from error
        s3.upload(path, bucket_name=bucket_name, key=key)
