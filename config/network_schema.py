"""The schema of an environment's network: a VPC of the stack's own, or subnets that exist."""

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from config.strict import Strict

AvailabilityZone = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$")]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]+$")]
SecurityGroupId = Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]+$")]
PrefixListId = Annotated[str, StringConstraints(pattern=r"^pl-[0-9a-f]+$")]

# A VPC may be larger, but not than /16; a smaller one leaves a subnet fewer addresses than a large training job takes.
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
_LARGEST, _SMALLEST = 16, 24


class PrefixLists(Strict):
    """AWS's own lists of a region's addresses, which ``aws ec2 describe-prefix-lists`` shows."""

    s3: PrefixListId
    dynamodb: PrefixListId


class PrivateNetwork(Strict):
    """A VPC that the stack makes: private subnets and VPC endpoints, and no way to the internet."""

    type: Literal["private"]
    cidr: str
    # An endpoint of SageMaker wants two: https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
    availability_zones: tuple[AvailabilityZone, ...] = Field(min_length=2, max_length=3)
    prefix_lists: PrefixLists

    @field_validator("cidr")
    @classmethod
    def _is_a_block_of_a_vpc(cls, value: str) -> str:
        try:
            block = ipaddress.IPv4Network(value)
        except ValueError as error:
            raise ValueError(f"{error}; write an IPv4 block such as 10.20.0.0/16") from error
        if not _LARGEST <= block.prefixlen <= _SMALLEST:
            raise ValueError(f"a block of /{_LARGEST} to /{_SMALLEST} is allowed, got /{block.prefixlen}")
        return value

    @field_validator("availability_zones")
    @classmethod
    def _zones_differ(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError(f"availability zones must differ, got {list(value)}")
        return value

    @property
    def zones(self) -> tuple[str, ...]:
        """Where the subnets lie."""
        return self.availability_zones


class Subnet(Strict):
    """A subnet that exists; Glue wants its zone beside its id."""

    id: SubnetId
    availability_zone: AvailabilityZone


class ExistingNetwork(Strict):
    """Subnets and a security group of somebody else's VPC; its endpoints and routes are that VPC's own."""

    type: Literal["existing"]
    vpc_id: Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]+$")]
    subnets: tuple[Subnet, ...] = Field(min_length=2, max_length=16)
    security_group_id: SecurityGroupId

    @model_validator(mode="after")
    def _lies_in_two_zones(self) -> Self:
        if len(set(self.zones)) < 2:  # noqa: PLR2004  # as the message says
            raise ValueError(f"subnets must lie in at least 2 availability zones, got {sorted(set(self.zones))}")
        return self

    @property
    def zones(self) -> tuple[str, ...]:
        """Where the subnets lie."""
        return tuple(subnet.availability_zone for subnet in self.subnets)


Network = Annotated[PrivateNetwork | ExistingNetwork, Field(discriminator="type")]
