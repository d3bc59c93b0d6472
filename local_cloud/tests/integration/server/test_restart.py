"""Every resource type that a stack can hold outlives the server: made, kept, described, and removed by its stack."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from integration.server.test_cloudformation import _deploy, _reasons, _settled
from local_cloud.cloudformation import registry, resources
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

_ = resources  # importing the package registers the resource types
STACK = "everything"
CODE = "code-of-everything"
PROVIDER = (
    "import cfnresponse\n\ndef handler(event, context):\n    cfnresponse.send(event, context, 'SUCCESS', {}, 'made')\n"
)
TAGS = [{"Key": "k", "Value": "v"}]
Describe = Callable[[Callable[[str], Any], dict[str, str]], Any]


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _arn(name: str, attribute: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def _policy(principal: object, action: str, resource: object = "*") -> dict[str, Any]:
    statement = {"Sid": "s", "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _allow(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


_SERVICES = ("codebuild", "codepipeline", "glue", "lambda", "scheduler", "states", "vpc-flow-logs")
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": f"{name}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        for name in _SERVICES
    ],
}
_HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}
_SOURCE = {
    "Name": "Source",
    "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": "1"},
    "Configuration": {"S3Bucket": _ref("Bucket"), "S3ObjectKey": "k"},
    "OutputArtifacts": [{"Name": "Code"}],
}
_BUILD = {
    "Name": "Build",
    "ActionTypeId": {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1"},
    "Configuration": {"ProjectName": _ref("Project")},
    "InputArtifacts": [{"Name": "Code"}],
}

# Logical id: type and properties.
RESOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "Metadata": ("AWS::CDK::Metadata", {"Analytics": "v2"}),
    "Alarm": (
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": "a",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "MetricName": "m",
            "Namespace": "n",
            "Period": 60,
            "Statistic": "Sum",
            "Threshold": 1,
        },
    ),
    "Project": (
        "AWS::CodeBuild::Project",
        {
            "Name": "project",
            "ServiceRole": _arn("Role"),
            "Source": {"Type": "CODEPIPELINE"},
            "Artifacts": {"Type": "CODEPIPELINE"},
            "Environment": {
                "Type": "LINUX_CONTAINER",
                "Image": "aws/codebuild/standard:7.0",
                "ComputeType": "BUILD_GENERAL1_SMALL",
            },
        },
    ),
    "Issuer": (
        "AWS::IAM::OIDCProvider",
        {"Url": "https://issuer.example.com", "ClientIdList": ["sts.amazonaws.com"], "Tags": TAGS},
    ),
    "Code": ("AWS::CodeCommit::Repository", {"RepositoryName": "code", "RepositoryDescription": "d", "Tags": TAGS}),
    "NewConnection": ("AWS::CodeConnections::Connection", {"ConnectionName": "new", "ProviderType": "GitHub"}),
    "OldConnection": ("AWS::CodeStarConnections::Connection", {"ConnectionName": "old", "ProviderType": "GitLab"}),
    "Pipeline": (
        "AWS::CodePipeline::Pipeline",
        {
            "Name": "p",
            "RoleArn": _arn("Role"),
            "ArtifactStore": {"Type": "S3", "Location": _ref("Bucket")},
            "Stages": [{"Name": "Source", "Actions": [_SOURCE]}, {"Name": "Build", "Actions": [_BUILD]}],
            "Tags": TAGS,
        },
    ),
    "Table": (
        "AWS::DynamoDB::Table",
        {
            "TableName": "t",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
    ),
    "Vpc": ("AWS::EC2::VPC", {"CidrBlock": "10.20.0.0/16", "EnableDnsHostnames": True, "Tags": TAGS}),
    "Subnet": (
        "AWS::EC2::Subnet",
        {"VpcId": _ref("Vpc"), "CidrBlock": "10.20.0.0/17", "AvailabilityZone": "us-east-1a"},
    ),
    "RouteTable": ("AWS::EC2::RouteTable", {"VpcId": _ref("Vpc")}),
    "Association": (
        "AWS::EC2::SubnetRouteTableAssociation",
        {"RouteTableId": _ref("RouteTable"), "SubnetId": _ref("Subnet")},
    ),
    "Group": ("AWS::EC2::SecurityGroup", {"GroupDescription": "g", "VpcId": _ref("Vpc")}),
    "In": ("AWS::EC2::SecurityGroupIngress", {"GroupId": _arn("Group", "GroupId"), **_HTTPS}),
    "Out": ("AWS::EC2::SecurityGroupEgress", {"GroupId": _arn("Group", "GroupId"), **_HTTPS}),
    "Endpoint": (
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": _ref("Vpc"),
            "ServiceName": "com.amazonaws.us-east-1.s3",
            "VpcEndpointType": "Gateway",
            "RouteTableIds": [_ref("RouteTable")],
        },
    ),
    "FlowLog": (
        "AWS::EC2::FlowLog",
        {
            "ResourceId": _ref("Vpc"),
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogGroupName": _ref("LogGroup"),
            "DeliverLogsPermissionArn": _arn("Role"),
        },
    ),
    "Repository": ("AWS::ECR::Repository", {"RepositoryName": "repository", "ImageTagMutability": "IMMUTABLE"}),
    "BusPolicy": (
        "AWS::Events::EventBusPolicy",
        {
            "StatementId": "s",
            "Statement": _policy(
                {"AWS": "222222222222"}, "events:PutEvents", f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
            )["Statement"][0],
        },
    ),
    "Rule": (
        "AWS::Events::Rule",
        {
            "Name": "r",
            "EventPattern": {"source": ["s"]},
            "State": "ENABLED",
            "Targets": [{"Id": "q", "Arn": _arn("Queue")}],
        },
    ),
    "Connection": (
        "AWS::Glue::Connection",
        {
            "CatalogId": ACCOUNT,
            "ConnectionInput": {
                "Name": "c",
                "ConnectionType": "NETWORK",
                "PhysicalConnectionRequirements": {
                    "SubnetId": _ref("Subnet"),
                    "SecurityGroupIdList": [_arn("Group", "GroupId")],
                    "AvailabilityZone": "us-east-1a",
                },
            },
        },
    ),
    "Job": (
        "AWS::Glue::Job",
        {
            "Name": "j",
            "Role": _arn("Role"),
            "GlueVersion": "5.1",
            "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k", "PythonVersion": "3"},
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
            "Timeout": 5,
        },
    ),
    "ManagedPolicy": (
        "AWS::IAM::ManagedPolicy",
        {"ManagedPolicyName": "m", "PolicyDocument": _allow("s3:ListBucket"), "Roles": [_ref("Role")]},
    ),
    "Policy": (
        "AWS::IAM::Policy",
        {"PolicyName": "p", "PolicyDocument": _allow("s3:GetObject"), "Roles": [_ref("Role")]},
    ),
    "Role": ("AWS::IAM::Role", {"RoleName": "r", "AssumeRolePolicyDocument": _TRUST, "Tags": TAGS}),
    "Alias": ("AWS::KMS::Alias", {"AliasName": "alias/a", "TargetKeyId": _ref("Key")}),
    "Key": (
        "AWS::KMS::Key",
        {
            "KeyPolicy": _policy({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*"),
            "EnableKeyRotation": True,
            "Description": "d",
        },
    ),
    "Function": (
        "AWS::Lambda::Function",
        {
            "FunctionName": "f",
            "Code": {"S3Bucket": CODE, "S3Key": "f.zip"},
            "Role": _arn("Role"),
            "Handler": "index.handler",
            "Runtime": "python3.12",
            "VpcConfig": {"SubnetIds": [_ref("Subnet")], "SecurityGroupIds": [_arn("Group", "GroupId")]},
        },
    ),
    "Permission": (
        "AWS::Lambda::Permission",
        {"Action": "lambda:InvokeFunction", "FunctionName": _ref("Function"), "Principal": "events.amazonaws.com"},
    ),
    "Version": ("AWS::Lambda::Version", {"FunctionName": _ref("Function")}),
    "Live": (
        "AWS::Lambda::Alias",
        {"FunctionName": _ref("Function"), "Name": "live", "FunctionVersion": _arn("Version", "Version")},
    ),
    "Provider": (
        "AWS::Lambda::Function",
        {
            "FunctionName": "provider",
            "Code": {"ZipFile": PROVIDER},
            "Role": _arn("Role"),
            "Handler": "index.handler",
            "Runtime": "python3.12",
            "Timeout": 60,
        },
    ),
    "Custom": ("AWS::CloudFormation::CustomResource", {"ServiceToken": _arn("Provider")}),
    "Inner": ("AWS::CloudFormation::Stack", {"TemplateURL": f"https://s3.us-east-1.amazonaws.com/{CODE}/inner.json"}),
    "LogGroup": ("AWS::Logs::LogGroup", {"LogGroupName": "l", "RetentionInDays": 7}),
    "Bucket": (
        "AWS::S3::Bucket",
        {"BucketName": "bucket-of-everything", "VersioningConfiguration": {"Status": "Enabled"}},
    ),
    "BucketPolicy": (
        "AWS::S3::BucketPolicy",
        {
            "Bucket": _ref("Bucket"),
            "PolicyDocument": _policy(
                {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "s3:GetObject", "arn:aws:s3:::bucket-of-everything/*"
            ),
        },
    ),
    "Subscription": (
        "AWS::SNS::Subscription",
        {"TopicArn": _ref("Topic"), "Protocol": "sqs", "Endpoint": _arn("Queue")},
    ),
    "Topic": ("AWS::SNS::Topic", {"TopicName": "t", "DisplayName": "d"}),
    "TopicPolicy": (
        "AWS::SNS::TopicPolicy",
        {
            "Topics": [_ref("Topic")],
            "PolicyDocument": _policy({"Service": "events.amazonaws.com"}, "sns:Publish", _ref("Topic")),
        },
    ),
    "Queue": ("AWS::SQS::Queue", {"QueueName": "q", "VisibilityTimeout": 7}),
    "QueuePolicy": (
        "AWS::SQS::QueuePolicy",
        {
            "Queues": [_ref("Queue")],
            "PolicyDocument": _policy({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", _arn("Queue")),
        },
    ),
    "Parameter": ("AWS::SSM::Parameter", {"Name": "/p", "Type": "String", "Value": "v"}),
    "Packages": (
        "AWS::SageMaker::ModelPackageGroup",
        {
            "ModelPackageGroupName": "g",
            "ModelPackageGroupDescription": "d",
            "ModelPackageGroupPolicy": _policy(
                {"AWS": "arn:aws:iam::222222222222:root"},
                "sagemaker:DescribeModelPackageGroup",
                f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package-group/g",
            ),
        },
    ),
    "Schedule": (
        "AWS::Scheduler::Schedule",
        {
            "Name": "s",
            "GroupName": _ref("ScheduleGroup"),
            "ScheduleExpression": "rate(30 days)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "DISABLED",
            "Target": {"Arn": _arn("Queue"), "RoleArn": _arn("Role")},
        },
    ),
    "ScheduleGroup": ("AWS::Scheduler::ScheduleGroup", {"Name": "g"}),
    "Secret": ("AWS::SecretsManager::Secret", {"Name": "s", "SecretString": "hidden", "Tags": TAGS}),
    "Machine": (
        "AWS::StepFunctions::StateMachine",
        {
            "StateMachineName": "m",
            "RoleArn": _arn("Role"),
            "Definition": {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}},
        },
    ),
}


def _rules(client: Callable[[str], Any], ids: dict[str, str], direction: str) -> Any:
    group = client("ec2").describe_security_groups(GroupIds=[ids["Group"]])["SecurityGroups"][0]
    return [rule for rule in group[direction] if rule.get("FromPort") == 443]


# Logical id: what its service says of it; anything that is empty means that it is gone.
DESCRIBE: dict[str, Describe] = {
    "Metadata": lambda client, _: [
        item["ResourceStatus"]
        for item in client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        if item["LogicalResourceId"] == "Metadata"
    ],
    "Alarm": lambda client, _: [
        (item["AlarmArn"], item["Threshold"], item["Period"])
        for item in client("cloudwatch").describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    ],
    "Project": lambda client, _: client("codebuild").batch_get_projects(names=["project"])["projects"],
    "Code": lambda client, _: client("codecommit").batch_get_repositories(repositoryNames=["code"])["repositories"],
    "NewConnection": lambda client, ids: [
        item
        for item in client("codeconnections").list_connections()["Connections"]
        if item["ConnectionArn"] == ids["NewConnection"]
    ],
    "OldConnection": lambda client, ids: [
        item
        for item in client("codestar-connections").list_connections()["Connections"]
        if item["ConnectionArn"] == ids["OldConnection"]
    ],
    "Pipeline": lambda client, _: client("codepipeline").get_pipeline(name="p")["pipeline"],
    "Table": lambda client, _: [
        client("dynamodb").describe_table(TableName="t")["Table"],
        client("dynamodb").describe_continuous_backups(TableName="t")["ContinuousBackupsDescription"],
    ],
    "Vpc": lambda client, ids: [
        client("ec2").describe_vpcs(VpcIds=[ids["Vpc"]])["Vpcs"],
        client("ec2").describe_vpc_attribute(VpcId=ids["Vpc"], Attribute="enableDnsHostnames")["EnableDnsHostnames"],
    ],
    "Subnet": lambda client, ids: client("ec2").describe_subnets(SubnetIds=[ids["Subnet"]])["Subnets"],
    "RouteTable": lambda client, ids: client("ec2").describe_route_tables(RouteTableIds=[ids["RouteTable"]])[
        "RouteTables"
    ],
    "Association": lambda client, ids: [
        item
        for table in client("ec2").describe_route_tables(RouteTableIds=[ids["RouteTable"]])["RouteTables"]
        for item in table["Associations"]
        if item["RouteTableAssociationId"] == ids["Association"]
    ],
    "Group": lambda client, ids: client("ec2").describe_security_groups(GroupIds=[ids["Group"]])["SecurityGroups"],
    "In": lambda client, ids: _rules(client, ids, "IpPermissions"),
    "Out": lambda client, ids: _rules(client, ids, "IpPermissionsEgress"),
    "Endpoint": lambda client, ids: client("ec2").describe_vpc_endpoints(VpcEndpointIds=[ids["Endpoint"]])[
        "VpcEndpoints"
    ],
    "FlowLog": lambda client, ids: client("ec2").describe_flow_logs(FlowLogIds=[ids["FlowLog"]])["FlowLogs"],
    "Repository": lambda client, _: client("ecr").describe_repositories(repositoryNames=["repository"])["repositories"],
    "BusPolicy": lambda client, _: client("events").describe_event_bus()["Policy"],
    "Rule": lambda client, _: [
        client("events").describe_rule(Name="r")["EventPattern"],
        client("events").list_targets_by_rule(Rule="r")["Targets"],
    ],
    "Connection": lambda client, _: client("glue").get_connection(Name="c")["Connection"],
    "Job": lambda client, _: client("glue").get_job(JobName="j")["Job"],
    "ManagedPolicy": lambda client, ids: [
        client("iam").get_policy(PolicyArn=ids["ManagedPolicy"])["Policy"],
        client("iam").list_attached_role_policies(RoleName="r")["AttachedPolicies"],
    ],
    "Policy": lambda client, _: client("iam").get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"],
    "Role": lambda client, _: client("iam").get_role(RoleName="r")["Role"],
    "Issuer": lambda client, ids: [
        {key: item for key, item in found.items() if key != "ResponseMetadata"}
        for found in [client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=ids["Issuer"])]
    ],
    "Alias": lambda client, ids: [
        item["AliasArn"]
        for item in client("kms").list_aliases(KeyId=ids["Key"])["Aliases"]
        if item["AliasName"] == "alias/a"
    ],
    "Key": lambda client, ids: [
        client("kms").describe_key(KeyId=ids["Key"])["KeyMetadata"],
        client("kms").get_key_policy(KeyId=ids["Key"], PolicyName="default")["Policy"],
        client("kms").get_key_rotation_status(KeyId=ids["Key"])["KeyRotationEnabled"],
    ],
    "Function": lambda client, _: client("lambda").get_function(FunctionName="f")["Configuration"],
    "Permission": lambda client, _: client("lambda").get_policy(FunctionName="f")["Policy"],
    "Version": lambda client, ids: client("lambda").get_function(FunctionName=ids["Version"])["Configuration"],
    "Live": lambda client, _: client("lambda").list_aliases(FunctionName="f")["Aliases"],
    "Provider": lambda client, _: client("lambda").get_function(FunctionName="provider")["Configuration"],
    # What its function called it.
    "Custom": lambda _, ids: ids["Custom"],
    "Inner": lambda client, ids: [
        client("cloudformation").describe_stacks(StackName=ids["Inner"])["Stacks"],
        client("ssm").get_parameter(Name="/inner")["Parameter"]["Value"],
    ],
    "LogGroup": lambda client, _: [
        item
        for item in client("logs").describe_log_groups(logGroupNamePrefix="l")["logGroups"]
        if item["logGroupName"] == "l"
    ],
    "Bucket": lambda client, _: client("s3").get_bucket_versioning(Bucket="bucket-of-everything")["Status"],
    "BucketPolicy": lambda client, _: client("s3").get_bucket_policy(Bucket="bucket-of-everything")["Policy"],
    "Subscription": lambda client, ids: client("sns").list_subscriptions_by_topic(TopicArn=ids["Topic"])[
        "Subscriptions"
    ],
    "Topic": lambda client, ids: client("sns").get_topic_attributes(TopicArn=ids["Topic"])["Attributes"],
    "TopicPolicy": lambda client, ids: json.loads(
        client("sns").get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]["Policy"]
    )["Statement"][0]["Principal"]["Service"],
    "Queue": lambda client, ids: client("sqs").get_queue_attributes(
        QueueUrl=ids["Queue"], AttributeNames=["VisibilityTimeout", "QueueArn"]
    )["Attributes"],
    "QueuePolicy": lambda client, ids: client("sqs").get_queue_attributes(
        QueueUrl=ids["Queue"], AttributeNames=["Policy"]
    )["Attributes"],
    "Parameter": lambda client, _: client("ssm").get_parameter(Name="/p")["Parameter"],
    "Packages": lambda client, _: [
        client("sagemaker").describe_model_package_group(ModelPackageGroupName="g")["ModelPackageGroupDescription"],
        client("sagemaker").get_model_package_group_policy(ModelPackageGroupName="g")["ResourcePolicy"],
    ],
    "Schedule": lambda client, _: client("scheduler").get_schedule(Name="s", GroupName="g")["Target"],
    "ScheduleGroup": lambda client, _: client("scheduler").get_schedule_group(Name="g")["Arn"],
    "Secret": lambda client, ids: client("secretsmanager").get_secret_value(SecretId=ids["Secret"])["SecretString"],
    "Machine": lambda client, ids: client("stepfunctions").describe_state_machine(stateMachineArn=ids["Machine"])[
        "definition"
    ],
}


_INNER_PARAMETER = {"Name": "/inner", "Type": "String", "Value": "v"}
INNER = json.dumps({"Resources": {"Parameter": {"Type": "AWS::SSM::Parameter", "Properties": _INNER_PARAMETER}}})


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return event\n")
    return packed.getvalue()


def test_every_type_is_tested() -> None:
    assert {kind for kind, _properties in RESOURCES.values()} == set(registry.TYPES)
    assert set(DESCRIBE) == set(RESOURCES)


@pytest.fixture(scope="module")
def restarted(cloud: RunningCloud) -> dict[str, Any]:
    """What every service said of its resources before the server was stopped and started, after it, and the end."""
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=CODE)
    s3.put_object(Bucket=CODE, Key="f.zip", Body=_code())
    s3.put_object(Bucket=CODE, Key="inner.json", Body=INNER)
    template = {name: {"Type": kind, "Properties": properties} for name, (kind, properties) in RESOURCES.items()}
    assert _deploy(cloud, STACK, template, create=True) == "CREATE_COMPLETE", _reasons(cloud, STACK)
    before = _described(cloud)
    again = cloud.restart()
    cloud.pid = again.pid
    after = _described(cloud)
    client = cloud.client("cloudformation", ACCOUNT)
    stack_id = client.describe_stacks(StackName=STACK)["Stacks"][0]["StackId"]
    client.delete_stack(StackName=STACK)
    status = _settled(client, stack_id)
    reasons = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    return {
        "before": before,
        "after": after,
        "status": status,
        "failed": {
            event["LogicalResourceId"]: event.get("ResourceStatusReason")
            for event in reasons
            if event["ResourceStatus"] == "DELETE_FAILED"
        },
    }


def _described(cloud: RunningCloud) -> dict[str, Any]:
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = cloud.client(service, ACCOUNT)
        return clients[service]

    found = client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
    ids = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}
    answers: dict[str, Any] = {}
    for name, describe in DESCRIBE.items():
        try:
            answers[name] = describe(client, ids)
        except Exception as error:  # noqa: BLE001  # one that is gone must not hide the others
            answers[name] = f"gone: {error}"
    return answers


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_outlives_the_server(restarted: dict[str, Any], name: str) -> None:
    before, after = restarted["before"][name], restarted["after"][name]

    assert before, f"{RESOURCES[name][0]} is not described"
    assert not str(before).startswith("gone: "), before
    assert after == before


def test_its_stack_can_be_removed_afterwards(restarted: dict[str, Any]) -> None:
    assert restarted["failed"] == {}
    assert restarted["status"] == "DELETE_COMPLETE"
