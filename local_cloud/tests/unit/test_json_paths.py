"""What paths of state machines select. The rule is Jayway's: only a path that is not definite gives a list."""

from typing import Any

import pytest

from local_cloud.services.step_functions import json_paths

DATA = {"a": [{"v": 2, "w": [5, 6]}, {"v": 3}], "b": {"c": {"d": 1}, "e": 2}, "none": [], "null": None}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DATA),
        ("$.b.e", 2),
        ("$['b']['e']", 2),
        ("$.null", None),
        ("$.a", DATA["a"]),
        ("$.a[0]", {"v": 2, "w": [5, 6]}),
        ("$.a[0].v", 2),
        ("$.a[0]['v']", 2),
        ("$.a[0].w", [5, 6]),
        ("$.a[0].w[1]", 6),
        ("$.a[1].v", 3),
        # wildcards, slices, filters, descents and unions: a list, also of one or of none
        ("$.a[*].v", [2, 3]),
        ("$.a[*].w", [[5, 6]]),
        ("$.a[*].w[1]", [6]),
        ("$.a[0:1].v", [2]),
        ("$.a[1:].v", [3]),
        ("$.a[5:].v", []),
        ("$.a[?(@.v==3)].v", [3]),
        ("$.a[?(@.v==9)].v", []),
        ("$.none[*].v", []),
        ("$.b.*.d", [1]),
        ("$..d", [1]),
        ("$..absent", []),
        ("$.a[0,1].v", [2, 3]),
    ],
)
def test_a_path_selects(path: str, value: Any) -> None:
    assert [found.value for found in json_paths.path(path).find(DATA)] == [value]


@pytest.mark.parametrize(
    "path", ["$.absent", "$.a[7]", "$.a[7].v", "$.a[1].w[0]", "$.b.c.x", "$.absent[*].v", "$.absent..v"]
)
def test_a_definite_way_must_be_there(path: str) -> None:
    assert json_paths.path(path).find(DATA) == []


@pytest.mark.parametrize(
    ("path", "data", "told"),
    [
        # Recorded on AWS: https://github.com/localstack/localstack, test_base_scenarios.snapshot.json.
        ("$.NoSuchInputPath", {}, "Invalid path '$.NoSuchInputPath' : No results for path: $['NoSuchInputPath']"),
        (
            "$.no.such.result.path",
            {},
            "Invalid path '$.no.such.result.path' : Missing property in path $['no']",
        ),
        ("$.a[5]", DATA, "Invalid path '$.a[5]' : No results for path: $['a'][5]"),
    ],
)
def test_a_missing_path_is_told_as_on_aws(path: str, data: Any, told: str) -> None:
    assert json_paths.missing(path, data) == told


@pytest.mark.parametrize(
    ("path", "data", "result"),
    [
        ("$", {"a": 1}, "new"),
        ("$.a", {"a": 1, "b": 2}, {"a": "new", "b": 2}),
        ("$.a.b", {}, {"a": {"b": "new"}}),
        ("$['a b'].c", {"a b": {"d": 1}}, {"a b": {"c": "new", "d": 1}}),
        ("$.a[1]", {"a": [1, 2]}, {"a": [1, "new"]}),
    ],
)
def test_a_result_is_put_where_a_reference_path_leads(path: str, data: Any, result: Any) -> None:
    assert json_paths.put(path, data, "new") == result


@pytest.mark.parametrize(("path", "data"), [("$.a.b", {"a": 1}), ("$.a", [1]), ("$.a", None), ("$.a[2]", {"a": [1]})])
def test_a_result_has_no_place_in_what_is_no_object(path: str, data: Any) -> None:
    with pytest.raises(json_paths.ConflictError):
        json_paths.put(path, data, "new")
