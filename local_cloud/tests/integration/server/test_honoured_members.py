"""Members of requests that decide whether a call succeeds, each where its service is asked."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, make_role

BUCKET = "members"
NO_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"
NO_POLICIES = ['["Statement"]', '"Statement"', '{"Statement": [{"Action": "*"}]}']


def code_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3", ACCOUNT)
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture(scope="module")
def kms(cloud: RunningCloud) -> Any:
    return cloud.client("kms", ACCOUNT)


@pytest.fixture(scope="module")
def tables(cloud: RunningCloud) -> Any:
    client = cloud.client("dynamodb", ACCOUNT)
    client.create_table(
        TableName="members",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


@pytest.fixture(scope="module")
def policed(cloud: RunningCloud) -> str:
    return make_role(cloud, "policies", [])


@pytest.mark.parametrize("text", NO_POLICIES)
def test_what_is_no_policy_is_refused_everywhere(
    cloud: RunningCloud, s3: Any, kms: Any, tables: Any, policed: str, text: str
) -> None:
    iam, sts, events = (cloud.client(name, ACCOUNT) for name in ("iam", "sts", "events"))
    sns, sqs = cloud.client("sns", ACCOUNT), cloud.client("sqs", ACCOUNT)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/members"

    assert code_of(s3.put_bucket_policy, Bucket=BUCKET, Policy=text) == "MalformedPolicy"
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    malformed = "MalformedPolicyDocumentException"
    assert code_of(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=text) == malformed
    assert code_of(kms.create_key, Policy=text) == malformed
    assert code_of(iam.create_role, RoleName="none", AssumeRolePolicyDocument=text) == "MalformedPolicyDocument"
    assert code_of(iam.update_assume_role_policy, RoleName="policies", PolicyDocument=text) == "MalformedPolicyDocument"
    assert (
        code_of(sts.assume_role, RoleArn=policed, RoleSessionName="session", Policy=text) == "MalformedPolicyDocument"
    )
    assert code_of(tables.put_resource_policy, ResourceArn=table, Policy=text) == "ValidationException"
    assert code_of(events.put_permission, Policy=text) == "ValidationException"
    assert code_of(sns.create_topic, Name="none", Attributes={"Policy": text}) == "InvalidParameter"
    assert code_of(sqs.create_queue, QueueName="none", Attributes={"Policy": text}) == "InvalidAttributeValue"


@pytest.mark.parametrize(
    ("spec", "algorithm"), [("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"), ("ECC_NIST_P256", "ECDSA_SHA_256")]
)
def test_a_digest_is_signed_as_one(kms: Any, spec: str, algorithm: str) -> None:
    """A client that digests for itself verifies the message, with the public key alone."""
    key = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    what = {"KeyId": key, "MessageType": "DIGEST", "SigningAlgorithm": algorithm}
    digest = hashlib.sha256(b"message").digest()

    signature = kms.sign(**what, Message=digest)["Signature"]

    public: Any = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    how = (ec.ECDSA(SHA256()),) if spec.startswith("ECC") else (padding.PKCS1v15(), SHA256())
    public.verify(signature, b"message", *how)
    assert kms.verify(**what, Message=digest, Signature=signature)["SignatureValid"]
    assert kms.verify(**{**what, "MessageType": "RAW"}, Message=b"message", Signature=signature)["SignatureValid"]
    assert code_of(kms.sign, **what, Message=b"short") == "ValidationException"


def test_a_ciphertext_is_encrypted_anew_from_its_own_key_only(kms: Any) -> None:
    right, wrong = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.create_alias(AliasName="alias/right", TargetKeyId=right)
    secret = kms.encrypt(KeyId=right, Plaintext=b"x")["CiphertextBlob"]

    asked = {"CiphertextBlob": secret, "DestinationKeyId": wrong}
    assert code_of(kms.re_encrypt, **asked, SourceKeyId=wrong) == "IncorrectKeyException"
    for source in (right, "alias/right"):
        assert kms.re_encrypt(**asked, SourceKeyId=source)["CiphertextBlob"]


def test_a_copy_may_have_to_replace_nothing(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="there", Body=b"old")
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"new")
    copy = {"Bucket": BUCKET, "CopySource": f"{BUCKET}/source", "IfNoneMatch": "*"}

    assert code_of(s3.copy_object, **copy, Key="there") == "PreconditionFailed"
    assert s3.get_object(Bucket=BUCKET, Key="there")["Body"].read() == b"old"
    s3.copy_object(**copy, Key="elsewhere")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"MpuObjectSize": 5}, "InvalidRequest"),
        ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
        ({"ChecksumType": "FULL_OBJECT"}, "InvalidRequest"),
        ({"part": {"ChecksumCRC32": "AAAAAA=="}}, "InvalidPart"),
    ],
)
def test_an_upload_is_completed_as_its_client_expects(s3: Any, wrong: dict[str, Any], code: str) -> None:
    upload = {"Bucket": BUCKET, "Key": "parts"}
    begun = s3.create_multipart_upload(**upload, ChecksumAlgorithm="CRC32", ChecksumType="COMPOSITE")
    upload["UploadId"] = begun["UploadId"]
    sent = s3.upload_part(**upload, PartNumber=1, Body=b"x" * 100, ChecksumAlgorithm="CRC32")
    part = {"PartNumber": 1, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]}
    changed = dict(wrong)
    broken = {**part, **changed.pop("part", {})}

    assert code_of(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": [broken]}, **changed) == code
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]}, MpuObjectSize=100)
    assert s3.head_object(Bucket=BUCKET, Key="parts")["ContentLength"] == 100
    s3.delete_object(Bucket=BUCKET, Key="parts")


def test_quiet_deletions_tell_nothing(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="a<b", Body=b"")
    told = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "a<b"}], "Quiet": True})

    assert "Deleted" not in told
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix="a<b")


def test_what_encrypts_must_exist(cloud: RunningCloud, s3: Any, kms: Any) -> None:
    ssm, secrets = cloud.client("ssm", ACCOUNT), cloud.client("secretsmanager", ACCOUNT)
    kms.create_alias(AliasName="alias/there", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    put = {"Bucket": BUCKET, "Key": "encrypted", "Body": b"x", "ServerSideEncryption": "aws:kms"}
    parameter = {"Name": "p", "Value": "v", "Type": "SecureString"}

    for key in (NO_KEY, "alias/none"):
        assert code_of(s3.put_object, **put, SSEKMSKeyId=key) == "KMS.NotFoundException"
        assert code_of(ssm.put_parameter, **parameter, KeyId=key) == "InvalidKeyId"
        assert code_of(secrets.create_secret, Name="s", SecretString="x", KmsKeyId=key) == "EncryptionFailure"
    for key in ("alias/there", "alias/aws/s3"):
        s3.put_object(**put, SSEKMSKeyId=key)
    ssm.put_parameter(**parameter, KeyId="alias/there")
    secrets.create_secret(Name="s", SecretString="x", KmsKeyId="alias/there")
    assert code_of(secrets.update_secret, SecretId="s", KmsKeyId=NO_KEY) == "EncryptionFailure"


def test_a_parameter_matches_its_pattern(cloud: RunningCloud) -> None:
    ssm = cloud.client("ssm", ACCOUNT)
    asked = {"Name": "number", "Type": "String", "AllowedPattern": r"^\d+$"}

    assert code_of(ssm.put_parameter, **asked, Value="a1") == "ParameterPatternMismatchException"
    ssm.put_parameter(**asked, Value="11", DataType="text")
    mismatch = "ParameterPatternMismatchException"
    assert code_of(ssm.put_parameter, Name="number", Value="x", Overwrite=True) == mismatch
    assert code_of(ssm.put_parameter, **{**asked, "AllowedPattern": "("}, Value="1") == "InvalidAllowedPatternException"


@pytest.fixture
def expiring(tables: Any) -> Iterator[Any]:
    told = {"AttributeName": "until", "Enabled": True}
    tables.update_time_to_live(TableName="members", TimeToLiveSpecification=told)
    yield tables
    tables.update_time_to_live(TableName="members", TimeToLiveSpecification={**told, "Enabled": False})


def test_an_item_is_gone_when_its_time_is_over(cloud: RunningCloud, expiring: Any) -> None:
    start = datetime.fromisoformat(cloud.control("clock", {"advance_seconds": 0})["now"]).timestamp()
    for key, until in (("short", start + 3_600), ("long", start + 360_000), ("ancient", 1)):
        item = {"id": {"S": key}, "until": {"N": str(int(until))}}
        expiring.put_item(TableName="members", Item=item)
    expiring.put_item(TableName="members", Item={"id": {"S": "other"}, "until": {"S": "1"}})
    everything = {"short", "long", "ancient", "other"}

    def keys() -> set[str]:
        return {item["id"]["S"] for item in expiring.scan(TableName="members")["Items"]} & everything

    assert keys() == everything
    cloud.control("clock", {"advance_seconds": 7_200})
    assert "Item" not in expiring.get_item(TableName="members", Key={"id": {"S": "short"}})
    assert keys() == everything - {"short"}


def test_a_transaction_is_done_once_for_each_token(cloud: RunningCloud, tables: Any) -> None:
    def add(amount: int, token: str) -> None:
        update = {
            "TableName": "members",
            "Key": {"id": {"S": "counter"}},
            "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": str(amount)}},
        }
        tables.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken=token)

    def count() -> str:
        return str(tables.get_item(TableName="members", Key={"id": {"S": "counter"}})["Item"]["n"]["N"])

    add(1, "token")
    add(1, "token")
    assert count() == "1"
    assert code_of(add, amount=2, token="token") == "IdempotentParameterMismatchException"
    add(2, "other")
    assert count() == "3"
    cloud.control("clock", {"advance_seconds": 660})
    add(1, "token")
    assert count() == "4"


def test_a_queue_of_another_account_is_found_there(cloud: RunningCloud) -> None:
    mine, others = cloud.client("sqs", ACCOUNT), cloud.client("sqs", OTHER)
    mine.create_queue(QueueName="same")
    url = others.create_queue(QueueName="same")["QueueUrl"]

    assert mine.get_queue_url(QueueName="same", QueueOwnerAWSAccountId=ACCOUNT)["QueueUrl"] != url
    assert code_of(mine.get_queue_url, QueueName="same", QueueOwnerAWSAccountId=OTHER).startswith("AccessDenied")
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": ACCOUNT},
        "Action": "sqs:GetQueueUrl",
        "Resource": f"arn:aws:sqs:us-east-1:{OTHER}:same",
    }
    others.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [allowed]})})
    assert mine.get_queue_url(QueueName="same", QueueOwnerAWSAccountId=OTHER)["QueueUrl"] == url


@pytest.mark.parametrize("name", ["Nonsense", "ArchivePolicy"])
def test_a_topic_has_no_attributes_that_are_not_known(cloud: RunningCloud, name: str) -> None:
    sns = cloud.client("sns", ACCOUNT)

    assert code_of(sns.create_topic, Name="none", Attributes={name: "{}"}) == "InvalidParameter"
    topic = sns.create_topic(Name="shown", Attributes={"DisplayName": "Shown"})["TopicArn"]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "Shown"


def test_a_session_is_no_longer_than_its_role_allows(cloud: RunningCloud) -> None:
    sts = cloud.client("sts", ACCOUNT)
    role = make_role(cloud, "short", [])
    asked = {"RoleArn": role, "RoleSessionName": "session", "DurationSeconds": 7_200}

    assert code_of(sts.assume_role, **asked) == "ValidationError"
    cloud.client("iam", ACCOUNT).update_role(RoleName="short", MaxSessionDuration=7_200)
    assert sts.assume_role(**asked)["Credentials"]


def test_an_image_has_the_digest_of_its_manifest(cloud: RunningCloud) -> None:
    ecr = cloud.client("ecr", ACCOUNT)
    ecr.create_repository(repositoryName="images")
    manifest = json.dumps({"schemaVersion": 2, "layers": [{"digest": "sha256:1"}]})
    media = "application/vnd.docker.distribution.manifest.v2+json"
    put = {"repositoryName": "images", "imageManifest": manifest, "imageManifestMediaType": media, "imageTag": "t"}
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"

    wrong = f"sha256:{'0' * 64}"
    assert code_of(ecr.put_image, **put, imageDigest=wrong) == "ImageDigestDoesNotMatchException"
    assert ecr.put_image(**put)["image"]["imageId"]["imageDigest"] == digest
