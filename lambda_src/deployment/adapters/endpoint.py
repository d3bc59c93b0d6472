"""An endpoint of the account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from contract import container, shape, variants
from contract.container import Container


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What an endpoint serves.

    Args:
        status: EndpointStatus.
        endpoint_config: name of its configuration.
        serving_model: name of its SageMaker model.
        model_data_prefix: S3 URI of the prefix its models lie under.
        container: what serves them.
        instances: type and configured count; see `contract.shape`.
        subnets: ids of the model's subnets; none outside of a network.
    """

    status: str
    endpoint_config: str
    serving_model: str
    model_data_prefix: str
    container: Container
    instances: str
    subnets: tuple[str, ...] = ()


def serving(client: Any, endpoint_name: str) -> Serving | None:
    """What an endpoint serves now, None when it does not exist."""
    try:
        endpoint = client.describe_endpoint(EndpointName=endpoint_name)
    except ClientError as error:
        # The service has no error code of its own for this.
        if "Could not find endpoint" in error.response["Error"]["Message"]:
            return None
        raise
    config = endpoint["EndpointConfigName"]
    variant = variants.ours(client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"])
    model = client.describe_model(ModelName=variant["ModelName"])
    serves = model["PrimaryContainer"]
    return Serving(
        status=endpoint["EndpointStatus"],
        endpoint_config=config,
        serving_model=variant["ModelName"],
        model_data_prefix=container.model_data_prefix(serves),
        container=container.read(serves),
        instances=shape.instances(variant["InstanceType"], variant["InitialInstanceCount"]),
        subnets=tuple(model.get("VpcConfig", {}).get("Subnets", ())),
    )


def invoke(client: Any, endpoint_name: str, *, request: Mapping[str, str]) -> str:
    """InvokeEndpoint; the answer as text.

    Args:
        client: `Clients.sagemaker_runtime`, all others here take that of SageMaker.
        endpoint_name: its name.
        request: the other arguments; see `contract.family`.
    """
    response = client.invoke_endpoint(EndpointName=endpoint_name, **request)
    return str(response["Body"].read().decode())


def configs(client: Any, part: str) -> list[str]:
    """Names of the endpoint configurations whose name has a part."""
    pages = client.get_paginator("list_endpoint_configs").paginate(NameContains=part)
    return [item["EndpointConfigName"] for page in pages for item in page["EndpointConfigs"]]


def models(client: Any, part: str) -> list[str]:
    """Names of the SageMaker models whose name has a part."""
    pages = client.get_paginator("list_models").paginate(NameContains=part)
    return [item["ModelName"] for page in pages for item in page["Models"]]


def delete_config(client: Any, name: str) -> None:
    """Delete an endpoint configuration that may be gone already."""
    _ignore_absent(lambda: client.delete_endpoint_config(EndpointConfigName=name))


def delete_model(client: Any, name: str) -> None:
    """Delete a SageMaker model that may be gone already."""
    _ignore_absent(lambda: client.delete_model(ModelName=name))


def _ignore_absent(call: Any) -> None:
    try:
        call()
    except ClientError as error:
        if "Could not find" not in error.response["Error"]["Message"]:
            raise
