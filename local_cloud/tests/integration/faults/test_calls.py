"""Faults of API calls, as boto3 meets them: the service's own error, its own status, once the caller was let in."""

import threading
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from integration.faults.conftest import Add, hits
from local_cloud.faults import models
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, as_role, make_role
from local_cloud.testing.waiting import until

pytestmark = pytest.mark.security("faults")

BUCKET = "faults-of-calls"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:t"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"
QUEUE = f"http://localhost/{ACCOUNT}/q"
ENTRIES = [{"Source": "s", "DetailType": "d", "Detail": "{}"}]

# service, operation, arguments, then code and status of throttling and of a breakdown in the API references.
CALLS: list[tuple[str, str, dict[str, Any], tuple[str, int], tuple[str, int]]] = [
    ("dynamodb", "PutItem", {"TableName": "t", "Item": {"pk": {"S": "a"}}}, ("ProvisionedThroughputExceededException", 400), ("InternalServerError", 500)),
    ("lambda", "Invoke", {"FunctionName": "f"}, ("TooManyRequestsException", 429), ("ServiceException", 500)),
    ("glue", "StartJobRun", {"JobName": "j"}, ("ThrottlingException", 400), ("InternalServiceException", 500)),
    ("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "t"}, ("ThrottlingException", 400), ("InternalFailure", 500)),
    ("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e", "Body": b""}, ("ThrottlingException", 400), ("InternalFailure", 500)),
    ("s3", "PutObject", {"Bucket": BUCKET, "Key": "a/b", "Body": b""}, ("SlowDown", 503), ("InternalError", 500)),
    ("s3", "GetObject", {"Bucket": BUCKET, "Key": "a/b"}, ("SlowDown", 503), ("InternalError", 500)),
    ("s3", "ListObjectsV2", {"Bucket": BUCKET}, ("SlowDown", 503), ("InternalError", 500)),
    ("s3", "CreateMultipartUpload", {"Bucket": BUCKET, "Key": "k"}, ("SlowDown", 503), ("InternalError", 500)),
    ("sns", "Publish", {"TopicArn": TOPIC, "Message": "m"}, ("Throttled", 429), ("InternalError", 500)),
    ("sqs", "SendMessage", {"QueueUrl": QUEUE, "MessageBody": "m"}, ("RequestThrottled", 403), ("InternalFailure", 500)),
    ("stepfunctions", "StartExecution", {"stateMachineArn": MACHINE}, ("ThrottlingException", 400), ("InternalFailure", 500)),
    ("application-autoscaling", "DescribeScalableTargets", {"ServiceNamespace": "sagemaker"}, ("ThrottlingException", 400), ("InternalServiceException", 500)),
    ("events", "PutEvents", {"Entries": ENTRIES}, ("ThrottlingException", 400), ("InternalException", 500)),
    ("cloudwatch", "DescribeAlarms", {}, ("Throttling", 400), ("InternalServiceError", 500)),
    ("secretsmanager", "GetSecretValue", {"SecretId": "s"}, ("ThrottlingException", 400), ("InternalServiceError", 500)),
    ("sts", "GetCallerIdentity", {}, ("Throttling", 400), ("InternalFailure", 500)),
    ("logs", "DescribeLogGroups", {}, ("ThrottlingException", 400), ("InternalFailure", 500)),
    ("kms", "ListKeys", {}, ("ThrottlingException", 400), ("KMSInternalException", 500)),
    ("ssm", "GetParameter", {"Name": "p"}, ("ThrottlingException", 400), ("InternalServerError", 500)),
    ("scheduler", "ListSchedules", {}, ("ThrottlingException", 429), ("InternalServerException", 500)),
    ("iam", "ListRoles", {}, ("Throttling", 400), ("InternalFailure", 500)),
    ("cloudformation", "ListStacks", {}, ("Throttling", 400), ("InternalFailure", 500)),
]  # fmt: skip
# Codes that AWS answers on every operation of a service, without a model:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html and its likes.
COMMON = {"Throttling", "ThrottlingException", "InternalFailure", "ServiceUnavailable"}
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, none of which is modelled.
OF_S3 = {"SlowDown", "InternalError"}


@pytest.fixture(scope="module", autouse=True)
def prepared(cloud: RunningCloud) -> None:
    make_role(cloud, "passed-on", [], trust={"Service": "sagemaker.amazonaws.com"})
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=BUCKET)


def once(cloud: RunningCloud, service: str) -> Any:
    """A client that does not try again."""
    return boto3.client(  # type: ignore[call-overload]  # the service name is not a literal here
        service,
        endpoint_url=cloud.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )


def answer(cloud: RunningCloud, service: str, operation: str, arguments: dict[str, Any]) -> ClientError:
    client = once(cloud, service)
    method = next(name for name, api in client.meta.method_to_api_mapping.items() if api == operation)
    with pytest.raises(ClientError) as caught:
        getattr(client, method)(**arguments)
    return caught.value


@pytest.mark.parametrize(("service", "operation", "arguments", "throttled", "broken"), CALLS)
def test_a_service_throttles_and_breaks_down_in_its_own_words(
    service: str,
    operation: str,
    arguments: dict[str, Any],
    throttled: tuple[str, int],
    broken: tuple[str, int],
    cloud: RunningCloud,
    add: Add,
) -> None:
    where = {"service": service, "operation": operation, "principal": "root"}
    cases: list[tuple[dict[str, Any], tuple[str, int]]] = [
        ({"kind": "throttle"}, throttled),
        ({"kind": "server_error"}, broken),
        ({"kind": "server_error", "status": 503}, ("ServiceUnavailable", 503)),
    ]
    for fault, (code, status) in cases:
        made = add(**fault, **where, times=1)

        error = answer(cloud, service, operation, arguments)

        assert error.response["Error"]["Code"] == code
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert hits(cloud, made) == 1
        known = (
            {str(shape.error_code) for shape in models.error_shapes(service)}
            | COMMON
            | (OF_S3 if service == "s3" else set())
        )
        assert code in known


def test_any_modelled_error_is_raised_as_its_own_class(cloud: RunningCloud, add: Add) -> None:
    add("error", service="glue", operation="StartJobRun", principal="root", code="ConcurrentRunsExceededException", message="Concurrent runs exceeded")  # fmt: skip
    glue = cloud.client("glue", ACCOUNT)

    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException, match="Concurrent runs exceeded"):
        glue.start_job_run(JobName="j")


def test_a_fault_counts_what_it_leaves_alone_and_ends_by_itself(cloud: RunningCloud, add: Add) -> None:
    role = make_role(cloud, "writer", [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}])
    s3 = as_role(cloud, role, "s3")
    made = add("error", service="s3", operation="PutObject", code="QuotaFull", match={"Key": "in/.*"}, after=1, times=1)

    def put(key: str) -> str:
        try:
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    assert [put(key) for key in ("out/a", "in/a", "out/b", "in/b", "in/c")] == ["ok", "ok", "ok", "QuotaFull", "ok"]
    listed = cloud.control("faults", {"list": True})["faults"]
    assert [(fault["id"], fault["seen"], fault["hits"]) for fault in listed] == [(made, 3, 1)]


def test_a_fault_strikes_only_whom_it_means(cloud: RunningCloud, add: Add) -> None:
    allowed = [{"Effect": "Allow", "Action": "dynamodb:ListTables", "Resource": "*"}]
    meant = as_role(cloud, make_role(cloud, "PlanRole", allowed), "dynamodb")
    other = as_role(cloud, make_role(cloud, "ServeRole", allowed), "dynamodb")
    elsewhere = as_role(cloud, make_role(cloud, "PlanRole", allowed, account=OTHER), "dynamodb", account=OTHER)
    add(
        "error",
        service="dynamodb",
        operation="ListTables",
        code="ResourceNotFoundException",
        principal="Plan.*",
        account_id=ACCOUNT,
    )

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        meant.list_tables()
    for client in (other, elsewhere, cloud.client("dynamodb", ACCOUNT)):
        assert client.list_tables()["TableNames"] == []


def test_who_may_not_make_the_call_learns_of_no_fault(cloud: RunningCloud, add: Add) -> None:
    nobody = as_role(cloud, make_role(cloud, "nobody", []), "dynamodb")
    made = add("throttle", service="dynamodb", operation="ListTables")

    with pytest.raises(ClientError, match="AccessDenied"):
        nobody.list_tables()
    assert hits(cloud, made) == 0


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("sagemaker", "CreateTrainingJob", {}, "ResourceLimitExceeded"),
        ("glue", "StartJobRun", {"JobName": "j"}, "ConcurrentRunsExceededException"),
        ("lambda", "Invoke", {"FunctionName": "f"}, "TooManyRequestsException"),
        ("dynamodb", "PutItem", {"TableName": "t", "Item": {"pk": {"S": "a"}}}, "RequestLimitExceeded"),
        ("stepfunctions", "StartExecution", {"stateMachineArn": MACHINE}, "ExecutionLimitExceeded"),
        ("application-autoscaling", "RegisterScalableTarget", {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/v", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}, "LimitExceededException"),
    ],
)  # fmt: skip
def test_a_quota_is_used_up(
    service: str, operation: str, arguments: dict[str, Any], code: str, cloud: RunningCloud, add: Add
) -> None:
    add("capacity", service=service, operation=operation, principal="root")
    given = arguments or {
        "TrainingJobName": "t",
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/passed-on",
        "OutputDataConfig": {"S3OutputPath": "s3://b"},
        "ResourceConfig": {"VolumeSizeInGB": 1},
    }

    error = answer(cloud, service, operation, given)

    assert error.response["Error"]["Code"] == code
    of_operation: list[Any] = models.of(service).operation_model(operation).error_shapes
    assert code in {shape.error_code for shape in of_operation}
    assert type(error).__name__ == code


def test_an_answer_is_lost_after_the_call_took_effect(cloud: RunningCloud, add: Add) -> None:
    sqs = cloud.client("sqs", ACCOUNT)
    url = sqs.create_queue(QueueName="lost")["QueueUrl"]
    add("lost_answer", service="sqs", operation="SendMessage", principal="root", times=1)

    # Boto3 takes the 500 for a reason to try again, as it does on AWS: the message is there twice.
    sqs.send_message(QueueUrl=url, MessageBody="m")

    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "2"


def test_a_dropped_connection_has_no_effect(cloud: RunningCloud, add: Add) -> None:
    made = add("dropped_connection", service="s3", operation="PutObject", principal="root", match={"Key": "dropped"})
    s3 = once(cloud, "s3")

    with pytest.raises((EndpointConnectionError, ConnectionClosedError)):
        s3.put_object(Bucket=BUCKET, Key="dropped", Body=b"1")

    assert hits(cloud, made) == 1
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="dropped")["KeyCount"] == 0


def test_an_upload_that_dies_midway_leaves_no_object(cloud: RunningCloud, add: Add) -> None:
    s3 = once(cloud, "s3")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="large")["UploadId"]
    add("dropped_connection", service="s3", operation="UploadPart", principal="root", match={"PartNumber": "2"})

    s3.upload_part(Bucket=BUCKET, Key="large", UploadId=upload, PartNumber=1, Body=b"1")
    with pytest.raises((EndpointConnectionError, ConnectionClosedError)):
        s3.upload_part(Bucket=BUCKET, Key="large", UploadId=upload, PartNumber=2, Body=b"2")

    assert [part["PartNumber"] for part in s3.list_parts(Bucket=BUCKET, Key="large", UploadId=upload)["Parts"]] == [1]
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="large")["KeyCount"] == 0


@pytest.mark.parametrize(("then", "effect"), [("fail", False), ("go_on", True)])
def test_a_call_hangs_until_it_is_released(then: str, effect: bool, cloud: RunningCloud, add: Add) -> None:
    fault = add("hang", service="s3", operation="PutObject", principal="root", match={"Key": "slow.*"}, then=then)
    answers: list[str] = []

    def put() -> None:
        try:
            once(cloud, "s3").put_object(Bucket=BUCKET, Key=f"slow-{then}", Body=b"1")
            answers.append("ok")
        except ClientError as error:
            answers.append(str(error.response["Error"]["Code"]))

    calling = threading.Thread(target=put)
    calling.start()
    until(lambda: hits(cloud, fault) or None)
    assert answers == []
    cloud.control("faults", {"remove": fault})
    calling.join(30)

    assert answers == (["ok"] if effect else ["ServiceUnavailable"])
    listed = once(cloud, "s3").list_objects_v2(Bucket=BUCKET, Prefix=f"slow-{then}")
    assert listed["KeyCount"] == int(effect)


def test_a_hanging_call_ends_by_itself(cloud: RunningCloud, add: Add) -> None:
    add("hang", service="sts", operation="GetCallerIdentity", principal="root", seconds=1)

    assert answer(cloud, "sts", "GetCallerIdentity", {}).response["ResponseMetadata"]["HTTPStatusCode"] == 503
