"""Job: bookmarks' entry points, which do nothing without bookmarks."""

from collections.abc import Mapping

from awsglue.context import GlueContext


class Job:
    """One run."""

    def __init__(self, glue_context: GlueContext) -> None:
        self.glue_context = glue_context

    def init(self, job_name: str, args: Mapping[str, str] | None = None) -> None:
        """Begin the run; there is no bookmark to read."""

    def commit(self) -> None:
        """End the run; there is no bookmark to write."""
