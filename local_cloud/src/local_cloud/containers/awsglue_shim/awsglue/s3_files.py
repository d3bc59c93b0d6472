"""Files in S3 as Glue's readers and writers take them, by Spark's own.

References:
    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-connect-s3-home.html
    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-csv-home.html
    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-json-home.html
    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-parquet-home.html

AWS does not say these things, they are from scripts that people show: csv cells are texts and empty ones are empty
texts, columns without a header are named col0, col1, and what is written comes beside what is there. The names of
written files are Spark's. Whole numbers in json are bigint here; Glue takes int where they fit.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, DataFrameReader, DataFrameWriter, SparkSession

from awsglue.refusals import NotEmulatedError, refuse_options

# How small files are put together for reading changes nothing of what is read.
_SOURCE = frozenset({"paths", "recurse", "groupFiles", "groupSize"})
_TARGET = frozenset({"path", "partitionKeys", "compression"})
_READ = {
    "csv": frozenset({"separator", "quoteChar", "multiLine", "withHeader"}),
    "json": frozenset({"multiLine"}),
    "parquet": frozenset[str](),
}
_WRITE = {
    "csv": frozenset({"separator", "quoteChar", "writeHeader", "strictCheckForQuoting"}),
    "json": frozenset[str](),
    # Which of its two writers makes the files does not change what is in them.
    "parquet": frozenset({"compression", "useGlueParquetWriter"}),
}
_NO_QUOTES = -1


def read(
    session: SparkSession,
    connection_type: str,
    options: Mapping[str, Any],
    file_format: str | None,
    format_options: Mapping[str, Any],
) -> DataFrame:
    """What ``create_dynamic_frame.from_options`` reads.

    Args:
        session: of Spark.
        connection_type: only s3 is read.
        options: connection_options.
        file_format: csv, json or parquet.
        format_options: of the format.

    Raises:
        NotEmulatedError: another connection, format or option.
        ValueError: no paths are given.
    """
    kind = _kind(connection_type, file_format, _READ, verb="reading", instead="spark.read and DynamicFrame.fromDF()")
    refuse_options(options, _SOURCE, where="connection_options of an s3 source")
    refuse_options(format_options, _READ[kind], where=f"format_options of reading {kind}")
    paths = _paths(options)
    reader = session.read.options(recursiveFileLookup=_is_true(options.get("recurse", False)))
    if kind == "csv":
        return _read_csv(reader, paths, format_options)
    if kind == "json":
        return reader.options(multiLine=_is_true(format_options.get("multiLine", False))).json(paths)
    return reader.parquet(*paths)


def write(
    frame: DataFrame,
    connection_type: str,
    options: Mapping[str, Any],
    file_format: str | None,
    format_options: Mapping[str, Any],
) -> None:
    """What ``write_dynamic_frame.from_options`` writes.

    Args:
        frame: of Spark.
        connection_type: only s3 is written to.
        options: connection_options.
        file_format: csv, json or parquet.
        format_options: of the format.

    Raises:
        NotEmulatedError: another connection, format or option.
        ValueError: no path is given.
    """
    kind = _kind(connection_type, file_format, _WRITE, verb="writing", instead="toDF().write")
    refuse_options(options, _TARGET, where="connection_options of an s3 target")
    refuse_options(format_options, _WRITE[kind], where=f"format_options of writing {kind}")
    if not options.get("path"):
        raise ValueError(f"connection_options has no path, got {sorted(options)}: name the s3:// prefix to write to")
    writer: DataFrameWriter = frame.write.mode("append")
    if keys := options.get("partitionKeys"):
        writer = writer.partitionBy(*keys)
    compression = options.get("compression") or format_options.get("compression")
    if compression:
        writer = writer.option("compression", compression)
    if kind == "csv":
        # Quotes only where a cell needs them; Glue may set more unless strictCheckForQuoting is on.
        header = _is_true(format_options.get("writeHeader", True))
        writer = writer.options(header=header, **_characters(format_options))
    writer.format(kind).save(str(options["path"]))


def _kind(
    connection_type: str,
    file_format: str | None,
    known: Mapping[str, frozenset[str]],
    *,
    verb: str,
    instead: str,
) -> str:
    if connection_type != "s3":
        raise NotEmulatedError(f"{verb} with connection_type '{connection_type}'", f"use s3, or {instead}")
    kind = "parquet" if file_format == "glueparquet" else str(file_format)
    if kind not in known:
        raise NotEmulatedError(f"{verb} the format '{file_format}'", f"use one of {sorted(known)}, or {instead}")
    return kind


def _paths(options: Mapping[str, Any]) -> list[str]:
    paths = options.get("paths")
    if not paths or isinstance(paths, str):
        raise ValueError(f"connection_options needs paths, a list of s3:// prefixes, got {paths!r}")
    return [str(path) for path in paths]


def _read_csv(reader: DataFrameReader, paths: Sequence[str], options: Mapping[str, Any]) -> DataFrame:
    has_header = _is_true(options.get("withHeader", False))
    # Files whose headers differ would be read by the first one's order.
    found = reader.options(
        header=has_header,
        enforceSchema=not has_header,
        multiLine=_is_true(options.get("multiLine", False)),
        **_characters(options),
    ).csv(list(paths))
    if not has_header:
        found = found.toDF(*(f"col{number}" for number in range(len(found.columns))))
    return found.na.fill("")


def _characters(options: Mapping[str, Any]) -> dict[str, str]:
    quote = options.get("quoteChar", '"')
    # A quote within quotes is doubled; Glue has no escape character unless one is named.
    marks = (
        {"quote": "", "escape": "\\"} if quote in {_NO_QUOTES, str(_NO_QUOTES)} else {"quote": quote, "escape": quote}
    )
    return {"sep": str(options.get("separator", ",")), **marks}


def _is_true(value: Any) -> bool:
    """Options are booleans, or their names."""
    return str(value).lower() == "true"
