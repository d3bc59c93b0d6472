"""Every stack in private subnets and under a permissions boundary; and the same in subnets that exist."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from config.accounts_schema import Accounts
from config.loader import Config, load
from config.schema import Model
from local_cloud.testing import templates
from tests.infrastructure import variants
from tests.infrastructure.templates import (
    Template,
    actions,
    definition,
    of_type,
    policy_of,
    resources,
    statements,
    text,
)
from tests.unit.config.test_network_schema import EXISTING, PRIVATE

pytestmark = pytest.mark.security("network")

Stacks = dict[str, Template]
STACKS = ("PerennialSandbox", "PerennialQa", "PerennialProd")
BOUNDARY = "boundaries/developers"
_HASH = re.compile(r"[0-9a-f]{64}")

# Endpoint of an action's service, by the action's prefix; the services' names are those of
# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
_ENDPOINTS = {
    "cloudwatch": "monitoring",
    "dynamodb": "dynamodb",
    "logs": "logs",
    "s3": "s3",
    "sagemaker": "sagemaker.api",
    "states": "states",
}
# What a role may do that no code of ours does from inside of the network, by the service that takes the role.
_DONE_ELSEWHERE = {
    "lambda": {
        "ec2": "Lambda connects the function",
        "kms": "S3, DynamoDB and SQS use the key for whoever calls them",
        "logs": "Lambda delivers what a function writes",
        "sqs": "Lambda sends what a function could not handle to the dead-letter queue",
    },
    "glue": {
        "ec2": "Glue connects the job",
        "glue": "Glue reads the job's connection before it starts the script",
        "kms": "S3 uses the key for whoever calls it",
    },
    "sagemaker": {
        "cloudwatch": "SageMaker writes metrics from outside of the isolated container",
        "ec2": "SageMaker connects the job",
        "ecr": "SageMaker pulls the image before it starts the container",
        "kms": "S3 uses the key for whoever calls it, and EC2 for SageMaker",
        "logs": "SageMaker writes logs from outside of the isolated container",
    },
}


def _configured(network: Any, models: tuple[Model, ...] | None = None) -> Config:
    config = load()
    accounts = config.accounts.model_dump()
    accounts["permissions_boundary"] = BOUNDARY
    for environment in accounts["environments"].values():
        environment["network"] = network
    return Config(accounts=Accounts.model_validate(accounts), models=models or config.models)


def _synthesise(folder: Path, config: Config) -> Path:
    application = cdk.App(outdir=str(folder), context=variants.context())
    variants.build(application, config)
    application.synth()
    return folder


def _templates(folder: Path) -> Stacks:
    return {name: json.loads((folder / f"{name}.template.json").read_text(encoding="utf-8")) for name in STACKS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of stacks with a VPC of their own each."""
    return _synthesise(tmp_path_factory.mktemp("private"), _configured(PRIVATE))


@pytest.fixture(scope="module")
def private(folder: Path) -> Stacks:
    """Templates by stack, each with a VPC of its own."""
    return _templates(folder)


@pytest.fixture(scope="module")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    """Templates by stack, each in subnets of another stack."""
    return _templates(_synthesise(tmp_path_factory.mktemp("existing"), _configured(EXISTING)))


@pytest.fixture(params=STACKS)
def each(request: pytest.FixtureRequest, private: Stacks) -> Template:
    """Every account, in private subnets."""
    return private[request.param]


@pytest.fixture
def sandbox(private: Stacks) -> Template:
    """The training account, in private subnets."""
    return private["PerennialSandbox"]


def _subnets(template: Template) -> set[str]:
    return {f"${{{name}}}" for name, item in template["Resources"].items() if item["Type"] == "AWS::EC2::Subnet"}


def _group(template: Template, construct: str) -> str:
    (found,) = [
        name
        for name, item in template["Resources"].items()
        if item["Type"] == "AWS::EC2::SecurityGroup" and name.startswith(f"Network{construct}")
    ]
    return f"${{{found}.GroupId}}"


def _services(template: Template) -> set[str]:
    return {
        re.sub(r"^com\.amazonaws\.(us-east-1|\$\{AWS::Region\})\.", "", text(item["Properties"]["ServiceName"]))
        for item in of_type(template, "AWS::EC2::VPCEndpoint")
    }


def _taken_by(template: Template, policy: str) -> set[str]:
    """Services that take the roles of a policy, without ``.amazonaws.com``."""
    roles = [role["Ref"] for role in template["Resources"][policy]["Properties"]["Roles"]]
    found = set()
    for role in roles:
        for statement in template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            found.add(statement["Principal"].get("Service", "").removesuffix(".amazonaws.com"))
    return found


@pytest.mark.parametrize("stack", STACKS)
def test_what_network_and_boundary_change(
    stack: str, private: Stacks, stacks: Stacks, snapshot: SnapshotAssertion
) -> None:
    plain, networked = (
        json.loads(_HASH.sub("<asset>", json.dumps(found[stack]["Resources"]))) for found in (stacks, private)
    )
    plain.pop("CDKMetadata", None)
    networked.pop("CDKMetadata", None)
    changed = {name: item for name, item in networked.items() if item != plain.get(name)}
    assert changed == snapshot(extension_class=JSONSnapshotExtension)
    assert set(plain) <= set(networked)


def test_every_role_has_the_boundary(folder: Path) -> None:
    # Those of the promotion pipeline and its stages too.
    roles = [
        role
        for path in folder.rglob("*.template.json")
        for role in of_type(json.loads(path.read_text(encoding="utf-8")), "AWS::IAM::Role")
    ]
    assert len(roles) > 30
    for role in roles:
        assert text(role["Properties"]["PermissionsBoundary"]).endswith(f":policy/{BOUNDARY}")


def test_without_a_boundary_no_role_has_one(stacks: Stacks) -> None:
    for template in stacks.values():
        assert not [role for role in of_type(template, "AWS::IAM::Role") if "PermissionsBoundary" in role["Properties"]]


def test_nothing_leads_to_the_internet(each: Template) -> None:
    kinds = Counter(item["Type"] for item in each["Resources"].values())
    for kind in ("InternetGateway", "NatGateway", "EgressOnlyInternetGateway", "VPCGatewayAttachment", "EIP", "Route"):
        assert f"AWS::EC2::{kind}" not in kinds
    assert kinds["AWS::EC2::Subnet"] == 2
    for subnet in of_type(each, "AWS::EC2::Subnet"):
        assert subnet["Properties"]["MapPublicIpOnLaunch"] is False


def test_no_function_makes_the_network(each: Template) -> None:
    # A custom resource would bring a function with a role that is not ours.
    assert not [item for item in each["Resources"].values() if item["Type"].startswith(("Custom::", "AWS::CloudForm"))]


def test_the_network_lies_where_the_configuration_says(each: Template) -> None:
    (vpc,) = of_type(each, "AWS::EC2::VPC")
    assert vpc["Properties"]["CidrBlock"] == PRIVATE["cidr"]
    zones = [subnet["Properties"]["AvailabilityZone"] for subnet in of_type(each, "AWS::EC2::Subnet")]
    assert zones == PRIVATE["availability_zones"]
    # Names of the endpoints resolve to addresses in the subnets.
    assert vpc["Properties"]["EnableDnsHostnames"] is vpc["Properties"]["EnableDnsSupport"] is True


def test_every_function_is_in_the_private_subnets(each: Template) -> None:
    functions = of_type(each, "AWS::Lambda::Function")
    assert functions
    for function in functions:
        place = function["Properties"]["VpcConfig"]
        assert {text(subnet) for subnet in place["SubnetIds"]} == _subnets(each)
        assert [text(group) for group in place["SecurityGroupIds"]] == [_group(each, "Functions")]


def test_every_glue_job_is_in_a_private_subnet(sandbox: Template) -> None:
    jobs = of_type(sandbox, "AWS::Glue::Job")
    assert jobs
    for job in jobs:
        (name,) = job["Properties"]["Connections"]["Connections"]
        connection = sandbox["Resources"][name["Ref"]]["Properties"]["ConnectionInput"]
        assert connection["ConnectionType"] == "NETWORK"
        place = connection["PhysicalConnectionRequirements"]
        assert text(place["SubnetId"]) in _subnets(sandbox)
        assert place["AvailabilityZone"] == PRIVATE["availability_zones"][0]
        assert [text(group) for group in place["SecurityGroupIdList"]] == [_group(sandbox, "Jobs")]


def test_every_job_and_model_of_sagemaker_is_in_the_private_subnets(each: Template, sandbox: Template) -> None:
    found = json.dumps(definition(each, "Deployment"))
    for workflow in ("Deployment", "Retraining") if each is sandbox else ("Deployment",):
        places = _values(definition(each, workflow), "VpcConfig")
        # One model; what all training jobs have, one evaluation.
        assert len(places) == (2 if workflow == "Retraining" else 1)
        for place in places:
            assert set(place["Subnets"]) == _subnets(each)
            assert place["SecurityGroupIds"] == [_group(each, "Jobs")]
    assert "EnableNetworkIsolation" not in found


def _values(value: Any, key: str) -> list[Any]:
    """All values of a key, at any depth."""
    if isinstance(value, list):
        return [found for item in value for found in _values(item, key)]
    if not isinstance(value, dict):
        return []
    own = [value[key]] if key in value else []
    return own + [found for item in value.values() for found in _values(item, key)]


def test_every_service_that_is_called_from_the_network_has_an_endpoint(each: Template) -> None:
    called = set()
    for policy, statement in statements(each):
        for service in _taken_by(each, policy) & set(_DONE_ELSEWHERE):
            if statement["Effect"] == "Deny":
                continue
            for action in actions(statement):
                prefix = action.split(":")[0]
                if prefix not in _DONE_ELSEWHERE[service]:
                    known = "sagemaker.runtime" if action == "sagemaker:InvokeEndpoint" else _ENDPOINTS.get(prefix)
                    assert known, f"{policy} may {action}: which endpoint is that, or who calls it instead?"
                    called.add(known)
    # No endpoint is there for nothing either.
    assert _services(each) == called


def test_endpoints_let_in_principals_of_their_own_account_only(each: Template) -> None:
    for endpoint in of_type(each, "AWS::EC2::VPCEndpoint"):
        (statement,) = endpoint["Properties"]["PolicyDocument"]["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}


def test_interface_endpoints_answer_under_the_services_own_names_in_every_subnet(each: Template) -> None:
    for endpoint in of_type(each, "AWS::EC2::VPCEndpoint"):
        given = endpoint["Properties"]
        if given["VpcEndpointType"] == "Gateway":
            assert len(given["RouteTableIds"]) == 2
        else:
            assert given["PrivateDnsEnabled"] is True
            assert {text(subnet) for subnet in given["SubnetIds"]} == _subnets(each)
            assert [text(group) for group in given["SecurityGroupIds"]] == [_group(each, "Endpoints")]


def test_what_leaves_the_network_goes_to_endpoints_s3_and_dynamodb_over_tls(each: Template) -> None:
    functions, jobs, endpoints = (_group(each, name) for name in ("Functions", "Jobs", "Endpoints"))
    lists = PRIVATE["prefix_lists"]
    assert _rules(each, "AWS::EC2::SecurityGroupEgress", "Destination") == {
        (functions, endpoints, 443, 443),
        (functions, lists["s3"], 443, 443),
        (functions, lists["dynamodb"], 443, 443),
        (jobs, endpoints, 443, 443),
        (jobs, lists["s3"], 443, 443),
        # Glue: https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html; distributed training:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html
        (jobs, jobs, None, None),
    }
    assert _rules(each, "AWS::EC2::SecurityGroupIngress", "Source") == {
        (endpoints, functions, 443, 443),
        (endpoints, jobs, 443, 443),
        (jobs, jobs, None, None),
    }
    for group in of_type(each, "AWS::EC2::SecurityGroup"):
        assert "SecurityGroupIngress" not in group["Properties"]
        # CDK's rule that matches nothing, in place of EC2's that lets everything out.
        for rule in group["Properties"].get("SecurityGroupEgress", []):
            assert rule["CidrIp"] == "255.255.255.255/32"


def _rules(template: Template, kind: str, end: str) -> set[tuple[str, str, int | None, int | None]]:
    found = set()
    for rule in of_type(template, kind):
        given = rule["Properties"]
        assert "CidrIp" not in given
        other = given.get(f"{end}SecurityGroupId") or given.get(f"{end}PrefixListId")
        found.add((text(given["GroupId"]), text(other), given.get("FromPort"), given.get("ToPort")))
    return found


def test_flow_logs_are_kept_and_encrypted(each: Template) -> None:
    (flow_log,) = of_type(each, "AWS::EC2::FlowLog")
    (vpc,) = [name for name, item in each["Resources"].items() if item["Type"] == "AWS::EC2::VPC"]
    given = flow_log["Properties"]
    assert (given["ResourceId"], given["ResourceType"], given["TrafficType"]) == ({"Ref": vpc}, "VPC", "ALL")
    group = each["Resources"][given["LogGroupName"]["Ref"]]["Properties"]
    assert group["RetentionInDays"] == 180
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    key = each["Resources"][group["KmsKeyId"]["Fn::GetAtt"][0]]["Properties"]["KeyPolicy"]["Statement"]
    (statement,) = [item for item in key if item.get("Sid") == "EncryptFlowLogs"]
    (context,) = statement["Condition"]["ArnEquals"].items()
    assert context[0] == "kms:EncryptionContext:aws:logs:arn"
    assert text(context[1]).endswith(f":log-group:{group['LogGroupName']}")


def test_interfaces_are_made_in_our_subnets_and_groups_only(each: Template) -> None:
    making = [
        resources(statement)
        for _, statement in statements(each)
        if statement["Effect"] == "Allow" and "ec2:CreateNetworkInterface" in actions(statement)
    ]
    assert making
    for found in making:
        assert sum(":subnet/" in arn for arn in found) == len(_subnets(each))
        assert sum(":security-group/" in arn for arn in found) == 1
        assert [arn.rpartition(":")[2] for arn in found if "*" in arn] == ["network-interface/*"]


def test_a_functions_own_code_does_nothing_to_the_network(each: Template) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    for policy, _ in statements(each):
        if "lambda" in _taken_by(each, policy):
            denied = [item for name, item in statements(each) if name == policy and item["Effect"] == "Deny"]
            (statement,) = denied
            allowed = {name for item in policy_of(each, policy) if item["Effect"] == "Allow" for name in actions(item)}
            assert set(actions(statement)) == {name for name in allowed if name.startswith("ec2:")}
            (source,) = statement["Condition"]["ArnLike"].values()
            assert text(source) in {
                "arn:aws:lambda:us-east-1:111111111111:function:*",
                "arn:aws:lambda:us-east-1:222222222222:function:*",
                "arn:aws:lambda:us-east-1:333333333333:function:*",
            }


@pytest.mark.parametrize("stack", STACKS)
def test_existing_subnets_are_used_as_they_are(stack: str, existing: Stacks) -> None:
    template = existing[stack]
    assert not [item for item in template["Resources"].values() if item["Type"].startswith("AWS::EC2::")]
    place = {"SubnetIds": ["subnet-0a", "subnet-0b"], "SecurityGroupIds": ["sg-0a"]}
    for function in of_type(template, "AWS::Lambda::Function"):
        assert function["Properties"]["VpcConfig"] == place
    for found in _values(definition(template, "Deployment"), "VpcConfig"):
        assert found == {"Subnets": place["SubnetIds"], "SecurityGroupIds": place["SecurityGroupIds"]}
    for connection in of_type(template, "AWS::Glue::Connection"):
        assert connection["Properties"]["ConnectionInput"]["PhysicalConnectionRequirements"] == {
            "AvailabilityZone": "us-east-1a",
            "SecurityGroupIdList": ["sg-0a"],
            "SubnetId": "subnet-0a",
        }


def test_the_number_of_models_changes_nothing(private: Stacks, tmp_path: Path) -> None:
    originals = load().models
    fleet = tuple(
        original.model_copy(update={"name": f"{original.name[:18]}-{number}"})
        for number in range(5)
        for original in originals
    )
    many = _templates(_synthesise(tmp_path, _configured(PRIVATE, fleet)))

    def kinds(found: Template) -> Counter[str]:
        return Counter(item["Type"] for item in found["Resources"].values())

    assert {name: kinds(found) for name, found in many.items()} == {
        name: kinds(found) for name, found in private.items()
    }


def test_the_local_cloud_emulates_every_resource(private: Stacks, existing: Stacks) -> None:
    for template in (*private.values(), *existing.values()):
        for item in template["Resources"].values():
            templates.check(item["Type"], item.get("Properties", {}))
