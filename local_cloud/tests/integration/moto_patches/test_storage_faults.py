"""What unpatched moto still does with keys of no use, keys of indexes and uploads, asked all in one process.

Where one is gone, drop its patch.
"""

import json

import pytest

from integration.moto_patches.probes import moto

_QUESTIONS = """
    import base64
    import hashlib
    import json

    import boto3
    from moto import mock_aws
    from moto.s3.responses import S3Response

    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    answers = {}

    def works(name, call, **named):
        try:
            call(**named)
            answers[name] = "done"
        except Exception as error:
            answers[name] = type(error).__name__

    with mock_aws():
        names = ("kms", "s3", "dynamodb", "sqs", "sns", "ssm", "secretsmanager", "logs")
        kms, s3, db, sqs, sns, ssm, secrets, logs = (boto3.client(name, **keys) for name in names)

        made = kms.create_key()["KeyMetadata"]
        key = made["Arn"]
        kms.disable_key(KeyId=made["KeyId"])
        url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
        works("sqs keys", sqs.send_message, QueueUrl=url, MessageBody="x")
        works("sqs keys of receivers", sqs.receive_message, QueueUrl=url)
        topic = sns.create_topic(Name="t", Attributes={"KmsMasterKeyId": key})["TopicArn"]
        works("sns keys", sns.publish, TopicArn=topic, Message="x")
        works("secretsmanager keys", secrets.create_secret, Name="s", SecretString="x", KmsKeyId=key)
        works("secretsmanager keys of readers", secrets.get_secret_value, SecretId="s")
        works("ssm keys", ssm.put_parameter, Name="p", Value="x", Type="SecureString", KeyId=key)
        works("ssm keys of readers", ssm.get_parameter, Name="p", WithDecryption=True)
        works("logs keys", logs.create_log_group, logGroupName="g", kmsKeyId=key)
        s3.create_bucket(Bucket="bucket")
        encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
        works("s3 keys", s3.put_object, Bucket="bucket", Key="k", Body=b"x", **encrypted)
        sent = {"ChecksumAlgorithm": "SHA256"}
        upload = {"Bucket": "bucket", "Key": "u"}
        upload["UploadId"] = s3.create_multipart_upload(**upload, **sent)["UploadId"]
        works("s3 checksums of parts", s3.upload_part, **upload, PartNumber=2, Body=b"x", ChecksumAlgorithm="CRC32")
        part = s3.upload_part(**upload, PartNumber=1, Body=b"x", **sent)
        answers["s3 listed checksums"] = "ChecksumSHA256" in s3.list_parts(**upload)["Parts"][0]
        parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
        done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        answers["s3 told checksums"] = "ChecksumSHA256" in done
        found = s3.head_object(Bucket="bucket", Key="u", ChecksumMode="ENABLED")
        answers["s3 kinds of checksums"] = [found["ChecksumSHA256"].endswith("-1"), "ChecksumType" in found]
        wrong = {"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"}
        works("s3 kinds of uploads", s3.create_multipart_upload, Bucket="bucket", Key="v", **wrong)
        s3.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/u")
        copied = s3.get_object_attributes(Bucket="bucket", Key="copy", ObjectAttributes=["Checksum"])
        whole = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
        answers["s3 copies of parts"] = copied["Checksum"]["ChecksumSHA256"] == whole
        responder = S3Response.__new__(S3Response)
        cut = responder._handle_v4_chunk_signatures(b"3;chunk-signature=00\\r\\nabc", 9)
        answers["s3 bodies that are cut short"] = len(cut)
        table = {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        own = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        works("dynamodb keys", db.create_table, TableName="encrypted", **table, SSESpecification=own)
        works("dynamodb keys of readers", db.get_item, TableName="encrypted", Key={"id": {"S": "a"}})

        index = {
            "IndexName": "index",
            "KeySchema": [{"AttributeName": "group", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        group = {"AttributeName": "group", "AttributeType": "S"}
        db.create_table(TableName="t", **table)
        changed = {"GlobalSecondaryIndexUpdates": [{"Create": index}], "AttributeDefinitions": [group]}
        db.put_item(TableName="t", Item={"id": {"S": "before"}, "group": {"N": "1"}})
        db.update_table(TableName="t", **changed)
        found = db.describe_table(TableName="t")["Table"]["AttributeDefinitions"]
        answers["dynamodb definitions"] = [each["AttributeName"] for each in found]
        answers["dynamodb items of indexes"] = db.scan(TableName="t", IndexName="index")["Count"]
        wrong = {"id": {"S": "a"}, "group": {"N": "1"}}
        works("dynamodb keys of items", db.put_item, TableName="t", Item=wrong)
        put = {"Put": {"TableName": "t", "Item": wrong}}
        works("dynamodb keys of transactions", db.transact_write_items, TransactItems=[put])
        update = {
            "TableName": "t",
            "Key": {"id": {"S": "a"}},
            "UpdateExpression": "SET #g = :v",
            "ExpressionAttributeNames": {"#g": "group"},
        }
        works("dynamodb keys of updates", db.update_item, **update, ExpressionAttributeValues={":v": {"BOOL": True}})
        more = {"id": {"S": "a"}, "group": {"S": "a"}}
        works("dynamodb keys of requests", db.delete_item, TableName="t", Key=more)
        large = {":v": {"S": "x" * 400_000}, ":w": {"S": "x" * 400_000}}
        try:
            asked = {**update, "Key": {"id": {"S": "large"}}, "UpdateExpression": "SET a = :v, b = :w"}
            del asked["ExpressionAttributeNames"]
            db.update_item(**asked, ExpressionAttributeValues=large)
        except Exception:
            found = db.get_item(TableName="t", Key={"id": {"S": "large"}})
            answers["dynamodb failed updates"] = "Item" in found
    print(json.dumps(answers))
"""

_SAID = {
    "sqs keys": "done",
    "sqs keys of receivers": "done",
    "sns keys": "done",
    "secretsmanager keys": "done",
    "secretsmanager keys of readers": "done",
    "ssm keys": "done",
    "ssm keys of readers": "done",
    "logs keys": "done",
    "s3 keys": "done",
    "s3 checksums of parts": "done",
    "s3 listed checksums": False,
    "s3 told checksums": False,
    "s3 kinds of checksums": [False, False],
    "s3 kinds of uploads": "done",
    "s3 copies of parts": False,
    "s3 bodies that are cut short": 9,
    "dynamodb keys": "done",
    "dynamodb keys of readers": "done",
    "dynamodb definitions": ["group"],
    "dynamodb items of indexes": 1,
    "dynamodb keys of items": "done",
    "dynamodb keys of transactions": "done",
    "dynamodb keys of updates": "done",
    "dynamodb keys of requests": "done",
    "dynamodb failed updates": True,
}


@pytest.fixture(scope="module")
def answers() -> dict[str, object]:
    return dict(json.loads(moto(_QUESTIONS)))


@pytest.mark.parametrize("fault", _SAID)
def test_moto_still_has_the_fault(answers: dict[str, object], fault: str) -> None:
    assert answers[fault] == _SAID[fault]


def test_each_answer_is_looked_at(answers: dict[str, object]) -> None:
    assert answers.keys() == _SAID.keys()
