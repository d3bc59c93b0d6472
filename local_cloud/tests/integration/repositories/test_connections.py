"""Connections, and the repositories that stand for those of their providers.

https://docs.aws.amazon.com/codeconnections/latest/APIReference/Welcome.html
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.repositories import users
from local_cloud.kernel import lifecycle, source
from local_cloud.kernel.errors import ServerError
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, as_role, make_role


def command(cloud: RunningCloud, *arguments: str) -> str:
    """What ``python -m local_cloud`` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "local_cloud", *arguments, "--state-dir", str(cloud.settings.state_dir)],
        env={**os.environ, "PYTHONPATH": str(source.ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("service", ["codeconnections", "codestar-connections"])
def test_a_connection_waits_for_its_authorization(cloud: RunningCloud, service: str) -> None:
    client = cloud.client(service, ACCOUNT)
    arn = client.create_connection(
        ConnectionName=f"mine-{service[:8]}", ProviderType="GitLab", Tags=[{"Key": "team", "Value": "a"}]
    )["ConnectionArn"]
    assert arn.startswith(f"arn:aws:{service}:us-east-1:{ACCOUNT}:connection/")
    assert client.get_connection(ConnectionArn=arn)["Connection"] == {
        "ConnectionName": f"mine-{service[:8]}",
        "ConnectionArn": arn,
        "ProviderType": "GitLab",
        "OwnerAccountId": ACCOUNT,
        "ConnectionStatus": "PENDING",
    }

    assert cloud.control("connection", {"arn": arn})["status"] == "AVAILABLE"

    shown = client.list_connections(ProviderTypeFilter="GitLab")["Connections"]
    assert [each["ConnectionStatus"] for each in shown if each["ConnectionArn"] == arn] == ["AVAILABLE"]
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "more", "Value": "b"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "more", "Value": "b"}]
    with pytest.raises(ClientError, match=r"ValidationException.* is taken"):
        client.create_connection(ConnectionName=f"mine-{service[:8]}", ProviderType="GitLab")
    client.delete_connection(ConnectionArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_connection(ConnectionArn=arn)


def test_the_command_makes_a_connection_of_a_given_arn(cloud: RunningCloud) -> None:
    arn = f"arn:aws:codeconnections:us-east-1:{ACCOUNT}:connection/00000000-0000-0000-0000-000000000000"

    told = command(cloud, "connection", arn)

    assert told == f"{arn} is AVAILABLE, its provider is GitHub"
    found = cloud.client("codeconnections", ACCOUNT).get_connection(ConnectionArn=arn)["Connection"]
    assert found["ConnectionStatus"] == "AVAILABLE"


@pytest.mark.parametrize(
    ("path", "order", "reason"),
    [
        ("connection", {"arn": "arn:aws:codeconnections:us-east-1:1:connection/x"}, "a connection's ARN is one like"),
        ("repository", {"name": "name", "account": ACCOUNT}, "owner/name"),
        ("repository", {"name": "../name", "account": ACCOUNT}, "owner/name"),
        ("repository", {"name": "a/b", "account": "../1"}, "12 digits"),
        ("push", {"path": "/etc", "changes": []}, "no repository below"),
    ],
)
def test_a_wrong_order_is_refused(cloud: RunningCloud, path: str, order: dict[str, Any], reason: str) -> None:
    with pytest.raises(ServerError, match=reason):
        cloud.control(path, order)


def test_only_who_may_sees_a_connection(cloud: RunningCloud) -> None:
    arn = f"arn:aws:codeconnections:us-east-1:{ACCOUNT}:connection/{uuid.uuid4()}"
    cloud.control("connection", {"arn": arn})
    action = {"Effect": "Allow", "Action": "codeconnections:GetConnection", "Resource": arn}
    role = as_role(cloud, make_role(cloud, "reader", [action]), "codeconnections")

    assert role.get_connection(ConnectionArn=arn)["Connection"]["ConnectionArn"] == arn
    with pytest.raises(ClientError, match="codeconnections:DeleteConnection"):
        role.delete_connection(ConnectionArn=arn)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningCloud]:
    with lifecycle.start(Settings(state_dir=tmp_path / "state", port=0)) as running:
        yield running


def test_what_is_made_and_pushed_outlives_the_server(own: RunningCloud, tmp_path: Path) -> None:
    """A push while no server runs succeeds, and its next start tells of it."""
    arn = f"arn:aws:codeconnections:us-east-1:{ACCOUNT}:connection/{uuid.uuid4()}"
    own.control("connection", {"arn": arn})
    path = own.control("repository", {"account": ACCOUNT, "name": "ada/app"})["path"]
    assert own.control("repository", {"account": ACCOUNT, "name": "ada/app"})["path"] == path
    codecommit = own.client("codecommit", ACCOUNT)
    url = codecommit.create_repository(repositoryName="kept")["repositoryMetadata"]["cloneUrlHttp"]
    clone = tmp_path / "clone"
    first = users.commit(clone, {"a": "1"})
    assert users.push(clone, path) == ""
    assert users.push(clone, url) == ""

    own.stop()
    second = users.commit(clone, {"a": "2"})
    assert "its next start takes note of this push" in users.push(clone, path)
    users.push(clone, url)
    with lifecycle.start(own.settings) as again:
        branch = again.client("codecommit", ACCOUNT).get_branch(repositoryName="kept", branchName="main")["branch"]
        assert branch["commitId"] == second
        shown = again.client("codeconnections", ACCOUNT).get_connection(ConnectionArn=arn)["Connection"]
        assert shown["ConnectionStatus"] == "AVAILABLE"
        # It was told of when the server started, so the hook's order is no news.
        told = again.control("push", {"path": path, "changes": [["refs/heads/main", first, second]]})
        assert told == {"told": 0}
        third = users.commit(clone, {"a": "3"})
        # Through the hook; a repetition is none of its.
        assert users.push(clone, path) == ""
        told = again.control("push", {"path": path, "changes": [["refs/heads/main", second, third]]})
        assert told == {"told": 0}
