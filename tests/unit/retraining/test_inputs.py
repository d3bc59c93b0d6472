"""What a listing says about whether there is anything new."""

import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import Etl
from retraining.errors import NoRawDataError
from retraining.logic import inputs

ETL = Etl(
    script="s3://assets/a.py",
    library="s3://assets/library.zip",
    arguments={"--target": "rain"},
    worker_type="G.1X",
    number_of_workers=2,
    timeout_minutes=30,
    timeout_seconds=3600,
)
ONE = ("raw/m/a.csv", '"e1"', 3)
TWO = ("raw/m/b.csv", '"e2"', 4)
URI = "s3://artifacts/raw/m/"
_OBJECTS = st.lists(
    st.tuples(st.text(alphabet=string.ascii_letters + '",[]\n ', min_size=1), st.text(), st.integers(min_value=0))
)


def _digest(*objects: tuple[str, str, int], **etl: Any) -> str:
    return inputs.digest(objects, uri=URI, etl=replace(ETL, **etl))


def test_an_equal_listing_has_an_equal_digest() -> None:
    assert _digest(ONE, TWO) == _digest(ONE, TWO)
    assert len(_digest(ONE)) == 64


@pytest.mark.parametrize(
    "objects",
    [
        (ONE,),
        (ONE, TWO, ("raw/m/c.csv", '"e3"', 1)),
        (ONE, ("raw/m/b.csv", '"other"', 4)),
        (ONE, ("raw/m/b.csv", '"e2"', 5)),
        (ONE, ("raw/m/renamed.csv", '"e2"', 4)),
        # Names that a script skips count too: at most its job runs once more.
        (("raw/m/_SUCCESS", '"e0"', 0), ONE, TWO),
    ],
)
def test_whatever_changes_in_a_listing_changes_its_digest(objects: tuple[tuple[str, str, int], ...]) -> None:
    assert _digest(*objects) != _digest(ONE, TWO)


@pytest.mark.parametrize("etl", [{"script": "s3://assets/b.py"}, {"arguments": {"--target": "temp_max"}}])
def test_another_script_or_other_arguments_may_find_another_fingerprint(etl: dict[str, Any]) -> None:
    assert _digest(ONE, **etl) != _digest(ONE)


@given(_OBJECTS, _OBJECTS)
def test_two_listings_share_a_digest_only_when_they_are_equal(
    some: list[tuple[str, str, int]], others: list[tuple[str, str, int]]
) -> None:
    # Names, ETags and sizes are not just written one behind the other.
    first, second = [ONE, *some], [ONE, *others]
    assert (_digest(*first) == _digest(*second)) is (first == second)


@pytest.mark.parametrize("objects", [(), (("raw/m/", '"e"', 0),), (("raw/m/", '"e"', 0), ("raw/m/2026/", '"e"', 0))])
def test_no_data_are_told_with_the_command_that_uploads(objects: tuple[tuple[str, str, int], ...]) -> None:
    with pytest.raises(NoRawDataError) as caught:
        _digest(*objects)
    assert str(caught.value) == (
        "there are no data below s3://artifacts/raw/m/; upload some: aws s3 cp <file> s3://artifacts/raw/m/"
    )


@pytest.mark.parametrize(
    ("seen", "report", "known"),
    [
        ({}, None, None),
        ({"report": "s3://b/report.json"}, None, None),
        ({"report": "s3://b/report.json"}, {"fingerprint": "f"}, "f"),
        # What a script of somebody's own left out or wrote as it liked.
        ({"report": "s3://b/report.json"}, {"rows": {}}, None),
        ({"report": "s3://b/report.json"}, {"fingerprint": ""}, None),
        ({"report": "s3://b/report.json"}, {"fingerprint": 7}, None),
        ({"fingerprint": "f"}, None, "f"),
    ],
)
def test_a_fingerprint_is_known_once_an_etl_came_to_its_end(
    seen: dict[str, Any], report: dict[str, Any] | None, known: str | None
) -> None:
    assert inputs.known_fingerprint(seen, report) == known


@pytest.mark.parametrize(
    ("fingerprint", "asked", "new"), [(None, False, True), ("f", False, False), ("g", False, True), ("f", True, True)]
)
def test_there_is_something_to_train_on_unless_the_data_are_those_of_the_last_success(
    fingerprint: str | None, asked: bool, new: bool
) -> None:
    assert inputs.is_new(fingerprint, last="f", asked=asked) is new
