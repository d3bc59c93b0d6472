"""Faults of moto's STS."""

from typing import Any

from local_cloud.kernel import patching

_HOUR_SECONDS = 3600


def install() -> None:
    """Correct all of them."""
    sessions()
    web_identities()


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


@patching.owner
def web_identities() -> None:
    """AssumeRoleWithWebIdentity takes any token, for any role."""
    from moto.core.responses import ActionResult
    from moto.sts.exceptions import STSClientError
    from moto.sts.models import sts_backends
    from moto.sts.responses import TokenResponse

    from local_cloud.kernel.errors import AccessDeniedError
    from local_cloud.services.iam import role_arns, session_policies, web_identity

    def assume_role_with_web_identity(self: Any) -> Any:
        role_arn, session = self.params["RoleArn"], self.params["RoleSessionName"]
        role_arns.check(role_arn)
        if reason := session_policies.missing(self.params):
            raise STSClientError("AccessDenied", f"Not authorized to perform {web_identity.ACTION} because {reason}")
        try:
            identity = web_identity.verify(self.params["WebIdentityToken"], role_arn=role_arn)
        except web_identity.InvalidTokenError as error:
            raise STSClientError(error.code, str(error)) from error
        except AccessDeniedError as error:
            raise STSClientError("AccessDenied", f"Not authorized to perform {web_identity.ACTION}") from error
        role = sts_backends[role_arn.split(":")[4]]["aws"].assume_role(
            region_name=self.region,
            role_session_name=session,
            role_arn=role_arn,
            policy=self.params.get("Policy"),
            duration=int(self.params.get("DurationSeconds") or _HOUR_SECONDS),
            external_id="",
        )
        role.lc_policy_arns = session_policies.named(self.params)
        return ActionResult(
            {
                "Credentials": role,
                "AssumedRoleUser": {"AssumedRoleId": role.user_id, "Arn": role.arn},
                "SubjectFromWebIdentityToken": identity.subject,
                "Provider": identity.provider,
                "Audience": identity.audience,
                "PackedPolicySize": 0,
            }
        )

    patching.replace(TokenResponse, "assume_role_with_web_identity", assume_role_with_web_identity)
