"""Files through Hadoop's file systems, which every s3:// path of a job goes through."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession

from etl_library.errors import DataError

BYTES = "ISO-8859-1"  # each byte is one character, so that nothing is lost
WHY_SKIPPED = "since a part of their path starts with _ or ."


def list_files(spark: SparkSession, source: str) -> tuple[list[str], list[str]]:
    """Paths of the CSV files below a folder, and names below it that are no data; both sorted.

    As in Spark itself, files and folders that start with _ or . are no data.

    Raises:
        DataError: there is a file of another kind, or one that Hadoop's paths cannot name.
    """
    folder, file_system = _open(spark, source)
    if not file_system.exists(folder):
        return [], []
    root = str(file_system.makeQualified(folder).toUri().getPath()).rstrip("/") + "/"
    found = file_system.listFiles(folder, True)
    paths, skipped, colons = [], [], []
    while found.hasNext():
        path = found.next().getPath()
        name = str(path.toUri().getPath()).removeprefix(root)
        if any(part.startswith(("_", ".")) for part in name.split("/")):
            skipped.append(name)
        elif ":" in name:
            colons.append(name)
        else:
            paths.append(str(path.toString()))
    if other := sorted(path for path in paths if not path.endswith(".csv")):
        raise DataError(f"{len(other)} files under {source} are not .csv, first: {other[0]}")
    # https://issues.apache.org/jira/browse/HADOOP-14217
    if colons:
        raise DataError(
            f"{len(colons)} files under {source} have a colon in their path, which Hadoop cannot read; rename them, "
            f"first: {min(colons)}"
        )
    # Hadoop's paths have no empty parts: a//b.csv is listed as a/b.csv.
    if twice := sorted(path for path, count in Counter(paths).items() if count > 1):
        raise DataError(f"{len(twice)} paths are those of several objects; rename all but one, first: {twice[0]}")
    return sorted(paths), sorted(skipped)


def first_line(spark: SparkSession, path: str) -> str | None:
    """A file's first line with a character for each byte, None for an empty file.

    Raises:
        DataError: the file cannot be opened.
    """
    place, file_system = _open(spark, path)
    try:
        stream = file_system.open(place)
    except Py4JJavaError as error:
        # Also an object a//b.csv, which is listed as a/b.csv.
        raise DataError(f"file {path} is listed but cannot be opened: {error.java_exception}") from error
    jvm = _jvm(spark)
    try:
        first = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(stream, BYTES)).readLine()
    finally:
        stream.close()
    return None if first is None else str(first)


def pattern_of(path: str) -> str:
    """A pattern for this one path: Spark takes every path for a pattern.

    https://hadoop.apache.org/docs/r3.3.6/api/org/apache/hadoop/fs/FileSystem.html#globStatus-org.apache.hadoop.fs.Path-
    """
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def path_of(spark: SparkSession, uri: str) -> str:
    """The path that Spark shows as a URI."""
    jvm = _jvm(spark)
    return str(jvm.org.apache.hadoop.fs.Path(jvm.java.net.URI(uri)).toString())


def check_input(spark: SparkSession, frame: DataFrame, paths: list[str]) -> None:
    """Look at what Spark will read.

    Raises:
        DataError: it is not exactly these files.
    """
    found = sorted(path_of(spark, uri) for uri in frame.inputFiles())
    if wrong := sorted(set(found) ^ set(paths)):
        raise DataError(f"Spark does not read exactly the {len(paths)} files that are there; rename {wrong[0]}")


def write_report(spark: SparkSession, report: Mapping[str, Any], destination: str) -> None:
    """Write report.json below the destination."""
    path, file_system = _open(spark, f"{destination}report.json")
    stream = file_system.create(path, True)
    try:
        stream.write(bytearray(json.dumps(report, indent=2).encode()))
    finally:
        stream.close()


def _open(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """A path and its file system."""
    place = _jvm(spark).org.apache.hadoop.fs.Path(path)
    return place, place.getFileSystem(spark._jsc.hadoopConfiguration())  # noqa: SLF001  # as in _jvm


def _jvm(spark: SparkSession) -> Any:
    return spark._jvm  # noqa: SLF001  # the one way from Python to Hadoop's file systems
