"""Who may take a role.

Reference: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
"""

from moto.iam.models import iam_backends

from local_cloud.kernel.errors import AccessDeniedError
from local_cloud.services.iam import policy
from local_cloud.services.iam.conditions import ConditionContext
from local_cloud.services.iam.policy import Effect, Principal

ASSUME_ROLE = "sts:AssumeRole"


def check_service(role_arn: str, *, service: str, source_arn: str | None) -> None:
    """Check that a role exists and that its trust policy lets a service take it.

    Args:
        role_arn: the role.
        service: service principal.
        source_arn: resource on whose behalf the service acts; its account is aws:SourceAccount.

    Raises:
        AccessDeniedError: it does not.
    """
    context = {"aws:sourceaccount": role_arn.split(":")[4]}
    if source_arn is not None:
        context["aws:sourcearn"] = source_arn
        context["aws:sourceaccount"] = source_arn.split(":")[4]
    _check(role_arn, Principal(arn=service, service=service), context)


def check_principal(
    role_arn: str, principal: Principal, context: ConditionContext, *, action: str = ASSUME_ROLE
) -> None:
    """Check that a role exists and that its trust policy names a principal.

    Args:
        role_arn: the role.
        principal: who wants to take it.
        context: condition keys in lower case.
        action: by which call.

    Raises:
        AccessDeniedError: it does not.
    """
    _check(role_arn, principal, context, action)


def trusts_service(role_arn: str, service: str) -> bool:
    """Whether a role's trust policy names a service at all, whatever its conditions."""
    document = _trust_policy(role_arn)
    if document is None:
        return False
    return any(
        statement["Effect"] == "Allow"
        and policy.names_principal(statement.get("Principal"), Principal(arn=service, service=service))
        for statement in policy.statements(document)
    )


def _check(role_arn: str, principal: Principal, context: ConditionContext, action: str = ASSUME_ROLE) -> None:
    document = _trust_policy(role_arn)
    if document is None:
        raise AccessDeniedError(
            principal=principal.session_arn or principal.arn,
            action=action,
            resource=role_arn,
            reason="the role does not exist",
        )
    effect = policy.evaluate([document], action=action, resource=role_arn, context=context, principal=principal)
    if effect is not Effect.ALLOW:
        raise AccessDeniedError(
            principal=principal.session_arn or principal.arn,
            action=action,
            resource=role_arn,
            reason="the role's trust policy does not allow it",
        )


def _trust_policy(role_arn: str) -> policy.Document | None:
    roles = list(iam_backends[role_arn.split(":")[4]]["aws"].roles.values())
    role = next((item for item in roles if item.arn == role_arn), None)
    return policy.parse(role.assume_role_policy_document) if role else None
