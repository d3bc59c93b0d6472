"""What stays when a stack is destroyed, and how a later stack of the same name gets it back: by an import.

CloudFormation makes nothing of a name that is taken, so that a deployment over what an earlier stack kept would fail.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from perennial.account.aws import Aws
from perennial.account.cdk import Cdk
from perennial.errors import OperatorError

# How CloudFormation identifies what it imports:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
IDENTIFIERS = {"AWS::S3::Bucket": "BucketName", "AWS::KMS::Key": "KeyId", "AWS::DynamoDB::Table": "TableName"}
_BUCKET = "AWS::S3::Bucket"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A resource that its stack does not take along.

    Args:
        logical_id: in the template.
        type: ``AWS::Service::Type``.
        name: physical id.
    """

    logical_id: str
    type: str
    name: str


def will_stay(aws: Aws, stack: str) -> list[Kept]:
    """What `cdk destroy` would leave of a stack that is deployed."""
    client = aws.client("cloudformation")
    body = client.get_template(StackName=stack)["TemplateBody"]
    template: Mapping[str, Any] = json.loads(body) if isinstance(body, str) else body
    kept = {
        logical_id
        for logical_id, resource in template["Resources"].items()
        if str(resource.get("DeletionPolicy", "")).startswith("Retain")
    }
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
    return sorted(
        (
            Kept(logical_id=item["LogicalResourceId"], type=item["ResourceType"], name=item["PhysicalResourceId"])
            for page in pages
            for item in page["StackResourceSummaries"]
            if item["LogicalResourceId"] in kept
        ),
        key=_by_type,
    )


def left_behind(aws: Aws, stack: str) -> list[Kept]:
    """What the last stack of a name left when it was destroyed, which CloudFormation knows for 90 days.

    Raises:
        OperatorError: it knows of none.
    """
    for stack_id in _destroyed(aws, stack):
        kept = list(_skipped(aws, stack_id))
        # A creation that failed keeps a key and tables that nothing was ever written to, and no bucket.
        if any(item.type == _BUCKET for item in kept):
            return sorted(kept, key=_by_type)
    raise OperatorError(
        f"CloudFormation knows of no stack {stack} that was destroyed here in the last 90 days; deploy it with "
        f"`cdk deploy {stack}`, or give `cdk import --resource-mapping` the names yourself, see docs/deploy.md"
    )


def adopt(aws: Aws, stack: str, *, cdk: Cdk, mapping: Path) -> list[Kept]:
    """Make a stack of what the last one of its name left, and nothing else; a deployment then adds the rest.

    Args:
        aws: the account's calls.
        stack: name, also the CDK's.
        cdk: the CLI, with credentials that may deploy.
        mapping: file for what is imported, which stays for whoever wants to look.

    Raises:
        OperatorError: the stack exists, nothing was left, or the import failed.
    """
    if (status := _status(aws, stack)) is not None:
        raise OperatorError(
            f"stack {stack} exists ({status}), so there is nothing to adopt for it; if its creation failed, delete it "
            f"first with `cdk destroy {stack}`"
        )
    kept = left_behind(aws, stack)
    mapping.parent.mkdir(parents=True, exist_ok=True)
    identifiers = {item.logical_id: {IDENTIFIERS[item.type]: item.name} for item in kept}
    mapping.write_text(json.dumps(identifiers, indent=2) + "\n", encoding="utf-8")
    cdk.run("import", stack, "--resource-mapping", str(mapping))
    return kept


def _by_type(item: Kept) -> tuple[str, str]:
    return item.type, item.name


def _status(aws: Aws, stack: str) -> str | None:
    try:
        found = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    # A change set that was never executed leaves a stack without resources.
    return None if found == "REVIEW_IN_PROGRESS" else str(found)


def _destroyed(aws: Aws, stack: str) -> list[str]:
    """Ids of the destroyed stacks of a name, newest first."""
    pages = aws.client("cloudformation").get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    found = [item for page in pages for item in page["StackSummaries"] if item["StackName"] == stack]
    return [item["StackId"] for item in sorted(found, key=lambda item: item["DeletionTime"], reverse=True)]


def _skipped(aws: Aws, stack_id: str) -> Iterator[Kept]:
    pages = aws.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack_id)
    for event in (event for page in pages for event in page["StackEvents"]):
        if event["ResourceStatus"] == "DELETE_SKIPPED" and event["ResourceType"] in IDENTIFIERS:
            yield Kept(
                logical_id=event["LogicalResourceId"], type=event["ResourceType"], name=event["PhysicalResourceId"]
            )
