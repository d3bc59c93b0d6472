"""The roles of functions, kept for some minutes as a warm execution environment keeps its credentials."""

from dataclasses import dataclass
from typing import Any

from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.expiring import Expiring
from local_cloud.services.iam import trust
from local_cloud.services.lambda_.qualifiers import unqualified

_SERVICE = "lambda.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class FunctionSession:
    """A function's role.

    Args:
        role: its credentials.
        logs: a client that writes logs with them.
    """

    role: RoleSession
    logs: Any


class _Sessions(Expiring[tuple[str, str], FunctionSession]):
    """By the function's ARN and the role's."""


def of(function: Any) -> FunctionSession:
    """The role of a function that moto keeps.

    Raises:
        AccessDeniedError: it does not exist or does not trust Lambda, whatever it did some minutes ago.
    """
    # Versions and aliases act for their function.
    arn = unqualified(function.function_arn)
    trust.check_service(function.role, service=_SERVICE, source_arn=arn)
    key = (arn, str(function.role))
    return runtime.current().of(_Sessions).get(key, lambda: _session(function))


def _session(function: Any) -> FunctionSession:
    role = assume_service_role(
        function.role,
        service=_SERVICE,
        session_name=function.function_name,
        region=function.region,
        source_arn=unqualified(function.function_arn),
    )
    return FunctionSession(role=role, logs=role.client("logs"))
