"""Tasks that call other services."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, make_role

TABLE = "counters"
TRUST = {"Service": "states.amazonaws.com"}


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    cloud.client("dynamodb", ACCOUNT).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}"},
        {"Effect": "Allow", "Action": ["sagemaker:*", "sqs:*", "events:*", "glue:*", "sns:*", "s3:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{OTHER}:role/visited"},
    ]
    return make_role(cloud, "tasks", statements, trust=TRUST)


def _task(resource: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, **more}


@pytest.mark.parametrize("resource", ["dynamodb:updateItem", "aws-sdk:dynamodb:updateItem"])
def test_a_counter_is_raised_and_its_condition_is_told(cloud: RunningCloud, role: str, resource: str) -> None:
    key = resource.replace(":", "-")
    raised = {
        "TableName": TABLE,
        "Key": {"pk": {"S": key}},
        "UpdateExpression": "ADD runs :one",
        "ConditionExpression": "attribute_not_exists(runs) OR runs < :most",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":most": {"N": "2"}},
        "ReturnValues": "UPDATED_NEW",
    }
    states = {
        "First": _task(resource, raised, Next="Second"),
        "Second": _task(resource, raised, Assign={"runs": "{% $states.result.Attributes.runs.N %}"}, Next="Third"),
        "Third": _task(
            resource,
            raised,
            Catch=[{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": "End"}],
            End=True,
        ),
        "End": {"Type": "Succeed", "Output": {"runs": "{% $runs %}", "error": "{% $states.input %}"}},
    }
    execution, _ = machines.run(cloud, role, key, states)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    # The optimised integration and the SDK's spell the service differently.
    prefix = "DynamoDb" if resource.startswith("aws-sdk") else "DynamoDB"
    assert json.loads(execution["output"]) == {"runs": "2", "error": f"{prefix}.ConditionalCheckFailedException"}


@pytest.mark.parametrize(
    ("resource", "arguments", "error"),
    [
        # DescribeEndpoint answers with a ValidationException, which the service's model does not know.
        ("aws-sdk:sagemaker:describeEndpoint", {"EndpointName": "missing"}, "SageMaker.SageMakerException"),
        ("aws-sdk:glue:getJob", {"JobName": "missing"}, "Glue.EntityNotFoundException"),
        (
            "aws-sdk:sqs:getQueueUrl",
            {"QueueName": "missing"},
            "Sqs.QueueDoesNotExistException",
        ),
        ("aws-sdk:eventbridge:describeRule", {"Name": "missing"}, "EventBridge.ResourceNotFoundException"),
        (
            "aws-sdk:sns:publish",
            {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:missing", "Message": "hello"},
            "Sns.NotFoundException",
        ),
    ],
)
def test_errors_of_sdk_integrations_have_the_names_of_the_sdk(
    cloud: RunningCloud, role: str, resource: str, arguments: dict[str, Any], error: str
) -> None:
    execution, _ = machines.run(cloud, role, resource.replace(":", "-"), {"Call": _task(resource, arguments, End=True)})
    assert (execution["status"], execution["error"]) == ("FAILED", error)


def test_a_body_that_is_streamed_is_text(cloud: RunningCloud, role: str) -> None:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="bodies")
    s3.put_object(Bucket="bodies", Key="a.json", Body=b'{"a": 1}', Metadata={"owner": "x"})
    get = _task("aws-sdk:s3:getObject", {"Bucket": "bodies", "Key": "a.json"}, Next="Missing")
    got = "{% [$parse($states.result.Body).a, $states.result.Metadata.owner, $toMillis($states.result.LastModified) > 0] %}"
    missing = _task("aws-sdk:s3:getObject", {"Bucket": "bodies", "Key": "b"}, End=True)
    states = {"Get": {**get, "Assign": {"got": got}}, "Missing": missing, "End": {"Type": "Succeed"}}
    caught = [{"ErrorEquals": ["S3.NoSuchKeyException"], "Output": "{% $got %}", "Next": "End"}]
    execution, _ = machines.run(cloud, role, "bodies", {**states, "Missing": {**missing, "Catch": caught}})
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"]) == [1, "x", True]


def test_an_argument_that_the_api_does_not_know_fails_the_task(cloud: RunningCloud, role: str) -> None:
    states = {"Call": _task("aws-sdk:sagemaker:describeEndpoint", {"EndpointNames": "a"}, End=True)}
    with pytest.raises(
        ClientError, match="The field 'EndpointNames' is not supported by Step Functions at /States/Call"
    ):
        machines.create(cloud, role, "unknown-argument", states)
    states["Call"]["Arguments"] = "{% {'EndpointNames': 'a'} %}"
    execution, _ = machines.run(cloud, role, "unknown-argument", states)
    assert execution["status"] == "FAILED"
    assert "The field 'EndpointNames' is not supported by Step Functions" in execution["cause"]


def test_a_task_may_take_a_role_that_trusts_the_execution_role(cloud: RunningCloud, role: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    visited = make_role(cloud, "visited", [], account=OTHER, trust={"AWS": role})
    states = {
        "Call": _task(
            "aws-sdk:sts:getCallerIdentity",
            {},
            Credentials={"RoleArn": visited},
            Output="{% $states.result.Arn %}",
            End=True,
        )
    }
    execution, _ = machines.run(cloud, role, "visitor", states)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"]) == f"arn:aws:sts::{OTHER}:assumed-role/visited/StepFunctions"


def test_a_task_may_not_take_a_role_that_trusts_only_the_service(cloud: RunningCloud, role: str) -> None:
    other = make_role(cloud, "not-visited", [], account=OTHER, trust=TRUST)
    states = {"Call": _task("aws-sdk:sts:getCallerIdentity", {}, Credentials={"RoleArn": other}, End=True)}
    execution, _ = machines.run(cloud, role, "intruder", states)
    assert execution["status"] == "FAILED"
    assert "sts:AssumeRole" in execution["cause"]


@pytest.mark.parametrize(("name", "status"), [("named", "SUCCEEDED"), ("stranger", "FAILED")])
def test_a_role_may_trust_one_state_machine(cloud: RunningCloud, name: str, status: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy
    iam = cloud.client("iam", ACCOUNT)
    role = make_role(cloud, f"trusts-{name}", [], trust=TRUST)
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": TRUST,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:named"}},
    }
    iam.update_assume_role_policy(
        RoleName=f"trusts-{name}", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    states = {"Call": _task("aws-sdk:sts:getCallerIdentity", {}, End=True)}
    execution, _ = machines.run(cloud, role, name, states)
    assert execution["status"] == status, execution.get("cause")


def test_optimised_integrations_tell_what_http_said(cloud: RunningCloud, role: str) -> None:
    queue = cloud.client("sqs", ACCOUNT).create_queue(QueueName="told")["QueueUrl"]
    sent = {"QueueUrl": queue, "MessageBody": "x"}
    states = {
        "Optimised": _task("sqs:sendMessage", sent, Assign={"sent": "{% $states.result %}"}, Next="Sdk"),
        "Sdk": _task("aws-sdk:sqs:sendMessage", sent, Output=["{% $sent %}", "{% $states.result %}"], End=True),
    }
    execution, _ = machines.run(cloud, role, "told", states)
    optimised, plain = json.loads(execution["output"])
    assert optimised["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert optimised["SdkHttpMetadata"]["AllHttpHeaders"]["Content-Type"] == [
        optimised["SdkHttpMetadata"]["HttpHeaders"]["Content-Type"]
    ]
    assert optimised["SdkResponseMetadata"]["RequestId"]
    assert {"MessageId", "MD5OfMessageBody"} <= set(optimised)
    assert not {"SdkHttpMetadata", "SdkResponseMetadata"} & set(plain)


@pytest.mark.parametrize(("path", "branch"), [("$.a[0].v", "low"), ("$.a[1].v", "high")])
def test_a_choice_compares_the_value_that_a_path_leads_to(
    cloud: RunningCloud, role: str, path: str, branch: str
) -> None:
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": path, "NumericLessThan": 10, "Next": "Low"}],
            "Default": "High",
        },
        "Low": {"Type": "Pass", "Parameters": {"took": "low", "value.$": path}, "End": True},
        "High": {"Type": "Pass", "Parameters": {"took": "high", "value.$": path}, "End": True},
    }
    machine = machines.create(cloud, role, f"choice-{branch}", states, QueryLanguage="JSONPath")
    execution = machines.ended(cloud, machines.start(cloud, machine, {"a": [{"v": 2}, {"v": 12}]}))
    assert json.loads(execution["output"]) == {"took": branch, "value": 2 if branch == "low" else 12}
