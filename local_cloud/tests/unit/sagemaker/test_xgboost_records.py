"""Channels of recordio-protobuf for XGBoost: the same matrix as the same rows of another form."""

import io
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from local_cloud.containers.sagemaker import recordio
from local_cloud.containers.sagemaker.record_message import Record, Tensor
from local_cloud.containers.sagemaker.xgboost import records
from local_cloud.containers.sagemaker.xgboost.cells import DataError

FEATURES = np.array([[1.5, 0.0, -2.0], [0.0, 3.0, 0.0], [4.0, 5.0, 0.0]], np.float32)
LABELS = np.array([0, 1, 1], np.float32)


def _channel(folder: Path, *files: list[Record]) -> Path:
    (folder / "train").mkdir()
    for number, found in enumerate(files):
        stream = io.BytesIO()
        recordio.write(stream, found)
        (folder / "train" / f"matrix_{number}.pbr").write_bytes(stream.getvalue())
    return folder / "train"


def _sparse(row: np.ndarray[tuple[int], np.dtype[np.float32]], label: float) -> Record:
    keys = np.flatnonzero(row)
    return Record(
        features={"values": Tensor(values=row[keys], keys=keys.astype(np.uint64), shape=(len(row),))},
        label={"values": Tensor(values=np.array([label], np.float32))},
    )


def test_dense_records_of_all_files(tmp_path: Path) -> None:
    found = list(recordio.records_of(FEATURES, LABELS))

    matrix = records.read_channel(_channel(tmp_path, found[:2], found[2:]))

    np.testing.assert_array_equal(matrix.get_data().toarray(), FEATURES)
    # Dense: a zero is a value.
    assert matrix.num_nonmissing() == FEATURES.size
    np.testing.assert_array_equal(matrix.get_label(), LABELS)


def test_what_a_sparse_record_has_not_is_missing(tmp_path: Path) -> None:
    rows = [_sparse(row, label) for row, label in zip(FEATURES, LABELS, strict=True)]

    matrix = records.read_channel(_channel(tmp_path, rows))

    np.testing.assert_array_equal(matrix.get_data().toarray(), sparse.csr_matrix(FEATURES).toarray())
    assert matrix.num_nonmissing() == np.count_nonzero(FEATURES)
    assert (matrix.num_row(), matrix.num_col()) == FEATURES.shape


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (list(recordio.records_of(FEATURES)), "record 1 needs one label, got 0"),
        (list(recordio.records_of(FEATURES, np.ones((3, 2)))), "record 1 needs one label, got 2"),
        ([_sparse(FEATURES[0], 1), *recordio.records_of(FEATURES, LABELS)], "record 2 is not sparse, others are"),
    ],
    ids=["no label", "two labels", "mixed"],
)
def test_records_that_are_no_rows_are_refused(tmp_path: Path, found: list[Record], said: str) -> None:
    with pytest.raises(DataError, match=f"Failed to load recordio-protobuf data with exception:\n{said}"):
        records.read_channel(_channel(tmp_path, found))
