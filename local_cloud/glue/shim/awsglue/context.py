"""GlueContext: a Spark session and its logger."""

import logging

from pyspark.context import SparkContext
from pyspark.sql import SparkSession


class GlueContext:
    """What most jobs take from GlueContext; dynamic frames are not emulated."""

    def __init__(self, spark_context: SparkContext) -> None:
        self.spark_session = SparkSession(spark_context)

    def get_logger(self) -> logging.Logger:
        """The job's logger."""
        return logging.getLogger("glue")
