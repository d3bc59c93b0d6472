"""Reads a channel as SageMaker's XGBoost container takes it: CSV without header, label first.

Reference: ``data_utils.py`` of https://github.com/aws/sagemaker-xgboost-container, v3.0-5, which HEAD of June 2026
equals in this. What that container leaves to chance, or passes over, is always refused here.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from local_cloud.containers.sagemaker.xgboost import cells
from local_cloud.containers.sagemaker.xgboost.cells import DataError, Matrix, Rows

# How deep the container looks for files, the channel's own folder included.
_MOST_FOLDERS = 3
_FEWEST_COLUMNS = 2


@dataclass(frozen=True, kw_only=True)
class Channel:
    """All rows of a channel, in the order of its files' names.

    Args:
        name: train or validation.
        files: each file's rows.
    """

    name: str
    files: tuple[Rows, ...]

    @property
    def labels(self) -> Matrix:
        """The first column."""
        return np.concatenate([rows.values[:, 0] for rows in self.files])

    @property
    def features(self) -> Matrix:
        """The other columns without the last ones that are empty in all rows, which AWS's container does not see."""
        table = np.vstack([rows.values[:, 1:] for rows in self.files])
        seen = np.flatnonzero(~np.isnan(table).all(axis=0))
        return table[:, : seen[-1] + 1 if seen.size else 0]

    def place_of_label(self, row: int) -> str:
        """Where the label of a row stands, for people."""
        for rows in self.files:
            if row < len(rows.values):
                return rows.place(row, 0)
            row -= len(rows.values)
        raise IndexError(row)


def read_channel(folder: Path) -> Channel:
    """All files of a channel.

    Raises:
        DataError: there is no data, a file that is none, a cell that is no number, or a row without a label.
    """
    name = folder.name
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not sum(path.stat().st_size for path in paths):
        kind = {"train": "training"}.get(name, name)
        raise DataError(f"No data in {kind} channel path /opt/ml/input/data/{name}")
    for path in paths:
        _check_name(path.relative_to(folder), name)
    channel = Channel(name=name, files=tuple(_read_file(path, path.relative_to(folder), name) for path in paths))
    widths = {rows.values.shape[1]: rows.source for rows in channel.files}
    if len(widths) > 1:
        found = ", ".join(f"{source} has {width}" for width, source in widths.items())
        raise DataError(f"files of channel {name} differ in their number of columns: {found}")
    if min(widths) < _FEWEST_COLUMNS:
        raise DataError(f"{channel.files[0].source} of channel {name} has one column, it needs a label and a feature")
    if (missing := np.flatnonzero(np.isnan(channel.labels))).size:
        raise DataError(
            f"{channel.place_of_label(int(missing[0]))}: the label is missing; the first column must be the label"
        )
    return channel


def _check_name(path: Path, channel: str) -> None:
    if path.name.startswith("."):
        raise DataError(f"Hidden file found in the data path! Remove that before training: {path} of channel {channel}")
    if len(path.parts) > _MOST_FOLDERS:
        raise DataError(f"{path} of channel {channel} lies deeper than {_MOST_FOLDERS} folders; AWS does not read it")


def _read_file(path: Path, name: Path, channel: str) -> Rows:
    data = path.read_bytes()
    if not data or data[:1] in b"\r\n":
        raise DataError(
            f"Could not determine delimiter on line : {name} of channel {channel} has nothing in its first line;"
            " AWS's container looks into the file that its directory lists first, and then fails or not by chance;"
            " leave nothing but data files below the channel's prefix (for Spark's: .../part)"
        )
    return cells.read(data, source=str(name))
