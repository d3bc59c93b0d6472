"""AWS::EC2: networks. They are kept and described, and nothing is isolated by them: jobs run on this machine."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list

_DNS = ("EnableDnsSupport", "EnableDnsHostnames")
_RULE = frozenset(
    {"IpProtocol", "FromPort", "ToPort", "Description", "CidrIp", "CidrIpv6", "GroupId"}
    | {f"{end}{kind}" for end in ("Source", "Destination") for kind in ("SecurityGroupId", "PrefixListId")}
)
# What EC2 adds to every new group: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
_EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _tags(properties: Properties, kind: str) -> dict[str, Any]:
    tags = tag_list(properties)
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def _retag(context: Context, physical_id: str, old: Properties, new: Properties) -> None:
    client = context.client("ec2")
    retag(
        old,
        new,
        put=lambda tags: client.create_tags(Resources=[physical_id], Tags=tag_list(tags)),
        drop=lambda keys: client.delete_tags(Resources=[physical_id], Tags=[{"Key": key} for key in keys]),
    )


def _only_tags(
    attributes: Callable[[Context, str, Properties], dict[str, Any]],
) -> Callable[[Context, str, Properties, Properties], dict[str, Any]]:
    def update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
        _retag(context, physical_id, old, new)
        return attributes(context, physical_id, new)

    return update


def _create_vpc(context: Context, properties: Properties) -> Made:
    request = {name: properties[name] for name in ("CidrBlock", "InstanceTenancy") if name in properties}
    vpc = context.client("ec2").create_vpc(**request, **_tags(properties, "vpc"))["Vpc"]["VpcId"]
    _resolve_names(context, vpc, properties)
    return Made(physical_id=vpc, attributes=_vpc(context, vpc, properties))


def _update_vpc(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    _resolve_names(context, physical_id, new)
    _retag(context, physical_id, old, new)
    return _vpc(context, physical_id, new)


def _resolve_names(context: Context, vpc: str, properties: Properties) -> None:
    for name in _DNS:
        if name in properties:
            value = str(properties[name]).lower() == "true"
            context.client("ec2").modify_vpc_attribute(VpcId=vpc, **{name: {"Value": value}})


def _vpc(context: Context, vpc: str, properties: Properties) -> dict[str, Any]:
    groups = context.client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    return {"VpcId": vpc, "CidrBlock": properties["CidrBlock"], "DefaultSecurityGroup": groups[0]["GroupId"]}


def _delete_vpc(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("ec2").delete_vpc(VpcId=physical_id)


def _create_subnet(context: Context, properties: Properties) -> Made:
    client = context.client("ec2")
    request = {name: properties[name] for name in ("VpcId", "CidrBlock", "AvailabilityZone") if name in properties}
    subnet = client.create_subnet(**request, **_tags(properties, "subnet"))["Subnet"]["SubnetId"]
    _map_public(client, subnet, properties)
    return Made(physical_id=subnet, attributes=_subnet(context, subnet, properties))


def _update_subnet(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    _map_public(context.client("ec2"), physical_id, new)
    _retag(context, physical_id, old, new)
    return _subnet(context, physical_id, new)


def _map_public(client: Any, subnet: str, properties: Properties) -> None:
    value = str(properties.get("MapPublicIpOnLaunch", False)).lower() == "true"
    client.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": value})


def _subnet(context: Context, subnet: str, _properties: Properties) -> dict[str, Any]:
    found = context.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"][0]
    return {name: found[name] for name in ("SubnetId", "VpcId", "CidrBlock", "AvailabilityZone")}


def _delete_subnet(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("ec2").delete_subnet(SubnetId=physical_id)


def _create_route_table(context: Context, properties: Properties) -> Made:
    table = context.client("ec2").create_route_table(VpcId=properties["VpcId"], **_tags(properties, "route-table"))
    found = table["RouteTable"]["RouteTableId"]
    return Made(physical_id=found, attributes=_route_table(context, found, properties))


def _route_table(_context: Context, table: str, _properties: Properties) -> dict[str, Any]:
    return {"RouteTableId": table}


def _delete_route_table(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("ec2").delete_route_table(RouteTableId=physical_id)


def _associate(context: Context, properties: Properties) -> Made:
    found = context.client("ec2").associate_route_table(
        RouteTableId=properties["RouteTableId"], SubnetId=properties["SubnetId"]
    )["AssociationId"]
    return Made(physical_id=found, attributes={"Id": found})


def _disassociate(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("ec2").disassociate_route_table(AssociationId=physical_id)


def _create_group(context: Context, properties: Properties) -> Made:
    client = context.client("ec2")
    group = client.create_security_group(
        GroupName=properties.get("GroupName") or context.generated_name(most=255),
        Description=properties["GroupDescription"],
        VpcId=properties["VpcId"],
        **_tags(properties, "security-group"),
    )["GroupId"]
    if properties.get("SecurityGroupEgress"):
        _drop_default(client, group)
    for name, authorize in (
        ("SecurityGroupIngress", client.authorize_security_group_ingress),
        ("SecurityGroupEgress", client.authorize_security_group_egress),
    ):
        permissions = [_permission(rule) for rule in properties.get(name, [])]
        if permissions:
            authorize(GroupId=group, IpPermissions=permissions)
    return Made(physical_id=group, attributes=_group(context, group, properties))


def _group(_context: Context, group: str, properties: Properties) -> dict[str, Any]:
    return {"Id": group, "GroupId": group, "VpcId": properties["VpcId"]}


def _delete_group(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("ec2").delete_security_group(GroupId=physical_id)


def _permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule in the words of EC2's API."""
    said = {"Description": rule["Description"]} if "Description" in rule else {}
    permission: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    permission |= {name: int(rule[name]) for name in ("FromPort", "ToPort") if name in rule}
    for given, name, member in (
        ("CidrIp", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("SourceSecurityGroupId", "UserIdGroupPairs", "GroupId"),
        ("DestinationSecurityGroupId", "UserIdGroupPairs", "GroupId"),
        ("SourcePrefixListId", "PrefixListIds", "PrefixListId"),
        ("DestinationPrefixListId", "PrefixListIds", "PrefixListId"),
    ):
        if given in rule:
            permission[name] = [{member: rule[given], **said}]
    return permission


def _drop_default(client: Any, group: str) -> None:
    """A group with a rule of its own for what leaves it loses the one that lets everything out."""
    found = client.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    if any(rule["IpProtocol"] == "-1" and rule["IpRanges"] == _EVERYTHING["IpRanges"] for rule in found):
        client.revoke_security_group_egress(GroupId=group, IpPermissions=[_EVERYTHING])


def _allow_in(context: Context, properties: Properties) -> Made:
    answer = context.client("ec2").authorize_security_group_ingress(
        GroupId=properties["GroupId"], IpPermissions=[_permission(properties)]
    )
    return _rule(answer)


def _forbid_in(context: Context, _physical_id: str, properties: Properties) -> None:
    context.client("ec2").revoke_security_group_ingress(
        GroupId=properties["GroupId"], IpPermissions=[_permission(properties)]
    )


def _allow_out(context: Context, properties: Properties) -> Made:
    client = context.client("ec2")
    _drop_default(client, properties["GroupId"])
    return _rule(
        client.authorize_security_group_egress(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])
    )


def _forbid_out(context: Context, _physical_id: str, properties: Properties) -> None:
    context.client("ec2").revoke_security_group_egress(
        GroupId=properties["GroupId"], IpPermissions=[_permission(properties)]
    )


def _rule(answer: Mapping[str, Any]) -> Made:
    found = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    return Made(physical_id=found, attributes={"Id": found})


def _create_endpoint(context: Context, properties: Properties) -> Made:
    names = ("VpcId", "ServiceName", "VpcEndpointType", "RouteTableIds", "SubnetIds", "SecurityGroupIds")
    request = {name: properties[name] for name in names if name in properties}
    if "PrivateDnsEnabled" in properties:
        request["PrivateDnsEnabled"] = str(properties["PrivateDnsEnabled"]).lower() == "true"
    if "PolicyDocument" in properties:
        request["PolicyDocument"] = json.dumps(properties["PolicyDocument"])
    found = context.client("ec2").create_vpc_endpoint(**request, **_tags(properties, "vpc-endpoint"))["VpcEndpoint"]
    identity = found["VpcEndpointId"]
    return Made(physical_id=identity, attributes=_endpoint(context, identity, properties))


def _endpoint(_context: Context, endpoint: str, _properties: Properties) -> dict[str, Any]:
    return {"Id": endpoint}


def _delete_endpoint(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[physical_id])


def _create_flow_log(context: Context, properties: Properties) -> Made:
    request = {name: value for name, value in properties.items() if name not in {"ResourceId", "Tags"}}
    answer = context.client("ec2").create_flow_logs(
        ResourceIds=[properties["ResourceId"]], **request, **_tags(properties, "vpc-flow-log")
    )
    found = answer["FlowLogIds"][0]
    return Made(physical_id=found, attributes=_flow_log(context, found, properties))


def _flow_log(_context: Context, flow_log: str, _properties: Properties) -> dict[str, Any]:
    return {"Id": flow_log}


def _delete_flow_log(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("ec2").delete_flow_logs(FlowLogIds=[physical_id])


register(
    ResourceType(
        name="AWS::EC2::VPC",
        properties=frozenset({"CidrBlock", "InstanceTenancy", "Tags", *_DNS}),
        create_only=frozenset({"CidrBlock", "InstanceTenancy"}),
        create=_create_vpc,
        update=_update_vpc,
        delete=_delete_vpc,
    )
)
register(
    ResourceType(
        name="AWS::EC2::Subnet",
        properties=frozenset({"VpcId", "CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch", "Tags"}),
        create_only=frozenset({"VpcId", "CidrBlock", "AvailabilityZone"}),
        create=_create_subnet,
        update=_update_subnet,
        delete=_delete_subnet,
    )
)
register(
    ResourceType(
        name="AWS::EC2::RouteTable",
        properties=frozenset({"VpcId", "Tags"}),
        create_only=frozenset({"VpcId"}),
        create=_create_route_table,
        update=_only_tags(_route_table),
        delete=_delete_route_table,
    )
)
register(
    ResourceType(
        name="AWS::EC2::SubnetRouteTableAssociation",
        properties=frozenset({"RouteTableId", "SubnetId"}),
        create_only=frozenset({"RouteTableId", "SubnetId"}),
        create=_associate,
        delete=_disassociate,
    )
)
_GROUP = frozenset({"GroupName", "GroupDescription", "VpcId", "SecurityGroupIngress", "SecurityGroupEgress"})
register(
    ResourceType(
        name="AWS::EC2::SecurityGroup",
        properties=_GROUP | {"Tags"},
        create_only=_GROUP,
        named="GroupName",
        create=_create_group,
        update=_only_tags(_group),
        delete=_delete_group,
    )
)
register(
    ResourceType(
        name="AWS::EC2::SecurityGroupIngress",
        properties=_RULE,
        create_only=_RULE,
        create=_allow_in,
        delete=_forbid_in,
    )
)
register(
    ResourceType(
        name="AWS::EC2::SecurityGroupEgress",
        properties=_RULE,
        create_only=_RULE,
        create=_allow_out,
        delete=_forbid_out,
    )
)
_ENDPOINT = frozenset(
    {
        "VpcId",
        "ServiceName",
        "VpcEndpointType",
        "RouteTableIds",
        "SubnetIds",
        "SecurityGroupIds",
        "PrivateDnsEnabled",
        "PolicyDocument",
    }
)
register(
    ResourceType(
        name="AWS::EC2::VPCEndpoint",
        properties=_ENDPOINT | {"Tags"},
        # AWS changes some of these in place; an endpoint has no state that a new one would lack.
        create_only=_ENDPOINT,
        create=_create_endpoint,
        update=_only_tags(_endpoint),
        delete=_delete_endpoint,
    )
)
_FLOW_LOG = frozenset(
    {"ResourceId", "ResourceType", "TrafficType", "LogDestinationType", "LogGroupName", "DeliverLogsPermissionArn"}
)
register(
    ResourceType(
        name="AWS::EC2::FlowLog",
        properties=_FLOW_LOG | {"Tags"},
        create_only=_FLOW_LOG,
        create=_create_flow_log,
        update=_only_tags(_flow_log),
        delete=_delete_flow_log,
    )
)
