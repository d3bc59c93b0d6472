from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from contract import keys
from perennial.account.aws import Aws
from perennial.account.stack import Stack

MODEL = "flight-delay"
_OURS = [{"Key": "perennial:app", "Value": "perennial"}]


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session(aws_access_key_id="x", aws_secret_access_key="y", region_name="us-east-1")


@pytest.fixture
def aws(session: boto3.Session) -> Aws:
    return Aws(session)


@pytest.fixture
def stack(aws: Aws) -> Stack:
    """The training account's stack; its tables and its bucket exist, nothing else does."""
    tables: dict[str, list[dict[str, Any]]] = {
        "state": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "history": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    }
    for name, schema in tables.items():
        aws.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=schema,
            AttributeDefinitions=[{"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in schema],
        )
    aws.client("s3").create_bucket(Bucket="bucket")
    role = aws.client("iam").create_role(RoleName="states", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    machine = aws.client("stepfunctions").create_state_machine(
        name="retraining", definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}', roleArn=role
    )["stateMachineArn"]
    return Stack(
        name="PerennialSandbox",
        bucket="bucket",
        endpoint="perennial-sandbox",
        deployment_arn=machine,
        app="perennial",
        table="state",
        history_table="history",
        retraining_arn=machine,
    )


@pytest.fixture
def versions(aws: Aws, stack: Stack) -> list[str]:
    """ARNs of two registered versions, oldest first."""
    client, group = aws.client("sagemaker"), stack.group(MODEL)
    client.create_model_package_group(ModelPackageGroupName=group)
    return [
        client.create_model_package(
            ModelPackageGroupName=group,
            ModelPackageDescription=f"auc is 0.9{number}",
            ModelApprovalStatus="PendingManualApproval",
            CustomerMetadataProperties={"metric": "auc", "value": f"0.9{number}", "digest": "ab" * 32},
            InferenceSpecification={
                "Containers": [{"Image": "i", "ModelDataUrl": f"s3://bucket/{number}.tar.gz"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )["ModelPackageArn"]
        for number in (1, 2)
    ]


@pytest.fixture
def endpoint(aws: Aws, stack: Stack) -> None:
    """Ours as a deployment leaves it, and things of others that have similar names."""
    client = aws.client("sagemaker")
    for name, tags in (("perennial-sandbox", _OURS), ("perennial-sandbox-of-others", [])):
        client.create_model(
            ModelName=name,
            ExecutionRoleArn="arn:aws:iam::123456789012:role/r",
            PrimaryContainer={"Image": "i"},
            Tags=tags,
        )
        client.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
            ],
            Tags=tags,
        )
        client.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags)
        aws.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="sagemaker",
            ResourceId=f"endpoint/{name}/variant/v",
            ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            MinCapacity=1,
            MaxCapacity=2,
        )
        # What a failed update left, and the stack's own.
        for alarm in (f"{name}-rollback-1-errors", f"{name}-errors"):
            aws.client("cloudwatch").put_metric_alarm(
                AlarmName=alarm,
                Namespace="AWS/SageMaker",
                MetricName="Invocation5XXErrors",
                Statistic="Average",
                Period=60,
                EvaluationPeriods=3,
                Threshold=0.01,
                ComparisonOperator="GreaterThanThreshold",
                Tags=tags,
            )
    aws.client("dynamodb").put_item(TableName="state", Item={"pk": {"S": keys.DEPLOYMENTS.of("perennial-sandbox")}})
