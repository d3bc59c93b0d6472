"""Search: filters on properties, order and pages."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import resource_search


def _job(name: str, day: int, *, eta: str = "0.1", seconds: int | None = None, tags: tuple[str, ...] = ()) -> Any:
    described = {
        "TrainingJobName": name,
        "LastModifiedTime": datetime(2026, 1, day),
        "HyperParameters": {"eta": eta, "a.b": "1"},
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://b/{name}/model.tar.gz"},
        "InputDataConfig": [{"ChannelName": "train"}, {"ChannelName": name}],
        "EnableNetworkIsolation": name == "b",
        **({"TrainingTimeInSeconds": seconds} if seconds else {}),
    }
    return SimpleNamespace(response_object=described, tags=[{"Key": "team", "Value": tag} for tag in tags])


BACKEND = SimpleNamespace(
    training_jobs={
        name: _job(name, day, eta=eta, seconds=seconds, tags=tags)
        for name, day, eta, seconds, tags in (
            ("a", 1, "0.1", 10, ("red",)),
            ("b", 3, "0.2", 20, ("blue",)),
            ("c", 2, "0.2", None, ()),
        )
    }
)


def _names(**request: Any) -> list[str]:
    answer = resource_search.find(BACKEND, {"Resource": "TrainingJob", **request})
    return [result["TrainingJob"]["TrainingJobName"] for result in answer["Results"]]


def _filter(name: str, operator: str | None = None, value: str | None = None) -> dict[str, Any]:
    told = {"Name": name, "Operator": operator, "Value": value}
    return {member: content for member, content in told.items() if content is not None}


@pytest.mark.parametrize(
    ("name", "operator", "value", "names"),
    [
        ("ModelArtifacts.S3ModelArtifacts", "Equals", "s3://b/b/model.tar.gz", ["b"]),
        ("TrainingJobName", None, "c", ["c"]),
        ("TrainingJobName", "NotEquals", "c", ["b", "a"]),
        ("TrainingJobName", "In", "a,b", ["b", "a"]),
        ("HyperParameters.eta", "Equals", "0.2", ["b", "c"]),
        ("HyperParameters.a.b", "Exists", None, ["b", "c", "a"]),
        ("InputDataConfig.ChannelName", "Equals", "c", ["c"]),
        ("ModelArtifacts.S3ModelArtifacts", "Contains", "/a/", ["a"]),
        ("EnableNetworkIsolation", "Equals", "true", ["b"]),
        ("TrainingTimeInSeconds", "GreaterThan", "10", ["b"]),
        ("TrainingTimeInSeconds", "GreaterThanOrEqualTo", "10", ["b", "a"]),
        ("TrainingTimeInSeconds", "LessThan", "20", ["a"]),
        ("TrainingTimeInSeconds", "Exists", None, ["b", "a"]),
        ("TrainingTimeInSeconds", "NotExists", None, ["c"]),
        ("LastModifiedTime", "LessThanOrEqualTo", "2026-01-02T00:00:00+00:00", ["c", "a"]),
        ("Tags.team", "Equals", "red", ["a"]),
        ("Tags.team", "NotExists", None, ["c"]),
    ],
)
def test_a_filter(name: str, operator: str | None, value: str | None, names: list[str]) -> None:
    assert _names(SearchExpression={"Filters": [_filter(name, operator, value)]}) == names


@pytest.mark.parametrize(("operator", "names"), [("And", []), (None, []), ("Or", ["b", "a"])])
def test_filters_and_expressions_are_combined(operator: str | None, names: list[str]) -> None:
    inner = {"Filters": [_filter("Tags.team", "Equals", "blue")]}
    expression = {"Filters": [_filter("TrainingJobName", "Equals", "a")], "SubExpressions": [inner]}
    assert _names(SearchExpression=expression | ({"Operator": operator} if operator else {})) == names


def test_order_and_pages() -> None:
    assert _names(SortBy="TrainingJobName", SortOrder="Ascending") == ["a", "b", "c"]
    assert _names(SortBy="TrainingTimeInSeconds") == ["b", "a", "c"]
    first = resource_search.find(BACKEND, {"Resource": "TrainingJob", "MaxResults": 2})
    assert _names(MaxResults=2, NextToken=first["NextToken"]) == ["a"]
    assert "NextToken" not in resource_search.find(BACKEND, {"Resource": "TrainingJob", "MaxResults": 3})


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"Resource": "ModelCard"}, "does not emulate the resource 'ModelCard'"),
        ({"SearchExpression": {"NestedFilters": [{}]}}, "does not emulate NestedFilters"),
        ({"SearchExpression": {"Filters": [_filter("Beauty", "Equals", "1")]}}, "Unknown property name: Beauty"),
        ({"SearchExpression": {"Filters": [_filter("ModelArtifacts.Beauty", "Exists")]}}, "Unknown property name"),
        ({"SearchExpression": {"Filters": [_filter("TrainingJobName", "Equals")]}}, "has no Value"),
        ({"SearchExpression": {"Filters": [_filter("TrainingTimeInSeconds", "LessThan", "x")]}}, "cannot be compared"),
        ({"SortBy": "Beauty"}, "Unknown property name: Beauty"),
        ({"MaxResults": 101}, "from 1 to 100"),
        ({"NextToken": "?"}, "Invalid NextToken"),
    ],
)
def test_what_is_refused(request_: dict[str, Any], said: str) -> None:
    with pytest.raises((AWSValidationException, NotEmulatedError), match=said):
        resource_search.find(BACKEND, {"Resource": "TrainingJob", **request_})
