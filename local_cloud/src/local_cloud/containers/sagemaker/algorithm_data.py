"""Reads the channels of SageMaker's own algorithms: CSV without a header, or recordio-protobuf.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html. A channel without a content type is
recordio-protobuf, which the SDK's ``record_set`` writes. Sentences are those of AWS's algorithms where these are known:
``exceptions.py`` and ``validation.py`` below
https://github.com/aws/sagemaker-rl-container/tree/master/src/vw-serving/src/vw_serving/sagemaker, and
https://github.com/aws/amazon-sagemaker-examples/issues/1017; where a value stands is added to them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from local_cloud.containers.sagemaker import piped, recordio
from local_cloud.containers.sagemaker.programs import CustomerError
from local_cloud.containers.sagemaker.record_message import RecordError

Matrix = npt.NDArray[np.float64]

CSV, RECORDIO = "text/csv", recordio.CONTENT_TYPES[0]
# All rows are kept as doubles: 4 GiB.
_MOST_VALUES = 2**29
_PIPE = "Pipe"
_CONFIGURATION = "Unable to initialize the algorithm. Failed to validate input data configuration."
_INVALID = f"{_CONFIGURATION} (caused by ValidationError)\n\nCaused by:"


@dataclass(frozen=True, kw_only=True)
class Data:
    """All rows of a channel, in the order of its files' names.

    Args:
        channel: its name.
        features: a row each.
        labels: a row each; None if it has none.
    """

    channel: str
    features: Matrix
    labels: Matrix | None

    def check_width(self, width: int) -> None:
        """Check how many features a row has.

        Raises:
            CustomerError: others than ``feature_dim``.
        """
        if self.features.shape[1] != width:
            raise CustomerError(
                f"Incorrect configuration or {self.channel} dataset provided. The value of feature_dim hyperparameter"
                f" '{width}' doesn't match {self.channel} data dimensionality '{self.features.shape[1]}'. Please set"
                f" feature_dim to the number of features in {self.channel} dataset."
            )

    def one_label(self) -> Matrix:
        """The label of every row.

        Raises:
            CustomerError: there is none, or there are several.
        """
        size = 0 if self.labels is None else self.labels.shape[1]
        if self.labels is None or size != 1:
            raise CustomerError(
                f"Labeled {self.channel} data required with label size equal 1. Label size on {self.channel} dataset"
                f" found to be {size}. Please provide a properly labeled {self.channel} dataset."
            )
        return self.labels[:, 0]


@dataclass(frozen=True, kw_only=True)
class Format:
    """What a content type means.

    Args:
        kind: `CSV` or `RECORDIO`.
        label_size: columns of a CSV before the features.
    """

    kind: str
    label_size: int = 1


def content_type(text: str) -> Format:
    """What a channel's content type means.

    Args:
        text: it; empty for none.

    Raises:
        CustomerError: the algorithms read no such thing.
    """
    kind, *parameters = (part.strip() for part in text.lower().split(";"))
    pairs = (part.partition("=") for part in parameters)
    sizes = [value.strip(' "') for name, _, value in pairs if name.strip() == "label_size"]
    kind = RECORDIO if kind in {"", *recordio.CONTENT_TYPES} else kind
    if kind not in {CSV, RECORDIO} or not all(size.isdecimal() for size in sizes):
        raise CustomerError(
            f"{_CONFIGURATION} Content type {text!r} is not supported, choose {CSV!r}, '{CSV};label_size=<number>' or"
            f" {RECORDIO!r}"
        )
    return Format(kind=kind, label_size=int(sizes[-1]) if sizes else 1)


def read(
    root: Path,
    channels: Mapping[str, Mapping[str, Any]],
    *,
    names: Collection[str],
    width: int | None,
    pipes: Collection[str] = (CSV, RECORDIO),
) -> dict[str, Data]:
    """All channels of a job.

    Args:
        root: its ``/opt/ml``.
        channels: as its inputdataconfig.json describes them.
        names: that the algorithm knows; the one called train must be there.
        width: how many features there must be; None for any, but the same in all channels.
        pipes: forms that may come through a pipe.

    Raises:
        CustomerError: a channel is missing, unknown, empty, or not what its content type says.
    """
    if "train" not in channels:
        raise CustomerError(f"{_INVALID} 'train' is a required property")
    if unknown := [name for name in channels if name not in names]:
        raise CustomerError(
            f"{_INVALID} Additional properties are not allowed ({', '.join(map(repr, unknown))}"
            f" {'was' if len(unknown) == 1 else 'were'} unexpected); the channels are {', '.join(names)}"
        )
    found: dict[str, Data] = {}
    for name in sorted(channels, key=lambda name: name != "train"):
        form = content_type(str(channels[name].get("ContentType") or ""))
        if channels[name].get("TrainingInputMode") == _PIPE and form.kind not in pipes:
            raise CustomerError(f"{_CONFIGURATION} {form.kind!r} is read in File mode only, got Pipe for {name!r}")
        found[name] = read_channel(piped.folder(root, name, channels[name]), form, width=width)
        width = width or found[name].features.shape[1]
        found[name].check_width(width)
    return found


def read_channel(folder: Path, form: Format, *, width: int | None) -> Data:
    """All files of a channel.

    Args:
        folder: of the channel.
        form: of its content.
        width: of a row's features, which a sparse record alone does not tell.

    Raises:
        CustomerError: there is no row, or a file is not in this form.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    parts = [_file(path, folder, form, width) for path in paths if path.stat().st_size]
    parts = [part for part in parts if len(part.features)]
    if not parts:
        raise CustomerError(
            f"Unable to read data channel '{folder.name}'. It has no rows in {len(paths)} file(s); give it at least one"
        )
    if sum(part.features.size for part in parts) > _MOST_VALUES:
        raise CustomerError(
            f"channel {folder.name} has more than {_MOST_VALUES} values, which the local cloud keeps in memory: train"
            " on a part of the data"
        )
    for part in parts[1:]:
        part.check_width(parts[0].features.shape[1])
    with_labels = [part.labels for part in parts if part.labels is not None]
    if len({None if part.labels is None else part.labels.shape[1] for part in parts}) > 1:
        raise CustomerError(
            f"Unable to read data channel '{folder.name}'. Its files have different numbers of labels; write them alike"
        )
    return Data(
        channel=folder.name,
        features=np.concatenate([part.features for part in parts]),
        labels=np.concatenate(with_labels) if with_labels else None,
    )


def _file(path: Path, folder: Path, form: Format, width: int | None) -> Data:
    place = f"/opt/ml/input/data/{folder.name}/{path.relative_to(folder).as_posix()}"
    if form.kind == CSV:
        return _csv(path, place, folder.name, form.label_size)
    try:
        table = _table(path, width)
    except RecordError as error:
        raise CustomerError(_mismatch(folder.name, RECORDIO, f"file {place}, {error}")) from error
    features = table.features.astype(np.float64)
    labels = None if table.labels is None else table.labels.astype(np.float64)
    _check_finite(features if labels is None else np.hstack([labels, features]), folder.name, place)
    return Data(channel=folder.name, features=features, labels=labels)


def _table(path: Path, width: int | None) -> recordio.Table:
    with path.open("rb") as stream:
        kept = list(recordio.read(stream))
    try:
        return recordio.table(kept, width=width)
    except RecordError:
        # Where only the width is another one, that is told as the mistake that it is.
        return recordio.table(kept)


def _csv(path: Path, place: str, channel: str, label_size: int) -> Data:
    try:
        values = np.loadtxt(path, delimiter=",", comments=None, ndmin=2, encoding="utf-8-sig", dtype=np.float64)
    except ValueError as error:
        unknown = CustomerError(_mismatch(channel, CSV, f"file {place}, {error}"))
        raise _not_csv(path, place, channel) or unknown from error
    if values.size and values.shape[1] <= label_size:
        raise CustomerError(
            f"Unable to parse csv: rows 1-{len(values)}, file {place}: it has {values.shape[1]} column(s), needed are"
            f" {label_size} for labels and at least 1 for features"
        )
    _check_finite(values, channel, place)
    labels = values[:, :label_size] if label_size else None
    return Data(channel=channel, features=values[:, label_size:], labels=labels)


def _mismatch(channel: str, kind: str, where: str) -> str:
    return (
        f"Unable to read data channel '{channel}'. Requested content-type is '{kind}'. Please verify the data matches"
        f" the requested content-type: {where}"
    )


def _missing(channel: str, where: str) -> str:
    return (
        f"Unable to read data channel '{channel}'. Found missing (NaN) values. Please remove any missing (NaN) values"
        f" in the input data: {where}"
    )


def _not_csv(path: Path, place: str, channel: str) -> CustomerError | None:
    """What is wrong in the first line that is no row of numbers."""
    width = 0
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, 1):
            cells = line.rstrip("\n").split(",")
            if not line.strip():
                continue
            width = width or len(cells)
            if len(cells) != width:
                return CustomerError(
                    f"Unable to parse csv: rows {number}-{number}, file {place}: it has {len(cells)} columns, the first"
                    f" row has {width}"
                )
            if bad := next((column for column, cell in enumerate(cells, 1) if not _is_number(cell)), None):
                return _bad_cell(cells, bad, f"rows {number}-{number}, file {place}", channel, is_first=number == 1)
    return None


def _bad_cell(cells: Sequence[str], column: int, place: str, channel: str, *, is_first: bool) -> CustomerError:
    cell = cells[column - 1]
    if not cell.strip():
        return CustomerError(_missing(channel, f"{place}, column {column}"))
    hint = "; is it a header? The algorithm takes none" if is_first else ""
    return CustomerError(f"Unable to parse csv: {place}: column {column} is {cell[:50]!r}, it must be a number{hint}")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _check_finite(values: Matrix, channel: str, place: str) -> None:
    wrong = np.argwhere(~np.isfinite(values))
    if not len(wrong):
        return
    row, column = (int(index) for index in wrong[0])
    where = f"{place} row {row + 1}, column {column + 1}"
    if np.isnan(values[row, column]):
        raise CustomerError(_missing(channel, where))
    raise CustomerError(
        f"Unable to read data channel '{channel}'. Found infinite floating point values. Please remove any infinite"
        f" floating point values in the input data: {where}"
    )
