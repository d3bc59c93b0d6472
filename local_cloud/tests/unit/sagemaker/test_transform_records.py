"""Records and requests: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformInput.html"""

import io
import struct

import pytest

from local_cloud.services.sagemaker import transform_records
from local_cloud.services.sagemaker.transform_records import RecordError, SplitType

# Written by sagemaker.amazon.common of the SDK 2.257.7: _write_recordio(file, b"abcde").
RECORD_IO = bytes.fromhex("0a23d7ce 05000000 6162636465 000000")
# Written by TensorFlow's TFRecordWriter: the word "hello" (https://stackoverflow.com/questions/42394585), its masked
# checksums are not looked at.
TF_RECORD = struct.pack("<Q", 5) + b"\x01\x02\x03\x04" + b"hello" + b"\x05\x06\x07\x08"


def _contents(data: bytes, split_type: SplitType) -> list[bytes]:
    return [record.content for record in transform_records.split(io.BytesIO(data), split_type)]


def _wrapped(data: bytes, split_type: SplitType) -> list[bytes]:
    return [record.wrapped for record in transform_records.split(io.BytesIO(data), split_type)]


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b"", []),
        (b"1,2\n3,4\n", [b"1,2\n", b"3,4\n"]),
        (b"1,2\n3,4", [b"1,2\n", b"3,4"]),
        (b"1,2\r\n3,4\r\n", [b"1,2\r\n", b"3,4\r\n"]),
        (b"1,2\n\n3,4\n", [b"1,2\n", b"\n", b"3,4\n"]),
    ],
)
def test_lines(data: bytes, records: list[bytes]) -> None:
    assert _contents(data, "Line") == _wrapped(data, "Line") == records


def test_what_is_not_split_is_one_record_and_nothing_is_none() -> None:
    assert _contents(b"1\n2\n", "None") == [b"1\n2\n"]
    assert _contents(b"", "None") == []


@pytest.mark.parametrize(("form", "one", "content"), [("RecordIO", RECORD_IO, b"abcde"), ("TFRecord", TF_RECORD, b"hello")])  # fmt: skip
def test_binary_records_have_a_wrapping(form: SplitType, one: bytes, content: bytes) -> None:
    assert _contents(one * 3, form) == [content] * 3
    assert _wrapped(one * 3, form) == [one] * 3
    assert _contents(b"", form) == []


@pytest.mark.parametrize(
    ("form", "data", "said"),
    [
        ("RecordIO", b"1,2,3,4,5\n", "begins with 0x2c322c31 instead of 0xced7230a"),
        ("RecordIO", RECORD_IO[:3], "within the head"),
        ("RecordIO", RECORD_IO[:-1], "before the 8 bytes"),
        ("RecordIO", struct.pack("<II", 0xCED7230A, 1 << 29), "several frames"),
        ("TFRecord", TF_RECORD[:11], "within the head"),
        ("TFRecord", TF_RECORD[:-1], "before the 9 bytes"),
        ("TFRecord", b"1,2,3,4,5,6,7,8\n", "a record would have 3185219434754223157 bytes"),
    ],
)
def test_what_is_not_in_its_format(form: SplitType, data: bytes, said: str) -> None:
    with pytest.raises(RecordError, match=said):
        _contents(data, form)


@pytest.mark.parametrize(
    ("single", "most", "sizes"),
    [
        (True, 100, [[30], [30], [40], [1]]),
        (True, 0, [[30], [30], [40], [1]]),
        (False, 0, [[30, 30, 40, 1]]),
        (False, 100, [[30, 30, 40], [1]]),
        (False, 60, [[30, 30], [40, 1]]),
        (False, 40, [[30], [30], [40], [1]]),
    ],
)
def test_requests_hold_as_many_records_as_fit(single: bool, most: int, sizes: list[list[int]]) -> None:
    records = [b"x" * size for size in (30, 30, 40, 1)]
    found = transform_records.batches(records, single=single, most_bytes=most)
    assert [[len(record) for record in batch] for batch in found] == sizes


@pytest.mark.parametrize("single", [True, False])
def test_a_record_that_fits_into_no_request(single: bool) -> None:
    found = transform_records.batches([b"x" * 10, b"x" * 41], single=single, most_bytes=40)
    with pytest.raises(RecordError, match="Too much data for max payload size: a record has 41 bytes, 40 are allowed"):
        list(found)
