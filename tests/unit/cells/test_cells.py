"""Every kind of cell means the same to all readers, or is refused by all that are ours."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given
from hypothesis import strategies as st

from evaluation_job import held_out
from evaluation_job.errors import EvaluationError
from local_cloud.testing.sagemaker import containers
from local_cloud.testing.sagemaker.containers import DataError
from tests.unit.cells import aws_container, page
from tests.unit.cells.aws_container import ContainerError
from tests.unit.cells.kinds import KINDS, NUMBERS, Kind, Table, table
from tests.unit.training_src.requests import asked

ASKED = [kind for kind in KINDS if kind.request is not None]


def _same(found: Table, expected: Table) -> None:
    assert (found is None) == (expected is None), found
    if found is not None and expected is not None:
        # XGBoost's parser has 32 bits, and 1.2e-38 for everything below.
        np.testing.assert_allclose(np.array(found), np.array(expected), rtol=1e-6, atol=1.2e-38)


def _answer(read: Callable[[], Table], refusal: type[Exception]) -> Table:
    try:
        return read()
    except refusal:
        return None


def _channel(folder: Path, kind: Kind) -> Path:
    channel = folder / "train"
    channel.mkdir()
    (channel / "part-0.csv").write_bytes(kind.file)
    return channel


def _ids(kind: Kind) -> str:
    return kind.name


def test_this_is_the_version_of_the_image() -> None:
    assert xgb.__version__ == aws_container.VERSION


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_aws_training(tmp_path: Path, kind: Kind) -> None:
    folder = _channel(tmp_path, kind)
    _same(_answer(lambda: aws_container.train_on(folder, listed=["part-0.csv"]), ContainerError), kind.aws)


@pytest.mark.parametrize("kind", ASKED, ids=_ids)
def test_aws_serving(kind: Kind) -> None:
    body = kind.request or b""
    _same(_answer(lambda: aws_container.serve(body), ContainerError), kind.aws_served)


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_local_training(tmp_path: Path, kind: Kind) -> None:
    def read() -> Table:
        channel = containers.read_channel(_channel(tmp_path, kind))
        return table(np.c_[channel.labels, channel.features])

    _same(_answer(read, DataError), kind.trained or kind.ours)


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_evaluation(tmp_path: Path, kind: Kind) -> None:
    # A request names at least one feature.
    columns = kind.file.replace(b"\r", b"\n").split(b"\n")[0].count(b",")

    def read() -> Table:
        rows = held_out.read(_channel(tmp_path, kind), asked(tuple("abcd"[: max(columns, 1)])))
        found = np.c_[rows.labels, rows.features]
        # A column that is empty in all rows is a column here.
        assert kind.ours is None or np.isnan(found[:, len(kind.ours[0]) :]).all()
        return table(found[:, : len(kind.ours[0]) if kind.ours else None])

    _same(_answer(read, EvaluationError), kind.ours)


@pytest.mark.parametrize("kind", ASKED, ids=_ids)
def test_local_serving(kind: Kind) -> None:
    features = len(kind.aws_served[0]) if kind.aws_served else len((kind.ours or [[0, 0, 0]])[0]) - 1
    text = (kind.request or b"").decode("utf-8", errors="replace")
    _same(_answer(lambda: table(containers.parse(text, features=features)), DataError), kind.served)


@pytest.mark.parametrize("kind", KINDS, ids=_ids)
def test_what_aws_reads_is_not_read_otherwise_here(kind: Kind) -> None:
    # A verdict of ours is AWS's, or a refusal.
    if kind.ours is not None:
        _same(kind.ours, kind.aws)
    if kind.trained is not None:
        _same(kind.trained, kind.aws)
    if kind.served is not None:
        _same(kind.served, kind.aws_served)
    # And what the ETL may write can be served, if its last row ends as requests do.
    if kind in NUMBERS:
        assert kind.served is not None


@given(st.lists(st.sampled_from([*"0123456789", "-1.5", "1E-4", "", "NaN", "+.5", " 7 "]), min_size=2, max_size=9))
def test_the_container_finds_the_comma_in_any_row_that_is_allowed(row: list[str]) -> None:
    # Why the local container need not sniff.
    assert csv.Sniffer().sniff(",".join(row) + "\n").delimiter == ","


@pytest.mark.parametrize("first", ["_SUCCESS", "part-0.csv"])
def test_an_empty_marker_fails_awss_training_if_it_is_listed_first(tmp_path: Path, first: str) -> None:
    folder = _channel(tmp_path, NUMBERS[0])
    (folder / "_SUCCESS").touch()
    listed = [first, *({"_SUCCESS", "part-0.csv"} - {first})]
    if first == "_SUCCESS":
        with pytest.raises(ContainerError, match="Could not determine delimiter on line :"):
            aws_container.train_on(folder, listed=listed)
    else:
        _same(aws_container.train_on(folder, listed=listed), NUMBERS[0].aws)


@pytest.mark.parametrize("name", ["_SUCCESS", "part-1.csv", "below/part-1.csv"])
def test_an_empty_file_in_a_channel_is_always_refused(tmp_path: Path, name: str) -> None:
    folder = _channel(tmp_path, NUMBERS[0])
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).touch()
    with pytest.raises(
        DataError, match=f"^Could not determine delimiter on line : {name} of channel train has nothing"
    ):
        containers.read_channel(folder)


def test_a_marker_with_text_in_it_is_refused_too(tmp_path: Path) -> None:
    # As the committers of Hadoop's S3 client write it:
    # https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/committers.html
    folder = _channel(tmp_path, NUMBERS[0])
    (folder / "_SUCCESS").write_text('{\n  "committer" : "magic"\n}\n')
    with pytest.raises(DataError, match=r"^_SUCCESS of channel train: AWS's container takes '\{' for what stands"):
        containers.read_channel(folder)


def test_kinds_are_many_and_each_is_named_once() -> None:
    assert len(KINDS) >= 25
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_the_page_has_this_table() -> None:
    assert page.table() in page.PAGE.read_text(encoding="utf-8"), f"run `python -m {page.__name__}`"
