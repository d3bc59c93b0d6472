"""Reads of what nothing here can have are answered as AWS answers for what has none of it.

Terraform and the CDK make them whenever they look at a resource; the calls are those of terraform-provider-aws.
"""

import json
from collections.abc import Callable
from typing import Any

import botocore
import pytest
from botocore.exceptions import ClientError

from integration.lambda_ import functions
from integration.server import stacks
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role

NAME = "empty"
KEY = [{"AttributeName": "id", "KeyType": "HASH"}]
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
Place = dict[str, str]


@pytest.fixture(scope="module")
def place(cloud: RunningCloud) -> Place:
    """One resource of each service, and where it is."""
    role = make_role(cloud, NAME, [], trust={"Service": ["states.amazonaws.com", "lambda.amazonaws.com"]})
    cloud.client("s3", ACCOUNT).create_bucket(Bucket="empty-bucket")
    cloud.client("dynamodb", ACCOUNT).create_table(
        TableName=NAME,
        KeySchema=KEY,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    cloud.client("logs", ACCOUNT).create_log_group(logGroupName=NAME)
    files = {"index.py": "def handler(event, context): return 1"}
    functions.create(cloud, NAME, role=role, handler="index.handler", files=files)
    glue = cloud.client("glue", ACCOUNT)
    glue.create_database(DatabaseInput={"Name": NAME})
    glue.create_table(DatabaseName=NAME, TableInput={"Name": NAME})
    machine = cloud.client("stepfunctions", ACCOUNT).create_state_machine(name=NAME, definition=PASS, roleArn=role)
    return {
        "key": cloud.client("kms", ACCOUNT).create_key()["KeyMetadata"]["Arn"],
        "machine": machine["stateMachineArn"],
    }


Asked = dict[str, Any] | Callable[[Place], dict[str, Any]]
BUCKET: Asked = {"Bucket": "empty-bucket"}
TABLE: Asked = {"TableName": NAME}
ANSWERS: list[tuple[str, str, Asked, dict[str, Any]]] = [
    ("s3", "GetBucketRequestPayment", BUCKET, {"Payer": "BucketOwner"}),
    ("s3", "GetBucketAccelerateConfiguration", BUCKET, {}),
    ("s3", "GetBucketLogging", BUCKET, {}),
    ("s3", "GetBucketNotificationConfiguration", BUCKET, {}),
    ("iam", "ListInstanceProfilesForRole", {"RoleName": NAME}, {"InstanceProfiles": []}),
    ("iam", "ListInstanceProfiles", {}, {"InstanceProfiles": []}),
    ("kms", "ListGrants", lambda place: {"KeyId": place["key"]}, {"Grants": [], "Truncated": False}),
    (
        "dynamodb",
        "DescribeKinesisStreamingDestination",
        TABLE,
        {"TableName": NAME, "KinesisDataStreamDestinations": []},
    ),
    (
        "dynamodb",
        "DescribeContributorInsights",
        TABLE,
        {"TableName": NAME, "ContributorInsightsRuleList": [], "ContributorInsightsStatus": "DISABLED"},
    ),
    ("dynamodb", "ListBackups", TABLE, {"BackupSummaries": []}),
    (
        "dynamodb",
        "DescribeContinuousBackups",
        TABLE,
        {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
            }
        },
    ),
    ("dynamodb", "DescribeTimeToLive", TABLE, {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}),
    (
        "dynamodb",
        "ListTagsOfResource",
        {"ResourceArn": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{NAME}"},
        {"Tags": []},
    ),
    ("logs", "DescribeMetricFilters", {"logGroupName": NAME}, {"metricFilters": []}),
    ("logs", "DescribeSubscriptionFilters", {"logGroupName": NAME}, {"subscriptionFilters": []}),
    ("lambda", "ListEventSourceMappings", {"FunctionName": NAME}, {"EventSourceMappings": []}),
    ("lambda", "ListFunctionEventInvokeConfigs", {"FunctionName": NAME}, {"FunctionEventInvokeConfigs": []}),
    ("lambda", "GetFunctionCodeSigningConfig", {"FunctionName": NAME}, {"FunctionName": NAME}),
    ("lambda", "GetFunctionConcurrency", {"FunctionName": NAME}, {}),
    ("lambda", "ListAliases", {"FunctionName": NAME}, {"Aliases": []}),
    ("glue", "GetPartitionIndexes", {"DatabaseName": NAME, "TableName": NAME}, {"PartitionIndexDescriptorList": []}),
    (
        "stepfunctions",
        "ListStateMachineVersions",
        lambda place: {"stateMachineArn": place["machine"]},
        {"stateMachineVersions": []},
    ),
    (
        "stepfunctions",
        "ListStateMachineAliases",
        lambda place: {"stateMachineArn": place["machine"]},
        {"stateMachineAliases": []},
    ),
    ("stepfunctions", "ListActivities", {}, {"activities": []}),
    (
        "application-autoscaling",
        "DescribeScheduledActions",
        {"ServiceNamespace": "sagemaker"},
        {"ScheduledActions": []},
    ),
]
ERRORS: list[tuple[str, str, Asked, str]] = [
    ("s3", "GetBucketWebsite", BUCKET, "NoSuchWebsiteConfiguration"),
    ("s3", "GetBucketCors", BUCKET, "NoSuchCORSConfiguration"),
    ("s3", "GetBucketReplication", BUCKET, "ReplicationConfigurationNotFoundError"),
    ("s3", "GetObjectLockConfiguration", BUCKET, "ObjectLockConfigurationNotFoundError"),
    ("s3", "GetBucketPolicy", BUCKET, "NoSuchBucketPolicy"),
    ("s3", "GetBucketTagging", BUCKET, "NoSuchTagSet"),
    ("s3", "GetBucketLifecycleConfiguration", BUCKET, "NoSuchLifecycleConfiguration"),
    ("lambda", "GetFunctionUrlConfig", {"FunctionName": NAME}, "ResourceNotFoundException"),
    ("lambda", "GetFunctionEventInvokeConfig", {"FunctionName": NAME}, "ResourceNotFoundException"),
    ("lambda", "GetPolicy", {"FunctionName": NAME}, "ResourceNotFoundException"),
    ("cloudformation", "ListImports", {"ExportName": "none"}, "ValidationError"),
    # What is not there has no answer either.
    *[
        ("s3", name, {"Bucket": "no-such-bucket-anywhere"}, "NoSuchBucket")
        for name in (
            "GetBucketWebsite",
            "GetBucketReplication",
            "GetObjectLockConfiguration",
            "GetBucketRequestPayment",
            "GetBucketCors",
        )
    ],
    ("iam", "ListInstanceProfilesForRole", {"RoleName": "none"}, "NoSuchEntity"),
    *[
        ("dynamodb", name, {"TableName": "none"}, "ResourceNotFoundException")
        for name in ("DescribeKinesisStreamingDestination", "DescribeContributorInsights")
    ],
    ("dynamodb", "DescribeContributorInsights", {"TableName": NAME, "IndexName": "none"}, "ResourceNotFoundException"),
    ("logs", "DescribeMetricFilters", {"logGroupName": "none"}, "ResourceNotFoundException"),
    ("logs", "DescribeSubscriptionFilters", {"logGroupName": "none"}, "ResourceNotFoundException"),
    ("lambda", "GetFunctionUrlConfig", {"FunctionName": "none"}, "ResourceNotFoundException"),
    ("glue", "GetPartitionIndexes", {"DatabaseName": NAME, "TableName": "none"}, "EntityNotFoundException"),
    (
        "application-autoscaling",
        "ListTagsForResource",
        {"ResourceARN": f"arn:aws:application-autoscaling:us-east-1:{ACCOUNT}:scalable-target/none"},
        "ResourceNotFoundException",
    ),
    ("cloudformation", "GetStackPolicy", {"StackName": "none"}, "ValidationError"),
]


def _ask(cloud: RunningCloud, place: Place, service: str, operation: str, asked: Asked) -> dict[str, Any]:
    given = asked(place) if callable(asked) else asked
    found: dict[str, Any] = getattr(cloud.client(service, ACCOUNT), botocore.xform_name(operation))(**given)
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize(
    ("service", "operation", "asked", "expected"), ANSWERS, ids=[f"{service}-{name}" for service, name, *_ in ANSWERS]
)
def test_what_cannot_be_there_is_not(
    cloud: RunningCloud, place: Place, service: str, operation: str, asked: Asked, expected: dict[str, Any]
) -> None:
    assert _ask(cloud, place, service, operation, asked) == expected


@pytest.mark.parametrize(
    ("service", "operation", "asked", "code"), ERRORS, ids=[f"{s}-{name}-{code}" for s, name, _, code in ERRORS]
)
def test_where_aws_has_an_error_for_nothing_so_it_is_here(
    cloud: RunningCloud, place: Place, service: str, operation: str, asked: Asked, code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        _ask(cloud, place, service, operation, asked)
    assert caught.value.response["Error"]["Code"] == code


def test_a_stack_has_no_policy_and_its_importers_are_told(cloud: RunningCloud) -> None:
    client, topic = cloud.client("cloudformation", ACCOUNT), {"Type": "AWS::SNS::Topic"}
    outputs: dict[str, Any] = {"Topic": {"Value": {"Ref": "Topic"}, "Export": {"Name": "told"}}}
    assert stacks.deploy(cloud, "exporter", {"Topic": topic}, create=True, Outputs=outputs) == "CREATE_COMPLETE"
    value = {"Type": "String", "Value": {"Fn::ImportValue": "told"}}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": value}
    assert stacks.deploy(cloud, "importer", {"P": parameter}, create=True) == "CREATE_COMPLETE"

    assert client.list_imports(ExportName="told")["Imports"] == ["importer"]
    assert "StackPolicyBody" not in client.get_stack_policy(StackName="exporter")


@pytest.mark.parametrize(
    ("operation", "action", "asked"),
    [
        ("get_bucket_replication", "s3:GetReplicationConfiguration", BUCKET),
        ("get_object_lock_configuration", "s3:GetBucketObjectLockConfiguration", BUCKET),
        ("get_bucket_request_payment", "s3:GetBucketRequestPayment", BUCKET),
        ("get_bucket_website", "s3:GetBucketWebsite", BUCKET),
    ],
)
def test_each_needs_the_permission_that_it_needs_on_aws(
    cloud: RunningCloud, place: Place, operation: str, action: str, asked: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"""
    assert place
    lists = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    reads = {"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::empty-bucket"}
    for name, statement, denied in (("lists", lists, True), ("reads", reads, False)):
        role = make_role(cloud, f"{name}-{operation.replace('_', '-')}"[:64], [statement])
        code = "none"
        try:
            getattr(as_role(cloud, role, "s3"), operation)(**asked)
        except ClientError as error:
            code = error.response["Error"]["Code"]
        assert (code == "AccessDenied") is denied
