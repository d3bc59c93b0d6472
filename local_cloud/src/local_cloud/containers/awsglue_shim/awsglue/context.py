"""GlueContext: Spark's session under AWS Glue's name."""

import logging

from pyspark.context import SparkContext
from pyspark.sql import SparkSession, SQLContext


class GlueContext(SQLContext):
    """Gives the session and a logger; DynamicFrames are not emulated, so a script that uses them fails by name."""

    def __init__(self, sparkContext: SparkContext) -> None:  # noqa: N803  # AWS's name
        super().__init__(sparkContext, SparkSession(sparkContext))

    @property
    def spark_session(self) -> SparkSession:
        """The session of the job."""
        return self.sparkSession

    def get_logger(self) -> logging.Logger:
        """A logger whose lines end up in the job's log."""
        return logging.getLogger("awsglue")
