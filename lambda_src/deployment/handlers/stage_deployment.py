"""State ``Stage Deployment``: all models of the next deployment under a new, immutable prefix."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from deployment.errors import DigestMismatchError, ForeignVersionError
from deployment.logic import manifest
from deployment.logic.manifest import Manifest, ServedModel
from shared import events, settings
from shared.adapters import registry, s3

_PARALLEL = 8


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Copy what serves now and fetch the new versions; a repeated call writes the same objects again.

    Event: deployment_id, versions (ARN by model) and, unless this is the first deployment, model_data_prefix.
    Result: model_data_prefix of the new deployment, and copied and fetched models by name.
    """
    bucket_name, versions = settings.text("ARTIFACT_BUCKET"), events.mapping(event, "versions")
    deployment_id = events.text(event, "deployment_id")
    current = Manifest(deployment_id="")
    if event.get("model_data_prefix"):
        current = manifest.from_dict(s3.read_json(f"{event['model_data_prefix']}manifest.json"))
    kept = {name: model for name, model in current.models.items() if versions.get(name) == model.model_package_arn}
    fetched = {name: _describe(arn) for name, arn in versions.items() if name not in kept}
    following = Manifest(deployment_id=deployment_id, models={**kept, **fetched})

    def place(name: str) -> None:
        key = following.key(name)
        if name in kept:
            s3.copy(f"s3://{bucket_name}/{current.key(name)}", bucket_name=bucket_name, key=key)
        else:
            _fetch(name, fetched[name], bucket_name=bucket_name, key=key)

    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        list(pool.map(place, following.models))
    # Last, so that a prefix with a manifest is complete.
    s3.write_json(following.as_dict(), bucket_name=bucket_name, key=f"{following.prefix}manifest.json")
    return {
        "model_data_prefix": f"s3://{bucket_name}/{following.prefix}",
        "copied": sorted(kept),
        "fetched": sorted(fetched),
    }


def _describe(arn: str) -> ServedModel:
    version = registry.version(arn)
    missing = {"evaluation", "digest"} - set(version.metadata)
    if missing:
        raise ForeignVersionError(
            f"{arn} has no {' and no '.join(sorted(missing))} in its CustomerMetadataProperties; "
            "reject it, or register it through a retraining run"
        )
    golden = s3.read_json(version.metadata["evaluation"])["golden"]
    return ServedModel(
        model_package_arn=arn,
        source=version.model_data_url,
        digest=version.metadata["digest"],
        golden_request=golden["request"],
        golden_answer=float(golden["answer"]),
    )


def _fetch(name: str, model: ServedModel, *, bucket_name: str, key: str) -> None:
    """Bring an artifact over from the registry's account, and check that it is the registered one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        digest = s3.download(model.source, path)
        if digest != model.digest:
            raise DigestMismatchError(
                f"the artifact {model.source} of model {name} has the digest {digest}, "
                f"{model.model_package_arn} was registered with {model.digest}; reject that version"
            )
        s3.upload(path, bucket_name=bucket_name, key=key)
