"""Reads a channel of CSV as SageMaker's XGBoost container takes it: no header, the label first, then perhaps a weight.

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
        delimiter: what stands between the cells.
        with_weights: the second column is the weight of the row.
    """

    name: str
    files: tuple[Rows, ...]
    delimiter: str = ","
    with_weights: bool = False

    @property
    def labels(self) -> Matrix:
        """The first column."""
        return np.concatenate([rows.values[:, 0] for rows in self.files])

    @property
    def weights(self) -> Matrix | None:
        """The second column, if it is the weight of its row."""
        return np.concatenate([rows.values[:, 1] for rows in self.files]) if self.with_weights else None

    @property
    def features(self) -> Matrix:
        """The other columns without the last ones that are empty in all rows, which AWS's container does not see."""
        table = np.vstack([rows.values[:, 1 + self.with_weights :] for rows in self.files])
        seen = np.flatnonzero(~np.isnan(table).all(axis=0))
        return table[:, : seen[-1] + 1 if seen.size else 0]

    def place(self, row: int, column: int = 0) -> str:
        """Where a value stands, for people."""
        for rows in self.files:
            if row < len(rows.values):
                return rows.place(row, column)
            row -= len(rows.values)
        raise IndexError(row)


def read_channel(folder: Path, *, with_weights: bool = False) -> Channel:
    """All files of a channel.

    Args:
        folder: the channel.
        with_weights: the second column is the weight of its row.

    Raises:
        DataError: there is no data, a file that is none, a cell that is no number, or a row without a label.
    """
    name, found = folder.name, files(folder)
    delimiter = _delimiter(found, folder)
    channel = Channel(
        name=name,
        files=tuple(
            cells.read(path.read_bytes(), source=str(path.relative_to(folder)), delimiter=delimiter) for path in found
        ),
        delimiter=delimiter,
        with_weights=with_weights,
    )
    widths = {rows.values.shape[1]: rows.source for rows in channel.files}
    if len(widths) > 1:
        told = ", ".join(f"{source} has {width}" for width, source in widths.items())
        raise DataError(f"files of channel {name} differ in their number of columns: {told}")
    if min(widths) < _FEWEST_COLUMNS + with_weights:
        needed = "a label, a weight and a feature" if with_weights else "a label and a feature"
        raise DataError(f"{channel.files[0].source} of channel {name} has {min(widths)} column(s), it needs {needed}")
    if (missing := np.flatnonzero(np.isnan(channel.labels))).size:
        raise DataError(f"{channel.place(int(missing[0]))}: the label is missing; the first column must be the label")
    _check_weights(channel)
    return channel


def files(folder: Path) -> list[Path]:
    """All files of a channel, in the order of their names.

    Raises:
        DataError: there is no data, or a file that AWS's container does not read.
    """
    name = folder.name
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not sum(path.stat().st_size for path in paths):
        kind = {"train": "training"}.get(name, name)
        raise DataError(f"No data in {kind} channel path /opt/ml/input/data/{name}")
    for path in paths:
        _check_name(path.relative_to(folder), name)
    return paths


def _check_name(path: Path, channel: str) -> None:
    if path.name.startswith("."):
        raise DataError(f"Hidden file found in the data path! Remove that before training: {path} of channel {channel}")
    if len(path.parts) > _MOST_FOLDERS:
        raise DataError(f"{path} of channel {channel} lies deeper than {_MOST_FOLDERS} folders; AWS does not read it")


def _delimiter(paths: list[Path], folder: Path) -> str:
    """What stands between the cells of all files; AWS's container takes it from the file that is listed first."""
    found: dict[str, str] = {}
    for path in paths:
        with path.open("rb") as file:
            # Enough for the longest row of all that one would look at.
            line = cells.first_line(file.read(1 << 20))
        place = f"{path.relative_to(folder)} of channel {folder.name}"
        if not line:
            raise DataError(
                f"Could not determine delimiter on line : {place} has nothing in its first line;"
                " AWS's container looks into the file that its directory lists first, and then fails or not by chance;"
                " leave nothing but data files below the channel's prefix (for Spark's: .../part)"
            )
        delimiter = cells.find_delimiter(line)
        if delimiter not in cells.DELIMITERS:
            if delimiter.isalnum():
                raise DataError(f"{place} has one column, it needs a label and a feature")
            raise DataError(
                f"{place}: AWS's container takes {delimiter!r} for what stands between the cells of {line[:50]!r};"
                " separate them by commas"
            )
        found.setdefault(delimiter, place)
    if len(found) > 1:
        told = ", ".join(f"{delimiter!r} in {place}" for delimiter, place in found.items())
        raise DataError(f"files differ in what stands between their cells: {told}; AWS's container looks into one only")
    return next(iter(found))


def _check_weights(channel: Channel) -> None:
    weights = channel.weights
    if weights is not None and (wrong := np.flatnonzero(~(weights >= 0))).size:
        row = int(wrong[0])
        raise DataError(
            f"{channel.place(row, 1)}: the weight is {weights[row]:g}; with csv_weights the second column must be the"
            " weight of the row, a number from 0"
        )
