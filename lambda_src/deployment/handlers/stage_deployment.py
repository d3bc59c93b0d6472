"""State ``Stage Deployment``: all models of the next deployment under a new, immutable prefix, and its alarms."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contract import keys, manifest
from contract.calls.stage_deployment import Staged, StageDeployment
from contract.catalogue import Model
from contract.golden import Golden
from contract.manifest import Manifest, ServedModel
from contract.settings import StageDeployment as Settings
from deployment.adapters import alarms
from deployment.errors import DigestMismatchError, ForeignVersionError, UnsafeArtifactError
from deployment.logic import artifact, roll_back, watch
from shared import catalogue, decisions, entry
from shared.adapters import clients, endpoint_names, registry, s3, tables
from shared.adapters.clients import Clients

_PARALLEL = 8


@entry.point(StageDeployment)
def lambda_handler(asked: StageDeployment) -> Staged:
    """Copy what serves now and fetch the new versions; a repeated call writes the same objects again.

    Raises:
        DigestMismatchError: an artifact is not the one that was registered.
        ForeignVersionError: a version was not registered by the retraining workflow, or is of another algorithm.
        UnsafeArtifactError: an artifact holds anything but one model.
    """
    aws, settings, versions = clients.here(), Settings.from_env(), asked.versions
    bucket_name, name_of_endpoint = settings.artifact_bucket, asked.endpoint_name
    if name_of_endpoint != settings.endpoint_name:
        # Before anything is made there.
        endpoint_names.add(aws.dynamodb, settings.state_table, name_of_endpoint)
    held = _held(aws, settings.state_table, asked)
    fetched = {name: _describe(aws, arn, catalogue.model(name)) for name, arn in versions.items() if arn not in held}
    prefix = manifest.prefix(asked.deployment_id, endpoint_name=name_of_endpoint, first=settings.endpoint_name)
    following = Manifest(
        deployment_id=asked.deployment_id,
        models={name: fetched[name] if name in fetched else held[arn][0] for name, arn in versions.items()},
    )

    def place(name: str) -> None:
        key = f"{prefix}{manifest.target_model(name)}"
        if name in fetched:
            _fetch(aws, name, fetched[name], bucket_name=bucket_name, key=key)
        else:
            s3.copy(aws.s3, held[versions[name]][1], bucket_name=bucket_name, key=key)

    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        list(pool.map(place, following.models))
    # Last, so that a prefix with a manifest is complete.
    s3.write_json(aws.s3, following.as_dict(), bucket_name=bucket_name, key=f"{prefix}{manifest.FILE}")
    _watch_update(aws, asked)
    if asked.watch is not None and name_of_endpoint != settings.endpoint_name:
        alarms.put(aws.cloudwatch, watch.requests(asked.watch, endpoint_name=name_of_endpoint))
    copied = tuple(sorted(set(versions) - set(fetched)))
    decisions.log("staged", copied=copied, fetched=sorted(fetched))
    uri = f"s3://{bucket_name}/{prefix}"
    return Staged(
        model_data_prefix=uri,
        copied=copied,
        fetched=tuple(sorted(fetched)),
        container=asked.container.definition(uri, models=versions) if asked.container else {},
    )


def _watch_update(aws: Clients, asked: StageDeployment) -> None:
    """Make the alarms of an update, and remove those of earlier ones that failed or died: none of them is under way."""
    wanted = roll_back.wanted(asked)
    kept = {request["AlarmName"] for request in wanted}
    found = roll_back.of_endpoint(alarms.names(aws.cloudwatch, asked.alarm_prefix), asked.endpoint_name)
    alarms.delete(aws.cloudwatch, [name for name in found if name not in kept])
    alarms.put(aws.cloudwatch, wanted)


def _held(aws: Clients, table_name: str, asked: StageDeployment) -> dict[str, tuple[ServedModel, str]]:
    """What this account still has, by ARN of the version: the model, and the S3 URI of its artifact."""
    state = tables.read_state(aws.dynamodb, table_name, keys.DEPLOYMENTS.of(asked.endpoint_name)) or {}
    retained = [item["model_data_prefix"] for item in state.get("retained", [])]
    found: dict[str, tuple[ServedModel, str]] = {}
    for prefix in dict.fromkeys([*retained, asked.model_data_prefix]):
        # What is gone is fetched again.
        content = s3.read_json_if_there(aws.s3, manifest.uri(prefix)) if prefix else None
        for name, model in manifest.from_dict(content).models.items() if content else ():
            found[model.model_package_arn] = (model, manifest.artifact_uri(prefix, name))
    return found


def _describe(aws: Clients, arn: str, model: Model) -> ServedModel:
    version = registry.version(aws.sagemaker, arn)
    missing = {"evaluation", "digest"} - set(version.metadata)
    if missing:
        raise ForeignVersionError(
            f"{arn} has no {' and no '.join(sorted(missing))} in its CustomerMetadataProperties; "
            "reject it, or register it through a retraining run"
        )
    if version.algorithm != model.family.name:
        raise ForeignVersionError(
            f"{arn} was trained by {version.algorithm}, and model {model.name} is of {model.family.name} now; "
            "reject it, or give its model the algorithm that it had"
        )
    golden = Golden.from_evaluation(s3.read_json(aws.s3, version.metadata["evaluation"]))
    return ServedModel(
        model_package_arn=arn,
        source=version.model_data_url,
        digest=version.metadata["digest"],
        golden_request=golden.request,
        golden_answer=golden.answer,
        family=model.family,
    )


def _fetch(aws: Clients, name: str, model: ServedModel, *, bucket_name: str, key: str) -> None:
    """Bring an artifact over from the registry's account, and check that it is the registered one and a model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        digest = s3.download(aws.s3, model.source, path)
        if digest != model.digest:
            raise DigestMismatchError(
                f"the artifact {model.source} of model {name} has the digest {digest}, "
                f"{model.model_package_arn} was registered with {model.digest}; reject that version"
            )
        try:
            artifact.check(path, family=model.family)
        except UnsafeArtifactError as error:
            raise UnsafeArtifactError(
                f"the artifact {model.source} of model {name} is not served: {error}; reject {model.model_package_arn}"
            ) from error
        s3.upload(aws.s3, path, bucket_name=bucket_name, key=key)
