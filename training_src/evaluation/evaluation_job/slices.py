"""Metrics of one model, over all rows and over those that have each value of a feature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation_job import metrics
from evaluation_job.errors import EvaluationError
from evaluation_job.scored import Scored

MOST_VALUES = 50
# What a feature's column may be: numbers, or texts of a file that has any.
Column = npt.NDArray[Any]


def score(scored: Scored, problem_type: str, columns: Mapping[str, Column]) -> dict[str, Any]:
    """What evaluation.json tells of a model.

    Args:
        scored: its answers.
        problem_type: of the model.
        columns: values by name of the features that the metrics are split by.
    """
    told: dict[str, Any] = {"metrics": metrics.compute(scored, problem_type)}
    if scored.classes:
        told["recalls"] = metrics.recalls(scored)
    slices: dict[str, Any] = {}
    for name, values in columns.items():
        slices[name] = {
            value: {"rows": int(chosen.sum()), "metrics": metrics.compute(scored.of(chosen), problem_type)}
            for value, chosen in slice_rows(values, name).items()
        }
    return {**told, "slices": slices}


def slice_rows(values: Column, name: str) -> dict[str, npt.NDArray[np.bool_]]:
    """Which rows have each value of a column; values are named as CSV has them, a missing one ``missing``.

    Raises:
        EvaluationError: the column has more than MOST_VALUES values.
    """
    distinct = np.unique(values)
    if len(distinct) > MOST_VALUES:
        raise EvaluationError(
            f"slice column {name} has {len(distinct)} distinct values, at most {MOST_VALUES} are allowed; "
            "slice by a category instead of a measurement"
        )
    return {_name(value): np.isnan(values) if _is_nan(value) else values == value for value in distinct}


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and bool(np.isnan(value))


def _name(value: Any) -> str:
    if isinstance(value, str):
        return value or "missing"
    if np.isnan(value):
        return "missing"
    return str(int(value)) if float(value).is_integer() else repr(float(value))
