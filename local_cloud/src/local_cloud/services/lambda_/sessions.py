"""The roles of functions, kept for some minutes as a warm execution environment keeps its credentials.

Making a boto3 client takes longer than a small function runs.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.services.iam import trust

_SERVICE = "lambda.amazonaws.com"
_LIFETIME_SECONDS = 600.0
_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class FunctionSession:
    """A function's role.

    Args:
        role: its credentials.
        logs: a client that writes logs with them.
        made: when, in monotonic seconds.
    """

    role: RoleSession
    logs: Any
    made: float


_sessions: dict[tuple[str, str], FunctionSession] = {}


def of(function: Any) -> FunctionSession:
    """The role of a function that moto keeps.

    Raises:
        AccessDeniedError: it does not exist or does not trust Lambda, whatever it did some minutes ago.
    """
    trust.check_service(function.role, service=_SERVICE, source_arn=function.function_arn)
    key = (str(function.function_arn), str(function.role))
    with _lock:
        found = _sessions.get(key)
        if found is None or time.monotonic() - found.made > _LIFETIME_SECONDS:
            role = assume_service_role(
                function.role,
                service=_SERVICE,
                session_name=function.function_name,
                region=function.region,
                source_arn=function.function_arn,
            )
            found = FunctionSession(role=role, logs=role.client("logs"), made=time.monotonic())
            _sessions[key] = found
        return found
