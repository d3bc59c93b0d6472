"""How Hugging Face's image reads requests and writes answers: ``decoder_encoder.py`` of its toolkit.

https://github.com/aws/sagemaker-huggingface-inference-toolkit
"""

import csv
import datetime as dt
import io
import json
from typing import Any

from local_cloud.containers.sagemaker import inference_formats
from local_cloud.containers.sagemaker.inference_formats import CSV, JSON, NPY, UnsupportedFormatError

# Of tasks whose models read no texts.
FEATURE_TASKS = frozenset(
    {
        "automatic-speech-recognition",
        "image-segmentation",
        "image-classification",
        "audio-classification",
        "object-detection",
        "zero-shot-image-classification",
    }
)
_IMAGES = frozenset({"image/jpeg", "image/png", "image/tiff", "image/bmp", "image/gif", "image/webp", "image/x-image"})
_SOUNDS = frozenset({"audio/x-flac", "audio/mpeg", "audio/wave", "audio/ogg", "audio/x-audio"})
_HEADERS = ("question", "context", "inputs")


def decode(body: Any, content_type: str) -> Any:
    """The request as a mapping with ``inputs``.

    Raises:
        UnsupportedFormatError: there is no such format.
        ValueError: it is CSV without a header.
    """
    if content_type == JSON:
        return json.loads(body)
    if content_type == CSV:
        return _rows(body)
    if content_type == NPY:
        return inference_formats.decode(body, NPY)
    if content_type in _IMAGES:
        from PIL import Image

        return {"inputs": Image.open(io.BytesIO(body)).convert("RGB")}
    if content_type in _SOUNDS:
        return {"inputs": bytes(body)}
    raise UnsupportedFormatError(content_type)


def encode(prediction: Any, accept: str) -> str | bytes:
    """The answer.

    Raises:
        UnsupportedFormatError: there is no such format.
    """
    if accept == JSON:
        return json.dumps(prediction, ensure_ascii=False, allow_nan=False, default=_plain, separators=(",", ":"))
    if accept == CSV:
        return _table(prediction)
    if accept == NPY:
        return inference_formats.encode(prediction, NPY)
    if accept in _IMAGES:
        stream = io.BytesIO()
        kind = "PNG" if accept == "image/x-image" else accept.removeprefix("image/").upper()
        prediction.save(stream, format=kind)
        return stream.getvalue()
    raise UnsupportedFormatError(accept)


def _rows(body: str) -> dict[str, Any]:
    if not any(header in (body.splitlines() or [""])[0].lower() for header in _HEADERS):
        raise ValueError(
            "You need to provide the correct CSV with Header columns to use it with the inference toolkit default"
            " handler."
        )
    rows = list(csv.DictReader(io.StringIO(body)))
    return {"inputs": [row["inputs"] for row in rows] if rows and "inputs" in rows[0] else rows}


def _table(prediction: Any) -> str:
    rows = prediction if isinstance(prediction, list) else list(prediction)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dt.datetime):
        return str(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
