"""Makes the parts of the model flight-delay from raw files, by a script as it is now or as it was; prints what it took.

Arguments: folder of the scripts, years of flights, number of local partitions.
"""

import hashlib
import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from pyspark.sql import SparkSession

from local_cloud.testing.glue import java_home
from perennial.demo import datasets

SPLITS = ("train", "validation", "test")


def main() -> None:
    """Run it once, in a process of its own; neither the raw files nor the start of Spark are counted."""
    scripts, years, partitions = sys.argv[1:]
    sys.path[:0] = [scripts, str(Path(scripts) / "library")]
    os.environ.update(JAVA_HOME=str(java_home()), SPARK_LOCAL_IP="127.0.0.1")
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as folder:
        raw = _flights(Path(folder) / "raw", int(years))
        spark = (
            SparkSession.builder.master(f"local[{partitions}]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.memory", "1g")
            .config("spark.local.dir", folder)
            .config("spark.sql.shuffle.partitions", partitions)
            .config("spark.sql.session.timeZone", "UTC")
            .getOrCreate()
        )
        script = importlib.import_module("flight_delay")
        start = time.perf_counter()
        report = script.run(spark, source=str(raw), destination=f"{folder}/out/")
        seconds = time.perf_counter() - start
        spark.stop()
        answer = {"seconds": seconds, "fingerprint": report["fingerprint"], "lines": _digest(Path(folder) / "out")}
    sys.stdout.write(json.dumps(answer))


def _flights(folder: Path, years: int) -> Path:
    """The flights of 2013, and the same in the years after; one file a year."""
    header, *lines = datasets.write_flights(folder).read_text(encoding="utf-8").splitlines(keepends=True)
    for year in range(2014, 2013 + years):
        moved = [line.replace("2013,", f"{year},", 1) for line in lines]
        (folder / f"flights-{year}.csv").write_text("".join([header, *moved]), encoding="utf-8")
    return folder


def _digest(folder: Path) -> str:
    """SHA-256 of all lines in their order, however many files they are in."""
    found = hashlib.sha256()
    for split in SPLITS:
        for path in sorted((folder / split).glob("part-*")):
            found.update(path.read_bytes())
    return found.hexdigest()


if __name__ == "__main__":
    main()
