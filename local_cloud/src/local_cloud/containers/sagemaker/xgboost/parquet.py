"""Reads a channel of Parquet as SageMaker's XGBoost container does: all columns of numbers, the label first.

Reference: ``data_utils.py`` of https://github.com/aws/sagemaker-xgboost-container, v3.0-5.
"""

from pathlib import Path

import xgboost as xgb

from local_cloud.containers.sagemaker.xgboost import data
from local_cloud.containers.sagemaker.xgboost.cells import DataError


def read_channel(folder: Path) -> xgb.DMatrix:
    """All files of a channel as one matrix.

    Raises:
        DataError: there is no data, or what is there are no numbers of one schema.
    """
    try:
        # The image has it; the local cloud itself does not need it.
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise DataError(f"{error}: install pyarrow beside the local cloud, or give channels as text/csv") from error
    paths = data.files(folder)
    try:
        schemas = {path: pq.read_schema(path) for path in paths}
        for path, schema in schemas.items():
            if schema.names != schemas[paths[0]].names:
                raise DataError(
                    f"{path.relative_to(folder)} of channel {folder.name} has the columns {schema.names}, the first"
                    f" file {schemas[paths[0]].names}; AWS's container fills up or leaves out what differs"
                )
        table = pq.read_table(list(map(str, paths))).to_pandas().to_numpy()
        return xgb.DMatrix(table[:, 1:], label=table[:, 0])
    except (pa.ArrowException, xgb.core.XGBoostError, ValueError, TypeError, IndexError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"Failed to load parquet data with exception:\n{error}") from error
