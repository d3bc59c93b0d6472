"""A copy is made if its conditions hold, by the table of S3's reference."""

from datetime import UTC, datetime

import pytest

from local_cloud.services.s3 import copy_conditions

MODIFIED = datetime(2026, 1, 2, 12, 0, 0, 500000)
BEFORE, SAME, AFTER = (f"Fri, 02 Jan 2026 {time} GMT" for time in ("11:59:59", "12:00:00", "12:00:01"))
P = "x-amz-copy-source-if-"


@pytest.mark.parametrize(
    ("headers", "made"),
    [
        ({}, True),
        ({"match": '"tag"'}, True),
        ({"match": "tag"}, True),
        ({"match": "*"}, True),
        ({"match": '"other"'}, False),
        ({"none-match": '"tag"'}, False),
        ({"none-match": '"other"'}, True),
        ({"modified-since": BEFORE}, True),
        ({"modified-since": SAME}, False),
        ({"modified-since": AFTER}, False),
        ({"unmodified-since": BEFORE}, False),
        ({"unmodified-since": SAME}, True),
        ({"match": "tag", "unmodified-since": BEFORE}, True),
        ({"none-match": "tag", "modified-since": BEFORE}, False),
    ],
)
def test_a_copy_is_made_if_its_conditions_hold(headers: dict[str, str], made: bool) -> None:
    named = {f"{P}{name}": value for name, value in headers.items()}

    assert copy_conditions.hold(named, etag='"tag"', modified=MODIFIED) is made
    assert copy_conditions.hold(named, etag='"tag"', modified=MODIFIED.replace(tzinfo=UTC)) is made
