"""A key that is disabled, waits for its deletion or is not there encrypts nothing for anybody, through no service.

https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.api import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, as_role, make_role

MISSING = "00000000-0000-0000-0000-000000000000"
MISSING_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{MISSING}"
STATES = ["disabled", "pending deletion"]
TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ITEM = {"id": {"S": "a"}}


@pytest.fixture(scope="module")
def kms(cloud: RunningCloud) -> Any:
    return cloud.client("kms", ACCOUNT)


@pytest.fixture(scope="module")
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(params=STATES)
def state(kms: Any, key: str, request: pytest.FixtureRequest) -> Any:
    """Takes the key away, and gives it back at the end."""

    def take() -> str:
        if request.param == "disabled":
            kms.disable_key(KeyId=key)
        else:
            kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        return str(request.param)

    yield take
    if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion":
        kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)


def error_of(call: Callable[..., Any], **asked: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**asked)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def bucket(cloud: RunningCloud, name: str) -> Any:
    client = cloud.client("s3", ACCOUNT)
    client.create_bucket(Bucket=name)
    return client


def test_s3(cloud: RunningCloud, key: str, state: Any) -> None:
    s3, name = bucket(cloud, f"keys-{id(state)}"), f"keys-{id(state)}"
    there = {"Bucket": name, "Key": "there"}
    given = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(**there, Body=b"x", ChecksumAlgorithm="SHA256", **given)
    s3.put_object(Bucket=name, Key="plain", Body=b"x")
    upload = s3.create_multipart_upload(Bucket=name, Key="parts", **given)["UploadId"]
    part = {"Bucket": name, "Key": "parts", "UploadId": upload}
    parts = [{"PartNumber": 1, "ETag": s3.upload_part(**part, PartNumber=1, Body=b"x")["ETag"]}]
    taken = state()

    code = {"disabled": "KMS.DisabledException", "pending deletion": "KMS.KMSInvalidStateException"}[taken]
    told = (code, f"{key} is {taken}.")
    new = {"Bucket": name, "Key": "new"}
    for call, asked in (
        (s3.put_object, {**new, **given, "Body": b"x"}),
        (s3.get_object, there),
        (s3.copy_object, {**new, "CopySource": there}),
        (s3.copy_object, {**new, **given, "CopySource": {"Bucket": name, "Key": "plain"}}),
        (s3.create_multipart_upload, {**new, **given}),
        (s3.upload_part, {**part, "PartNumber": 2, "Body": b"x"}),
        (s3.upload_part_copy, {**part, "PartNumber": 2, "CopySource": {"Bucket": name, "Key": "plain"}}),
        (s3.complete_multipart_upload, {**part, "MultipartUpload": {"Parts": parts}}),
    ):
        assert error_of(call, **asked) == told
    assert error_of(s3.head_object, **there, ChecksumMode="ENABLED")[0] == "400"
    # What stands beside the content is not encrypted, and another algorithm needs no key.
    assert s3.head_object(**there)["ContentLength"] == 1
    s3.put_object(**new, Body=b"x", ServerSideEncryption="AES256")


def test_the_key_of_a_bucket(cloud: RunningCloud, kms: Any, key: str, state: Any) -> None:
    name = f"default-{id(state)}"
    s3 = bucket(cloud, name)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=name, Key="there", Body=b"x")
    s3.put_object(Bucket=name, Key="own", Body=b"x", ServerSideEncryption="AES256")
    state()

    assert error_of(s3.get_object, Bucket=name, Key="there")[0].startswith("KMS.")
    assert error_of(s3.put_object, Bucket=name, Key="new", Body=b"x")[0].startswith("KMS.")
    assert s3.get_object(Bucket=name, Key="own")["Body"].read() == b"x"


def test_queues(cloud: RunningCloud, key: str, state: Any) -> None:
    sqs = cloud.client("sqs", ACCOUNT)
    url = sqs.create_queue(QueueName=f"keys-{id(state)}", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="there")
    taken = state()

    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors
    refused = {"disabled": sqs.exceptions.KmsDisabled, "pending deletion": sqs.exceptions.KmsInvalidState}[taken]
    for call, asked in (
        (sqs.send_message, {"MessageBody": "x"}),
        (sqs.send_message_batch, {"Entries": [{"Id": "a", "MessageBody": "x"}]}),
        (sqs.receive_message, {}),
    ):
        with pytest.raises(refused, match=f"{key} is {taken}"):
            call(QueueUrl=url, **asked)


def test_topics(cloud: RunningCloud, key: str, state: Any) -> None:
    sns = cloud.client("sns", ACCOUNT)
    arn = sns.create_topic(Name=f"keys-{id(state)}", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    sns.publish(TopicArn=arn, Message="there")
    taken = state()

    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
    code = {"disabled": "KMSDisabled", "pending deletion": "KMSInvalidState"}[taken]
    entries = [{"Id": "a", "Message": "x"}]
    for found, message in (
        error_of(sns.publish, TopicArn=arn, Message="x"),
        error_of(sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=entries),
    ):
        assert found == code
        assert message.startswith(f"{key} is {taken}.")


def test_a_message_is_lost_to_a_queue_whose_key_is_of_no_use(cloud: RunningCloud, kms: Any) -> None:
    sns, sqs = cloud.client("sns", ACCOUNT), cloud.client("sqs", ACCOUNT)
    own = kms.create_key()["KeyMetadata"]["KeyId"]
    topic = sns.create_topic(Name="lost")["TopicArn"]
    url = sqs.create_queue(QueueName="lost", Attributes={"KmsMasterKeyId": own})["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:lost")
    kms.disable_key(KeyId=own)

    assert sns.publish(TopicArn=topic, Message="x")["MessageId"]

    kms.enable_key(KeyId=own)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_an_alarm_does_not_reach_a_topic_whose_key_is_of_no_use(cloud: RunningCloud, kms: Any) -> None:
    sns, sqs, watch = (cloud.client(name, ACCOUNT) for name in ("sns", "sqs", "cloudwatch"))
    own = kms.create_key()["KeyMetadata"]["KeyId"]
    topic = sns.create_topic(Name="alarms", Attributes={"KmsMasterKeyId": own})["TopicArn"]
    url = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:alarms")
    watch.put_metric_alarm(
        AlarmName="silent",
        Namespace="own",
        MetricName="none",
        Statistic="Sum",
        Period=86400,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
        OKActions=[topic],
    )
    kms.disable_key(KeyId=own)
    watch.set_alarm_state(AlarmName="silent", StateValue="ALARM", StateReason="asked for")
    kms.enable_key(KeyId=own)
    watch.set_alarm_state(AlarmName="silent", StateValue="OK", StateReason="asked for")

    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]

    states = [json.loads(json.loads(message["Body"])["Message"])["NewStateValue"] for message in found]
    assert states == ["OK"]


def test_tables(cloud: RunningCloud, key: str, state: Any) -> None:
    db, name = cloud.client("dynamodb", ACCOUNT), f"keys-{id(state)}"
    own = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    db.create_table(TableName=name, **TABLE, SSESpecification=own)
    db.put_item(TableName=name, Item=ITEM)
    db.create_table(TableName=f"{name}-plain", **TABLE)
    taken = state()

    kind, of_kms = {
        "disabled": ("KMS key disabled error", "DisabledException"),
        "pending deletion": ("KMS validation error", "KMSInvalidStateException"),
    }[taken]
    told = f"{kind}: com.amazonaws.services.kms.model.{of_kms}: {key} is {taken}. (Service: AWSKMS;"
    here = {"TableName": name}
    update = {"Key": ITEM, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"S": "b"}}}
    query = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": "a"}}}
    for call, asked in (
        (db.put_item, {**here, "Item": ITEM}),
        (db.get_item, {**here, "Key": ITEM}),
        (db.delete_item, {**here, "Key": ITEM}),
        (db.update_item, {**here, **update}),
        (db.query, {**here, **query}),
        (db.scan, here),
        (db.batch_get_item, {"RequestItems": {name: {"Keys": [ITEM]}}}),
        (db.batch_write_item, {"RequestItems": {name: [{"PutRequest": {"Item": ITEM}}]}}),
        (db.transact_get_items, {"TransactItems": [{"Get": {**here, "Key": ITEM}}]}),
        (db.transact_write_items, {"TransactItems": [{"Put": {**here, "Item": ITEM}}]}),
        (db.create_table, {"TableName": f"{name}-new", **TABLE, "SSESpecification": own}),
        (db.update_table, {"TableName": f"{name}-plain", "SSESpecification": own}),
    ):
        code, message = error_of(call, **asked)
        assert code == "ValidationException"
        assert message.startswith(told)
    # The table itself is there as before.
    assert db.describe_table(**here)["Table"]["TableStatus"] == "ACTIVE"
    db.put_item(TableName=f"{name}-plain", Item=ITEM)


def test_secrets(cloud: RunningCloud, key: str, state: Any) -> None:
    secrets, name = cloud.client("secretsmanager", ACCOUNT), f"keys-{id(state)}"
    secrets.create_secret(Name=name, SecretString="x", KmsKeyId=key)
    secrets.create_secret(Name=f"{name}-plain", SecretString="x")
    taken = state()

    for call, asked in (
        (secrets.create_secret, {"Name": f"{name}-new", "SecretString": "x", "KmsKeyId": key}),
        (secrets.update_secret, {"SecretId": name, "SecretString": "y"}),
        (secrets.update_secret, {"SecretId": f"{name}-plain", "KmsKeyId": key}),
        (secrets.put_secret_value, {"SecretId": name, "SecretString": "y"}),
    ):
        assert error_of(call, **asked)[0] == "EncryptionFailure"
    code, message = error_of(secrets.get_secret_value, SecretId=name)
    assert code == "DecryptionFailure"
    assert message.startswith(f"Secrets Manager can't decrypt the secret value: {key} is {taken}. (Service: AWSKMS;")
    found = secrets.batch_get_secret_value(SecretIdList=[name, f"{name}-plain"])
    assert [each["ErrorCode"] for each in found["Errors"]] == ["DecryptionFailure"]
    assert [each["Name"] for each in found["SecretValues"]] == [f"{name}-plain"]
    secrets.update_secret(SecretId=name, Description="what is not secret")


def test_parameters(cloud: RunningCloud, key: str, state: Any) -> None:
    ssm, name = cloud.client("ssm", ACCOUNT), f"keys-{id(state)}"
    ssm.put_parameter(Name=name, Value="x", Type="SecureString", KeyId=key)
    state()

    put = {"Name": name, "Value": "y", "Type": "SecureString", "KeyId": key, "Overwrite": True}
    assert error_of(ssm.put_parameter, **put)[0] == "InvalidKeyId"
    assert error_of(ssm.get_parameter, Name=name, WithDecryption=True)[0] == "InvalidKeyId"
    assert error_of(ssm.get_parameters, Names=[name], WithDecryption=True)[0] == "InvalidKeyId"
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] != "x"


def test_logs(cloud: RunningCloud, key: str, state: Any) -> None:
    logs, group = cloud.client("logs", ACCOUNT), f"keys-{id(state)}"
    logs.create_log_group(logGroupName=group, kmsKeyId=key)
    stream = {"logGroupName": group, "logStreamName": "s"}
    logs.create_log_stream(**stream)
    state()

    refused = "InvalidParameterException"
    assert error_of(logs.create_log_group, logGroupName=f"{group}-new", kmsKeyId=key)[0] == refused
    events = [{"timestamp": 1_790_000_000_000, "message": "x"}]
    assert error_of(logs.put_log_events, **stream, logEvents=events)[0] == refused
    assert error_of(logs.get_log_events, **stream)[0] == refused
    assert error_of(logs.filter_log_events, logGroupName=group)[0] == refused
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["kmsKeyId"] == key


@pytest.mark.parametrize(("kind", "name"), [("id", MISSING), ("arn", MISSING_ARN), ("alias", "alias/none")])
def test_a_key_that_is_not_there(cloud: RunningCloud, kind: str, name: str) -> None:
    s3, sqs, sns = bucket(cloud, "missing"), cloud.client("sqs", ACCOUNT), cloud.client("sns", ACCOUNT)
    db = cloud.client("dynamodb", ACCOUNT)
    url = sqs.create_queue(QueueName=f"missing-{kind}", Attributes={"KmsMasterKeyId": name})["QueueUrl"]
    topic = sns.create_topic(Name=f"missing-{kind}", Attributes={"KmsMasterKeyId": name})["TopicArn"]
    own = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": name}
    given = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": name}

    assert error_of(s3.put_object, Bucket="missing", Key="x", Body=b"x", **given)[0] == "KMS.NotFoundException"
    with pytest.raises(sqs.exceptions.KmsNotFound):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert error_of(sns.publish, TopicArn=topic, Message="x")[0] == "KMSNotFound"
    code, message = error_of(db.create_table, TableName="missing", **TABLE, SSESpecification=own)
    assert code == "ValidationException"
    assert message.startswith("KMS validation error: com.amazonaws.services.kms.model.NotFoundException: ")
    assert error_of(cloud.client("logs", ACCOUNT).create_log_group, logGroupName="missing", kmsKeyId=name)[0] == (
        "InvalidParameterException"
    )


@pytest.mark.parametrize("name", [MISSING, MISSING_ARN])
def test_who_may_describe_hears_that_a_key_is_not_there(cloud: RunningCloud, kms: Any, name: str) -> None:
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html#API_DescribeKey_Errors
    role_name = f"describes-{len(name)}"
    may = as_role(cloud, make_role(cloud, role_name, [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]), "kms")
    other = as_role(cloud, make_role(cloud, f"{role_name}-nothing", []), "kms")

    for client in (kms, may):
        assert error_of(client.describe_key, KeyId=name) == ("NotFoundException", f"Key '{MISSING_ARN}' does not exist")
        for call, asked in (
            (client.get_key_policy, {}),
            (client.enable_key, {}),
            (client.disable_key, {}),
            (client.schedule_key_deletion, {}),
            (client.encrypt, {"Plaintext": b"x"}),
            (client.generate_data_key, {"KeySpec": "AES_256"}),
            (client.list_resource_tags, {}),
            (client.get_key_rotation_status, {}),
        ):
            assert error_of(call, KeyId=name, **asked)[0] == "NotFoundException"
    assert error_of(other.describe_key, KeyId=name)[0] == "AccessDeniedException"
    assert error_of(cloud.client("kms", OTHER).describe_key, KeyId=MISSING_ARN)[0] == "AccessDeniedException"


def test_a_policy_of_a_key_still_decides_who_describes_it(cloud: RunningCloud, kms: Any) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": make_role(cloud, "only", [])},
        "Action": "kms:*",
        "Resource": "*",
    }
    made = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))["KeyMetadata"]

    assert error_of(kms.describe_key, KeyId=made["KeyId"])[0] == "AccessDeniedException"
