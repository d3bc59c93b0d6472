"""What the log of calls says about each of them, and the checks that come with a call besides its own."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, as_role, make_role

pytestmark = pytest.mark.security("iam")

_ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"


def _calls(cloud: RunningCloud, role: str) -> list[dict[str, Any]]:
    lines = (cloud.settings.state_dir / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    return [entry for entry in map(json.loads, lines) if entry["principal"] == role]


def _allow(*actions: str, on: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def _denied(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Message"])


def test_a_decision_is_recorded_with_all_that_made_it(cloud: RunningCloud) -> None:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket="recorded")
    listing = {
        **_allow("s3:ListBucket", on="arn:aws:s3:::recorded"),
        "Condition": {"StringLike": {"s3:prefix": "in/*"}},
    }
    role = make_role(cloud, "recorded", [listing])
    s3 = as_role(cloud, role, "s3")

    s3.list_objects_v2(Bucket="recorded", Prefix="in/a")
    _denied(s3.list_objects_v2, Bucket="recorded", Prefix="out/a")
    allowed, denied = _calls(cloud, role)

    assert {key: allowed[key] for key in allowed if key != "time"} == {
        "account": ACCOUNT,
        "principal": role,
        "session": f"arn:aws:sts::{ACCOUNT}:assumed-role/recorded/test",
        "action": "s3:ListBucket",
        "resource": "arn:aws:s3:::recorded",
        "owner": ACCOUNT,
        "context": {"s3:prefix": "in/a"},
        "decision": "allow",
        "by": "identity",
        "reason": "allowed",
    }
    assert (denied["context"], denied["decision"], denied["by"]) == ({"s3:prefix": "out/a"}, "deny", "")
    assert denied["reason"] == "no identity-based policy allows the s3:ListBucket action"


def test_the_record_tells_which_kind_of_policy_allowed_a_call(cloud: RunningCloud) -> None:
    mine = make_role(cloud, "named-by-bucket", [])
    theirs = make_role(cloud, "both", [_allow("s3:GetObject")], account=OTHER)
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="by-policy")
    root.put_object(Bucket="by-policy", Key="a", Body=b"1")
    statement = {**_allow("s3:GetObject", on="arn:aws:s3:::by-policy/*"), "Principal": {"AWS": [mine, theirs]}}
    root.put_bucket_policy(Bucket="by-policy", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    as_role(cloud, mine, "s3").get_object(Bucket="by-policy", Key="a")
    as_role(cloud, theirs, "s3", account=OTHER).get_object(Bucket="by-policy", Key="a")

    assert [call["by"] for call in _calls(cloud, mine)] == ["resource"]
    assert [(call["by"], call["owner"]) for call in _calls(cloud, theirs)] == [("identity+resource", ACCOUNT)]


def test_the_root_of_an_account_is_recorded_in_another(cloud: RunningCloud) -> None:
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="for-root")
    statement = {
        **_allow("s3:ListBucket", on="arn:aws:s3:::for-root"),
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
    }
    root.put_bucket_policy(Bucket="for-root", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    root.list_objects_v2(Bucket="for-root")
    cloud.client("s3", OTHER).list_objects_v2(Bucket="for-root")

    calls = [
        call
        for account in (ACCOUNT, OTHER)
        for call in _calls(cloud, f"arn:aws:iam::{account}:root")
        if call["resource"] == "arn:aws:s3:::for-root"
    ]
    assert [(call["account"], call["owner"]) for call in calls] == [(OTHER, ACCOUNT)]


def test_taking_a_role_of_another_account_is_recorded_as_such(cloud: RunningCloud) -> None:
    taken = make_role(cloud, "taken", [], trust={"AWS": f"arn:aws:iam::{OTHER}:root"})
    role = make_role(cloud, "taker", [_allow("sts:AssumeRole", on=taken)], account=OTHER)

    as_role(cloud, role, "sts", account=OTHER).assume_role(RoleArn=taken, RoleSessionName="test")

    (call,) = _calls(cloud, role)
    assert (call["action"], call["account"], call["owner"]) == ("sts:AssumeRole", OTHER, ACCOUNT)


def test_tags_of_a_new_resource_take_a_permission_of_their_own(cloud: RunningCloud) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html#grant-tagging-permissions
    create = _allow("sagemaker:CreateModelPackageGroup", on=f"{_ARN}:model-package-group/*")
    tags = [{"Key": "app", "Value": "x"}]

    without = as_role(cloud, make_role(cloud, "no-tags", [create]), "sagemaker")
    without.create_model_package_group(ModelPackageGroupName="untagged")
    message = _denied(without.create_model_package_group, ModelPackageGroupName="tagged", Tags=tags)
    assert f"sagemaker:AddTags on resource: {_ARN}:model-package-group/tagged" in message

    tagging = _allow("sagemaker:AddTags", on=f"{_ARN}:model-package-group/tagged")
    role = make_role(cloud, "tags", [create, tagging])
    as_role(cloud, role, "sagemaker").create_model_package_group(ModelPackageGroupName="tagged", Tags=tags)
    assert [call["action"] for call in _calls(cloud, role)] == [
        "sagemaker:CreateModelPackageGroup",
        "sagemaker:AddTags",
    ]


@pytest.mark.parametrize(
    ("service", "action", "needed"),
    [
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        ("sns", "sns:Publish", ["kms:GenerateDataKey", "kms:Decrypt"]),
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
        ("sqs", "sqs:SendMessage", ["kms:GenerateDataKey", "kms:Decrypt"]),
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
        ("dynamodb", "dynamodb:GetItem", ["kms:Decrypt"]),
    ],
)
def test_what_is_encrypted_takes_its_key(service: str, action: str, needed: list[str], cloud: RunningCloud) -> None:
    key = cloud.client("kms", ACCOUNT).create_key()["KeyMetadata"]["Arn"]
    operation, arguments = _encrypted(cloud, service, key)
    via = {"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}}
    using = {**_allow("kms:GenerateDataKey*", "kms:Decrypt", on=key), "Condition": via}

    without = as_role(cloud, make_role(cloud, f"keyless-{service}", [_allow(action)]), service)
    assert f"{needed[0]} on resource: {key}" in _denied(getattr(without, operation), **arguments)

    role = make_role(cloud, f"keyed-{service}", [_allow(action), using])
    getattr(as_role(cloud, role, service), operation)(**arguments)
    assert [call["action"] for call in _calls(cloud, role)] == [action, *needed]


def _encrypted(cloud: RunningCloud, service: str, key: str) -> tuple[str, dict[str, Any]]:
    """A resource under a key, and the call that uses it."""
    client = cloud.client(service, ACCOUNT)
    if service == "sns":
        arn = client.create_topic(Name="sealed", Attributes={"KmsMasterKeyId": key})["TopicArn"]
        return "publish", {"TopicArn": arn, "Message": "x"}
    if service == "sqs":
        url = client.create_queue(QueueName="sealed", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
        return "send_message", {"QueueUrl": url, "MessageBody": "x"}
    client.create_table(
        TableName="sealed",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    return "get_item", {"TableName": "sealed", "Key": {"pk": {"S": "x"}}}
