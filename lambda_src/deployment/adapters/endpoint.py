"""The endpoint of the account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from contract import shape, variants

# A model that is not loaded yet may take the full minute that SageMaker waits for it, and six in all; until then the
# answer is ModelNotReadyException, which only the legacy mode repeats.
# https://docs.aws.amazon.com/sagemaker/latest/dg/invoke-multi-model-endpoint.html
_INVOKE = Config(read_timeout=70, retries={"mode": "legacy", "total_max_attempts": 8})


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What an endpoint serves.

    Args:
        status: EndpointStatus.
        endpoint_config: name of its configuration.
        serving_model: name of its SageMaker model.
        model_data_prefix: S3 URI of the prefix its models lie under.
        instances: type and configured count; see `contract.shape`.
        subnets: ids of the model's subnets; none outside of a network.
    """

    status: str
    endpoint_config: str
    serving_model: str
    model_data_prefix: str
    instances: str
    subnets: tuple[str, ...] = ()


def serving(endpoint_name: str) -> Serving | None:
    """What an endpoint serves now, None when it does not exist."""
    client = boto3.client("sagemaker")
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
    return Serving(
        status=endpoint["EndpointStatus"],
        endpoint_config=config,
        serving_model=variant["ModelName"],
        model_data_prefix=model["PrimaryContainer"]["ModelDataUrl"],
        instances=shape.instances(variant["InstanceType"], variant["InitialInstanceCount"]),
        subnets=tuple(model.get("VpcConfig", {}).get("Subnets", ())),
    )


def runtime() -> Any:
    """The client that `invoke` takes; threads may share it."""
    return boto3.client("sagemaker-runtime", config=_INVOKE)


def invoke(client: Any, endpoint_name: str, *, request: Mapping[str, str]) -> str:
    """InvokeEndpoint; the answer as text.

    Args:
        client: see `runtime`.
        endpoint_name: its name.
        request: the other arguments; see `contract.family`.
    """
    response = client.invoke_endpoint(EndpointName=endpoint_name, **request)
    return str(response["Body"].read().decode())


def configs(part: str) -> list[str]:
    """Names of the endpoint configurations whose name has a part."""
    pages = boto3.client("sagemaker").get_paginator("list_endpoint_configs").paginate(NameContains=part)
    return [item["EndpointConfigName"] for page in pages for item in page["EndpointConfigs"]]


def models(part: str) -> list[str]:
    """Names of the SageMaker models whose name has a part."""
    pages = boto3.client("sagemaker").get_paginator("list_models").paginate(NameContains=part)
    return [item["ModelName"] for page in pages for item in page["Models"]]


def delete_config(name: str) -> None:
    """Delete an endpoint configuration that may be gone already."""
    _ignore_absent(lambda: boto3.client("sagemaker").delete_endpoint_config(EndpointConfigName=name))


def delete_model(name: str) -> None:
    """Delete a SageMaker model that may be gone already."""
    _ignore_absent(lambda: boto3.client("sagemaker").delete_model(ModelName=name))


def _ignore_absent(call: Any) -> None:
    try:
        call()
    except ClientError as error:
        if "Could not find" not in error.response["Error"]["Message"]:
            raise
