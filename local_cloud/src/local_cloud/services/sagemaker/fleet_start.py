"""Makes the fleet of an endpoint configuration."""

from typing import Any

from botocore.exceptions import ClientError
from moto.sagemaker.models import sagemaker_backends

from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.services.sagemaker import images, s3_uri, servable
from local_cloud.services.sagemaker.fleet import Fleet, FleetError
from local_cloud.services.sagemaker.traffic import Serving

# Bytes of model files that fit into the memory of one instance; what an ml.m5.large keeps free for models.
_MEMORY_BYTES = 4 * 1024**3


def start(endpoint: Any, config_name: str) -> Serving:
    """Start the container of an endpoint configuration's only variant, as its model's execution role.

    Raises:
        LocalCloudError: the configuration or its model is gone or not emulated, its artifacts cannot be read, or the
            container does not start.
    """
    region, account_id = endpoint.arn.split(":")[3:5]
    model, container = servable.container_of(sagemaker_backends[account_id][region], config_name)
    image = images.find(container["Image"])
    session = session_of(model, endpoint, region)
    _check_artifacts(session, container["ModelDataUrl"])
    return Serving(
        config_name=config_name,
        fleet=Fleet(
            name=endpoint.endpoint_name,
            image=image,
            model_data_url=container["ModelDataUrl"],
            session=session,
            memory_bytes=_MEMORY_BYTES,
            environment=container.get("Environment") or {},
        ),
    )


def session_of(model: Any, endpoint: Any, region: str) -> RoleSession:
    """Credentials of a model's execution role, on behalf of an endpoint.

    Raises:
        AccessDeniedError: the role does not exist or does not trust SageMaker.
    """
    return assume_service_role(
        model.execution_role_arn,
        service="sagemaker.amazonaws.com",
        session_name="SageMaker",
        region=region,
        source_arn=endpoint.arn,
    )


def execution_session(endpoint: Any, config_name: str) -> RoleSession:
    """Credentials of the execution role behind an endpoint configuration.

    Raises:
        LocalCloudError: the configuration or its model is gone, or the role does not trust SageMaker.
    """
    region, account_id = endpoint.arn.split(":")[3:5]
    model, _ = servable.container_of(sagemaker_backends[account_id][region], config_name)
    return session_of(model, endpoint, region)


def _check_artifacts(session: RoleSession, model_data_url: str) -> None:
    """An empty or forbidden prefix fails the fleet, not its first request."""
    bucket, prefix = s3_uri.split(model_data_url)
    s3 = session.client("s3")
    try:
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents", [])
        for item in found:
            s3.head_object(Bucket=bucket, Key=item["Key"])
        problem = None if found else "no object has this prefix"
    except ClientError as error:
        problem = error.response["Error"]["Message"]
    if problem:
        raise FleetError(
            f'Failed to download model data for container "container_1" from URL: "{model_data_url}". Please ensure'
            " that there is an object located at the URL and that the role passed to CreateModel has permissions to"
            f" download the object. ({problem})"
        )
