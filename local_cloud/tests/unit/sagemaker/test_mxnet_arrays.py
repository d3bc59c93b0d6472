"""Files of arrays, compared with what MXNet 1.9.1 wrote: ``mx.nd.save`` of a list, and of a dictionary."""

import numpy as np
import pytest

from local_cloud.containers.sagemaker import mxnet_arrays
from local_cloud.containers.sagemaker.mxnet_arrays import ArraysError

LIST = bytes.fromhex(
    "1201000000000000 0000000000000000 0100000000000000 c9fa93f9 00000000 02000000 0200000000000000 0300000000000000"
    "01000000 00000000 00000000 00000000 0000803f 00000040 00004040 00008040 0000a040 0000000000000000"
)
NAMED = bytes.fromhex(
    "1201000000000000 0000000000000000 0200000000000000 c9fa93f9 00000000 01000000 0200000000000000 01000000 00000000"
    "00000000 0000803f 00000040 c9fa93f9 00000000 02000000 0300000000000000 0200000000000000 01000000 00000000 00000000"
    "0000803f 0000803f 0000803f 0000803f 0000803f 0000803f 0200000000000000 0100000000000000 73 0100000000000000 76"
)


def test_files_are_those_of_mxnet() -> None:
    assert mxnet_arrays.dump([np.arange(6.0).reshape(2, 3)]) == LIST
    assert mxnet_arrays.dump({"s": np.array([1.0, 2.0]), "v": np.ones((3, 2))}) == NAMED


def test_files_of_mxnet_are_read() -> None:
    (array,) = mxnet_arrays.load(LIST).values()
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert {name: array.tolist() for name, array in mxnet_arrays.load(NAMED).items()} == {
        "s": [1, 2],
        "v": [[1, 1]] * 3,
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "ends after 0 bytes"),
        (b"PK\x03\x04" * 9, "does not begin as"),
        (LIST[:-9], "ends after"),
        (LIST[:16] + b"\xff" * 8, "more things"),
        (LIST.replace(bytes.fromhex("c9fa93f9"), b"\x00" * 4), "not dense, or of another version"),
        (LIST[:28] + b"\x01" + LIST[29:], "not dense"),
        (LIST[:60] + b"\x02" + LIST[61:], "type 2, float32 and float64"),
        (NAMED[:-26] + (1).to_bytes(8, "little") + NAMED[-18:-9], "2 arrays and 1 names"),
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(ArraysError, match=said):
        mxnet_arrays.load(content)
