"""Says beside a construct why it does not follow a security rule; docs/security.md lists all of it.

The rules are those of cdk-nag's packs AwsSolutions and NIST 800-53 R5, which tests run on every stack. A finding that
is not acknowledged fails them, and so does an acknowledgement without a finding.
"""

from collections.abc import Iterable
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, *, reason: str) -> None:
    """Acknowledge a finding in a construct and below.

    Args:
        construct: the narrowest that has the finding.
        rule: the finding's whole id, for example ``AwsSolutions-IAM5[Resource::*]``.
        reason: why this construct is right as it is.
    """
    pack = rule.partition("-")[0]
    Validations.of(construct).acknowledge(Acknowledgment(id=f"{pack}::{rule}", reason=reason))


def acknowledge_patterns(grantee: iam.IGrantable, arns: Iterable[str], *, reason: str) -> None:
    """Acknowledge that a role is granted resources by pattern, each of them by itself.

    Args:
        grantee: a role of this app; other principals have no policy that the rules look at.
        arns: what it is granted; those without ``*`` need no word.
        reason: why the pattern is as narrow as it can be.
    """
    role = grantee.grant_principal
    if isinstance(role, iam.Role):
        for arn in arns:
            found = as_rules_write(Stack.of(role).resolve(arn))
            if "*" in found:
                acknowledge(role, f"AwsSolutions-IAM5[Resource::{found}]", reason=reason)


def acknowledge_asset_grant(grantee: iam.IGrantable, *, reason: str) -> None:
    """Acknowledge what CDK grants to read an asset: patterns of actions on the bootstrap bucket.

    Args:
        grantee: a role of this app.
        reason: which asset it reads, and why.
    """
    role = grantee.grant_principal
    if isinstance(role, iam.Role):
        for action in ("s3:GetObject*", "s3:GetBucket*", "s3:List*"):
            acknowledge(role, f"AwsSolutions-IAM5[Action::{action}]", reason=reason)
        account, region = Stack.of(role).account, Stack.of(role).region
        bucket = f"arn:{Stack.of(role).partition}:s3:::cdk-hnb659fds-assets-{account}-{region}"
        acknowledge_patterns(grantee, [f"{bucket}/*"], reason=reason)


def as_rules_write(value: Any) -> str:
    """A resolved value as the rules write it: ``<LogicalId.Attribute>`` for what only CloudFormation knows."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(as_rules_write(part) for part in argument[1])
    return f"<{argument if isinstance(argument, str) else '.'.join(argument)}>"
