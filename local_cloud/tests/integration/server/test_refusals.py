"""What is not emulated is refused in the words of its service, and what fails unforeseen too; no client reads HTML."""

import http.client
from typing import Any

import botocore
import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
S3_PREFIX = "s3://bucket/prefix"
KEY = [{"AttributeName": "id", "KeyType": "HASH"}]

REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "sagemaker",
        "CreateTransformJob",
        {
            "TransformJobName": "t",
            "ModelName": "missing",
            "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": S3_PREFIX}}},
            "TransformOutput": {"S3OutputPath": S3_PREFIX},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
    ),
    ("sagemaker", "StartPipelineExecution", {"PipelineName": "p", "ClientRequestToken": "t" * 32}),
    (
        "sagemaker",
        "CreateFeatureGroup",
        {
            "FeatureGroupName": "f",
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "time",
            "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "String"}],
        },
    ),
    ("sagemaker", "ListDomains", {}),
    (
        "sagemaker",
        "CreateNotebookInstance",
        {"NotebookInstanceName": "n", "InstanceType": "ml.t3.medium", "RoleArn": ROLE},
    ),
    ("sagemaker-runtime", "InvokeEndpointAsync", {"EndpointName": "e", "InputLocation": S3_PREFIX}),
    ("sagemaker-featurestore-runtime", "GetRecord", {"FeatureGroupName": "f", "RecordIdentifierValueAsString": "1"}),
    (
        "sagemaker-metrics",
        "BatchPutMetrics",
        {"TrialComponentName": "t", "MetricData": [{"MetricName": "m", "Timestamp": 0, "Value": 1.0}]},
    ),
    ("athena", "StartQueryExecution", {"QueryString": "select 1"}),
    ("emr", "RunJobFlow", {"Name": "j", "Instances": {}}),
    ("bedrock-runtime", "ListAsyncInvokes", {}),
    ("cloudfront", "ListDistributions", {}),
    ("cloudformation", "CreateStack", {"StackName": "s", "TemplateBody": "{}"}),
    ("dynamodbstreams", "ListStreams", {}),
    ("dynamodb", "ExecuteStatement", {"Statement": "select * from t"}),
    ("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1}),
    ("iam", "CreateUser", {"UserName": "u"}),
    ("lambda", "PublishVersion", {"FunctionName": "f"}),
    ("logs", "StartQuery", {"logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": "stats count(*)"}),
    ("s3", "PutBucketWebsite", {"Bucket": "b", "WebsiteConfiguration": {}}),
    ("stepfunctions", "CreateActivity", {"name": "a"}),
    ("stepfunctions", "RedriveExecution", {"executionArn": f"arn:aws:states:us-east-1:{ACCOUNT}:execution:m:e"}),
    ("sts", "GetSessionToken", {}),
    ("cloudwatch", "PutInsightRule", {"RuleName": "r", "RuleDefinition": "{}"}),
]


@pytest.mark.parametrize(("service", "operation", "given"), REFUSED, ids=[f"{s}-{o}" for s, o, _ in REFUSED])
def test_what_is_on_no_list_is_refused_by_its_name(
    cloud: RunningCloud, service: str, operation: str, given: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(cloud.client(service, ACCOUNT), botocore.xform_name(operation))(**given)

    error = refused.value.response["Error"]
    assert error["Code"] == "NotEmulated"
    assert f"{service}:{operation}" in error["Message"]


def test_a_query_of_an_unknown_index_is_refused(cloud: RunningCloud) -> None:
    tables = cloud.client("dynamodb", ACCOUNT)
    tables.create_table(
        TableName="refusals",
        KeySchema=KEY,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    with pytest.raises(ClientError, match="The table does not have the specified index: nope") as refused:
        tables.query(
            TableName="refusals",
            IndexName="nope",
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": "1"}},
        )

    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_only_a_role_can_be_assumed(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="not-an-arn-of-any-role is invalid") as refused:
        cloud.client("sts", ACCOUNT).assume_role(RoleArn="not-an-arn-of-any-role", RoleSessionName="session")

    assert refused.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize("path", ["/no/such/page", "/?Action=NoSuchAction", "/moto-api/no-such-page"])
def test_no_request_gets_a_page(cloud: RunningCloud, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.settings.port, timeout=60)
    scope = f"Credential={ACCOUNT}/20260101/us-east-1/glue/aws4_request"
    connection.request("POST", path, headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}, Signature=0"})
    answer = connection.getresponse()

    assert answer.status >= 400
    assert b"<html" not in answer.read().lower()
    connection.close()
