"""Clients of the functions that no other test has: a test has its own server, or credentials, or moto."""

import boto3
import pytest

from shared.adapters import clients
from shared.adapters.clients import Clients


def fresh(monkeypatch: pytest.MonkeyPatch, session: boto3.Session | None = None) -> Clients:
    """What the handlers get until the test ends.

    Args:
        monkeypatch: of the test.
        session: who they are; made of the environment as it is now when None.
    """
    made = Clients(session or boto3.Session())
    monkeypatch.setattr(clients, "here", lambda: made)
    return made
