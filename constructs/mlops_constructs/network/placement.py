"""Where functions and jobs run: the subnets and security groups of a network, whoever made it."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2

from mlops_constructs.network.vpc_config import VpcConfig


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Subnets and security groups.

    Args:
        vpc: the subnets' VPC.
        subnets: in two availability zones at least.
        functions_group: of Lambda's network interfaces.
        jobs_group: of SageMaker's and Glue's; it must let in all TCP from itself.
    """

    vpc: ec2.IVpc
    subnets: Sequence[ec2.ISubnet]
    functions_group: ec2.ISecurityGroup
    jobs_group: ec2.ISecurityGroup

    @property
    def vpc_config(self) -> VpcConfig:
        """The place of SageMaker's jobs and models."""
        return VpcConfig(
            subnet_ids=tuple(subnet.subnet_id for subnet in self.subnets),
            security_group_ids=(self.jobs_group.security_group_id,),
        )
