"""Faults of moto's STS."""

from typing import Any

from local_cloud.kernel import patching

_HOUR_SECONDS = 3600


def install() -> None:
    """Correct all of them."""
    sessions()


@patching.owner
def sessions() -> None:
    """A session lasts longer than its role allows, and any text is taken for its policy.

    Reference: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    from moto.iam.models import iam_backends
    from moto.sts.exceptions import STSClientError, STSValidationError
    from moto.sts.models import STSBackend

    from local_cloud.services.iam import policy as policies

    take = STSBackend.assume_role

    def assume_role(self: Any, *, role_arn: str, policy: str | None, duration: int, **named: Any) -> Any:
        roles = list(iam_backends[role_arn.split(":")[4]]["aws"].roles.values())
        most = next((role.max_session_duration for role in roles if role.arn == role_arn), None)
        if int(duration) > int(most or _HOUR_SECONDS):
            raise STSValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        try:
            if policy:
                policies.check(policy)
        except policies.MalformedPolicyError as error:
            raise STSClientError("MalformedPolicyDocument", str(error)) from error
        return take(self, role_arn=role_arn, policy=policy, duration=duration, **named)

    patching.replace(STSBackend, "assume_role", assume_role)
