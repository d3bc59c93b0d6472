"""Recordio-protobuf: what the SageMaker SDK v2 writes (2.257.7, printed by it) is read, and written byte by byte."""

import io
import itertools
import struct
from typing import Any

import numpy as np
import pytest

from local_cloud.containers.sagemaker import record_message, recordio
from local_cloud.containers.sagemaker.record_message import Record, RecordError, Tensor

_MATRIX = np.array([[1.5, -2.0, 3.25], [0.0, 4.0, -0.5]])
# features, labels, what write_numpy_to_dense_tensor makes of them
_DENSE = {
    "float32": (
        _MATRIX.astype(np.float32),
        np.array([1, 0], np.float32),
        (
            "0a23d7ce300000000a1a0a0676616c7565731210120e0a0c0000c03f000000c00000504012120a0676616c756573120812060a040000803f"
            "0a23d7ce300000000a1a0a0676616c7565731210120e0a0c0000000000008040000000bf12120a0676616c756573120812060a0400000000"
        ),
    ),
    "float64": (
        _MATRIX,
        np.array([7.0, -8.0]),
        (
            "0a23d7ce400000000a260a0676616c756573121c1a1a0a18000000000000f83f00000000000000c00000000000000a4012160a0676616c75"
            "6573120c1a0a0a080000000000001c400a23d7ce400000000a260a0676616c756573121c1a1a0a1800000000000000000000000000001040"
            "000000000000e0bf12160a0676616c756573120c1a0a0a0800000000000020c0"
        ),
    ),
    "int32": (
        np.array([[1, -2, 300]], np.int32),
        np.array([-1], np.int32),
        (
            "0a23d7ce370000000a1b0a0676616c75657312113a0f0a0d01feffffffffffffffff01ac0212180a0676616c756573120e3a0c0a0affffff"
            "ffffffffffff0100"
        ),
    ),
}
# 1 at 2 and -3 at 300 of 1000, label 5, uid "row 1"
_SPARSE = (
    "0a23d7ce3c0000000a1f0a0676616c756573121512130a080000803f000040c0120302ac021a02e80712120a0676616c756573120812060a04"
    "0000a0401a05726f772031"
)


def _read(text: str) -> list[Record]:
    return list(recordio.read(io.BytesIO(bytes.fromhex(text))))


@pytest.mark.parametrize(("features", "labels", "written"), _DENSE.values(), ids=_DENSE)
def test_dense_records_are_those_of_the_sdk(features: Any, labels: Any, written: str) -> None:
    table = recordio.table(_read(written))

    assert table.labels is not None
    np.testing.assert_array_equal(table.features, features)
    np.testing.assert_array_equal(table.labels[:, 0], labels)
    assert table.features.dtype == features.dtype

    stream = io.BytesIO()
    recordio.write(stream, recordio.records_of(features, labels))
    assert stream.getvalue().hex() == written


def test_a_sparse_record_is_that_of_the_sdk() -> None:
    (record,) = _read(_SPARSE)

    assert record.uid == "row 1"
    table = recordio.table([record])
    assert table.features.shape == (1, 1000)
    assert {int(place): float(table.features[0, place]) for place in np.flatnonzero(table.features)} == {2: 1, 300: -3}
    assert np.isnan(recordio.table([record], fill=np.nan).features).sum() == 998

    stream = io.BytesIO()
    recordio.write(stream, [record])
    assert stream.getvalue().hex() == _SPARSE


def test_records_without_labels_have_none() -> None:
    table = recordio.table(recordio.records_of(_MATRIX))

    assert table.labels is None
    np.testing.assert_array_equal(table.features, _MATRIX)


def test_numbers_that_are_not_packed_are_read_too() -> None:
    # Value { float32_tensor { values: 1.5  values: -2 } }, each value with its own tag of wire type 5
    tensor = b"".join(b"\x0d" + struct.pack("<f", value) for value in (1.5, -2.0))
    value = bytes([0x12, len(tensor)]) + tensor
    entry = b"\x0a\x06values" + bytes([0x12, len(value)]) + value

    record = record_message.parse(bytes([0x0A, len(entry)]) + entry)

    assert record.features["values"].values.tolist() == [1.5, -2]


def test_sparse_records_without_a_shape_are_as_wide_as_the_widest() -> None:
    vectors = [
        Tensor(values=np.array([value], np.float32), keys=np.array([key], np.uint64)) for value, key in ((1, 0), (2, 3))
    ]

    table = recordio.table(Record(features={"values": vector}) for vector in vectors)

    assert table.features.tolist() == [[1, 0, 0, 0], [0, 0, 0, 2]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"1,2,3,4\n", "record 1: begins with .* so the data are not recordio"),
        (b"\x0a\x23", "record 1: the data end within its first 8 bytes"),
        (bytes.fromhex("0a23d7ce30000000") + b"\x0a", "record 1: the data end before its 48 bytes"),
        (bytes.fromhex("0a23d7ce00000020"), "record 1: is split over several frames"),
        (bytes.fromhex("0a23d7ce020000000aff0000"), "record 1: is no protobuf message: it ends within a number"),
        (bytes.fromhex("0a23d7ce020000000a050000"), "record 1: is no protobuf message: it ends within a field"),
        # features { "a": Value { bytes {} } }
        (bytes.fromhex("0a23d7ce090000000a070a016112024a00000000"), "record 1: holds bytes .* only tensors are read"),
        # features { "a": Value {} }
        (bytes.fromhex("0a23d7ce070000000a050a0161120000"), "record 1: has a feature or a label without a value"),
        # values: 3 bytes in a float32 tensor
        (bytes.fromhex("0a23d7ce0e0000000a0c0a016112071205") + b"\x0a\x03abc\0\0", "no multiple of 4"),
    ],
)
def test_what_is_no_such_data_is_refused_with_the_record(content: bytes, words: str) -> None:
    with pytest.raises(RecordError, match=words):
        list(recordio.read(io.BytesIO(content)))


@pytest.mark.parametrize("end", range(1, 56))
def test_a_record_that_is_cut_anywhere_is_refused(end: int) -> None:
    content = bytes.fromhex(_DENSE["float32"][2])[:end]

    with pytest.raises(RecordError):
        list(recordio.read(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([1.0, 2.0], [3.0]), "record 2 has 1 values, 2 are needed"),
        (([1.0], [2.0, 3.0]), "record 1 has 1 values, 2 are needed"),
    ],
)
def test_dense_records_of_different_widths_are_refused(rows: tuple[list[float], ...], words: str) -> None:
    records = itertools.chain.from_iterable(recordio.records_of(np.array([row])) for row in rows)

    with pytest.raises(RecordError, match=words):
        recordio.table(records)


def test_a_label_that_is_missing_is_refused_with_its_record() -> None:
    with_label, without = recordio.records_of(_MATRIX, np.zeros(2)), recordio.records_of(_MATRIX)

    with pytest.raises(RecordError, match="record 3 has no label"):
        recordio.table([*with_label, *without])


def test_a_type_that_the_schema_has_not_is_refused() -> None:
    with pytest.raises(RecordError, match="a tensor of int64 cannot be written"):
        recordio.write(io.BytesIO(), recordio.records_of(np.array([[1, 2]], np.int64)))
