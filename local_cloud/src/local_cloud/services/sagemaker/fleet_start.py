"""Makes the fleet of a model: of an endpoint configuration's, or of one that needs no endpoint."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.services.sagemaker import images, servable
from local_cloud.services.sagemaker.container_definitions import Definition
from local_cloud.services.sagemaker.fleet import Fleet
from local_cloud.services.sagemaker.multi_model_container import MultiModelContainer
from local_cloud.services.sagemaker.servable import Served
from local_cloud.services.sagemaker.serving_process import START_SECONDS, ServingContainer, ServingProcess
from local_cloud.services.sagemaker.single_model_container import SingleModelContainer
from local_cloud.services.sagemaker.traffic import Serving

# What an ml.m5.large keeps free for models.
_MEMORY_BYTES = 4 * 1024**3


def start(endpoint: Any, config_name: str) -> Serving:
    """Start the containers of an endpoint configuration's only variant, as its model's execution role.

    Raises:
        LocalCloudError: the configuration or its model is gone or not emulated, its artifacts cannot be read, or a
            container does not pass its health check.
    """
    region, account_id = endpoint.arn.split(":")[3:5]
    variant = servable.variant_of(sagemaker_backends[account_id][region], config_name)
    containers = _containers(
        variant.model,
        session=session_of(variant.model.role_arn, source_arn=endpoint.arn),
        place=f"for production variant {variant.name}",
        start_seconds=variant.start_seconds,
        log=runtime.current().settings.log_dir / f"endpoint-{endpoint.endpoint_name}.log",
    )
    return Serving(config_name=config_name, fleet=Fleet(containers, is_direct=variant.model.is_direct))


def start_model(
    served: Served,
    *,
    session: RoleSession,
    place: str,
    log: Path,
    environment: Mapping[str, str] = MappingProxyType({}),
    seconds: float,
    made: Callable[[Sequence[ServingContainer]], object],
) -> Fleet:
    """Start a model that no endpoint serves, for a batch transform job; whoever starts it stops it.

    Args:
        served: of `servable.model`, which refuses what can be refused early.
        session: of the model's execution role.
        place: what its containers are for, as the failure of one tells it.
        log: file that gets what they write.
        environment: variables that every container gets beside its own, which they replace.
        seconds: how long an answer may take.
        made: takes the containers before they are started, so that they can be stopped meanwhile.

    Raises:
        LocalCloudError: an artifact cannot be read, or a container does not pass its health check.
    """
    containers = _containers(served, session=session, place=place, log=log, environment=environment, seconds=seconds)
    made(containers)
    return Fleet(containers, is_direct=served.is_direct)


def session_of(role_arn: str, *, source_arn: str) -> RoleSession:
    """Credentials of a model's execution role, on behalf of an endpoint or a job.

    Raises:
        AccessDeniedError: the role does not exist or does not trust SageMaker.
    """
    return assume_service_role(
        role_arn,
        service="sagemaker.amazonaws.com",
        session_name="SageMaker",
        region=source_arn.split(":")[3],
        source_arn=source_arn,
    )


def execution_session(endpoint: Any, config_name: str) -> RoleSession:
    """Credentials of the execution role behind an endpoint configuration.

    Raises:
        LocalCloudError: the configuration or its model is gone, or the role does not trust SageMaker.
    """
    region, account_id = endpoint.arn.split(":")[3:5]
    variant = servable.variant_of(sagemaker_backends[account_id][region], config_name)
    return session_of(variant.model.role_arn, source_arn=endpoint.arn)


def _containers(
    served: Served,
    *,
    session: RoleSession,
    place: str,
    log: Path,
    environment: Mapping[str, str] = MappingProxyType({}),
    start_seconds: float = START_SECONDS,
    seconds: float | None = None,
) -> list[ServingContainer]:
    def container(number: int, definition: Definition) -> ServingContainer:
        process = ServingProcess(
            name=definition.name,
            place=place,
            log=log,
            image=images.find(definition.image),
            session=session,
            environment={**definition.environment, **environment},
            start_seconds=start_seconds,
            seconds=seconds,
        )
        if definition.prefix is None:
            return SingleModelContainer(process, session=session, data=definition.data, number=number)
        return MultiModelContainer(process, session=session, prefix=definition.prefix, memory_bytes=_MEMORY_BYTES)

    return [container(number, definition) for number, definition in enumerate(served.containers, 1)]
