"""The operators of https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html"""

from typing import Any

import pytest

from local_cloud.services.sagemaker import transform_paths
from local_cloud.services.sagemaker.transform_paths import PathError, SelectionError

ROW = ["a", "b", "c", "d", "e", "f"]
RECORD: dict[str, Any] = {
    "id": 7,
    "features": [1, 2.5, None],
    "SageMakerOutput": {"label": 1},
    "field1": {"child1": "x", "child2": "y", "child3": "z"},
    "a b": {"0": [{"n": 1}, {"n": 2}]},
}


@pytest.mark.parametrize(
    ("path", "cells"),
    [
        ("$", "abcdef"),
        ("$[1]", "b"),
        ("$[-1]", "f"),
        ("$[1,3,5]", "bdf"),
        ("$[0,-1]", "af"),
        ("$[1:]", "bcdef"),
        ("$[2:5]", "cde"),
        ("$[:5]", "abcde"),
        ("$[2:]", "cdef"),
        ("$[:-1]", "abcde"),
        # Of the reference of DataProcessing.
        ("$[0,5:]", "af"),
        ("$[4:100]", "ef"),
        ("$[ 0 , 2 ]", "ac"),
        ("$[*]", "abcdef"),
        ("$.*", "abcdef"),
    ],
)
def test_cells_of_a_row(path: str, cells: str) -> None:
    parsed = transform_paths.parse(path)
    assert parsed.by_index
    assert parsed.cells(ROW) == list(cells)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", RECORD),
        ("$.id", 7),
        ("$['id']", 7),
        ('$["a b"]["0"][1].n', 2),
        ("$.features", [1, 2.5, None]),
        ("$.features[0]", 1),
        ("$.features[-1]", None),
        ("$.features[0:2]", [1, 2.5]),
        ("$.field1.*", ["x", "y", "z"]),
        ("$.field1[*]", ["x", "y", "z"]),
        ("$['a b']['0'][*].n", [1, 2]),
        ("$['id','SageMakerOutput']", {"id": 7, "SageMakerOutput": {"label": 1}}),
        ("$.field1.['child1','child2']", {"child1": "x", "child2": "y"}),
        ("$.field1['child1', 'child2']", {"child1": "x", "child2": "y"}),
    ],
)
def test_values_of_an_object(path: str, found: Any) -> None:
    assert transform_paths.parse(path).select(RECORD) == found


@pytest.mark.parametrize("path", ["$.id", "$['id']", "$[0][1]", "$[0].id"])
def test_what_a_row_cannot_have(path: str) -> None:
    assert not transform_paths.parse(path).by_index


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "must begin with \\$"),
        ("id", "must begin with \\$"),
        ("$id", "is not supported"),
        ("$..id", "is not supported"),
        ("$.", "is not supported"),
        ("$[?(@.a > 1)]", "no indexes, slices or quoted names"),
        ("$[id]", "no indexes, slices or quoted names"),
        ("$[]", "no indexes, slices or quoted names"),
        ("$['a',1]", "no indexes, slices or quoted names"),
        ("$[0:4:2]", "no indexes, slices or quoted names"),
        ("$[0", "is not supported"),
        ("$.a.length()", "is not supported"),
        ("$.field1.['child1','child2.grandchild']", "a level of its own"),
        ("$['a','b'].c", "nothing may follow 'a', 'b'"),
    ],
)
def test_what_is_no_path_here(path: str, said: str) -> None:
    with pytest.raises(PathError, match=said):
        transform_paths.parse(path)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("$[6]", ROW, r"\$\[6\]: there is no element 6 among 6"),
        ("$[-7]", ROW, "there is no element -7 among 6"),
        ("$[0]", RECORD, "an object has no elements"),
        ("$.id", ROW, "an array has no 'id', only an object has names"),
        ("$.id.x", RECORD, "a number has no 'x'"),
        ("$.other", {"a": 1}, "there is no 'other', only 'a'"),
        ("$['a','other']", {"a": 1}, "there is no 'other', only 'a'"),
        ("$.*", "text", "a text has no elements"),
    ],
)
def test_what_a_record_does_not_have(path: str, value: Any, said: str) -> None:
    with pytest.raises(SelectionError, match=said):
        transform_paths.parse(path).select(value)
