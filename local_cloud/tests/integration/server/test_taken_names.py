"""A stack adopts nothing that exists: a name that is taken outside of it fails it, whatever type it is of.

Reference: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract.html
"""

from typing import Any

import pytest

from integration.server.test_cloudformation import _deploy, _reasons
from integration.server.test_restart import CODE, INNER, RESOURCES, _code
from local_cloud.cloudformation import registry
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

# Types whose resources get their ids from the service, or are a part of what a template names.
UNNAMED = {
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Stack",
    "AWS::EC2::FlowLog",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    # A part of roles: PutRolePolicy replaces one of the same name.
    "AWS::IAM::Policy",
    "AWS::KMS::Key",
    # A part of functions, as versions are.
    "AWS::Lambda::Alias",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
NAMED = [name for name, (kind, _) in RESOURCES.items() if kind not in UNNAMED]
ARNS = {
    "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
    "Queue": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q",
}
# One that has a name here, and none in the table.
GROUP = "group-of-everything"


def _properties(name: str) -> dict[str, Any]:
    return {**RESOURCES[name][1], **({"GroupName": GROUP} if name == "Group" else {})}


@pytest.fixture(scope="module")
def taken(cloud: RunningCloud) -> dict[str, str]:
    """A stack that has all names; physical ids by logical id."""
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=CODE)
    s3.put_object(Bucket=CODE, Key="f.zip", Body=_code())
    s3.put_object(Bucket=CODE, Key="inner.json", Body=INNER)
    template = {name: {"Type": RESOURCES[name][0], "Properties": _properties(name)} for name in RESOURCES}
    assert _deploy(cloud, "owner", template, create=True) == "CREATE_COMPLETE", _reasons(cloud, "owner")
    found = cloud.client("cloudformation", ACCOUNT).describe_stack_resources(StackName="owner")["StackResources"]
    return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}


def _resolved(value: Any, ids: dict[str, str]) -> Any:
    """Without references to resources, which are another stack's."""
    if isinstance(value, list):
        return [_resolved(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return ids[value["Ref"]]
    if "Fn::GetAtt" in value:
        name, _ = value["Fn::GetAtt"]
        return ARNS.get(name, ids[name])
    return {key: _resolved(item, ids) for key, item in value.items()}


def test_every_type_is_named_or_has_no_name() -> None:
    assert {name for name, kind in registry.TYPES.items() if kind.named is None} == UNNAMED


@pytest.mark.parametrize("name", NAMED)
def test_a_name_that_is_taken_fails_the_stack(cloud: RunningCloud, taken: dict[str, str], name: str) -> None:
    kind, stack = RESOURCES[name][0], f"second-{name}"
    resource = {"Type": kind, "Properties": _resolved(_properties(name), taken)}

    assert _deploy(cloud, stack, {"Same": resource}, create=True) == "ROLLBACK_COMPLETE"

    assert "already exists" in _reasons(cloud, stack), _reasons(cloud, stack)


def test_the_words_are_those_of_resource_handlers(cloud: RunningCloud, taken: dict[str, str]) -> None:
    _deploy(cloud, "words", {"Same": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}, create=True)

    said = _reasons(cloud, "words")
    assert (
        "Resource handler returned message: \"Resource of type 'AWS::SQS::Queue' with identifier 'q' already exists.\" "
        "(RequestToken: "
    ) in said
    assert "HandlerErrorCode: AlreadyExists)" in said


def test_nothing_of_what_exists_was_changed(cloud: RunningCloud, taken: dict[str, str]) -> None:
    """After all stacks that failed were rolled back."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "VisibilityTimeout": 90}}
    _deploy(cloud, "other-settings", {"Same": queue}, create=True)

    found = cloud.client("sqs", ACCOUNT).get_queue_attributes(
        QueueUrl=taken["Queue"], AttributeNames=["VisibilityTimeout"]
    )
    assert found["Attributes"]["VisibilityTimeout"] == "7"
    assert cloud.client("glue", ACCOUNT).get_job(JobName="j")["Job"]["Timeout"] == 5
    assert cloud.client("events", ACCOUNT).describe_rule(Name="r")["State"] == "ENABLED"
