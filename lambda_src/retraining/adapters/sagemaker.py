"""SageMaker."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

# A model that is not loaded yet may take the full minute that SageMaker waits for it.
# https://docs.aws.amazon.com/sagemaker/latest/dg/invoke-multi-model-endpoint.html
_INVOKE = Config(read_timeout=70, retries={"mode": "standard", "total_max_attempts": 4})


@dataclass(frozen=True, kw_only=True)
class ServingState:
    """What an endpoint serves.

    Args:
        endpoint_config: name of its configuration.
        model_data_prefix: S3 URI of the prefix its models lie under.
    """

    endpoint_config: str
    model_data_prefix: str


def describe_training_job(name: str) -> dict[str, Any]:
    """DescribeTrainingJob."""
    return dict(boto3.client("sagemaker").describe_training_job(TrainingJobName=name))


def serving_state(endpoint_name: str) -> ServingState | None:
    """What an endpoint serves now, None when it does not exist."""
    client = boto3.client("sagemaker")
    pages = client.get_paginator("list_endpoints").paginate(NameContains=endpoint_name)
    if not any(item["EndpointName"] == endpoint_name for page in pages for item in page["Endpoints"]):
        return None
    config = client.describe_endpoint(EndpointName=endpoint_name)["EndpointConfigName"]
    variants = client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    model = client.describe_model(ModelName=variants[0]["ModelName"])
    return ServingState(endpoint_config=config, model_data_prefix=model["PrimaryContainer"]["ModelDataUrl"])


def invoke(endpoint_name: str, *, target_model: str, body: str) -> str:
    """InvokeEndpoint with one CSV document."""
    response = boto3.client("sagemaker-runtime", config=_INVOKE).invoke_endpoint(
        EndpointName=endpoint_name, TargetModel=target_model, ContentType="text/csv", Accept="text/csv", Body=body
    )
    return str(response["Body"].read().decode())
