"""Spark's settings while something is planned."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.sql import SparkSession

# One method for many steps is longer than what Java compiles (8,000 bytes), or takes it long: for what looks at every
# cell of a line, one a step is faster.
STEP_BY_STEP = {"spark.sql.codegen.wholeStage": "false"}
# To plan again Spark first keeps all rows and then reads them once more; a plan for one row cannot get better.
IN_ONE_PASS = {"spark.sql.adaptive.enabled": "false"}


@contextmanager
def settings(spark: SparkSession, changed: Mapping[str, str]) -> Iterator[None]:
    """They, and afterwards what was before."""
    before = {name: str(spark.conf.get(name)) for name in changed}
    try:
        for name, value in changed.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
