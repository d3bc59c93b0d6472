"""Tasks of all roles share a client, and each call is signed by its own."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.credentials import ReadOnlyCredentials

from local_cloud.kernel.credentials import RoleSession
from local_cloud.services.step_functions import role_sessions
from local_cloud.services.step_functions.role_sessions import TaskClient


def _session(name: str) -> RoleSession:
    return RoleSession(
        role_arn=f"arn:aws:iam::111111111111:role/{name}",
        access_key_id=f"key of {name}",
        secret_access_key="s",
        session_token="t",
        region="us-east-1",
    )


def test_a_call_is_signed_by_the_role_of_its_task() -> None:
    (provider,) = (
        role_sessions._shared()._session.get_component("credential_provider").providers
    )  # boto3 has no public way to ask
    credentials = provider.load()

    def operation(**parameters: Any) -> dict[str, Any]:
        return {"signed": credentials.get_frozen_credentials(), "asked": parameters}

    shared = SimpleNamespace(put_item=operation)
    first, second = TaskClient(shared, _session("a")), TaskClient(shared, _session("b"))

    signed = ReadOnlyCredentials("key of a", "s", "t")
    assert first.put_item(TableName="t") == {"signed": signed, "asked": {"TableName": "t"}}
    assert second.put_item()["signed"].access_key == "key of b"
    assert first.put_item()["signed"].access_key == "key of a"


def test_nobody_signs_outside_of_a_call() -> None:
    (provider,) = role_sessions._shared()._session.get_component("credential_provider").providers  # as above

    with pytest.raises(LookupError):
        provider.load().get_frozen_credentials()
