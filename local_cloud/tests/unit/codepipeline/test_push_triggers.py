"""https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codepipeline import push_triggers
from local_cloud.services.codepipeline.errors import InvalidStructureError
from local_cloud.services.repositories import connections, places
from local_cloud.services.repositories.pushes import Push

ARN = "arn:aws:codeconnections:us-east-1:111111111111:connection/00000000-0000-0000-0000-000000000001"
NEW, OLD = "a" * 40, "b" * 40


class KnownPush(Push):
    """A push whose changes need no repository."""

    @property
    def changed_paths(self) -> tuple[str, ...]:
        return ("src/app.py", "docs/page.md")


def pushed(ref: str = "refs/heads/main", *, new: str | None = NEW, name: str = "ada/app") -> Push:
    place = places.connection("111111111111", name)
    return KnownPush(place=place, ref=ref, old=OLD, new=new, caller="", state_dir=Path("/nowhere"))


def declaration(*push: dict[str, Any], **configuration: str) -> dict[str, Any]:
    given = {"ConnectionArn": ARN, "FullRepositoryId": "ada/app", "BranchName": "main"} | configuration
    action = {
        "name": "Source",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"},
        "configuration": given,
    }
    git = {"sourceActionName": "Source", "push": list(push)}
    trigger = {"providerType": "CodeStarSourceConnection", "gitConfiguration": git}
    return {
        "name": "promotion",
        "pipelineType": "V2",
        "stages": [{"name": "Source", "actions": [action]}],
        **({"triggers": [trigger]} if push else {}),
    }


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_connections", {})
    connections.authorize(ARN)


def starts(monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], push: Push) -> list[push_triggers.Started]:
    account: dict[str, Any] = {"eu-west-1": SimpleNamespace(pipelines={"promotion": SimpleNamespace(pipeline=given)})}
    monkeypatch.setattr(push_triggers, "backends", lambda _: {"222222222222": account})
    return list(push_triggers.of_push(push))


def test_a_push_starts_the_pipeline_of_any_account_with_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    (started,) = starts(monkeypatch, declaration(), pushed())

    assert (started.account_id, started.region, started.pipeline) == ("222222222222", "eu-west-1", "promotion")
    assert (started.trigger.type, started.trigger.detail) == ("WebhookV2", ARN)
    (override,) = started.overrides
    assert (override.action, override.type, override.value) == ("Source", "COMMIT_ID", NEW)


@pytest.mark.parametrize(
    ("configuration", "push"),
    [
        ({}, pushed("refs/heads/other")),
        ({}, pushed("refs/tags/main")),
        ({}, pushed(new=None)),
        ({}, pushed(name="ada/other")),
        ({"DetectChanges": "false"}, pushed()),
        ({"FullRepositoryId": "ada/other"}, pushed()),
        ({"ConnectionArn": ARN.replace("111111111111", "333333333333")}, pushed()),
    ],
)
def test_other_pushes_start_nothing(monkeypatch: pytest.MonkeyPatch, configuration: dict[str, str], push: Push) -> None:
    assert starts(monkeypatch, declaration(**configuration), push) == []


def test_a_connection_that_waits_for_its_authorization_tells_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    connections.delete(ARN)

    assert starts(monkeypatch, declaration(), pushed()) == []


@pytest.mark.parametrize(
    ("wanted", "ref", "expected"),
    [
        ({"branches": {"includes": ["feature/**"]}}, "refs/heads/feature/a/b", True),
        ({"branches": {"includes": ["feature/*"]}}, "refs/heads/feature/a/b", False),
        # The branch of the action's configuration does not count any more.
        ({"branches": {"includes": ["feature/*"]}}, "refs/heads/main", False),
        ({"branches": {"includes": ["*"], "excludes": ["ma*"]}}, "refs/heads/main", False),
        ({"branches": {"excludes": ["main"]}}, "refs/heads/other", True),
        ({"tags": {"includes": ["v*"]}}, "refs/tags/v1", True),
        ({"tags": {"includes": ["v*"], "excludes": ["v1*"]}}, "refs/tags/v1", False),
        ({"tags": {"includes": ["v*"]}}, "refs/heads/v1", False),
        ({"branches": {"includes": ["v*"]}}, "refs/tags/v1", False),
        ({"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"]}}, "refs/heads/main", True),
        ({"branches": {"includes": ["main"]}, "filePaths": {"includes": ["test/**"]}}, "refs/heads/main", False),
        ({"branches": {"includes": ["main"]}, "filePaths": {"excludes": ["docs/**"]}}, "refs/heads/main", True),
        (
            {"branches": {"includes": ["main"]}, "filePaths": {"excludes": ["docs/**", "src/**"]}},
            "refs/heads/main",
            False,
        ),
    ],
)
def test_filters(monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Any], ref: str, expected: bool) -> None:
    given = declaration(wanted)
    push_triggers.check_triggers(given)

    assert bool(starts(monkeypatch, given, pushed(ref))) is expected


def test_one_filter_of_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    given = declaration({"branches": {"includes": ["x"]}}, {"branches": {"includes": ["main"]}})

    assert len(starts(monkeypatch, given, pushed())) == 1


def test_a_trigger_without_filters_is_for_the_branch_of_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    given = declaration({"branches": {"includes": ["x"]}})
    del given["triggers"][0]["gitConfiguration"]["push"]

    assert len(starts(monkeypatch, given, pushed())) == 1
    assert starts(monkeypatch, given, pushed("refs/heads/x")) == []


def test_pull_requests_are_not_emulated() -> None:
    given = declaration({"branches": {"includes": ["x"]}})
    given["triggers"][0]["gitConfiguration"]["pullRequest"] = [{"events": ["OPEN"]}]

    with pytest.raises(NotEmulatedError, match="pull requests"):
        push_triggers.check_triggers(given)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stages": []}, "names Source, which is no source action"),
        ({"triggers": [{"providerType": "Other", "gitConfiguration": {"sourceActionName": "Source"}}]}, "provider"),
    ],
)
def test_triggers_that_cannot_be_are_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidStructureError, match=reason):
        push_triggers.check_triggers(declaration({"branches": {"includes": ["x"]}}) | change)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"branches": {"includes": []}}, "1 to 8"),
        ({"branches": {"includes": ["x"] * 9}}, "1 to 8"),
        ({"branches": {"includes": ["{a"]}}, "group without an end"),
        ({"tags": {"includes": ["x"]}, "branches": {"includes": ["x"]}}, "tags"),
    ],
)
def test_filters_that_cannot_be_are_refused(wanted: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidStructureError, match=reason):
        push_triggers.check_triggers(declaration(wanted))
