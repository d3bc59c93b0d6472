"""Reads a channel of recordio-protobuf as SageMaker's XGBoost container does: a vector and a label a record.

The first record tells whether the vectors are dense or sparse; what a sparse one has not is missing.

Reference: ``data_utils.py`` of https://github.com/aws/sagemaker-xgboost-container, v3.0-5, which reads by the library
mlio, and HEAD of June 2026, which reads by itself. What is not all dense or all sparse is refused here.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb
from scipy import sparse

from local_cloud.containers.sagemaker import recordio
from local_cloud.containers.sagemaker.record_message import Record, RecordError
from local_cloud.containers.sagemaker.xgboost import data
from local_cloud.containers.sagemaker.xgboost.cells import DataError


def read_channel(folder: Path) -> xgb.DMatrix:
    """All files of a channel as one matrix.

    Raises:
        DataError: there is no data, or no records of one form that have a label each.
    """
    found: list[Record] = []
    try:
        for path in data.files(folder):
            with path.open("rb") as stream:
                found += recordio.read(stream)
        return xgb.DMatrix(_features(found), label=_labels(found))
    except (RecordError, xgb.core.XGBoostError) as error:
        raise DataError(f"Failed to load recordio-protobuf data with exception:\n{error}") from error


def _labels(records: list[Record]) -> list[float]:
    found = []
    for number, record in enumerate(records, 1):
        label = record.label.get(recordio.VALUES)
        if label is None or len(label.values) != 1:
            raise RecordError(f"record {number} needs one label, got {0 if label is None else len(label.values)}")
        found.append(float(label.values[0]))
    return found


def _features(records: list[Record]) -> "npt.NDArray[Any] | sparse.csr_matrix":
    vectors = [record.features.get(recordio.VALUES) for record in records]
    if not any(vector is not None and vector.keys is not None for vector in vectors):
        return recordio.table(Record(features=record.features) for record in records).features
    ends, places, values = [0], [], []
    width = 0
    for number, vector in enumerate(vectors, 1):
        if vector is None or vector.keys is None:
            raise RecordError(f"record {number} is not sparse, others are")
        width = max(width, vector.width)
        places.append(vector.keys.astype(np.int64))
        values.append(vector.values)
        ends.append(ends[-1] + len(vector.values))
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(places), ends), shape=(len(vectors), width))
