"""The entry point of a script on AWS Glue."""

import sys
from collections.abc import Callable, Sequence
from typing import Any


def main(run: Callable[..., Any], *, required: Sequence[str] = (), optional: Sequence[str] = ()) -> None:
    """Call a function as a Glue job, with the session, ``source``, ``destination`` and the arguments that are named.

    Args:
        run: takes the session, and the arguments by name.
        required: arguments that every run of the job passes.
        optional: arguments that a run may pass.
    """
    from awsglue.context import GlueContext  # noqa: PLC0415  # exists only inside a Glue job
    from awsglue.job import Job  # noqa: PLC0415
    from awsglue.utils import getResolvedOptions  # noqa: PLC0415
    from pyspark.context import SparkContext  # noqa: PLC0415

    given = [name for name in optional if f"--{name}" in sys.argv]
    arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "destination", *required, *given])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(arguments["JOB_NAME"], arguments)
    own = ("source", "destination", *required, *given)
    run(context.spark_session, **{name: arguments[name] for name in own})
    job.commit()
