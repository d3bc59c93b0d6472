"""Networks that stacks make, and what runs in them: kept and described as AWS does, though nothing is isolated."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.lambda_ import functions
from integration.server.test_cloudformation import _deploy, _settled
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"


def _of(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


def _network(*, tag: str = "one") -> dict[str, Any]:
    tags = [{"Key": "k", "Value": tag}]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    return {
        "Vpc": _resource("VPC", CidrBlock="10.20.0.0/16", EnableDnsHostnames=True, EnableDnsSupport=True, Tags=tags),
        "Subnet": _resource("Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.20.0.0/17", AvailabilityZone="us-east-1a"),
        "Table": _resource("RouteTable", VpcId={"Ref": "Vpc"}),
        "Association": _resource(
            "SubnetRouteTableAssociation", RouteTableId={"Ref": "Table"}, SubnetId={"Ref": "Subnet"}
        ),
        "Clients": _resource("SecurityGroup", GroupDescription="clients", VpcId={"Ref": "Vpc"}),
        "Open": _resource("SecurityGroup", GroupDescription="left as EC2 makes it", VpcId={"Ref": "Vpc"}),
        "Endpoints": _resource(
            "SecurityGroup",
            GroupDescription="endpoints",
            VpcId={"Ref": "Vpc"},
            SecurityGroupEgress=[{"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}],
        ),
        "Out": _resource(
            "SecurityGroupEgress",
            GroupId=_of("Clients", "GroupId"),
            DestinationSecurityGroupId=_of("Endpoints", "GroupId"),
            **https,
        ),
        "OutToS3": _resource(
            "SecurityGroupEgress", GroupId=_of("Clients", "GroupId"), DestinationPrefixListId="pl-63a5400a", **https
        ),
        "In": _resource(
            "SecurityGroupIngress",
            GroupId=_of("Endpoints", "GroupId"),
            SourceSecurityGroupId=_of("Clients", "GroupId"),
            **https,
        ),
        "S3": _resource(
            "VPCEndpoint",
            VpcId={"Ref": "Vpc"},
            ServiceName="com.amazonaws.us-east-1.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[{"Ref": "Table"}],
            PolicyDocument={"Statement": [{"Effect": "Allow", "Action": "*", "Principal": "*", "Resource": "*"}]},
        ),
        "States": _resource(
            "VPCEndpoint",
            VpcId={"Ref": "Vpc"},
            ServiceName="com.amazonaws.us-east-1.states",
            VpcEndpointType="Interface",
            PrivateDnsEnabled=True,
            SubnetIds=[{"Ref": "Subnet"}],
            SecurityGroupIds=[_of("Endpoints", "GroupId")],
        ),
    }


def _ids(cloud: RunningCloud, stack: str) -> dict[str, str]:
    found = cloud.client("cloudformation", ACCOUNT).describe_stack_resources(StackName=stack)["StackResources"]
    return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}


@pytest.fixture(scope="module")
def network(cloud: RunningCloud) -> dict[str, str]:
    """Physical ids of a network."""
    assert _deploy(cloud, "network", _network(), create=True) == "CREATE_COMPLETE"
    return _ids(cloud, "network")


@pytest.fixture(scope="module")
def place(network: dict[str, str]) -> dict[str, Any]:
    return {"Subnets": [network["Subnet"]], "SecurityGroupIds": [network["Clients"]]}


def _rules(cloud: RunningCloud, group: str, direction: str) -> list[dict[str, Any]]:
    found = cloud.client("ec2", ACCOUNT).describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    return list(found[direction])


def test_a_group_with_a_rule_of_its_own_loses_the_one_that_lets_everything_out(
    cloud: RunningCloud, network: dict[str, str]
) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroupegress.html
    (clients,) = _rules(cloud, network["Clients"], "IpPermissionsEgress")
    assert (clients["FromPort"], clients["ToPort"], clients["IpRanges"]) == (443, 443, [])
    assert [pair["GroupId"] for pair in clients["UserIdGroupPairs"]] == [network["Endpoints"]]
    assert [item["PrefixListId"] for item in clients["PrefixListIds"]] == ["pl-63a5400a"]
    (endpoints,) = _rules(cloud, network["Endpoints"], "IpPermissionsEgress")
    assert endpoints["IpProtocol"] == "icmp"
    (left,) = _rules(cloud, network["Open"], "IpPermissionsEgress")
    assert (left["IpProtocol"], [item["CidrIp"] for item in left["IpRanges"]]) == ("-1", ["0.0.0.0/0"])
    (inward,) = _rules(cloud, network["Endpoints"], "IpPermissions")
    assert [pair["GroupId"] for pair in inward["UserIdGroupPairs"]] == [network["Clients"]]


def test_endpoints_are_described_with_their_place(cloud: RunningCloud, network: dict[str, str]) -> None:
    found = cloud.client("ec2", ACCOUNT).describe_vpc_endpoints(VpcEndpointIds=[network["States"], network["S3"]])
    kinds = {item["VpcEndpointType"]: item for item in found["VpcEndpoints"]}
    assert kinds["Interface"]["SubnetIds"] == [network["Subnet"]]
    assert kinds["Gateway"]["RouteTableIds"] == [network["Table"]]


def test_a_changed_tag_keeps_the_network(cloud: RunningCloud) -> None:
    assert _deploy(cloud, "tagged", {"Vpc": _network()["Vpc"]}, create=True) == "CREATE_COMPLETE"
    before = _ids(cloud, "tagged")
    assert _deploy(cloud, "tagged", {"Vpc": _network(tag="two")["Vpc"]}, create=False) == "UPDATE_COMPLETE"
    assert _ids(cloud, "tagged") == before
    (vpc,) = cloud.client("ec2", ACCOUNT).describe_vpcs(VpcIds=[before["Vpc"]])["Vpcs"]
    assert {tag["Key"]: tag["Value"] for tag in vpc["Tags"]}["k"] == "two"


def test_a_deleted_network_leaves_nothing_behind(cloud: RunningCloud) -> None:
    ec2, client = cloud.client("ec2", ACCOUNT), cloud.client("cloudformation", ACCOUNT)
    assert _deploy(cloud, "gone", _network(), create=True) == "CREATE_COMPLETE"
    ids, stack = _ids(cloud, "gone"), client.describe_stacks(StackName="gone")["Stacks"][0]["StackId"]
    client.delete_stack(StackName="gone")
    assert _settled(client, stack) == "DELETE_COMPLETE"
    assert ids["Vpc"] not in {item["VpcId"] for item in ec2.describe_vpcs()["Vpcs"]}
    assert ids["Subnet"] not in {item["SubnetId"] for item in ec2.describe_subnets()["Subnets"]}


def _function(cloud: RunningCloud, name: str, **more: Any) -> dict[str, Any]:
    code = functions.archive({"index.py": "def handler(event, context):\n    return 1\n"})
    role = make_role(cloud, name, [], trust={"Service": "lambda.amazonaws.com"})
    return dict(
        cloud.client("lambda", ACCOUNT).create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": code},
            **more,
        )
    )


def test_a_function_tells_its_network_and_leaves_it(cloud: RunningCloud, network: dict[str, str]) -> None:
    place = {"SubnetIds": [network["Subnet"]], "SecurityGroupIds": [network["Clients"]]}
    made = _function(cloud, "placed", VpcConfig=place)["VpcConfig"]
    assert {name: made[name] for name in ("VpcId", "SubnetIds", "SecurityGroupIds")} == {
        "VpcId": network["Vpc"],
        **place,
    }
    client = cloud.client("lambda", ACCOUNT)
    client.update_function_configuration(FunctionName="placed", MemorySize=256)
    assert client.get_function_configuration(FunctionName="placed")["VpcConfig"]["VpcId"] == network["Vpc"]
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    client.update_function_configuration(FunctionName="placed", VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})
    assert not client.get_function_configuration(FunctionName="placed").get("VpcConfig", {}).get("SubnetIds")


def test_a_function_needs_a_network_that_exists(cloud: RunningCloud, network: dict[str, str]) -> None:
    place = {"SubnetIds": ["subnet-0"], "SecurityGroupIds": [network["Clients"]]}
    with pytest.raises(ClientError, match="The subnet ID 'subnet-0' does not exist") as raised:
        _function(cloud, "lost", VpcConfig=place)
    assert raised.value.response["Error"]["Code"] == "InvalidParameterValueException"


def _training(place: dict[str, Any], role: str) -> dict[str, Any]:
    return {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": role,
        "OutputDataConfig": {"S3OutputPath": "s3://nowhere/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "VpcConfig": place,
        "EnableNetworkIsolation": True,
    }


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    return make_role(cloud, "jobs", [], trust={"Service": "sagemaker.amazonaws.com"})


def test_jobs_and_models_tell_their_network(cloud: RunningCloud, place: dict[str, Any], role: str) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_training_job(TrainingJobName="placed", **_training(place, role))
    job = client.describe_training_job(TrainingJobName="placed")
    assert (job["VpcConfig"], job["EnableNetworkIsolation"]) == (place, True)
    container = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://nowhere/models/"}
    client.create_model(ModelName="placed", ExecutionRoleArn=role, PrimaryContainer=container, VpcConfig=place)
    assert client.describe_model(ModelName="placed")["VpcConfig"] == place


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Subnets": ["subnet-0"]}, "The subnet ID 'subnet-0' does not exist"),
        ({"SecurityGroupIds": ["sg-0"]}, "The security group 'sg-0' does not exist"),
    ],
)
def test_jobs_and_models_need_a_network_that_exists(
    cloud: RunningCloud, place: dict[str, Any], role: str, changes: dict[str, Any], said: str
) -> None:
    client, wrong = cloud.client("sagemaker", ACCOUNT), {**place, **changes}
    container = {"Image": IMAGE, "ModelDataUrl": "s3://nowhere/model.tar.gz"}
    with pytest.raises(ClientError, match=said):
        client.create_training_job(TrainingJobName="lost", **_training(wrong, role))
    with pytest.raises(ClientError, match=said):
        client.create_model(ModelName="lost", ExecutionRoleArn=role, PrimaryContainer=container, VpcConfig=wrong)


def test_a_network_is_one_vpc(cloud: RunningCloud, place: dict[str, Any], role: str) -> None:
    ec2 = cloud.client("ec2", ACCOUNT)
    other = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="other", Description="other", VpcId=other)["GroupId"]
    with pytest.raises(ClientError, match="two resources that belong to different networks"):
        cloud.client("sagemaker", ACCOUNT).create_training_job(
            TrainingJobName="torn", **_training({**place, "SecurityGroupIds": [group]}, role)
        )
