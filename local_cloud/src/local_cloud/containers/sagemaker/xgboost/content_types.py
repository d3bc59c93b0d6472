"""What a content type means to SageMaker's XGBoost, of a channel and of a request.

Reference: ``data_utils.py``, ``algorithm_mode/channel_validation.py`` and
``sagemaker_algorithm_toolkit/channel_validation.py`` of https://github.com/aws/sagemaker-xgboost-container, v3.0-5.
"""

from collections.abc import Mapping
from typing import Any, Literal

from local_cloud.containers.sagemaker.xgboost.cells import DataError

Format = Literal["csv", "libsvm", "parquet", "recordio-protobuf"]

_FORMATS: Mapping[str, Format] = {
    "csv": "csv",
    "libsvm": "libsvm",
    "parquet": "parquet",
    "recordio-protobuf": "recordio-protobuf",
    "text/csv": "csv",
    "text/libsvm": "libsvm",
    "text/x-libsvm": "libsvm",
    "application/x-parquet": "parquet",
    "application/x-recordio-protobuf": "recordio-protobuf",
}
# Of a channel, and of a request, that has none.
DEFAULT = "text/libsvm"


def of_channels(channels: Mapping[str, Mapping[str, Any]]) -> Format:
    """The format of all channels, which is that of the channel train.

    Args:
        channels: the job's inputdataconfig.json.

    Raises:
        DataError: a channel is missing, unknown, or not of a kind that the container takes.
    """
    if "train" not in channels:
        # The container looks for the folder of the channel before it asks for the channel.
        raise DataError("'SM_CHANNEL_TRAIN': Missing required channel: train")
    for name, channel in channels.items():
        if name not in {"train", "validation", "code"}:
            raise DataError(f"Extraneous channel found: {name}")
        full = {"ContentType": DEFAULT} | dict(channel)
        # Compared as they stand: with parameters, or in capitals, they are others.
        known = {"text/python"} if name == "code" else set(_FORMATS)
        if full["ContentType"] not in known:
            raise DataError(
                f"Channel configuration for '{name}' channel is not supported: {full};"
                f" ContentType must be one of {sorted(known)}, without parameters"
            )
    return of(channels["train"].get("ContentType", DEFAULT))


def of(content_type: str) -> Format:
    """The format of a content type, which may have parameters here.

    Raises:
        DataError: there is none.
    """
    kind, *parameters = (part.strip() for part in content_type.lower().split(";"))
    if kind not in _FORMATS:
        raise DataError(f"{content_type} is not an accepted ContentType: {', '.join(_FORMATS)}.")
    sizes = [
        value.strip(' "') for name, _, value in (item.partition("=") for item in parameters) if name == "label_size"
    ]
    if _FORMATS[kind] == "csv" and set(sizes[-1:]) - {"1"}:
        raise DataError(
            f"{content_type} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
        )
    return _FORMATS[kind]
