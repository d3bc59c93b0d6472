"""Job: bookmarks are refused when the run starts, so that there is nothing to load or to keep here."""

from collections.abc import Mapping

from pyspark.sql import SparkSession

from awsglue.context import GlueContext


class Job:
    """Marks the begin and the end of a script.

    Args:
        glue_context: of the script, or its session.
    """

    def __init__(self, glue_context: GlueContext | SparkSession) -> None:
        self.glue_context = glue_context
        self._name: str | None = None

    def init(self, job_name: str, args: Mapping[str, str] | None = None) -> None:  # noqa: ARG002  # AWS's signature
        """Begin the job."""
        self._name = job_name

    def isInitialized(self) -> bool:  # noqa: N802  # AWS's name
        """True after init."""
        return self._name is not None

    def commit(self) -> None:
        """End the job.

        Raises:
            RuntimeError: init was not called.
        """
        if self._name is None:
            raise RuntimeError("job.commit() before job.init(); call job.init(args['JOB_NAME'], args) first")
