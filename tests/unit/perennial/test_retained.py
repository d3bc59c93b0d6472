"""What a destroyed stack left is found by the events of its deletion; tests/integration/bootstrap imports it for real."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from perennial.account import retained
from perennial.account.retained import Kept
from perennial.errors import OperatorError

_STACK = "PerennialQa"


class _Pages:
    def __init__(self, pages: list[dict[str, Any]]) -> None:
        self._pages = pages

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return self._pages


class _CloudFormation:
    """What AWS answers of stacks that were deleted: id, day of the deletion, what was skipped."""

    def __init__(self, deleted: dict[str, tuple[int, list[tuple[str, str, str]]]], *, alive: str | None = None) -> None:
        self._deleted = deleted
        self._alive = alive

    def client(self, _service: str) -> "_CloudFormation":
        return self

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        if self._alive is None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": self._alive}]}

    def get_paginator(self, operation: str) -> Any:
        if operation == "list_stacks":
            stacks = [
                {"StackName": _STACK, "StackId": name, "DeletionTime": datetime(2026, 1, day, tzinfo=UTC)}
                for name, (day, _) in self._deleted.items()
            ]
            # Another app's stack, and two pages.
            return _Pages([{"StackSummaries": [{"StackName": "Other", "StackId": "o"}]}, {"StackSummaries": stacks}])
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803  # boto3's name
        events = [
            {
                "LogicalResourceId": logical_id,
                "ResourceType": kind,
                "PhysicalResourceId": name,
                "ResourceStatus": "DELETE_SKIPPED",
            }
            for logical_id, kind, name in self._deleted[StackName][1]
        ]
        gone = {**events[0], "LogicalResourceId": "Gone", "ResourceStatus": "DELETE_COMPLETE"} if events else {}
        return [{"StackEvents": events[:1]}, {"StackEvents": [*events[1:], *([gone] if gone else [])]}]


class _Cdk:
    def __init__(self) -> None:
        self.ran: list[tuple[str, ...]] = []

    def run(self, *words: str) -> None:
        self.ran.append(words)


_BUCKET = ("Bucket", "AWS::S3::Bucket", "data")
_KEY = ("Key", "AWS::KMS::Key", "1234")
_TABLE = ("Table", "AWS::DynamoDB::Table", "PerennialQa-Table-X")


def _aws(*arguments: Any, **named: Any) -> Any:
    return _CloudFormation(*arguments, **named)


def test_the_last_stack_that_held_data_is_taken_and_no_failed_creation_after_it() -> None:
    aws = _aws(
        {
            "older": (1, [("Bucket", "AWS::S3::Bucket", "older")]),
            "last": (2, [_TABLE, _BUCKET, _KEY]),
            # Its roll-back kept a key, and no bucket.
            "failed": (3, [("Key", "AWS::KMS::Key", "new")]),
        }
    )
    assert retained.left_behind(aws, _STACK) == [
        Kept(logical_id=logical_id, type=kind, name=name) for logical_id, kind, name in (_TABLE, _KEY, _BUCKET)
    ]


def test_what_is_found_is_imported_by_what_cloudformation_identifies_it_with(tmp_path: Path) -> None:
    cdk: Any = _Cdk()
    mapping = tmp_path / "out" / "mapping.json"
    retained.adopt(_aws({"last": (2, [_TABLE, _BUCKET, _KEY])}), _STACK, cdk=cdk, mapping=mapping)
    assert cdk.ran == [("import", _STACK, "--resource-mapping", str(mapping))]
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
    assert mapping.read_text(encoding="utf-8").split() == [
        *("{", '"Table":', "{", '"TableName":', '"PerennialQa-Table-X"', "},"),
        *('"Key":', "{", '"KeyId":', '"1234"', "},", '"Bucket":', "{", '"BucketName":', '"data"', "}", "}"),
    ]


@pytest.mark.parametrize("kind", retained.IDENTIFIERS)
def test_each_type_is_identified_as_its_public_schema_says(kind: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    assert schema["primaryIdentifier"] == [f"/properties/{retained.IDENTIFIERS[kind]}"]


def test_without_a_destroyed_stack_there_is_nothing_to_adopt(tmp_path: Path) -> None:
    cdk: Any = _Cdk()
    with pytest.raises(OperatorError, match="knows of no stack PerennialQa that was destroyed here"):
        retained.adopt(_aws({"failed": (3, [_KEY])}), _STACK, cdk=cdk, mapping=tmp_path / "m.json")
    assert cdk.ran == []


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "UPDATE_COMPLETE"])
def test_a_stack_that_exists_adopts_nothing(status: str, tmp_path: Path) -> None:
    aws, cdk = _aws({"last": (2, [_BUCKET])}, alive=status), _Cdk()
    with pytest.raises(OperatorError, match=rf"stack PerennialQa exists \({status}\)"):
        retained.adopt(aws, _STACK, cdk=cdk, mapping=tmp_path / "m.json")  # type: ignore[arg-type]  # records only
    assert cdk.ran == []
