"""Clients of a running state machine: every call is made with the execution role's own credentials."""

import threading
import time
from typing import Any

from botocore.config import Config

from local_cloud.credentials import RoleSession, assume_service_role

_LIFETIME_SECONDS = 600.0
_lock = threading.Lock()
_sessions: dict[tuple[str, str], tuple[float, RoleSession]] = {}


def client(role_arn: str, *, service: str, region: str) -> Any:
    """A client for one service.

    Raises:
        AccessDeniedError: the role does not trust Step Functions.
    """
    return _session(role_arn, region).client(
        service,
        # The state machine's own Retry decides what is repeated.
        Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=900),
    )


def _session(role_arn: str, region: str) -> RoleSession:
    with _lock:
        made, session = _sessions.get((role_arn, region), (0.0, None))
        if session is None or time.monotonic() - made > _LIFETIME_SECONDS:
            session = assume_service_role(
                role_arn, service="states.amazonaws.com", session_name="StepFunctions", region=region
            )
            _sessions[role_arn, region] = (time.monotonic(), session)
        return session


def forget() -> None:
    """Drop cached sessions; after a restart the credentials are others."""
    with _lock:
        _sessions.clear()
