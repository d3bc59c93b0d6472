"""Policies that are attached to resources: buckets, keys, queues, topics, event buses, functions and model groups."""

import json
from typing import Any

from local_cloud.kernel.services import backends
from local_cloud.services.iam import policy
from local_cloud.services.iam.policy import Document


def bucket_owner(bucket_name: str) -> str | None:
    """Account that owns a bucket."""
    for account_id, partitions in list(backends("s3").items()):
        if bucket_name in partitions["aws"].buckets:
            return str(account_id)
    return None


def of_resource(arn: str) -> Document | None:
    """The policy of a resource, None if it has none or its service is not covered."""
    service, region, account_id, name = (arn.split(":", 5) + [""] * 6)[2:6]
    text: object = None
    if service == "s3":
        owner = bucket_owner(name.split("/")[0])
        text = backends("s3")[owner]["aws"].buckets[name.split("/")[0]].policy if owner else None
    elif service == "kms":
        key = backends("kms")[account_id][region].keys.get(name.removeprefix("key/"))
        text = key.policy if key else _of_no_key(account_id)
    elif service == "sqs":
        queue = backends("sqs")[account_id][region].queues.get(name)
        text = queue.policy if queue else None
    elif service == "sns":
        topic = backends("sns")[account_id][region].topics.get(arn)
        text = topic.policy if topic else None
    elif service == "events" and name.startswith("event-bus/"):
        bus = backends("events")[account_id][region].event_buses.get(name.removeprefix("event-bus/"))
        text = bus.policy if bus else None
    elif service == "lambda" and name.startswith("function:"):
        text = _of_function(account_id, region, name.split(":")[1])
    elif service == "sagemaker" and name.startswith(("model-package/", "model-package-group/")):
        text = _of_group(account_id, region, name.split("/")[1])
    if not text:
        return None
    if isinstance(text, bytes):
        text = text.decode()
    return policy.parse(text if isinstance(text, str) else json.dumps(text))


def _of_no_key(account_id: str) -> dict[str, Any]:
    """A key that is not there keeps nobody of its account from hearing so: who might use it is told NotFoundException.

    Reference: https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html#API_DescribeKey_Errors
    """
    whole = {"AWS": f"arn:aws:iam::{account_id}:root"}
    return {"Statement": [{"Effect": "Allow", "Principal": whole, "Action": "kms:*", "Resource": "*"}]}


def _of_function(account_id: str, region: str, name: str) -> dict[str, Any] | None:
    backend = backends("awslambda")[account_id][region]
    found = next((item for item in backend.list_functions() if item.function_name == name), None)
    return {"Statement": list(found.policy.statements)} if found and found.policy else None


def _of_group(account_id: str, region: str, name: str) -> str | None:
    # The ARN of a version has its group's name in lower case.
    groups = backends("sagemaker")[account_id][region].model_package_groups
    group = next((group for key, group in list(groups.items()) if key.lower() == name.lower()), None)
    return getattr(group, "resource_policy", None)
