"""Members of requests that unpatched moto still does nothing with, asked all in one process.

Where one is gone, drop its patch.
"""

import json

import pytest

from integration.moto_patches.probes import moto

_QUESTIONS = """
    import json

    import boto3
    from moto import mock_aws

    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    answers = {}

    def works(name, call, **named):
        try:
            call(**named)
            answers[name] = "done"
        except Exception as error:
            answers[name] = type(error).__name__

    with mock_aws():
        names = ("kms", "s3", "dynamodb", "sqs", "sns", "sts", "ssm", "secretsmanager", "ecr", "events")
        kms, s3, db, sqs, sns, sts, ssm, secrets, ecr, events = (boto3.client(name, **keys) for name in names)

        signer = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        short = {"KeyId": signer, "Message": b"short", "SigningAlgorithm": "ECDSA_SHA_256"}
        works("kms digests", kms.sign, **short, MessageType="DIGEST")
        one, two = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
        secret = kms.encrypt(KeyId=one, Plaintext=b"x")["CiphertextBlob"]
        works("kms sources", kms.re_encrypt, CiphertextBlob=secret, SourceKeyId=two, DestinationKeyId=two)
        works("kms policies of new keys", kms.create_key, Policy="junk")

        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=b"x")
        works("s3 conditions of copies", s3.copy_object, Bucket="bucket", Key="k", CopySource="bucket/k",
              IfNoneMatch="*", MetadataDirective="REPLACE")
        upload = {"Bucket": "bucket", "Key": "u"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]}
        works("s3 completed uploads", s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": [part]},
              MpuObjectSize=5, ChecksumCRC32="AAAAAA==")
        answers["s3 quiet deletions"] = "Deleted" in s3.delete_objects(
            Bucket="bucket", Delete={"Objects": [{"Key": "k"}], "Quiet": True}
        )

        db.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        until = {"AttributeName": "until", "Enabled": True}
        db.update_time_to_live(TableName="t", TimeToLiveSpecification=until)
        db.put_item(TableName="t", Item={"id": {"S": "a"}, "until": {"N": "1700000000"}})
        answers["dynamodb expired items"] = "Item" in db.get_item(TableName="t", Key={"id": {"S": "a"}})
        update = {
            "TableName": "t",
            "Key": {"id": {"S": "n"}},
            "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": "1"}},
        }
        for _ in range(2):
            db.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken="token")
        counted = db.get_item(TableName="t", Key={"id": {"S": "n"}})["Item"]
        answers["dynamodb repeated transactions"] = counted["n"]["N"]

        sqs.create_queue(QueueName="q")
        works("sqs owners", sqs.get_queue_url, QueueName="q", QueueOwnerAWSAccountId="222222222222")
        works("sns attributes of new topics", sns.create_topic, Name="t", Attributes={"Nonsense": "1"})
        role = "arn:aws:iam::123456789012:role/r"
        works("sts sessions", sts.assume_role, RoleArn=role, RoleSessionName="session", Policy="junk")
        works("ssm values", ssm.put_parameter, Name="p", Value="x", Type="String", AllowedPattern="^[0-9]$")
        works("secretsmanager keys", secrets.create_secret, Name="s", SecretString="x", KmsKeyId="alias/none")
        ecr.create_repository(repositoryName="images")
        works(
            "ecr digests", ecr.put_image, repositoryName="images", imageManifest="{}", imageManifestMediaType="m",
            imageDigest="sha256:0"
        )
        works("events policies", events.put_permission, Policy='["Statement"]')
    print(json.dumps(answers))
"""

_SAID = {
    "kms digests": "done",
    "kms sources": "done",
    "kms policies of new keys": "done",
    "s3 conditions of copies": "done",
    "s3 completed uploads": "done",
    "s3 quiet deletions": True,
    "dynamodb expired items": True,
    "dynamodb repeated transactions": "2",
    "sqs owners": "done",
    "sns attributes of new topics": "done",
    "sts sessions": "done",
    "ssm values": "done",
    "secretsmanager keys": "done",
    "ecr digests": "done",
    "events policies": "TypeError",
}


@pytest.fixture(scope="module")
def answers() -> dict[str, object]:
    return dict(json.loads(moto(_QUESTIONS)))


@pytest.mark.parametrize("fault", _SAID)
def test_moto_still_has_the_fault(answers: dict[str, object], fault: str) -> None:
    assert answers[fault] == _SAID[fault]


def test_each_answer_is_looked_at(answers: dict[str, object]) -> None:
    assert answers.keys() == _SAID.keys()
