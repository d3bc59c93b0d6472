from datetime import UTC, datetime
from typing import Any

import pytest
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import job_listing

MEMBERS = job_listing.Members(
    name="Name", status="Status", sorts={"Name": ["Name"], "Created": ["CreationTime"], "Value": ["Final", "Value"]}
)
JOBS: list[dict[str, Any]] = [
    {"Name": "b", "Status": "Completed", "CreationTime": datetime(2026, 1, 1), "Final": {"Value": 2}},  # as moto has it
    {"Name": "a", "Status": "Failed", "CreationTime": datetime(2026, 1, 2)},
    {"Name": "c", "Status": "Completed", "CreationTime": datetime(2026, 1, 3), "Final": {"Value": 1}},
]


def _names(jobs: list[dict[str, Any]] | None = None, **request: Any) -> tuple[list[str], str | None]:
    found, token = job_listing.page(JOBS if jobs is None else jobs, request, members=MEMBERS, sort_by="Name")
    return [str(item["Name"]) for item in found], token


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ({}, ["a", "b", "c"]),
        ({"SortOrder": "Descending"}, ["c", "b", "a"]),
        ({"SortBy": "Created"}, ["b", "a", "c"]),
        ({"SortBy": "Value"}, ["c", "b", "a"]),
        ({"SortBy": "Value", "SortOrder": "Descending"}, ["b", "c", "a"]),
        ({"NameContains": "B"}, ["b"]),
        ({"StatusEquals": "Completed"}, ["b", "c"]),
        ({"CreationTimeAfter": datetime(2026, 1, 2, tzinfo=UTC)}, ["c"]),
        ({"CreationTimeBefore": datetime(2026, 1, 2, tzinfo=UTC).timestamp()}, ["b"]),
    ],
)
def test_filters_and_orders(request_: dict[str, Any], names: list[str]) -> None:
    assert _names(**request_) == (names, None)


def test_a_page_begins_where_the_last_one_ended_although_a_job_came_meanwhile() -> None:
    first, token = _names(SortBy="Created", SortOrder="Descending", MaxResults=2)
    assert first == ["c", "a"]
    newer = {"Name": "d", "Status": "InProgress", "CreationTime": datetime(2026, 1, 4)}
    assert _names([*JOBS, newer], SortBy="Created", SortOrder="Descending", MaxResults=2, NextToken=token) == (
        ["b"],
        None,
    )


@pytest.mark.parametrize(
    "request_",
    [{"SortBy": "Beauty"}, {"SortOrder": "Up"}, {"NextToken": "x"}, {"NextToken": "enp6"}, {"MaxResults": 101}],
)
def test_what_is_no_value_of_the_api_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(AWSValidationException):
        _names(**request_)
