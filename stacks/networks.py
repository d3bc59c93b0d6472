"""Makes or finds the network that an environment's configuration names."""

from collections.abc import Mapping

from aws_cdk import Annotations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from config.network_schema import ExistingNetwork, Network, Subnet
from mlops_constructs.network.placement import Placement
from mlops_constructs.network.private_network import PrivateNetwork


def place(
    scope: Construct,
    network: Network | None,
    *,
    name: str,
    services: Mapping[str, ec2.InterfaceVpcEndpointAwsService],
    key: kms.Key,
) -> Placement | None:
    """Subnets and security groups of a network; None without one.

    Args:
        scope: parent.
        network: its configuration.
        name: prefix of physical names.
        services: are called from the network.
        key: encrypts flow logs.
    """
    if network is None:
        return None
    if isinstance(network, ExistingNetwork):
        return _existing(scope, network)
    return PrivateNetwork(
        scope,
        "Network",
        name=name,
        cidr=network.cidr,
        availability_zones=network.availability_zones,
        prefix_lists=network.prefix_lists.model_dump(),
        services=services,
        key=key,
    ).placement


def _existing(scope: Construct, network: ExistingNetwork) -> Placement:
    group = ec2.SecurityGroup.from_security_group_id(scope, "NetworkGroup", network.security_group_id, mutable=False)
    return Placement(
        vpc=ec2.Vpc.from_vpc_attributes(
            scope,
            "Network",
            vpc_id=network.vpc_id,
            availability_zones=list(dict.fromkeys(network.zones)),
        ),
        subnets=[_subnet(scope, subnet) for subnet in network.subnets],
        functions_group=group,
        jobs_group=group,
    )


def _subnet(scope: Construct, subnet: Subnet) -> ec2.ISubnet:
    found = ec2.Subnet.from_subnet_attributes(
        scope, f"Network-{subnet.id}", subnet_id=subnet.id, availability_zone=subnet.availability_zone
    )
    acknowledge_unknown_routes(found)
    return found


def acknowledge_unknown_routes(subnet: ec2.ISubnet) -> None:
    """Say why the route table of somebody else's subnet is not needed."""
    Annotations.of(subnet).acknowledge_warning(
        "@aws-cdk/aws-ec2:noSubnetRouteTableId", "nothing here adds routes to a subnet that exists"
    )
