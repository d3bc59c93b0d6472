"""Batch transform of files by the approved version of a model: the jobs, and the SageMaker models that they ask.

A SageMaker model lives as long as its job is watched. One that was left, since nobody watched to the end, is removed by
the next job of its model, or with everything else.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from contract.catalogue import Approval
from contract.names import APP_TAG, MODEL_TAG
from perennial.account import registry, serving
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import OperatorError
from shared import versions
from shared.adapters import registry as shared
from shared.transforms import Order, containers, request
from shared.versions import Version

LOG_GROUP = "/aws/sagemaker/TransformJobs"
ENDED = frozenset({"Completed", "Failed", "Stopped"})
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
_LONGEST_NAME = 63
_NAME_ENDS = re.compile(r"-transform-\d{14}-[0-9a-f]{4}")
_MISSING = "Could not find"
_LOG_LINES = 20


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job that was started, and its SageMaker model, which has the same name.

    Args:
        name: of both.
        version: number of the version that answers.
    """

    name: str
    version: int


def start(aws: Aws, stack: Stack, order: Order, *, approval: Approval) -> Job:
    """Start a job.

    Args:
        aws: the training account.
        stack: its stack.
        order: what is to be transformed.
        approval: what the training account serves: ``automatic`` also the newest version that nobody has judged.

    Raises:
        OperatorError: this is not the training account, no version may serve, or SageMaker refuses the job.
    """
    role, version = stack.sagemaker_role, wanted(aws, stack, order.model, approval=approval)
    for left in leftovers(aws, stack, model=order.model):
        delete_model(aws, left)
    client, name = aws.client("sagemaker"), _name(stack, order.model)
    tags = [{"Key": APP_TAG, "Value": stack.app}, {"Key": MODEL_TAG, "Value": order.model}]
    specification = client.describe_model_package(ModelPackageName=version.arn)["InferenceSpecification"]
    try:
        client.create_model(
            ModelName=name,
            ExecutionRoleArn=role,
            **containers(specification),
            Tags=tags,
            **({"VpcConfig": dict(stack.network)} if stack.network else {}),
        )
        client.create_transform_job(
            TransformJobName=name,
            **request(
                order,
                sagemaker_model=name,
                specification=specification,
                key_id=_key_of(aws, stack, order.target),
            ),
            Tags=tags,
        )
    except ClientError as error:
        delete_model(aws, name)
        raise OperatorError(f"nothing was started: {error.response['Error']['Message']}") from error
    return Job(name=name, version=version.number)


def wanted(aws: Aws, stack: Stack, model: str, *, approval: Approval) -> Version:
    """The version that the training account serves by the registry's word.

    Raises:
        OperatorError: there is none.
    """
    group = stack.group(model)
    also = serving.named(aws, stack, model)
    try:
        found = versions.to_serve(
            shared.candidates(aws.client("sagemaker"), group, approval=approval, also=also), approval=approval
        )
    except shared.NotReadableError as error:
        raise OperatorError(f"the versions of {model} cannot be read: {error}") from error
    if found is None:
        # Says so if the model has no version at all.
        newest = next(registry.versions(aws, stack, model=model))
        raise OperatorError(
            f"no version of {model} is approved, the newest is {newest.number}; `approve {model} {newest.number}` lets "
            "it answer"
        )
    return found


def describe(aws: Aws, name: str) -> Mapping[str, Any]:
    """A job as it is now."""
    described: Mapping[str, Any] = aws.client("sagemaker").describe_transform_job(TransformJobName=name)
    return described


def log(aws: Aws, name: str) -> list[str]:
    """The last lines that tell why a job failed; nothing when it left none."""
    client = aws.client("logs")
    try:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/"
        )
        events = [event for page in pages for event in page["events"]]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return []
    told = [event["message"] for event in events if event["logStreamName"].endswith("/data-log")]
    return told[-_LOG_LINES:]


def delete_model(aws: Aws, name: str) -> None:
    """Remove a job's SageMaker model, which may be gone already."""
    try:
        aws.client("sagemaker").delete_model(ModelName=name)
    except ClientError as error:
        if _MISSING not in error.response["Error"]["Message"]:
            raise


def leftovers(aws: Aws, stack: Stack, *, model: str | None = None) -> Iterator[str]:
    """Names of the SageMaker models of jobs that have ended.

    Args:
        aws: the account.
        stack: its stack.
        model: only of this one; None for all.
    """
    for name in _models(aws, stack, model):
        if _is_over(aws, name):
            yield name


def all_models(aws: Aws, stack: Stack) -> list[str]:
    """Names of the SageMaker models of all jobs."""
    return list(_models(aws, stack, None))


def _models(aws: Aws, stack: Stack, model: str | None) -> Iterator[str]:
    client, wanted_tags = aws.client("sagemaker"), {APP_TAG: stack.app} | ({MODEL_TAG: model} if model else {})
    for page in client.get_paginator("list_models").paginate(NameContains="-transform-"):
        for item in page["Models"]:
            if not _NAME_ENDS.search(item["ModelName"]):
                continue
            pages = client.get_paginator("list_tags").paginate(ResourceArn=item["ModelArn"])
            tags = {tag["Key"]: tag["Value"] for tags in pages for tag in tags["Tags"]}
            if wanted_tags.items() <= tags.items():
                yield str(item["ModelName"])


def _is_over(aws: Aws, name: str) -> bool:
    try:
        return describe(aws, name)["TransformJobStatus"] in ENDED
    except ClientError as error:
        # A model whose job was never made: its maker may be about to make it, so that it is left alone for now.
        if _MISSING not in error.response["Error"]["Message"]:
            raise
        return False


def _key_of(aws: Aws, stack: Stack, target: str) -> str | None:
    """The key of the artifact bucket, for results in it: without one SageMaker takes that of S3, not the bucket's."""
    if target.removeprefix("s3://").partition("/")[0] != stack.bucket:
        return None
    found = aws.client("s3").get_bucket_encryption(Bucket=stack.bucket)["ServerSideEncryptionConfiguration"]
    default = found["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    key: str | None = default.get("KMSMasterKeyID")
    return key


def _name(stack: Stack, model: str) -> str:
    end = f"-transform-{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(2)}"
    return f"{f'{stack.app}-{model}'[: _LONGEST_NAME - len(end)].rstrip('-')}{end}"
