"""Training jobs that run a script, as the SageMaker SDK makes them."""

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from local_cloud.api import RunningCloud
from local_cloud.testing.archives import member, packed
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import data, serving

REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"


def put_code(cloud: RunningCloud, bucket: str, name: str, files: Mapping[str, str | bytes]) -> str:
    """A sourcedir.tar.gz of files; returns its address."""
    content = [member(path, text.encode() if isinstance(text, str) else text) for path, text in files.items()]
    key = f"{name}/source/sourcedir.tar.gz"
    cloud.client("s3", ACCOUNT).put_object(Bucket=bucket, Key=key, Body=packed(*content))
    return f"s3://{bucket}/{key}"


def run(
    cloud: RunningCloud,
    name: str,
    role_arn: str,
    *,
    image: str,
    bucket: str,
    files: Mapping[str, str | bytes],
    program: str = "train.py",
    hyperparameters: Mapping[str, Any] | None = None,
    channels: tuple[str, ...] = ("train",),
    instance: str = "ml.m5.large",
    metrics: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Run a job to its end, and describe it; a channel's data lie below ``data/<channel>/`` of the bucket.

    Hyperparameters are sent as JSON, as both SDKs do: ``sagemaker/job.py`` and ``sagemaker/estimator.py``.
    """
    values = {
        **(hyperparameters or {}),
        "sagemaker_program": program,
        "sagemaker_submit_directory": put_code(cloud, bucket, name, files),
        "sagemaker_container_log_level": 20,
        "sagemaker_job_name": name,
        "sagemaker_region": "us-east-1",
    }
    sources = {
        channel: {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/data/{channel}/"}}
        for channel in channels
    }
    inputs = [{"ChannelName": channel, "DataSource": source} for channel, source in sources.items()]
    cloud.client("sagemaker", ACCOUNT).create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={
            "TrainingImage": f"{REGISTRY}/{image}",
            "TrainingInputMode": "File",
            "MetricDefinitions": metrics or [],
        },
        RoleArn=role_arn,
        HyperParameters={key: json.dumps(value) for key, value in values.items()},
        **({"InputDataConfig": inputs} if inputs else {}),
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models"},
        ResourceConfig={"InstanceType": instance, "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    return data.ended(cloud, name)


def artifact(cloud: RunningCloud, job: Mapping[str, Any]) -> dict[str, bytes]:
    """Files of a job's model.tar.gz."""
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    body = cloud.client("s3", ACCOUNT).get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        files = {item.name.removeprefix("./"): archive.extractfile(item) for item in archive if item.isfile()}
        return {name: file.read() for name, file in files.items() if file}


def serve(
    cloud: RunningCloud, name: str, role_arn: str, *, image: str, uri: str, mode: str = "SingleModel", **variables: str
) -> dict[str, Any]:
    """An endpoint of one name with its model, described once it serves or has failed; variables are the container's."""
    client = cloud.client("sagemaker", ACCOUNT)
    container = {"Image": f"{REGISTRY}/{image}", "ModelDataUrl": uri, "Mode": mode, "Environment": variables}
    client.create_model(ModelName=name, ExecutionRoleArn=role_arn, PrimaryContainer=container)
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return serving.settled(cloud, name)


def ask(client: Any, name: str, body: str | bytes, **request: str) -> tuple[Any, str]:
    """What an endpoint answers, and of which type that is; JSON is read."""
    answer = client.invoke_endpoint(**{"EndpointName": name, "ContentType": "application/json", "Body": body} | request)
    content, kind = answer["Body"].read(), answer["ContentType"]
    return json.loads(content) if kind == "application/json" else content.decode(), kind
