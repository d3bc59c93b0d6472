"""Reads a channel of CSV by XGBoost's own reader of text, for a version whose reader makes of it what no other does."""

import tempfile
from pathlib import Path

import xgboost as xgb

from local_cloud.containers.sagemaker.xgboost import cells, data
from local_cloud.containers.sagemaker.xgboost.cells import DataError
from local_cloud.containers.sagemaker.xgboost.data import Channel

# What XGBoost marks its own files with, and whoever looks for others must leave out.
_NAME = "rows"


def read_channel(folder: Path, channel: Channel) -> xgb.DMatrix:
    """All files of a channel as one matrix.

    Args:
        folder: the channel.
        channel: what was read of it, and is in order.

    Raises:
        DataError: XGBoost refuses it.
    """
    asked = f"format=csv&label_column=0&delimiter={channel.delimiter}"
    if channel.with_weights:
        asked += "&weight_column=1"
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / _NAME
        rows = [line for file in data.files(folder) for line in cells.lines(file.read_bytes(), file.name) if line]
        path.write_text("\n".join([*rows, ""]), encoding="utf-8")
        try:
            return xgb.DMatrix(f"{path}?{asked}")
        except xgb.core.XGBoostError as error:
            raise DataError(f"Failed to load csv data with exception:\n{error}") from error
