"""Reads a training job's metrics from its log."""

import contextlib
import re
from collections.abc import Mapping, Sequence

from local_cloud.containers.sagemaker.image import BuiltIn


def final_metrics(
    log: str, *, built_in: BuiltIn | None = None, definitions: Sequence[Mapping[str, str]] = ()
) -> dict[str, float]:
    """Last value of every metric.

    Args:
        log: the whole log.
        built_in: how SageMaker's own algorithm tells its metrics, if it is one.
        definitions: the job's own MetricDefinitions (Name and Regex with one group).
    """
    result: dict[str, float] = {}
    for line in log.splitlines():
        if built_in and re.match(built_in.line, line):
            for match in re.finditer(built_in.metric, line):
                result[f"{match['channel']}:{match['name']}"] = float(match["value"])
        for definition in definitions:
            # What is no number is no metric.
            with contextlib.suppress(ValueError):
                if found := re.search(definition["Regex"], line):
                    result[definition["Name"]] = float(found[1])
    return result
