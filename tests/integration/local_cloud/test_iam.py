"""IAM as a role session meets it, in each service's own words."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.lifecycle import RunningCloud
from tests.integration.local_cloud.conftest import ACCOUNT, OTHER, as_role, make_role

TRUSTED = {"Service": "sagemaker.amazonaws.com"}


def _denied(call: Any, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error: dict[str, Any] = {**caught.value.response["Error"]}
    return error


def test_a_role_does_what_its_policy_allows_and_nothing_else(cloud: RunningCloud) -> None:
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="allowed")
    root.put_object(Bucket="allowed", Key="in/a", Body=b"1")
    root.put_object(Bucket="allowed", Key="out/a", Body=b"2")
    role = make_role(
        cloud, "reader", [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::allowed/in/*"}]
    )
    s3 = as_role(cloud, role, "s3")

    assert s3.get_object(Bucket="allowed", Key="in/a")["Body"].read() == b"1"

    error = _denied(s3.get_object, Bucket="allowed", Key="out/a")
    assert error["Code"] == "AccessDenied"
    assert "assumed-role/reader/test is not authorized to perform: s3:GetObject" in error["Message"]
    assert "arn:aws:s3:::allowed/out/a" in error["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("sagemaker", "describe_training_job", {"TrainingJobName": "t"}, "AccessDeniedException"),
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "x"}}}, "AccessDeniedException"),
        ("glue", "start_job_run", {"JobName": "j"}, "AccessDeniedException"),
        ("stepfunctions", "list_state_machines", {}, "AccessDeniedException"),
        ("lambda", "invoke", {"FunctionName": "f"}, "AccessDeniedException"),
        ("scheduler", "list_schedules", {}, "AccessDeniedException"),
        ("sns", "list_topics", {}, "AccessDenied"),
        ("iam", "list_roles", {}, "AccessDenied"),
        ("cloudformation", "list_stacks", {}, "AccessDenied"),
        ("kms", "list_keys", {}, "AccessDeniedException"),
        ("logs", "describe_log_groups", {}, "AccessDeniedException"),
    ],
)
def test_a_role_without_policies_is_denied_everywhere(
    service: str, operation: str, arguments: dict[str, Any], code: str, cloud: RunningCloud
) -> None:
    role = make_role(cloud, f"nothing-{service}-{operation}"[:60], [])

    error = _denied(getattr(as_role(cloud, role, service), operation), **arguments)

    assert error["Code"] == code
    assert "is not authorized to perform" in error["Message"]


def test_a_role_is_passed_only_with_pass_role(cloud: RunningCloud) -> None:
    passed = make_role(cloud, "passed", [], trust=TRUSTED)
    create = {"Effect": "Allow", "Action": "sagemaker:CreateModel", "Resource": "*"}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": passed}
    request = {"ExecutionRoleArn": passed, "PrimaryContainer": {"Image": "i"}}

    without = as_role(cloud, make_role(cloud, "no-pass", [create]), "sagemaker")
    error = _denied(without.create_model, ModelName="m1", **request)
    assert "iam:PassRole" in error["Message"]

    with_grant = as_role(cloud, make_role(cloud, "with-pass", [create, passing]), "sagemaker")
    assert with_grant.create_model(ModelName="m2", **request)["ModelArn"].endswith("model/m2")


def test_a_passed_role_must_trust_the_service(cloud: RunningCloud) -> None:
    stranger = make_role(cloud, "stranger", [], trust={"Service": "glue.amazonaws.com"})

    error = _denied(
        cloud.client("sagemaker", ACCOUNT).create_model,
        ModelName="m3",
        ExecutionRoleArn=stranger,
        PrimaryContainer={"Image": "i"},
    )

    assert "sts:AssumeRole" in error["Message"]


def test_a_role_is_taken_only_by_whom_it_trusts(cloud: RunningCloud) -> None:
    role = make_role(cloud, "for-services", [], trust=TRUSTED)

    error = _denied(cloud.client("sts", ACCOUNT).assume_role, RoleArn=role, RoleSessionName="test")

    assert error["Code"] == "AccessDenied"


def test_another_account_needs_both_policies(cloud: RunningCloud) -> None:
    owner = cloud.client("s3", ACCOUNT)
    owner.create_bucket(Bucket="shared")
    owner.put_object(Bucket="shared", Key="models/a", Body=b"1")
    owner.put_object(Bucket="shared", Key="private/a", Body=b"2")
    owner.put_bucket_policy(
        Bucket="shared",
        Policy=json.dumps(
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
                        "Action": "s3:GetObject",
                        "Resource": "arn:aws:s3:::shared/models/*",
                    }
                ]
            }
        ),
    )
    reading = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]
    granted = as_role(cloud, make_role(cloud, "granted", reading, account=OTHER), "s3", account=OTHER)
    bare = as_role(cloud, make_role(cloud, "bare", [], account=OTHER), "s3", account=OTHER)

    assert granted.get_object(Bucket="shared", Key="models/a")["Body"].read() == b"1"
    assert _denied(granted.get_object, Bucket="shared", Key="private/a")["Code"] == "AccessDenied"
    assert _denied(bare.get_object, Bucket="shared", Key="models/a")["Code"] == "AccessDenied"


def test_an_encrypted_object_needs_its_key(cloud: RunningCloud) -> None:
    key = cloud.client("kms", ACCOUNT).create_key()["KeyMetadata"]["Arn"]
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="sealed")
    root.put_object(Bucket="sealed", Key="a", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::sealed/*"}
    decrypting = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}

    without = as_role(cloud, make_role(cloud, "no-key", [reading]), "s3")
    assert "kms:Decrypt" in _denied(without.get_object, Bucket="sealed", Key="a")["Message"]

    with_key = as_role(cloud, make_role(cloud, "key", [reading, decrypting]), "s3")
    assert with_key.get_object(Bucket="sealed", Key="a")["Body"].read() == b"1"


def test_a_batch_of_deletions_is_decided_key_by_key(cloud: RunningCloud) -> None:
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="batch")
    root.put_object(Bucket="batch", Key="free/a", Body=b"1")
    root.put_object(Bucket="batch", Key="protected/a", Body=b"2")
    deleting = {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::batch/*"}
    protecting = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::batch/protected/*"}
    s3 = as_role(cloud, make_role(cloud, "cleaner", [deleting, protecting]), "s3")

    both = {"Objects": [{"Key": "free/a"}, {"Key": "protected/a"}]}
    assert _denied(s3.delete_objects, Bucket="batch", Delete=both)["Code"] == "AccessDenied"
    s3.delete_objects(Bucket="batch", Delete={"Objects": [{"Key": "free/a"}]})

    assert [entry["Key"] for entry in root.list_objects_v2(Bucket="batch")["Contents"]] == ["protected/a"]


def test_a_presigned_url_does_what_its_signer_may(cloud: RunningCloud) -> None:
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="presigned")
    root.put_object(Bucket="presigned", Key="a", Body=b"1")
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::presigned/*"}
    allowed = as_role(cloud, make_role(cloud, "signer", [reading]), "s3")
    bare = as_role(cloud, make_role(cloud, "bare-signer", []), "s3")
    request = {"ClientMethod": "get_object", "Params": {"Bucket": "presigned", "Key": "a"}}

    with urllib.request.urlopen(allowed.generate_presigned_url(**request)) as answer:
        assert answer.read() == b"1"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(bare.generate_presigned_url(**request))


def test_a_request_without_credentials_is_refused(cloud: RunningCloud) -> None:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket="closed")

    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{cloud.endpoint_url}/closed/a")
