"""The policy that CloudFormation deploys with: enough, not more, and no way out of it.

What is enough comes from the schemas that AWS publishes of its resource types, as cfn-lint carries them: each handler
names the actions that it may call. tests/integration/bootstrap deploys with the policy.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest

from local_cloud.testing import policies
from tests.infrastructure import execution_policy, variants
from tests.infrastructure.execution_policy import ACCOUNT, allows, granted, needed, statements
from tests.infrastructure.templates import Template

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_MOST_CHARACTERS = 6_144
_ROLE = f"arn:aws:iam::{ACCOUNT}:role"
_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/developers"
_EVERYTHING = {"Pipeline": "yes", "Network": "yes", "PermissionsBoundary": "developers"}


@dataclass(frozen=True, kw_only=True)
class Unneeded:
    """Actions that a type may need, and Perennial does not.

    Args:
        type: resource type.
        actions: patterns.
        properties: what the actions are for; no template has any of them.
        because: why not, where it is not for a property.
    """

    type: str
    actions: tuple[str, ...]
    properties: tuple[str, ...] = ()
    because: str = ""


_KEPT = "data are kept whatever happens to the stack; who wants them gone deletes them by hand"
_LEFT_OUT = (
    Unneeded(
        type="AWS::DynamoDB::Table",
        actions=("dynamodb:*ResourcePolicy",),
        properties=("ResourcePolicy",),
    ),
    Unneeded(
        type="AWS::DynamoDB::Table",
        actions=("dynamodb:*KinesisStreamingDestination", "kinesis:*"),
        properties=("KinesisStreamSpecification",),
    ),
    Unneeded(
        type="AWS::DynamoDB::Table",
        actions=("dynamodb:*Import*", "s3:*", "logs:*", "dynamodb:BatchWriteItem"),
        properties=("ImportSourceSpecification",),
    ),
    Unneeded(
        type="AWS::DynamoDB::Table",
        actions=("dynamodb:UpdateTimeToLive",),
        properties=("TimeToLiveSpecification",),
    ),
    Unneeded(
        type="AWS::DynamoDB::Table",
        actions=("dynamodb:UpdateContributorInsights",),
        properties=("ContributorInsightsSpecification",),
    ),
    Unneeded(
        type="AWS::DynamoDB::Table",
        actions=("dynamodb:*TableReplica", "dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan", "iam:*"),
        because="what a replica in another region takes, and there is none",
    ),
    Unneeded(type="AWS::DynamoDB::Table", actions=("dynamodb:DeleteTable",), because=_KEPT),
    Unneeded(
        type="AWS::DynamoDB::Table",
        actions=("kms:ListAliases",),
        because="the key is named by its ARN, not by an alias",
    ),
    Unneeded(type="AWS::KMS::Key", actions=("kms:DisableKey", "kms:EnableKey"), properties=("Enabled",)),
    Unneeded(type="AWS::KMS::Key", actions=("kms:ScheduleKeyDeletion",), because=_KEPT),
    Unneeded(type="AWS::S3::Bucket", actions=("s3:DeleteObject",), because=_KEPT),
    Unneeded(
        type="AWS::S3::Bucket",
        actions=("s3:DeleteBucketEncryption", "s3:DeleteBucketLifecycle", "s3:DeleteBucketTagging"),
        because="changed, but never taken away: encryption, lifecycle and tags are what the security checks ask for",
    ),
    Unneeded(
        type="AWS::S3::Bucket",
        actions=("s3:*MetadataTable*", "s3:*BucketMetadata*", "s3tables:*"),
        properties=("MetadataTableConfiguration", "MetadataConfiguration"),
    ),
    Unneeded(
        type="AWS::S3::Bucket",
        actions=("s3:*Accelerate*", "s3:PutBucketAbac"),
        properties=("AccelerateConfiguration", "AbacStatus"),
    ),
    Unneeded(type="AWS::S3::Bucket", actions=("s3:PutBucketAcl", "s3:PutObjectAcl"), properties=("AccessControl",)),
    Unneeded(
        type="AWS::S3::Bucket",
        actions=("s3:*AnalyticsConfiguration", "s3:*InventoryConfiguration", "s3:*MetricsConfiguration"),
        properties=("AnalyticsConfigurations", "InventoryConfigurations", "MetricsConfigurations"),
    ),
    Unneeded(
        type="AWS::S3::Bucket",
        actions=("s3:*Cors", "s3:*Website"),
        properties=("CorsConfiguration", "WebsiteConfiguration"),
    ),
    Unneeded(type="AWS::S3::Bucket", actions=("s3:PutBucketNotification",), properties=("NotificationConfiguration",)),
    Unneeded(
        type="AWS::S3::Bucket",
        actions=("s3:*ObjectLockConfiguration", "s3:*IntelligentTieringConfiguration"),
        properties=("ObjectLockConfiguration", "ObjectLockEnabled", "IntelligentTieringConfigurations"),
    ),
    Unneeded(
        type="AWS::S3::Bucket",
        actions=("s3:*Replication", "s3:PutReplicationConfiguration", "iam:PassRole"),
        properties=("ReplicationConfiguration",),
    ),
    Unneeded(type="AWS::SNS::Topic", actions=("sns:PutDataProtectionPolicy",), properties=("DataProtectionPolicy",)),
    Unneeded(type="AWS::SNS::Topic", actions=("sns:Subscribe", "sns:Unsubscribe"), properties=("Subscription",)),
    Unneeded(
        type="AWS::Lambda::Function",
        actions=("lambda:*FunctionConcurrency",),
        properties=("ReservedConcurrentExecutions",),
    ),
    Unneeded(
        type="AWS::Lambda::Function",
        actions=("lambda:*CodeSigningConfig", "lambda:GetLayerVersion"),
        properties=("CodeSigningConfigArn", "Layers"),
    ),
    Unneeded(
        type="AWS::Lambda::Function",
        actions=("lambda:PutRuntimeManagementConfig", "lambda:AssociateRuntimeAlias"),
        properties=("RuntimeManagementConfig",),
    ),
    Unneeded(
        type="AWS::Lambda::Function",
        actions=("lambda:PutFunctionRecursionConfig", "lambda:PutFunctionScalingConfig"),
        properties=("RecursiveLoop", "FunctionScalingConfig"),
    ),
    Unneeded(
        type="AWS::Lambda::Function",
        actions=("lambda:PassCapacityProvider", "lambda:PublishVersion"),
        properties=("CapacityProviderConfig", "PublishToLatestPublished", "SnapStart"),
    ),
    Unneeded(
        type="AWS::Lambda::Function",
        actions=("elasticfilesystem:*", "s3files:*"),
        properties=("FileSystemConfigs",),
    ),
    Unneeded(type="AWS::Lambda::Function", actions=("kms:*",), properties=("KmsKeyArn",)),
    Unneeded(
        type="AWS::Logs::LogGroup",
        actions=("logs:*DataProtectionPolicy", "logs:CreateLogDelivery", "s3:*", "firehose:*"),
        properties=("DataProtectionPolicy",),
    ),
    Unneeded(type="AWS::Logs::LogGroup", actions=("logs:*IndexPolicy",), properties=("FieldIndexPolicies",)),
    Unneeded(type="AWS::Logs::LogGroup", actions=("logs:*ResourcePolicy",), properties=("ResourcePolicyDocument",)),
    Unneeded(
        type="AWS::Logs::LogGroup",
        actions=("logs:PutBearerTokenAuthentication", "logs:PutLogGroupDeletionProtection"),
        properties=("BearerTokenAuthenticationEnabled", "DeletionProtectionEnabled"),
    ),
    Unneeded(
        type="AWS::StepFunctions::StateMachine",
        actions=("kms:*",),
        properties=("EncryptionConfiguration",),
    ),
    Unneeded(
        type="AWS::IAM::Policy",
        actions=("iam:*GroupPolicy", "iam:*UserPolicy"),
        properties=("Groups", "Users"),
    ),
    Unneeded(
        type="AWS::IAM::Role",
        actions=("iam:DeleteRolePermissionsBoundary",),
        because="who may take a boundary away is not bound by it",
    ),
    Unneeded(
        type="AWS::CodePipeline::Pipeline",
        actions=("codepipeline:*StageTransition",),
        properties=("DisableInboundStageTransitions",),
    ),
    Unneeded(
        type="AWS::EC2::VPC",
        actions=("ec2:CreateVpcEncryptionControl",),
        properties=("VpcEncryptionControl",),
    ),
    Unneeded(type="AWS::EC2::VPC", actions=("ec2:ModifyVpcTenancy",), because="the tenancy is the default one"),
    Unneeded(
        type="AWS::EC2::Subnet",
        actions=("ec2:*SubnetCidrBlock",),
        properties=("Ipv6CidrBlock", "Ipv6CidrBlocks"),
    ),
    Unneeded(
        type="AWS::EC2::VPCEndpoint",
        actions=("vpc-lattice:*", "vpce:AllowMultiRegion"),
        properties=("ServiceNetworkArn", "ResourceConfigurationArn", "ServiceRegion"),
    ),
    Unneeded(
        type="AWS::EC2::FlowLog",
        actions=("s3:*", "logs:*", "iam:CreateServiceLinkedRole"),
        properties=("LogDestination",),
    ),
    Unneeded(
        type="AWS::EC2::FlowLog", actions=("autoscaling:DescribeTags",), because="a flow log has no part in scaling"
    ),
)
# What the optional policies are there for, and accounts without a network and the pipeline do not have.
_OF_OPTIONS = (
    Unneeded(type="AWS::Lambda::Function", actions=("ec2:Describe*",), properties=("VpcConfig",)),
    Unneeded(
        type="AWS::IAM::Role",
        actions=("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        properties=("ManagedPolicyArns",),
    ),
    Unneeded(type="AWS::IAM::Role", actions=("iam:PutRolePermissionsBoundary",), properties=("PermissionsBoundary",)),
)
# What no handler declares, and why the policy has it all the same.
_BESIDES = {
    "kms:ReEncrypt*": "DynamoDB names it for whoever gives a table its key, the schema does not",
    "ssm:GetParameters": "CloudFormation reads the bootstrap stack's version, a parameter of every template",
    "codeconnections:PassConnection": "the connection's ARN has the service's new name, the schema its old one",
    "codebuild:BatchGetProjects": "CodeBuild's type publishes no handlers",
    "codebuild:CreateProject": "CodeBuild's type publishes no handlers",
    "codebuild:DeleteProject": "CodeBuild's type publishes no handlers",
    "codebuild:UpdateProject": "CodeBuild's type publishes no handlers",
    "route53:AssociateVPCWithHostedZone": "CreateVpcEndpoint depends on it for private names",
}


@pytest.fixture(scope="module")
def templates(stacks: dict[str, Template], tmp_path_factory: pytest.TempPathFactory) -> list[Template]:
    """As configured, and with networks, boundary, warehouse and pipeline."""
    folder = tmp_path_factory.mktemp("everything")
    application = cdk.App(outdir=str(folder), context=variants.context())
    variants.build(application, variants.configurations()["everything"])
    application.synth()
    return [*stacks.values(), *(json.loads(path.read_text(encoding="utf-8")) for path in variants.templates(folder))]


@pytest.fixture(scope="module")
def used(templates: list[Template]) -> dict[str, set[str]]:
    """Properties that the templates set, by type."""
    return _used(templates)


def test_every_key_and_network_carries_the_tag_that_it_is_known_by(templates: list[Template]) -> None:
    tag = {"Key": "perennial:app", "Value": "perennial"}
    known = {"AWS::KMS::Key", "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable", "AWS::EC2::VPCEndpoint"}
    known |= {"AWS::EC2::SecurityGroup", "AWS::EC2::FlowLog"}
    found = [resource for template in templates for resource in template["Resources"].values()]
    assert {resource["Type"] for resource in found} >= known
    assert [item for item in found if item["Type"] in known and tag not in item["Properties"].get("Tags", [])] == []


def test_each_type_is_granted_what_its_schema_asks_for(used: dict[str, set[str]]) -> None:
    actions = granted(**_EVERYTHING)
    missing = {(name, action) for name in used for action in needed(name) if not _any(actions, action)}
    assert {(name, action) for name, action in missing if not _left_out(name, action)} == set()


def test_the_accounts_need_neither_of_the_optional_policies(stacks: dict[str, Template]) -> None:
    used = _used([stacks[name] for name in ("PerennialSandbox", "PerennialQa", "PerennialProd")])
    missing = {(name, action) for name in used for action in needed(name) if not _any(granted(), action)}
    assert {(name, action) for name, action in missing if not _left_out(name, action, *_OF_OPTIONS)} == set()
    claimed = {(entry.type, name) for entry in _OF_OPTIONS for name in entry.properties}
    assert {(kind, name) for kind, name in claimed if name in used[kind]} == set()


def test_what_is_left_out_is_for_properties_that_nothing_has(used: dict[str, set[str]]) -> None:
    claimed = {(entry.type, name) for entry in _LEFT_OUT for name in entry.properties}
    assert {(kind, name) for kind, name in claimed if name in used.get(kind, set())} == set()
    stale = [entry for entry in _LEFT_OUT if not any(_any(entry.actions, action) for action in needed(entry.type))]
    assert stale == []
    assert [entry for entry in _LEFT_OUT if bool(entry.properties) == bool(entry.because)] == []


def test_every_granted_action_is_one_that_a_type_asks_for(used: dict[str, set[str]]) -> None:
    asked = {action for name in used for action in needed(name)}
    excess = {
        pattern
        for pattern in granted(**_EVERYTHING)
        if not any(policies.matches([pattern], action) for action in asked)
    }
    assert excess == set(_BESIDES)


def test_each_policy_fits_its_quota() -> None:
    sizes = {name: len(json.dumps(document, separators=(",", ":"))) for name, document in _documents().items()}
    assert {name: size for name, size in sizes.items() if size > _MOST_CHARACTERS} == {}


def test_no_statement_allows_everything_or_denies_by_exception() -> None:
    for statement in statements(**_EVERYTHING):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & set(statement)
        assert not [action for action in policies.items(statement["Action"]) if action.endswith(":*")]
        if statement["Resource"] == "*":
            actions = policies.items(statement["Action"])
            read_only = all(action.split(":")[1].startswith("Describe") for action in actions)
            assert read_only or statement["Sid"] in {"NewKeys", "EndpointNames"}


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("iam:CreateRole", f"{_ROLE}/PerennialQa-EventsRoleE25E4B25-0123456789AB", True),
        ("iam:CreateRole", f"{_ROLE}/perennial-deployment", True),
        ("iam:CreateRole", f"{_ROLE}/Administrator", False),
        ("iam:PutRolePolicy", f"{_ROLE}/Administrator", False),
        ("iam:PutRolePolicy", f"{_ROLE}/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1", False),
        ("iam:UpdateAssumeRolePolicy", f"{_ROLE}/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1", False),
        ("iam:AttachRolePolicy", f"{_ROLE}/perennial-deployment", False),
        ("iam:DeleteRolePermissionsBoundary", f"{_ROLE}/perennial-deployment", False),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/perennial-execution-services-us-east-1", False),
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/perennial-me", False),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/perennial-me", False),
        ("sts:AssumeRole", f"{_ROLE}/perennial-deployment", False),
        ("s3:CreateBucket", "arn:aws:s3:::perennial-qa-111111111111-us-east-1", True),
        ("s3:CreateBucket", "arn:aws:s3:::perennial-qa-logs-111111111111-us-east-1", True),
        ("s3:CreateBucket", "arn:aws:s3:::perennial-qa-222222222222-us-east-1", False),
        # An empty one only: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
        ("s3:DeleteBucket", "arn:aws:s3:::perennial-qa-111111111111-us-east-1", True),
        ("s3:DeleteObject", "arn:aws:s3:::perennial-qa-111111111111-us-east-1/models/m.tar.gz", False),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::perennial-qa-111111111111-us-east-1/models/m.tar.gz", False),
        ("kms:ScheduleKeyDeletion", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0", False),
        ("scheduler:DeleteScheduleGroup", "arn:aws:scheduler:us-east-1:111111111111:schedule-group/perennial", True),
        ("scheduler:DeleteScheduleGroup", "arn:aws:scheduler:us-east-1:111111111111:schedule-group/default", False),
        ("s3:GetObject", "arn:aws:s3:::perennial-qa-111111111111-us-east-1/models/m.tar.gz", False),
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:us-east-1:111111111111:table/PerennialQa-State", False),
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111111111111:table/PerennialQa-State", False),
        ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111111111111:function:PerennialQa-Plan", False),
        ("lambda:CreateFunction", "arn:aws:lambda:eu-west-1:111111111111:function:PerennialQa-Plan", False),
    ],
)
def test_its_reach(action: str, resource: str, *, allowed: bool) -> None:
    assert allows(action, resource, among=statements()) is allowed


@pytest.mark.parametrize(
    ("boundary", "allowed"), [(_BOUNDARY, True), (f"arn:aws:iam::{ACCOUNT}:policy/other", False), (None, False)]
)
def test_with_a_boundary_no_role_goes_without(boundary: str | None, *, allowed: bool) -> None:
    bounded = statements(PermissionsBoundary="developers")
    context = {"iam:permissionsboundary": boundary} if boundary else {}
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"):
        assert allows(action, f"{_ROLE}/perennial-deployment", context, among=bounded) is allowed
    assert not allows("iam:PutRolePermissionsBoundary", f"{_ROLE}/perennial-deployment", among=statements())


@pytest.mark.parametrize(
    ("service", "allowed"),
    [("lambda", True), ("states", True), ("ec2", False), ("codebuild", False), ("cloudformation", False)],
)
def test_roles_are_handed_to_the_services_in_use_only(service: str, *, allowed: bool) -> None:
    context = {"iam:passedtoservice": f"{service}.amazonaws.com"}
    assert allows("iam:PassRole", f"{_ROLE}/perennial-deployment", context, among=statements()) is allowed
    assert not allows("iam:PassRole", f"{_ROLE}/Administrator", context, among=statements())


def test_a_key_of_somebody_else_is_out_of_reach() -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0"
    assert allows("kms:PutKeyPolicy", key, {"aws:resourcetag/perennial:app": "perennial"}, among=statements())
    assert not allows("kms:PutKeyPolicy", key, among=statements())
    # Of the tags of a key that is there CloudFormation sends the new ones only:
    # https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-kms, KeyHandlerHelper.
    assert allows("kms:TagResource", key, {"aws:resourcetag/perennial:app": "perennial"}, among=statements())
    assert not allows("kms:TagResource", key, {"aws:requesttag/other": "tag"}, among=statements())
    assert not allows("kms:CreateKey", "*", among=statements())
    assert not allows("kms:Decrypt", key, {"aws:resourcetag/perennial:app": "perennial"}, among=statements())


@pytest.mark.parametrize(
    "action",
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html: the least of a caller
    # who creates a table under a customer-managed key.
    ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey", "CreateGrant"],
)
def test_a_table_gets_its_key_by_way_of_dynamodb_only(action: str) -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0"
    tagged = {"aws:resourcetag/perennial:app": "perennial"}
    through = {"kms:viaservice": "dynamodb.us-east-1.amazonaws.com"}
    assert allows(f"kms:{action}", key, tagged | through, among=statements())
    assert not allows(f"kms:{action}", key, through, among=statements())
    if action != "DescribeKey":
        assert not allows(f"kms:{action}", key, tagged, among=statements())


@pytest.mark.parametrize(
    ("managed", "allowed"),
    [("service-role/AWSLambdaBasicExecutionRole", True), ("AdministratorAccess", False)],
)
def test_the_pipelines_one_managed_policy(managed: str, *, allowed: bool) -> None:
    context = {"iam:policyarn": f"arn:aws:iam::aws:policy/{managed}"}
    among = statements(Pipeline="yes")
    assert allows("iam:AttachRolePolicy", f"{_ROLE}/PerennialPipeline-Check", context, among=among) is allowed
    assert not allows("iam:AttachRolePolicy", f"{_ROLE}/perennial-deployment", context, among=among)


def _documents() -> dict[str, dict[str, Any]]:
    return execution_policy.documents(**_EVERYTHING)


def _any(patterns: Any, action: str) -> bool:
    return policies.matches(patterns, action, ignore_case=True)


def _left_out(resource_type: str, action: str, *more: Unneeded) -> bool:
    return any(entry.type == resource_type and _any(entry.actions, action) for entry in (*_LEFT_OUT, *more))


def _used(templates: Iterable[Template]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for template in templates:
        for resource in template["Resources"].values():
            found.setdefault(resource["Type"], set()).update(resource.get("Properties", {}))
    return {name: properties for name, properties in found.items() if name != "AWS::CDK::Metadata"}
