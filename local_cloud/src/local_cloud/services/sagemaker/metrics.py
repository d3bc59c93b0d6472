"""Reads a training job's metrics from its log."""

import re
from collections.abc import Mapping, Sequence

# The built-in algorithm's metric definitions: any metric of a round, for train and validation.
_XGBOOST = re.compile(r"(train|validation)-([A-Za-z0-9_@.-]+):([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)")
_ROUND = re.compile(r"^\[[0-9]+\]")


def final_metrics(log: str, definitions: Sequence[Mapping[str, str]] = ()) -> dict[str, float]:
    """Last value of every metric.

    Args:
        log: the whole log.
        definitions: the job's own MetricDefinitions (Name and Regex with one group).
    """
    result: dict[str, float] = {}
    for line in log.splitlines():
        if _ROUND.match(line):
            for channel, metric, value in _XGBOOST.findall(line):
                result[f"{channel}:{metric}"] = float(value)
        for definition in definitions:
            match = re.search(definition["Regex"], line)
            if match:
                result[definition["Name"]] = float(match[1])
    return result
