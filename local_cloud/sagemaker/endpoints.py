"""Endpoints: a new fleet is up before the old one goes, and a failed update leaves the old one serving."""

import threading
from typing import Any

from moto.core.utils import utcnow
from moto.sagemaker.exceptions import AWSValidationException
from moto.sagemaker.models import sagemaker_backends

from local_cloud.credentials import assume_service_role
from local_cloud.errors import LocalCloudError
from local_cloud.sagemaker import images
from local_cloud.sagemaker.fleet import Fleet

# Bytes of model files that fit into the memory of one instance; what an ml.m5.large keeps free for models.
_MEMORY_BYTES = 4 * 1024**3
_lock = threading.Lock()
_fleets: dict[str, tuple[str, Fleet]] = {}
_IN_PROGRESS = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


def create(endpoint: Any, *, account_id: str, region: str) -> None:
    """Start serving in the background."""
    endpoint.endpoint_status = "Creating"
    _in_background(endpoint, account_id, region, endpoint.endpoint_config_name, creating=True)


def update(endpoint: Any, config_name: str, *, account_id: str, region: str) -> None:
    """Switch to another configuration in the background.

    Raises:
        AWSValidationException: an operation is under way, or the configuration is the current one or missing.
    """
    if endpoint.endpoint_status in _IN_PROGRESS:
        raise AWSValidationException(f'Cannot update in-progress endpoint "{endpoint.arn}".')
    if config_name == endpoint.endpoint_config_name:
        raise AWSValidationException(
            f'Cannot update endpoint "{endpoint.arn}" with the endpoint configuration that it already has.'
        )
    if config_name not in sagemaker_backends[account_id][region].endpoint_configs:
        arn = f"arn:aws:sagemaker:{region}:{account_id}:endpoint-config/{config_name}"
        raise AWSValidationException(f'Could not find endpoint configuration "{arn}".')
    endpoint.endpoint_status, endpoint.last_modified_time = "Updating", utcnow()
    _in_background(endpoint, account_id, region, config_name, creating=False)


def delete(endpoint: Any) -> None:
    """Stop serving.

    Raises:
        AWSValidationException: an operation is under way.
    """
    if endpoint.endpoint_status in _IN_PROGRESS:
        raise AWSValidationException(f'Cannot update in-progress endpoint "{endpoint.arn}".')
    with _lock:
        _, fleet = _fleets.pop(endpoint.arn, ("", None))
    if fleet is not None:
        fleet.stop()


def fleet_of(endpoint: Any, *, account_id: str, region: str) -> Fleet:
    """The serving fleet; started anew after a restart of the server or a crash of the container.

    Raises:
        LocalCloudError: it cannot be started.
    """
    with _lock:
        name, fleet = _fleets.get(endpoint.arn, ("", None))
        if fleet is None or name != endpoint.endpoint_config_name or not fleet.is_running():
            fleet = _start(endpoint, endpoint.endpoint_config_name, account_id, region)
            _fleets[endpoint.arn] = (endpoint.endpoint_config_name, fleet)
        return fleet


def after_restore(endpoint: Any) -> None:
    """What was under way when the server stopped has failed; what served goes on serving."""
    if endpoint.endpoint_status == "Creating":
        endpoint.endpoint_status = "Failed"
        endpoint.failure_reason = "the local cloud stopped while the endpoint was created"
    elif endpoint.endpoint_status in _IN_PROGRESS:
        endpoint.endpoint_status = "InService"


def _in_background(endpoint: Any, account_id: str, region: str, config_name: str, *, creating: bool) -> None:
    def work() -> None:
        try:
            fleet = _start(endpoint, config_name, account_id, region)
        except LocalCloudError as error:
            endpoint.failure_reason = str(error)
            # A failed update rolls back: the endpoint is in service again, with its old configuration.
            endpoint.endpoint_status = "Failed" if creating else "InService"
        else:
            with _lock:
                _, old = _fleets.get(endpoint.arn, ("", None))
                _fleets[endpoint.arn] = (config_name, fleet)
                endpoint.endpoint_config_name = config_name
            config = sagemaker_backends[account_id][region].endpoint_configs[config_name]
            endpoint.production_variants = endpoint._process_production_variants(  # noqa: SLF001  # moto's own way
                config.production_variants
            )
            endpoint.failure_reason = None
            endpoint.endpoint_status = "InService"
            if old is not None:
                old.stop()
        endpoint.last_modified_time = utcnow()

    threading.Thread(target=work, name=f"endpoint-{endpoint.endpoint_name}", daemon=True).start()


def _start(endpoint: Any, config_name: str, account_id: str, region: str) -> Fleet:
    backend = sagemaker_backends[account_id][region]
    variants = backend.endpoint_configs[config_name].production_variants
    if len(variants) != 1:
        raise LocalCloudError(f"the local cloud serves one variant, got {len(variants)} in {config_name}")
    model = backend._models[variants[0]["ModelName"]]  # noqa: SLF001  # moto has no other way to it
    container = model.primary_container or {}
    if container.get("Mode") != "MultiModel":
        raise LocalCloudError(f"the local cloud serves multi-model endpoints, got mode {container.get('Mode')!r}")
    return Fleet(
        name=endpoint.endpoint_name,
        image_module=images.find(container["Image"]).serve,
        model_data_url=container["ModelDataUrl"],
        session=assume_service_role(
            model.execution_role_arn,
            service="sagemaker.amazonaws.com",
            session_name="SageMaker",
            region=region,
            source_arn=endpoint.arn,
        ),
        memory_bytes=_MEMORY_BYTES,
    )
