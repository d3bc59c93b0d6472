"""https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html"""

from types import SimpleNamespace
from typing import Any

import pytest
from moto.s3.models import FakeDeleteMarker

from local_cloud.services.codepipeline import pipelines, s3_polls
from local_cloud.services.codepipeline.errors import PipelineError
from local_cloud.services.codepipeline.push_triggers import Started

_ACCOUNT, _NAMES = "111111111111", ("first", "second", "third")


class _S3(dict[str, Any]):
    """One bucket, with an object for each pipeline."""

    def __init__(self) -> None:
        self.bucket_accounts = {"code": ("aws", _ACCOUNT)}
        self.objects: dict[str, Any] = {name: SimpleNamespace(version_id="1") for name in _NAMES}
        super().__init__({_ACCOUNT: {"aws": SimpleNamespace(buckets={"code": SimpleNamespace(keys=self.objects)})}})


def _pipeline(name: str) -> Any:
    action = {
        "name": "Pull",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": "code", "S3ObjectKey": name},
    }
    return SimpleNamespace(pipeline={"name": name, "stages": [{"name": "Source", "actions": [action]}]})


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> _S3:
    made = _S3()
    declared = SimpleNamespace(pipelines={name: _pipeline(name) for name in _NAMES})
    known = {"s3": made, "codepipeline": {_ACCOUNT: {"us-east-1": declared}}}
    ended = SimpleNamespace(is_under_way=False, source_runs=list)
    monkeypatch.setattr(s3_polls, "backends", known.__getitem__)
    monkeypatch.setattr(pipelines, "find", lambda *_: SimpleNamespace(executions={"1": ended}))
    return made


def test_a_pipeline_that_cannot_start_keeps_no_other_from_it(s3: _S3) -> None:
    """For example a pipeline with a variable that has no default value."""
    started: list[str] = []

    def start(order: Started) -> None:
        started.append(order.pipeline)
        if order.pipeline == "second":
            raise PipelineError("Values are missing")

    poller = s3_polls.Poller(start)
    poller.look()
    assert not started
    for name in _NAMES:
        s3.objects[name] = SimpleNamespace(version_id="2")
    for _ in range(3):
        poller.look()

    # Each of them once.
    assert started == list(_NAMES)


def test_an_object_that_was_deleted_starts_nothing(s3: _S3) -> None:
    started: list[Started] = []
    poller = s3_polls.Poller(started.append)
    poller.look()
    s3.objects["first"] = FakeDeleteMarker(SimpleNamespace(name="first"))
    poller.look()
    assert not started
    s3.objects["first"] = SimpleNamespace(version_id="3")
    poller.look()

    assert [(each.pipeline, each.overrides[0].value) for each in started] == [("first", "3")]
