"""How AWS's inference toolkits read requests and write answers when a user's code does not.

There are two of them, which differ in CSV: ``decoder.py`` and ``encoder.py`` of
https://github.com/aws/sagemaker-inference-toolkit, and ``_encoders.py`` of the older
https://github.com/aws/sagemaker-containers. Both unpickle arrays of objects; that would run whatever a request has in
it, and is not done here, nor by the newest images (``docker/1.4-2/resources/patches/decoder.py`` of
https://github.com/aws/sagemaker-scikit-learn-container).
"""

import csv
import io
import json
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

# numpy is imported when it is used: the user's code may bring another version of it.
JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
TEXTS = frozenset({JSON, CSV})


class UnsupportedFormatError(Exception):
    """A content type that neither the image nor the user's code reads or writes.

    Args:
        content_type: it.
    """

    def __init__(self, content_type: str | None) -> None:
        said = f"""Content type {content_type} is not supported by this framework.

            Please implement input_fn to to deserialize the request data or an output_fn to
            serialize the response. For more information, see the SageMaker Python SDK README."""
        super().__init__(textwrap.dedent(said))


def decode(body: Any, content_type: str | None) -> Any:
    """An array, as sagemaker-inference reads it.

    Raises:
        UnsupportedFormatError: there is no such format.
    """
    return _DECODERS[_known(_DECODERS, content_type)](body)


def encode(values: Any, content_type: str | None) -> str | bytes:
    """What sagemaker-inference writes.

    Raises:
        UnsupportedFormatError: there is no such format.
    """
    return _ENCODERS[_known(_ENCODERS, content_type)](values)


def encode_for(values: Any, accept: str) -> tuple[str | bytes, str]:
    """The same in the first format of several that it can write, and which one that is."""
    for content_type in accept.replace(" ", "").split(","):
        if content_type in _ENCODERS:
            return encode(values, content_type), content_type
    raise UnsupportedFormatError(accept)


def decode_older(body: Any, content_type: str | None) -> Any:
    """An array, as sagemaker-containers reads it: a single row or column of CSV has one dimension.

    Raises:
        UnsupportedFormatError: there is no such format.
    """
    return _csv_rows(body) if content_type == CSV else decode(body, content_type)


def encode_older(values: Any, content_type: str | None) -> str | bytes:
    """What sagemaker-containers writes.

    Raises:
        UnsupportedFormatError: there is no such format.
    """
    return _csv_lines(values) if content_type == CSV else encode(values, content_type)


def _known(formats: Mapping[str, object], content_type: str | None) -> str:
    if content_type is None or content_type not in formats:
        raise UnsupportedFormatError(content_type)
    return content_type


def _csv_rows(body: str) -> Any:
    import numpy as np

    array = np.array(list(csv.reader(io.StringIO(body), delimiter=",", quotechar='"', strict=True))).squeeze()
    try:
        return array.astype(float)
    except ValueError:
        # Texts stay what they are.
        return array


def _csv_lines(values: Any) -> str:
    import numpy as np

    array = np.array(values)
    rows = array.reshape(-1, 1) if array.ndim == 1 else array
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", delimiter=",", quotechar='"', strict=True).writerows(rows)
    return stream.getvalue()


def _from_csv(body: str) -> Any:
    import numpy as np

    return np.genfromtxt(io.StringIO(body), delimiter=",")


def _to_csv(values: Any) -> str:
    import numpy as np

    stream = io.StringIO()
    np.savetxt(stream, values, delimiter=",", fmt="%s")
    return stream.getvalue()


def _from_json(body: str) -> Any:
    import numpy as np

    return np.array(json.loads(body))


def _from_npy(body: bytes) -> Any:
    import numpy as np

    return np.load(io.BytesIO(body), allow_pickle=False)


def _to_npy(values: Any) -> bytes:
    import numpy as np

    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def _to_json(values: Any) -> str:
    return json.dumps(values, default=_as_list)


def _as_list(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_DECODERS: Mapping[str, Callable[[Any], Any]] = {
    JSON: _from_json,
    CSV: _from_csv,
    NPY: _from_npy,
}
_ENCODERS: Mapping[str, Callable[[Any], str | bytes]] = {JSON: _to_json, CSV: _to_csv, NPY: _to_npy}
