"""Filters, orders and pages of List calls."""

from datetime import UTC, datetime
from typing import Any

import pytest
from moto.core.responses import get_service_model
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import listing, listings
from local_cloud.services.sagemaker.listing import Listing

LISTING = Listing(
    operation="ListTrainingJobsForHyperParameterTuningJob",
    answer="Jobs",
    name="Name",
    sorts={
        "Name": ["Name"],
        "CreationTime": ["CreationTime"],
        "Status": ["Status"],
        "FinalObjectiveMetricValue": ["Final", "Value"],
    },
    sort_by="Name",
    equals={"StatusEquals": "Status"},
)
JOBS: list[dict[str, Any]] = [
    {"Name": "b", "Status": "Completed", "CreationTime": datetime(2026, 1, 1), "Final": {"Value": 2}},  # as moto has it
    {"Name": "a", "Status": "Failed", "CreationTime": datetime(2026, 1, 2)},
    {"Name": "c", "Status": "Completed", "CreationTime": datetime(2026, 1, 3), "Final": {"Value": 1}},
]
ALL = sorted(
    (item for item in vars(listings).values() if isinstance(item, Listing)), key=lambda item: str(item.operation)
)


def _names(jobs: list[dict[str, Any]] | None = None, **request: Any) -> tuple[list[str], str | None]:
    answer = listing.page(LISTING, JOBS if jobs is None else jobs, request)
    return [str(item["Name"]) for item in answer["Jobs"]], answer.get("NextToken")


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ({}, ["a", "b", "c"]),
        ({"SortOrder": "Descending"}, ["c", "b", "a"]),
        ({"SortBy": "CreationTime"}, ["b", "a", "c"]),
        ({"SortBy": "FinalObjectiveMetricValue"}, ["c", "b", "a"]),
        ({"SortBy": "FinalObjectiveMetricValue", "SortOrder": "Descending"}, ["b", "c", "a"]),
        ({"NameContains": "B"}, ["b"]),
        ({"StatusEquals": "Completed"}, ["b", "c"]),
        ({"CreationTimeAfter": datetime(2026, 1, 2, tzinfo=UTC)}, ["c"]),
        ({"CreationTimeBefore": datetime(2026, 1, 2, tzinfo=UTC).timestamp()}, ["b"]),
        ({"StatusEquals": None, "MaxResults": None}, ["a", "b", "c"]),
    ],
)
def test_filters_and_orders(request_: dict[str, Any], names: list[str]) -> None:
    assert _names(**request_) == (names, None)


def test_a_page_begins_where_the_last_one_ended_although_a_job_came_meanwhile() -> None:
    first, token = _names(SortBy="CreationTime", SortOrder="Descending", MaxResults=2)
    assert first == ["c", "a"]
    newer = {"Name": "d", "Status": "InProgress", "CreationTime": datetime(2026, 1, 4)}
    assert _names([*JOBS, newer], SortBy="CreationTime", SortOrder="Descending", MaxResults=2, NextToken=token) == (
        ["b"],
        None,
    )


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"SortBy": "Beauty"}, "'Beauty' at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set"),
        ({"SortOrder": "Up"}, "'Up' at 'sortOrder'"),
        ({"StatusEquals": "Done"}, "'Done' at 'statusEquals'"),
        ({"NextToken": "x"}, "Invalid NextToken"),
        ({"NextToken": "enp6"}, "Invalid NextToken"),
        ({"MaxResults": 101}, "'101' at 'maxResults' .* less than or equal to 100"),
        ({"MaxResults": 0}, "'0' at 'maxResults' .* greater than or equal to 1"),
    ],
)
def test_what_is_no_value_of_the_api_is_refused(request_: dict[str, Any], words: str) -> None:
    with pytest.raises(AWSValidationException, match=words):
        _names(**request_)


@pytest.mark.parametrize("item", ALL, ids=lambda item: str(item.operation))
def test_a_listing_says_what_the_model_of_its_operation_says(item: Listing) -> None:
    model = get_service_model("sagemaker").operation_model(item.operation)
    members = model.input_shape.members
    summary = model.output_shape.members[item.answer].member.members

    assert set(item.sorts) == set(members["SortBy"].enum)
    assert item.sort_by in item.sorts
    assert item.sort_order in members["SortOrder"].enum
    assert set(item.equals) <= set(members)
    assert {item.name, item.key or item.name, *item.equals.values(), *(path[0] for path in item.sorts.values())} <= set(
        summary
    )
    # Of the two exceptions see the module.
    if item.operation != "ListTrainingJobs":
        assert f"<code>{item.sort_order}</code>" in members["SortOrder"].documentation
    assert f"<code>{item.sort_by}</code>" in members["SortBy"].documentation


@pytest.mark.parametrize("item", ALL, ids=lambda item: str(item.operation))
def test_a_page_has_ten_items(item: Listing) -> None:
    key = item.key or item.name
    made = [{key: f"n{number:02}", "CreationTime": datetime(2026, 1, 1 + number)} for number in range(12)]

    first = listing.page(item, made, {"SortOrder": "Ascending", "SortBy": "CreationTime"})
    rest = listing.page(
        item, made, {"SortOrder": "Ascending", "SortBy": "CreationTime", "NextToken": first["NextToken"]}
    )

    assert [found[key] for found in first[item.answer] + rest[item.answer]] == [one[key] for one in made]
    assert (len(first[item.answer]), "NextToken" in rest) == (10, False)


@pytest.mark.parametrize(("item", "passes"), [(LISTING, False), (listings._MODELS, True)])
def test_a_moment_itself_is_after_it_where_the_reference_says_so(item: Listing, passes: bool) -> None:
    moment = datetime(2026, 1, 1)
    found = listing.page(item, [{item.name: "x", "CreationTime": moment}], {"CreationTimeAfter": moment})
    assert bool(found[item.answer]) is passes


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
@pytest.mark.parametrize("by", ["Name", "CreationTime", "Status"])
def test_who_deletes_what_a_page_lists_sees_all(order: str, by: str) -> None:
    """Half of the items have one time and one status, so that the name decides between them."""
    left = {
        f"n{number}": {"Name": f"n{number}", "Status": "Ended", "CreationTime": datetime(2026, 1, 1 + number // 2)}
        for number in range(7)
    }
    asked, seen = {"SortBy": by, "SortOrder": order, "MaxResults": 2}, []
    while True:
        names, token = _names(list(left.values()), **asked)
        seen += names
        for name in names:
            del left[name]
        if token is None:
            break
        asked["NextToken"] = token

    assert sorted(seen) == [f"n{number}" for number in range(7)]
    assert left == {}
