"""Defines a role that one AWS service takes on, without any permission yet."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_constructs.security.acknowledge import acknowledge


def service_role(
    scope: Construct, construct_id: str, *, service: str, description: str, role_name: str | None = None
) -> iam.Role:
    """Define a role; what it may do is granted by the constructs that own the resources.

    Args:
        scope: parent.
        construct_id: id.
        service: who may take it on, for example ``glue.amazonaws.com``.
        description: for people.
        role_name: physical name, only where another account names the role in a policy.
    """
    # Confused deputy: the service acts only for resources of this account.
    principal = iam.ServicePrincipal(service, conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})
    role = iam.Role(scope, construct_id, assumed_by=principal, description=description, role_name=role_name)
    acknowledge_inline_policy(role)
    return role


def acknowledge_inline_policy(role: iam.Role) -> None:
    """Acknowledge that CDK writes what a role is granted into a policy of the role."""
    acknowledge(
        role,
        "NIST.800.53.R5-IAMNoInlinePolicy",
        reason="the policy is this role's alone, made of what the resources' owners grant it, and goes with the role",
    )
