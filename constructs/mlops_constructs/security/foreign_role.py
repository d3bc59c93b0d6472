"""Defines a role that one role of another account takes on, without any permission yet."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_constructs.security.service_role import acknowledge_inline_policy


def foreign_role(
    scope: Construct, construct_id: str, *, role_name: str, description: str, account_id: str, foreign_role_name: str
) -> iam.Role:
    """Define a role; what it may do is granted by the constructs that own the resources.

    The other role may not exist yet, which a trust policy that names it would not survive; so its account is the
    principal, and a condition names the role.

    Args:
        scope: parent.
        construct_id: id.
        role_name: physical name, because the other role's policy names it.
        description: for people.
        account_id: of the other role.
        foreign_role_name: who may take it on.
    """
    arn = f"arn:{Stack.of(scope).partition}:iam::{account_id}:role/{foreign_role_name}"
    role = iam.Role(
        scope,
        construct_id,
        role_name=role_name,
        description=description,
        assumed_by=iam.AccountPrincipal(account_id).with_conditions({"ArnEquals": {"aws:PrincipalArn": arn}}),
    )
    acknowledge_inline_policy(role)
    return role
