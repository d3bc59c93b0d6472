"""IAM as a role session meets it, in each service's own words."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, as_role, make_role

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


@pytest.mark.parametrize(("service", "allowed"), [("s3", True), ("secretsmanager", False)])
def test_a_key_may_be_bound_to_the_service_that_uses_it(service: str, allowed: bool, cloud: RunningCloud) -> None:
    # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    bucket = f"via-{service}"
    key = cloud.client("kms", ACCOUNT).create_key()["KeyMetadata"]["Arn"]
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket=bucket)
    root.put_object(Bucket=bucket, Key="a", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    via = {"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}}
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    decrypting = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": via}
    client = as_role(cloud, make_role(cloud, f"via-{service}", [reading, decrypting]), "s3")

    if allowed:
        assert client.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    else:
        assert "kms:Decrypt" in _denied(client.get_object, Bucket=bucket, Key="a")["Message"]


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


def test_only_who_may_list_learns_that_a_key_is_missing(cloud: RunningCloud) -> None:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket="missing-keys")
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::missing-keys/*"}
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::missing-keys"}
    reader = as_role(cloud, make_role(cloud, "key-reader", [reading]), "s3")
    lister = as_role(cloud, make_role(cloud, "key-lister", [reading, listing]), "s3")

    assert _denied(reader.get_object, Bucket="missing-keys", Key="none")["Code"] == "AccessDenied"
    assert _denied(lister.get_object, Bucket="missing-keys", Key="none")["Code"] == "NoSuchKey"
    assert _denied(lister.head_object, Bucket="missing-keys", Key="none")["Code"] == "404"


def test_a_copy_from_a_missing_bucket_says_so(cloud: RunningCloud) -> None:
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="copies")
    copying = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}
    role = as_role(cloud, make_role(cloud, "copier", [copying]), "s3")

    for client in (root, role):
        error = _denied(client.copy_object, Bucket="copies", Key="a", CopySource="no-such-bucket/a")
        assert error["Code"] == "NoSuchBucket"


def test_a_session_does_only_what_role_and_session_policy_allow(cloud: RunningCloud) -> None:
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="sessions")
    for key in ("a/1", "b/1", "c/1"):
        root.put_object(Bucket="sessions", Key=key, Body=b"1")

    def reading(*prefixes: str) -> dict[str, Any]:
        resources = [f"arn:aws:s3:::sessions/{prefix}/*" for prefix in prefixes]
        return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}

    role = make_role(cloud, "narrowed", [reading("a", "b")])
    inline = json.dumps({"Version": "2012-10-17", "Statement": [reading("b", "c")]})
    managed = cloud.client("iam", ACCOUNT).create_policy(PolicyName="narrow", PolicyDocument=inline)["Policy"]["Arn"]

    for limits in ({"Policy": inline}, {"PolicyArns": [{"arn": managed}]}):
        s3 = as_role(cloud, role, "s3", **limits)
        assert s3.get_object(Bucket="sessions", Key="b/1")["Body"].read() == b"1"
        assert "no session policy allows" in _denied(s3.get_object, Bucket="sessions", Key="a/1")["Message"]
        assert "no identity-based policy" in _denied(s3.get_object, Bucket="sessions", Key="c/1")["Message"]
    assert as_role(cloud, role, "s3").get_object(Bucket="sessions", Key="a/1")["Body"].read() == b"1"


def test_a_bucket_policy_that_names_the_session_is_not_narrowed(cloud: RunningCloud) -> None:
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="named-session")
    root.put_object(Bucket="named-session", Key="a", Body=b"1")
    role = make_role(cloud, "named", [])
    nothing = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]})

    def allow(principal: str) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::named-session/*",
        }
        root.put_bucket_policy(Bucket="named-session", Policy=json.dumps({"Statement": [statement]}))

    s3 = as_role(cloud, role, "s3", Policy=nothing)
    allow(role)
    assert _denied(s3.get_object, Bucket="named-session", Key="a")["Code"] == "AccessDenied"
    allow(f"arn:aws:sts::{ACCOUNT}:assumed-role/named/test")
    assert s3.get_object(Bucket="named-session", Key="a")["Body"].read() == b"1"


def test_an_index_and_each_part_of_a_transaction_need_their_own_permission(cloud: RunningCloud) -> None:
    dynamodb = cloud.client("dynamodb", ACCOUNT)
    names = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "kind")]
    dynamodb.create_table(
        TableName="indexed",
        AttributeDefinitions=names,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/indexed"
    allowed = {"Effect": "Allow", "Action": ["dynamodb:Query", "dynamodb:PutItem"], "Resource": table}
    client = as_role(cloud, make_role(cloud, "table-only", [allowed]), "dynamodb")
    query = {"TableName": "indexed", "ExpressionAttributeValues": {":v": {"S": "x"}}}
    put = {"Put": {"TableName": "indexed", "Item": {"pk": {"S": "x"}}}}
    delete = {"Delete": {"TableName": "indexed", "Key": {"pk": {"S": "y"}}}}

    assert client.query(**query, KeyConditionExpression="pk = :v")["Count"] == 0
    client.transact_write_items(TransactItems=[put])

    index = _denied(client.query, **query, IndexName="by-kind", KeyConditionExpression="kind = :v")
    assert "table/indexed/index/by-kind" in index["Message"]
    assert "dynamodb:DeleteItem" in _denied(client.transact_write_items, TransactItems=[put, delete])["Message"]


def test_an_account_id_as_the_key_is_the_accounts_root(cloud: RunningCloud) -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
    identity = cloud.client("sts", OTHER).get_caller_identity()

    assert (identity["UserId"], identity["Account"]) == (OTHER, OTHER)
    assert identity["Arn"] == f"arn:aws:iam::{OTHER}:root"
