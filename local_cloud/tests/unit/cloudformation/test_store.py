"""Stacks are looked for while other threads make some: nested ones, and those of other requests."""

from datetime import UTC, datetime
from typing import Any

import pytest

from local_cloud.cloudformation import exports, store
from local_cloud.cloudformation.errors import ValidationError
from local_cloud.cloudformation.model import Region, Stack


class _Growing(dict[str, Any]):
    """Gets one more whenever somebody who goes through it takes one: `list` takes all of them at once."""

    def add(self) -> None:
        self[str(len(self))] = _stack("another")


class _Watched(Stack):
    def __getattribute__(self, name: str) -> Any:
        if name in {"name", "status"} and self.__dict__.get("name") == "watched":
            stacks.add()
        return super().__getattribute__(name)


stacks = _Growing()


def _stack(name: str, kind: type[Stack] = Stack) -> Stack:
    now = datetime.now(UTC)
    return kind(name=name, id=name, account_id="1", region="r", status="CREATE_COMPLETE", created_at=now)


@pytest.fixture
def region() -> Region:
    stacks.clear()
    stacks["watched"] = _stack("watched", _Watched)
    stacks["wanted"] = _stack("wanted")
    stacks["wanted"].outputs = {"O": {"OutputKey": "O", "OutputValue": "v", "ExportName": "e"}}
    stacks["wanted"].id = "arn"
    return Region(stacks=stacks)


def test_a_stack_is_found_while_others_are_made(region: Region) -> None:
    assert store.find_stack(region, "wanted") is stacks["wanted"]
    with pytest.raises(ValidationError):
        store.find_stack(region, "none")


def test_the_stack_of_a_resource_is_found_while_others_are_made(region: Region) -> None:
    with pytest.raises(ValidationError):
        store.find_stack_of(region, "thing")


def test_exports_are_found_while_stacks_are_made(region: Region) -> None:
    assert store.exports_of(region) == {"e": "v"}
    watched = stacks["watched"]
    watched.template = {"Resources": {"A": {"Fn::ImportValue": "e"}}}
    assert exports.importers(region, stacks["wanted"]) == {"e": ["watched"]}
