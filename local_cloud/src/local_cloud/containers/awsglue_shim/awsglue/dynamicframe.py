"""DynamicFrame: a DataFrame of Spark under AWS Glue's name. Its columns have one type each; there are no choices.

Reference: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-dynamic-frame.html
"""

import re
from collections.abc import Callable, ItemsView, KeysView, Mapping, Sequence, ValuesView
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from awsglue import s3_files
from awsglue.refusals import NotEmulatedError, refusing

if TYPE_CHECKING:
    from awsglue.context import GlueContext

_ROWS_SHOWN = 20
# Spark tells whether a column may be empty, Glue does not.
_NULLABLE = re.compile(r" \((?:nullable|containsNull|valueContainsNull) = \w+\)")


class ResolveOption:
    """How a choice becomes one type.

    Args:
        path: of the column.
        action: Project, KeepAsStruct or Cast.
        target: its type.
    """

    def __init__(self, path: str, action: str, target: Any = None) -> None:
        self.path, self.action, self.target = path, action, target


class DynamicFrame:
    """Rows with a name.

    Args:
        dataframe: of Spark; scripts use `fromDF`.
        glue_ctx: the script's GlueContext.
        name: of the frame.
    """

    def __init__(self, dataframe: DataFrame, glue_ctx: "GlueContext", name: str = "") -> None:
        if not isinstance(dataframe, DataFrame):
            raise NotEmulatedError(
                f"DynamicFrame({type(dataframe).__name__}, ...)", "use DynamicFrame.fromDF(dataframe, glue_ctx, name)"
            )
        self._dataframe, self.glue_ctx, self.name = dataframe, glue_ctx, name

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: "GlueContext", name: str = "") -> "DynamicFrame":  # noqa: N802  # AWS's name
        """Of a DataFrame."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options: Sequence[ResolveOption] | None = None) -> DataFrame:  # noqa: N802  # AWS's name
        """As a DataFrame.

        Raises:
            NotEmulatedError: there are options, which are about choices.
        """
        if options:
            raise NotEmulatedError("options of DynamicFrame.toDF()", "leave them out: no column has a choice of types")
        return self._dataframe

    def count(self) -> int:
        """Number of rows."""
        return self._dataframe.count()

    def show(self, num_rows: int = _ROWS_SHOWN) -> None:
        """Print rows, each as JSON."""
        for row in self._dataframe.limit(num_rows).toJSON().collect():
            print(row)  # noqa: T201  # into the job's log

    def printSchema(self) -> None:  # noqa: N802  # AWS's name
        """Print columns and their types."""
        tree = self._dataframe._jdf.schema().treeString()  # noqa: SLF001  # Spark's own printSchema does the same
        lines = [_NULLABLE.sub("", line).removeprefix(" ") for line in tree.splitlines()]
        print("\n".join(re.sub(r": integer$", ": int", line) for line in lines))  # noqa: T201  # into the job's log

    def getNumPartitions(self) -> int:  # noqa: N802  # AWS's name
        """Number of Spark's partitions."""
        return self._dataframe.rdd.getNumPartitions()

    def write(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,  # noqa: A002  # AWS's name
        format_options: Mapping[str, Any] | None = None,
        accumulator_size: int = 0,  # noqa: ARG002  # counts errors, which Spark raises
    ) -> "DynamicFrame":
        """As `DynamicFrameWriter.from_options`."""
        writer = DynamicFrameWriter(self.glue_ctx)
        return writer.from_options(self, connection_type, connection_options, format, format_options)


for _name in (
    "applyMapping",
    "apply_mapping",
    "assertErrorThreshold",
    "coalesce",
    "drop_fields",
    "errorsAsDynamicFrame",
    "errorsCount",
    "filter",
    "join",
    "map",
    "mapPartitions",
    "mapPartitionsWithIndex",
    "mergeDynamicFrame",
    "relationalize",
    "rename_field",
    "repartition",
    "resolveChoice",
    "schema",
    "select_fields",
    "simplify_ddb_json",
    "spigot",
    "split_fields",
    "split_rows",
    "stageErrorsCount",
    "unbox",
    "union",
    "unnest",
    "unnest_ddb_json",
    "with_frame_schema",
):
    setattr(DynamicFrame, _name, refusing(_name))


class DynamicFrameCollection:
    """Frames by their names.

    Args:
        dynamic_frames: a list of them, or a dictionary.
        glue_ctx: the script's GlueContext.

    Raises:
        TypeError: it is neither.
    """

    def __init__(self, dynamic_frames: Any, glue_ctx: "GlueContext") -> None:
        if not isinstance(dynamic_frames, list | dict):
            raise TypeError("dynamic_frames must be list or dict.")
        frames = {frame.name: frame for frame in dynamic_frames} if isinstance(dynamic_frames, list) else dynamic_frames
        self._frames: dict[str, DynamicFrame] = dict(frames)
        self._glue_ctx = glue_ctx

    def __getitem__(self, key: str) -> DynamicFrame:
        return self._frames[key]

    def __len__(self) -> int:
        return len(self._frames)

    def keys(self) -> KeysView[str]:
        """Names."""
        return self._frames.keys()

    def values(self) -> ValuesView[DynamicFrame]:
        """Frames."""
        return self._frames.values()

    def items(self) -> ItemsView[str, DynamicFrame]:
        """Names and frames."""
        return self._frames.items()

    def select(self, key: str, transformation_ctx: str = "") -> DynamicFrame:  # noqa: ARG002  # of bookmarks
        """The frame of a name.

        Raises:
            NotEmulatedError: there is none; AWS gives an empty frame without columns.
        """
        if key not in self._frames:
            raise NotEmulatedError(f"select('{key}') of a collection without it", f"take one of {sorted(self._frames)}")
        return self._frames[key]

    def map(
        self,
        callable: Callable[[DynamicFrame, str], DynamicFrame],  # noqa: A002  # AWS's name
        transformation_ctx: str = "",
    ) -> "DynamicFrameCollection":
        """A collection of what a function makes of each frame."""
        made = {name: callable(frame, f"{transformation_ctx}:{name}") for name, frame in self._frames.items()}
        return DynamicFrameCollection(made, self._glue_ctx)

    flatmap = refusing("flatmap")


class DynamicFrameReader:
    """``glueContext.create_dynamic_frame``.

    Args:
        glue_context: the script's.
    """

    def __init__(self, glue_context: "GlueContext") -> None:
        self._glue_context = glue_context

    def from_rdd(self, data: Any, name: str, schema: Any = None, sampleRatio: float | None = None) -> DynamicFrame:  # noqa: N803  # AWS's name
        """Of an RDD or a list."""
        made = self._glue_context.spark_session.createDataFrame(data, schema, sampleRatio)
        return DynamicFrame.fromDF(made, self._glue_context, name)

    def from_options(  # noqa: PLR0917  # AWS's signature
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,  # noqa: A002  # AWS's name
        format_options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
    ) -> DynamicFrame:
        """Of files in S3.

        Raises:
            NotEmulatedError: another connection, format or option.
        """
        if push_down_predicate:
            raise NotEmulatedError("push_down_predicate", "use toDF().where()")
        found = s3_files.read(
            self._glue_context.spark_session, connection_type, connection_options or {}, format, format_options or {}
        )
        return DynamicFrame.fromDF(found, self._glue_context, transformation_ctx)

    from_catalog = refusing("from_catalog", instead="use from_options(connection_type='s3', ...) or spark.read")


class DynamicFrameWriter:
    """``glueContext.write_dynamic_frame``.

    Args:
        glue_context: the script's.
    """

    def __init__(self, glue_context: "GlueContext") -> None:
        self._glue_context = glue_context

    def from_options(  # noqa: PLR0917  # AWS's signature
        self,
        frame: DynamicFrame,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,  # noqa: A002  # AWS's name
        format_options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",  # noqa: ARG002  # of bookmarks
    ) -> DynamicFrame:
        """To files in S3, beside those that are there; gives the rows that failed, which are none.

        Raises:
            NotEmulatedError: another connection, format or option, or a collection of frames.
        """
        if not isinstance(frame, DynamicFrame):
            raise NotEmulatedError(f"writing a {type(frame).__name__}", "write each DynamicFrame by itself")
        rows = frame.toDF()
        s3_files.write(rows, connection_type, connection_options or {}, format, format_options or {})
        return DynamicFrame.fromDF(rows.limit(0), self._glue_context, f"{frame.name}_errors")

    from_catalog = refusing("from_catalog", instead="use from_options(connection_type='s3', ...) or toDF().write")
    from_jdbc_conf = refusing("from_jdbc_conf", instead="use toDF().write.jdbc()")
