"""Faults of storage, messages, logs and identity that unpatched moto still has, asked all in one process.

Where one is gone, drop its patch.
"""

import json

import pytest

from integration.moto_patches.probes import moto

_QUESTIONS = """
    import contextlib, inspect, json, time
    from types import SimpleNamespace

    import boto3
    from botocore.exceptions import ClientError
    from moto import mock_aws

    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    account, answers = "123456789012", {}

    def ask(name, call, *args, **named):
        try:
            answers[name] = call(*args, **named)
        except ClientError as error:
            answers[name] = f"{error.response['Error']['Code']} {error.response['ResponseMetadata']['HTTPStatusCode']}"
        except Exception as error:
            answers[name] = type(error).__name__

    def works(name, call, *args, **named):
        ask(name, lambda: call(*args, **named) and None)
        answers[name] = answers[name] or "done"

    with mock_aws():
        # S3
        from moto.core.responses import BaseResponse
        from moto.s3 import models, responses, utils
        backend, s3 = models.s3_backends[account]["aws"], boto3.client("s3", **keys)
        bucket = backend.create_bucket("bucket", "us-east-1")
        ask("s3 methods", lambda: responses.ACTION_MAP["KEY"]["POST"]["DEFAULT"])
        ask("s3 malformed bodies", responses.S3Response._bucket_tagging_from_body, SimpleNamespace(body=b"<a>"))
        put = inspect.getsource(responses.S3Response._bucket_response_put)
        ask("s3 versioning without a status", lambda: 'return 404, {}, ""' in put)
        setup = inspect.getsource(responses.S3Response.setup_class)
        ask("s3 bodies in chunks", lambda: 'int(request.headers["x-amz-decoded-content-length"])' in setup)
        ask("s3 missing uploads", backend.complete_multipart_upload, "bucket", "none", [])
        ask("s3 missing objects", backend.delete_object_tagging, "bucket", "none")
        ask("s3 numbers of parts", BaseResponse._get_int_param, SimpleNamespace(_get_param=lambda *_: "x"), "n")
        ask("s3 canned lists", models.get_canned_acl, "nonsense")
        works("s3 policies", backend.put_bucket_policy, "bucket", b"junk")
        bucket.policy = None
        ask("s3 new buckets", lambda: [bucket.encryption, bucket.ownership_rule, bucket.public_access_block])
        rule = {"Status": "Enabled", "Filter": {"ObjectSizeGreaterThan": 5}, "Expiration": {"Days": 1}}
        s3.put_bucket_lifecycle_configuration(Bucket="bucket", LifecycleConfiguration={"Rules": [rule]})
        ask("s3 lifecycles", lambda: s3.get_bucket_lifecycle_configuration(Bucket="bucket")["Rules"][0]["Filter"])
        form = {"Bucket": "bucket", "Key": "form", "ContentType": "application/x-www-form-urlencoded"}
        s3.put_object(**form, Body=b"a=b")
        ask("s3 bodies of objects", lambda: s3.head_object(Bucket="bucket", Key="form")["ContentLength"])
        s3.create_bucket(Bucket="another")
        ask("s3 lists of buckets", lambda: len(s3.list_buckets(MaxBuckets=1)["Buckets"]))
        ask("s3 checksums", lambda: utils.compute_checksum(b"x", "CRC32C") == utils.compute_checksum(b"x", "CRC32"))
        works("s3 digests", s3.put_object, Bucket="bucket", Key="k", Body=b"x", ContentMD5="CY9rzUYh03PK3k6DJie09g==")
        works("s3 access lists", s3.put_object_acl, Bucket="bucket", Key="k", ACL="public-read")

        # DynamoDB
        db = boto3.client("dynamodb", **keys)
        db.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        item = {"TableName": "t", "Key": {"id": {"S": "a"}}}
        one = {":v": {"N": "1"}}
        update = {**item, "ExpressionAttributeValues": one}
        ask("dynamodb grouped values", db.update_item, **update, UpdateExpression="SET n = (:v)")
        ask("dynamodb undefined names", db.update_item, **update, UpdateExpression="SET #n = :v")
        ask("dynamodb broken conditions", db.delete_item, **item, ConditionExpression="broken((")
        works("dynamodb types of keys", db.get_item, TableName="t", Key={"id": {"N": "1"}})
        puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(26)]
        works("dynamodb sizes of batches", db.batch_write_item, RequestItems={"t": puts})
        changes = [{"Delete": {"IndexName": "none"}}]
        ask("dynamodb changes of indexes", db.update_table, TableName="t", GlobalSecondaryIndexUpdates=changes)
        ask("dynamodb missing tables", db.describe_time_to_live, TableName="none")
        arn = f"arn:aws:dynamodb:us-east-1:{account}:table/"
        works("dynamodb tags of missing tables", db.tag_resource, ResourceArn=arn + "none", Tags=[])
        db.update_table(TableName="t", SSESpecification={"Enabled": True, "KMSMasterKeyId": "k"})
        ask("dynamodb changed keys", lambda: "SSEDescription" in db.describe_table(TableName="t")["Table"])
        works("dynamodb resource policies", db.put_resource_policy, ResourceArn=arn + "t", Policy="junk")

        # SQS and SNS
        sqs, sns = boto3.client("sqs", **keys), boto3.client("sns", **keys)
        ask("sqs attributes", sqs.create_queue, QueueName="q", Attributes={"RedrivePolicy": "junk"})
        topic = sns.create_topic(Name="t")["TopicArn"]
        fifo = sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
        sent = sns.publish(TopicArn=fifo, Message="m", MessageGroupId="g", MessageDeduplicationId="d")
        ask("sns fifo topics", lambda: "SequenceNumber" in sent)
        works("sns protocols", sns.subscribe, TopicArn=topic, Protocol="firehose", Endpoint="arn:aws:nothing")
        arn = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@b.c")["SubscriptionArn"]
        ask("sns pending subscriptions", lambda: arn.startswith("arn:aws:sns"))
        ask("sns counts", lambda: sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"])
        works("sns empty messages", sns.publish, TopicArn=topic, Message="")
        works("sns attributes", sns.set_topic_attributes, TopicArn=topic, AttributeName="Junk", AttributeValue="1")
        from moto.awslambda.models import LambdaBackend
        ask("sns canned event", lambda: "arn:aws:sns:EXAMPLE" in inspect.getsource(LambdaBackend.send_sns_message))
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account}:gone")
        pair, url = sns.create_topic(Name="pair")["TopicArn"], sqs.create_queue(QueueName="first")["QueueUrl"]
        sns.subscribe(TopicArn=pair, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account}:first")
        sns.subscribe(TopicArn=pair, Protocol="firehose", Endpoint="arn:aws:nothing")
        with contextlib.suppress(Exception):
            sns.publish(TopicArn=pair, Message='{"sqs": "m"}', MessageStructure="json")
        ask("sns structures", lambda: "Messages" in sqs.receive_message(QueueUrl=url))
        ask("sns deliveries", sns.publish, TopicArn=topic, Message="m")

        # Logs
        from moto.logs.models import logs_backends
        from moto.logs.utils import EventMessageFilter
        logs, backend = boto3.client("logs", **keys), logs_backends[account]["us-east-1"]
        ask("logs filter patterns", EventMessageFilter('{ $.level = "ERROR" }').matches, "x")
        group, now = {"logGroupName": "g"}, int(time.time() * 1000)
        logs.create_log_group(**group)
        logs.create_log_stream(**group, logStreamName="s")
        logs.put_log_events(**group, logStreamName="s", logEvents=[{"timestamp": now, "message": "m"}])
        ask("logs streams by prefix", lambda: len(logs.filter_log_events(**group, logStreamNamePrefix="no")["events"]))
        ask("logs groups by identifier", lambda: backend._find_log_group(log_group_id="none").name)
        ask(
            "logs ends of ranges",
            lambda: len(logs.get_log_events(**group, logStreamName="s", endTime=now)["events"]),
        )

        # What watches and who may
        from moto.cloudwatch.models import Statistics
        ask("cloudwatch percentiles", Statistics([], None).get_statistics_for_type, "p90")
        query, watch = {"Id": "a", "Expression": "1 + 1"}, boto3.client("cloudwatch", **keys)
        asked = {"StartTime": now / 1000 - 60, "EndTime": now / 1000, "MetricDataQueries": [query]}
        ask("cloudwatch expressions", lambda: watch.get_metric_data(**asked)["MetricDataResults"][0]["Values"])
        schedules = boto3.client("scheduler", **keys)
        schedule = {
            "Name": "s",
            "ScheduleExpression": "rate(1 hour)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": "arn:aws:sqs:us-east-1:1:q", "RoleArn": "arn:aws:iam::1:role/r"},
        }
        ask("scheduler missing groups", schedules.create_schedule, **schedule, GroupName="none")
        schedules.create_schedule(**schedule)
        ask("scheduler names of schedules", schedules.create_schedule, **schedule)
        schedules.update_schedule(**schedule, ActionAfterCompletion="DELETE")
        ask("scheduler updates", lambda: schedules.get_schedule(Name="s").get("ActionAfterCompletion"))
        secrets = boto3.client("secretsmanager", **keys)
        ask("secretsmanager status", secrets.describe_secret, SecretId="none")
        from moto.sts.models import sts_backends
        ask("sts access keys", lambda: sts_backends["222222222222"]["aws"].get_access_key_info("any")["Account"])
        kms, iam, ecr = (boto3.client(name, **keys) for name in ("kms", "iam", "ecr"))
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        ask("kms names of policies", kms.put_key_policy, KeyId=key, Policy="{}")
        works("kms policies", kms.put_key_policy, KeyId=key, PolicyName="default", Policy="junk")
        works("iam trust policies", iam.create_role, RoleName="r", AssumeRolePolicyDocument="junk")
        sts = boto3.client("sts", **keys)
        token = {"RoleArn": f"arn:aws:iam::{account}:role/none", "RoleSessionName": "run", "WebIdentityToken": "junk"}
        works("sts web identities", sts.assume_role_with_web_identity, **token)
        from moto.iam.responses import IamResponse
        ask("iam client ids", lambda: hasattr(IamResponse, "add_client_id_to_open_id_connect_provider"))
        from moto.core.model import ServiceModel
        kept = inspect.getsource(ServiceModel.operation_model)
        ask("models of operations", lambda: "@instance_cache" in kept and "super().operation_model" in kept)
        ask("iam services", iam.create_service_linked_role, AWSServiceName="junk")
        ask("ecr images", ecr.put_image, repositoryName="none", imageManifest="{}")
    print(json.dumps(answers))
"""

_SAID = {
    "s3 methods": "KeyError",
    "s3 malformed bodies": "ExpatError",
    "s3 versioning without a status": True,
    "s3 bodies in chunks": True,
    "s3 missing uploads": "KeyError",
    "s3 missing objects": "AttributeError",
    "s3 numbers of parts": "ValueError",
    "s3 canned lists": "AssertionError",
    "s3 policies": "done",
    "s3 new buckets": [None, None, None],
    "s3 lifecycles": {},
    "s3 bodies of objects": 0,
    "s3 lists of buckets": 1,
    "s3 checksums": True,
    "s3 digests": "done",
    "s3 access lists": "done",
    "dynamodb grouped values": "AssertionError",
    "dynamodb undefined names": "KeyError",
    "dynamodb broken conditions": "ValueError",
    "dynamodb types of keys": "done",
    "dynamodb sizes of batches": "done",
    "dynamodb changes of indexes": "ValueError",
    "dynamodb missing tables": "ResourceNotFound 400",
    "dynamodb tags of missing tables": "done",
    "dynamodb changed keys": False,
    "dynamodb resource policies": "done",
    "sqs attributes": "JSONDecodeError",
    "sns fifo topics": False,
    "sns protocols": "done",
    "sns pending subscriptions": True,
    "sns counts": "0",
    "sns empty messages": "done",
    "sns attributes": "done",
    "sns canned event": True,
    "sns structures": True,
    "sns deliveries": "AWS.SimpleQueueService.NonExistentQueue 400",
    "logs filter patterns": True,
    "logs streams by prefix": 1,
    "logs groups by identifier": "g",
    "logs ends of ranges": 1,
    "cloudwatch percentiles": None,
    "cloudwatch expressions": [],
    "scheduler missing groups": "KeyError",
    "scheduler names of schedules": "ConflictException 400",
    "scheduler updates": None,
    "secretsmanager status": "ResourceNotFoundException 404",
    "sts access keys": "222222222222",
    "kms names of policies": "NotFoundException 400",
    "kms policies": "done",
    "iam trust policies": "done",
    "sts web identities": "done",
    "iam client ids": False,
    "models of operations": True,
    "iam services": "IndexError",
    "ecr images": "Exception",
}


@pytest.fixture(scope="module")
def answers() -> dict[str, object]:
    return dict(json.loads(moto(_QUESTIONS)))


@pytest.mark.parametrize("fault", _SAID)
def test_moto_still_has_the_fault(answers: dict[str, object], fault: str) -> None:
    assert answers[fault] == _SAID[fault]


def test_each_answer_is_looked_at(answers: dict[str, object]) -> None:
    assert answers.keys() == _SAID.keys()
