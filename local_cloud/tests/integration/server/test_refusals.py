"""What is not emulated is refused in the words of its service, and what fails unforeseen too; no client reads HTML."""

import http.client
from typing import Any

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, make_role

ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
S3_PREFIX = "s3://bucket/prefix"
SCHEDULE: dict[str, Any] = {
    "Name": "s",
    "ScheduleExpression": "rate(1 hour)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": ROLE},
}
STATISTICS = {"Namespace": "N", "MetricName": "m", "StartTime": 0, "EndTime": 60, "Period": 60}
METRIC = {"metricName": "m", "metricNamespace": "N", "metricValue": "1"}
KEY = [{"AttributeName": "id", "KeyType": "HASH"}]

REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "sagemaker",
        "CreateCompilationJob",
        {
            "CompilationJobName": "c",
            "RoleArn": ROLE,
            "OutputConfig": {"S3OutputLocation": S3_PREFIX},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
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
    ("cloudformation", "CreateStackSet", {"StackSetName": "s", "TemplateBody": "{}"}),
    ("dynamodbstreams", "ListStreams", {}),
    ("dynamodb", "ExecuteStatement", {"Statement": "select * from t"}),
    ("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1}),
    ("iam", "CreateUser", {"UserName": "u"}),
    ("lambda", "CreateEventSourceMapping", {"FunctionName": "f"}),
    ("logs", "StartQuery", {"logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": "stats count(*)"}),
    ("s3", "PutBucketWebsite", {"Bucket": "b", "WebsiteConfiguration": {}}),
    ("stepfunctions", "CreateActivity", {"name": "a"}),
    ("stepfunctions", "RedriveExecution", {"executionArn": f"arn:aws:states:us-east-1:{ACCOUNT}:execution:m:e"}),
    ("events", "CreateConnection", {"Name": "c", "AuthorizationType": "BASIC", "AuthParameters": {}}),
    (
        "events",
        "CreateApiDestination",
        {
            "Name": "d",
            "ConnectionArn": f"arn:aws:events:us-east-1:{ACCOUNT}:connection/c/1",
            "InvocationEndpoint": "https://example.com",
            "HttpMethod": "POST",
        },
    ),
    (
        "lambda",
        "CreateEventSourceMapping",
        {"FunctionName": "f", "EventSourceArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"},
    ),
    ("lambda", "GetProvisionedConcurrencyConfig", {"FunctionName": "f", "Qualifier": "1"}),
    ("lambda", "GetFunctionRecursionConfig", {"FunctionName": "f"}),
    ("lambda", "GetLayerVersionByArn", {"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:l:1"}),
    ("logs", "PutDeliverySource", {"name": "s", "resourceArn": "junk", "logType": "APPLICATION_LOGS"}),
    ("logs", "PutDestination", {"destinationName": "d", "targetArn": "junk", "roleArn": "junk"}),
    (
        "logs",
        "PutMetricFilter",
        {"logGroupName": "g", "filterName": "f", "filterPattern": "", "metricTransformations": [METRIC]},
    ),
    ("appsync", "ListDataSources", {"apiId": "a"}),
    ("secretsmanager", "RotateSecret", {"SecretId": "s"}),
    ("sts", "GetSessionToken", {}),
    ("sts", "GetFederationToken", {"Name": "name"}),
    ("sts", "DecodeAuthorizationMessage", {"EncodedMessage": "m"}),
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


def test_who_comes_without_a_signature_is_refused_by_name_too(cloud: RunningCloud) -> None:
    unsigned = Config(signature_version=botocore.UNSIGNED)
    sts = boto3.client("sts", endpoint_url=cloud.endpoint_url, region_name="us-east-1", config=unsigned)

    with pytest.raises(ClientError) as refused:
        sts.assume_role_with_saml(
            RoleArn=ROLE, PrincipalArn=f"arn:aws:iam::{ACCOUNT}:saml-provider/p", SAMLAssertion="text"
        )

    assert refused.value.response["Error"]["Code"] == "NotEmulated"


def test_an_access_key_is_its_account_s_whoever_asks(cloud: RunningCloud) -> None:
    role = make_role(cloud, "keys", [])
    own = cloud.client("sts", ACCOUNT).assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    other = cloud.client("sts", OTHER)

    assert other.get_access_key_info(AccessKeyId=own["AccessKeyId"])["Account"] == ACCOUNT
    with pytest.raises(ClientError, match="was not given out here"):
        other.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")


LEARNING = f"arn:aws:iam::{ACCOUNT}:role/learning"
TRAINING: dict[str, Any] = {
    "TrainingJobName": "wrong",
    "RoleArn": LEARNING,
    "AlgorithmSpecification": {"TrainingImage": "kmeans:1", "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": "s3://b/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
TRANSFORM: dict[str, Any] = {
    "TransformJobName": "wrong",
    "ModelName": "none",
    "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in"}}},
    "TransformOutput": {"S3OutputPath": "s3://b/out"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
}
VARIANT = {"VariantName": "v", "ModelName": "none", "InitialInstanceCount": 1}
WRONG: list[tuple[str, str, dict[str, Any], str, int]] = [
    ("scheduler", "create_schedule", {**SCHEDULE, "GroupName": "none"}, "ResourceNotFoundException", 404),
    ("scheduler", "delete_schedule_group", {"Name": "default"}, "ValidationException", 400),
    ("secretsmanager", "get_secret_value", {"SecretId": "none"}, "ResourceNotFoundException", 400),
    ("secretsmanager", "describe_secret", {"SecretId": "none"}, "ResourceNotFoundException", 400),
    ("ecr", "put_image", {"repositoryName": "none", "imageManifest": "{}"}, "RepositoryNotFoundException", 400),
    ("iam", "create_role", {"RoleName": "junk", "AssumeRolePolicyDocument": "junk"}, "MalformedPolicyDocument", 400),
    ("iam", "create_service_linked_role", {"AWSServiceName": "junk"}, "ValidationError", 400),
    ("cloudwatch", "get_metric_statistics", {**STATISTICS, "ExtendedStatistics": ["tm90"]}, "NotEmulated", 400),
    ("cloudwatch", "get_metric_statistics", {**STATISTICS, "Statistics": ["Junk"]}, "InvalidParameterValue", 400),
    (
        "cloudwatch",
        "get_metric_data",
        {"StartTime": 0, "EndTime": 60, "MetricDataQueries": [{"Id": "e", "Expression": "1 + 1"}]},
        "NotEmulated",
        400,
    ),
]
# Numbers and choices that the API's reference does not have, and what names them.
NOT_ALLOWED: list[tuple[str, dict[str, Any], str]] = [
    (
        "create_training_job",
        TRAINING | {"ResourceConfig": TRAINING["ResourceConfig"] | {"InstanceType": "ml.m99.large"}},
        "'ml.m99.large' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value",
    ),
    (
        "create_training_job",
        TRAINING | {"ResourceConfig": TRAINING["ResourceConfig"] | {"InstanceCount": 0}},
        "InstanceCount is 0, at least 1 is needed",
    ),
    (
        "create_transform_job",
        TRANSFORM | {"TransformInput": TRANSFORM["TransformInput"] | {"CompressionType": "Bzip2"}},
        "'Bzip2' at 'transformInput.compressionType' failed",
    ),
    (
        "create_transform_job",
        TRANSFORM | {"ModelClientConfig": {"InvocationsMaxRetries": 4}},
        "'4' at 'modelClientConfig.invocationsMaxRetries' failed to satisfy constraint: Member must have value less",
    ),
    (
        "create_endpoint_config",
        {"EndpointConfigName": "wrong", "ProductionVariants": [VARIANT | {"InstanceType": "ml.zz.large"}]},
        "'ml.zz.large' at 'productionVariants.1.member.instanceType' failed",
    ),
]


@pytest.fixture(scope="module", autouse=True)
def _roles(cloud: RunningCloud) -> None:
    assert make_role(cloud, "any", [], trust={"Service": "scheduler.amazonaws.com"}) == ROLE
    assert make_role(cloud, "learning", [], trust={"Service": "sagemaker.amazonaws.com"}) == LEARNING


@pytest.mark.parametrize(("service", "call", "given", "code", "status"), WRONG)
def test_what_is_wrong_is_told_as_aws_does(
    cloud: RunningCloud, service: str, call: str, given: dict[str, Any], code: str, status: int
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(cloud.client(service, ACCOUNT), call)(**given)

    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(("call", "given", "said"), NOT_ALLOWED)
def test_what_sagemakers_model_does_not_allow(cloud: RunningCloud, call: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(cloud.client("sagemaker", ACCOUNT), call)(**given)

    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert said in refused.value.response["Error"]["Message"]


def test_instance_types_of_today_serve(cloud: RunningCloud) -> None:
    variant = VARIANT | {"InstanceType": "ml.g5.xlarge", "ModelName": "of-today"}
    client = cloud.client("sagemaker", ACCOUNT)
    container = {"Image": "kmeans:1"}
    client.create_model(ModelName="of-today", ExecutionRoleArn=LEARNING, PrimaryContainer=container)
    client.create_endpoint_config(EndpointConfigName="of-today", ProductionVariants=[variant])

    found = client.describe_endpoint_config(EndpointConfigName="of-today")["ProductionVariants"][0]
    assert found["InstanceType"] == "ml.g5.xlarge"


def test_names_of_schedules_and_their_groups_are_taken_once(cloud: RunningCloud) -> None:
    scheduler = cloud.client("scheduler", ACCOUNT)
    scheduler.create_schedule_group(Name="group")
    scheduler.create_schedule(**SCHEDULE, GroupName="group")

    for call, given in (
        ("create_schedule_group", {"Name": "group"}),
        ("create_schedule", {**SCHEDULE, "GroupName": "group"}),
    ):
        with pytest.raises(scheduler.exceptions.ConflictException):
            getattr(scheduler, call)(**given)
    assert scheduler.list_schedules(GroupName="group")["Schedules"]


def test_a_key_takes_policies_only(cloud: RunningCloud) -> None:
    kms = cloud.client("kms", ACCOUNT)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    policy = kms.get_key_policy(KeyId=key)["Policy"]

    kms.put_key_policy(KeyId=key, Policy=policy)
    with pytest.raises(kms.exceptions.MalformedPolicyDocumentException):
        kms.put_key_policy(KeyId=key, Policy="junk")


@pytest.mark.parametrize(
    ("service", "call", "kind"),
    [
        ("events", "list_rules", "application/x-amz-json-1.1"),
        ("scheduler", "list_schedules", "application/json"),
        ("dynamodb", "list_tables", "application/x-amz-json-1.0"),
        ("lambda", "list_functions", "application/json"),
        ("sns", "list_topics", "text/xml"),
        ("iam", "list_roles", "text/xml"),
        ("s3", "list_buckets", "application/xml"),
    ],
)
def test_an_answer_has_the_type_of_its_protocol(cloud: RunningCloud, service: str, call: str, kind: str) -> None:
    answer = getattr(cloud.client(service, ACCOUNT), call)()

    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == kind


@pytest.mark.parametrize("path", ["/no/such/page", "/?Action=NoSuchAction", "/moto-api/no-such-page"])
def test_no_request_gets_a_page(cloud: RunningCloud, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.settings.port, timeout=600)
    scope = f"Credential={ACCOUNT}/20260101/us-east-1/glue/aws4_request"
    connection.request("POST", path, headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}, Signature=0"})
    answer = connection.getresponse()

    assert answer.status >= 400
    assert b"<html" not in answer.read().lower()
    connection.close()
