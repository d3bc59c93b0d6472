"""What an ETL job writes through Spark is read alike by the training and the evaluation, or refused by both."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.sql import SparkSession

from evaluation_job import held_out
from evaluation_job.errors import EvaluationError
from local_cloud.testing.sagemaker import containers
from local_cloud.testing.sagemaker.containers import DataError
from tests.unit.training_src.requests import asked

NAN = float("nan")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("double", 1e-10, 1e-10),
        ("double", 1.5e20, 1.5e20),
        ("double", None, NAN),
        ("double", NAN, NAN),
        ("bigint", -(2**63), -(2.0**63)),
        ("decimal(10,2)", "-0.50", -0.5),
        ("double", float("inf"), None),
        ("double", 1e300, None),
        ("boolean", True, None),
        ("string", "NA", None),
        ("string", "", None),
        ("date", "2013-01-01", None),
    ],
)
def test_what_spark_writes_of_a_type(
    spark: SparkSession, tmp_path: Path, kind: str, value: Any, expected: float | None
) -> None:
    frame = spark.createDataFrame([(value,)], f"cell {'string' if isinstance(value, str) else kind}")
    row = frame.selectExpr("0 AS label", f"CAST(cell AS {kind}) AS cell", "7 AS last")
    row.write.csv(str(tmp_path / "train"), header=False)
    # What Spark leaves beside its files is not below the channel's prefix.
    for path in (tmp_path / "train").iterdir():
        if not path.name.startswith("part"):
            path.unlink()
    readers: tuple[Callable[[], Any], ...] = (
        lambda: containers.read_channel(tmp_path / "train").features,
        lambda: held_out.read(tmp_path / "train", asked(("cell", "last"))).features,
    )
    for read in readers:
        if expected is None:
            with pytest.raises((DataError, EvaluationError), match=r"line 1 column 2: .* is no number"):
                read()
        else:
            np.testing.assert_array_equal(read(), [[expected, 7]])
