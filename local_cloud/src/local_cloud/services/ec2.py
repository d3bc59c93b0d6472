"""Subnets and security groups that functions, jobs and models name: they must exist; nothing is isolated by them."""

from collections.abc import Sequence

from local_cloud.kernel.services import Service, backends

SERVICE = Service(name="ec2", backends=("ec2",), keeps=("ec2",))


class InvalidNetworkError(Exception):
    """Names a subnet or security group that does not exist, or that lies in another VPC, in EC2's words."""


def vpc_of(subnets: Sequence[str], groups: Sequence[str], *, account_id: str, region: str) -> str:
    """The VPC that all of them belong to.

    Args:
        subnets: ids, at least one.
        groups: ids of security groups.
        account_id: whose.
        region: where.

    Raises:
        InvalidNetworkError: one does not exist, or they do not belong to one VPC.
    """
    from moto.ec2.exceptions import InvalidSubnetIdError

    backend = backends("ec2")[account_id][region]
    places = []
    for subnet in subnets:
        try:
            places.append(str(backend.get_subnet(subnet).vpc_id))
        except InvalidSubnetIdError as error:
            raise InvalidNetworkError(f"The subnet ID '{subnet}' does not exist") from error
    for group in groups:
        found = backend.get_security_group_from_id(group)
        if found is None:
            raise InvalidNetworkError(f"The security group '{group}' does not exist")
        places.append(str(found.vpc_id))
    if len(set(places)) != 1:
        raise InvalidNetworkError("You have specified two resources that belong to different networks.")
    return places[0]
