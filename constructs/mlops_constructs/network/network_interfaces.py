"""Grants that let Lambda, SageMaker and Glue put their network interfaces into a network."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from mlops_constructs.network.placement import Placement
from mlops_constructs.security.acknowledge import acknowledge_patterns

# Glue tags what it makes, and deletes only that.
_GLUE_TAG = "aws-glue-service-resource"
_LOOK = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
# Lambda looks whether the role has these before there is an interface, so they cannot be narrowed to one.
_MANAGE = ("ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses")


def grant_to_functions(role: iam.IRole, placement: Placement) -> None:
    """Allow Lambda, and not the functions' own code, to connect the functions that have this role.

    Reference: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    stack = Stack.of(role)
    iam.Grant.add_to_principal(grantee=role, actions=list(_LOOK), resource_arns=["*"])
    iam.Grant.add_to_principal(
        grantee=role,
        actions=["ec2:CreateNetworkInterface"],
        resource_arns=[_arn(stack, "network-interface"), *_places(stack, placement, placement.functions_group)],
    )
    iam.Grant.add_to_principal(grantee=role, actions=list(_MANAGE), resource_arns=[_arn(stack, "*")])
    _acknowledge(role, _arn(stack, "network-interface"))
    acknowledge_patterns(
        role,
        [_arn(stack, "*")],
        reason="Lambda asks for these actions on no interface in particular, as AWS documents",
    )
    role.add_to_principal_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=[*_LOOK, "ec2:CreateNetworkInterface", *_MANAGE],
            resources=["*"],
            conditions={
                "ArnLike": {
                    "lambda:SourceFunctionArn": stack.format_arn(
                        service="lambda",
                        resource="function",
                        resource_name="*",
                        arn_format=ArnFormat.COLON_RESOURCE_NAME,
                    )
                }
            },
        )
    )


def grant_to_sagemaker(role: iam.IRole, placement: Placement) -> None:
    """Allow SageMaker to connect jobs and endpoints that have this role.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createtrainingjob-perms
    """
    stack = Stack.of(role)
    interfaces = _arn(stack, "network-interface")
    _acknowledge(role, interfaces)
    iam.Grant.add_to_principal(
        grantee=role,
        actions=[
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpcs",
        ],
        resource_arns=["*"],
    )
    iam.Grant.add_to_principal(
        grantee=role,
        actions=["ec2:CreateNetworkInterface"],
        resource_arns=[interfaces, *_places(stack, placement, placement.jobs_group)],
    )
    iam.Grant.add_to_principal(
        grantee=role,
        actions=[
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
        ],
        resource_arns=[interfaces],
    )


def grant_to_glue(role: iam.IRole, placement: Placement | None = None) -> None:
    """Allow Glue to connect jobs that have this role.

    Reference: https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html

    Args:
        role: of the jobs.
        placement: where they may run; None for any subnet and security group of the account.
    """
    stack = Stack.of(role)
    interfaces = _arn(stack, "network-interface")
    _acknowledge(role, interfaces)
    if placement:
        places = _places(stack, placement, placement.jobs_group)
    else:
        places = [_arn(stack, "subnet"), _arn(stack, "security-group")]
        acknowledge_patterns(role, places, reason="the network is one of the configuration's, named in the connection")
    # EC2's Describe actions know no resources.
    iam.Grant.add_to_principal(
        grantee=role,
        actions=[
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcEndpoints",
        ],
        resource_arns=["*"],
    )
    iam.Grant.add_to_principal(
        grantee=role,
        actions=["ec2:CreateNetworkInterface"],
        resource_arns=[interfaces, *places],
    )
    iam.Grant.add_to_principal(grantee=role, actions=["ec2:DeleteNetworkInterface"], resource_arns=[interfaces])
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["ec2:CreateTags", "ec2:DeleteTags"],
            resources=[interfaces],
            conditions={"ForAllValues:StringEquals": {"aws:TagKeys": [_GLUE_TAG]}},
        )
    )


def _acknowledge(role: iam.IRole, interfaces: str) -> None:
    acknowledge_patterns(role, [interfaces], reason="an interface has no id before the service has made it")
    acknowledge_patterns(role, ["*"], reason="EC2's Describe actions know no resources")


def _places(stack: Stack, placement: Placement, group: ec2.ISecurityGroup) -> list[str]:
    subnets = [_arn(stack, "subnet", subnet.subnet_id) for subnet in placement.subnets]
    return [*subnets, _arn(stack, "security-group", group.security_group_id)]


def _arn(stack: Stack, resource: str, name: str = "*") -> str:
    return stack.format_arn(service="ec2", resource=resource, resource_name=name)
