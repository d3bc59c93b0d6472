"""What Spark finds below the prefix of an extract."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from glue_scripts.warehouse_extract import DATA, MANIFEST


def test_the_manifest_is_no_data_however_deep_spark_looks(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / DATA).mkdir()
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / DATA / "part-00000.parquet")
    (tmp_path / MANIFEST).write_text("{}")
    assert spark.read.parquet(str(tmp_path / DATA)).count() == 2
    assert spark.read.option("recursiveFileLookup", True).parquet(str(tmp_path)).count() == 2
