"""GlueContext: Spark's session under AWS Glue's name."""

import logging

from pyspark.context import SparkContext
from pyspark.sql import SparkSession, SQLContext

from awsglue.dynamicframe import DynamicFrameReader, DynamicFrameWriter
from awsglue.refusals import NotEmulatedError, refusing


class GlueContext(SQLContext):
    """Gives the session, a logger, and DynamicFrames.

    Args:
        sparkContext: or a session; None for the job's.
        options: minPartitions and targetPartitions are refused.

    Raises:
        NotEmulatedError: there are options.
    """

    def __init__(self, sparkContext: SparkContext | SparkSession | None = None, **options: int) -> None:  # noqa: N803  # AWS's name
        if options:
            raise NotEmulatedError(f"{', '.join(sorted(options))} of GlueContext", "leave it out")
        if isinstance(sparkContext, SparkSession):
            session = sparkContext
        elif sparkContext is None:
            session = SparkSession.builder.getOrCreate()
        else:
            session = SparkSession(sparkContext)
        super().__init__(session.sparkContext, session)
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)
        self.create_dynamic_frame_from_options = self.create_dynamic_frame.from_options
        self.create_dynamic_frame_from_rdd = self.create_dynamic_frame.from_rdd
        self.write_dynamic_frame_from_options = self.write_dynamic_frame.from_options
        self.write_from_options = self.write_dynamic_frame.from_options

    @property
    def spark_session(self) -> SparkSession:
        """The session of the job."""
        return self.sparkSession

    def get_logger(self) -> logging.Logger:
        """A logger whose lines end up in the job's log."""
        return logging.getLogger("awsglue")


for _name in (
    "add_ingestion_time_columns",
    "cancel_transaction",
    "commit_transaction",
    "create_data_frame_from_catalog",
    "create_data_frame_from_options",
    "create_dynamic_frame_from_catalog",
    "create_sample_dynamic_frame_from_catalog",
    "create_sample_dynamic_frame_from_options",
    "currentTimeMillis",
    "extract_jdbc_conf",
    "forEachBatch",
    "getSampleStreamingDynamicFrame",
    "getSink",
    "getSource",
    "getStreamingSource",
    "get_catalog_schema_as_spark_schema",
    "purge_s3_path",
    "purge_table",
    "start_transaction",
    "transition_s3_path",
    "transition_table",
    "write_data_frame_from_catalog",
    "write_dynamic_frame_from_catalog",
    "write_dynamic_frame_from_jdbc_conf",
    "write_from_jdbc_conf",
):
    setattr(
        GlueContext,
        _name,
        refusing(_name, instead="use create_dynamic_frame.from_options and its writer, or spark.read and toDF().write"),
    )
