"""The configuration of a training job: its hyperparameters, with those of SageMaker's own, and its channels."""

import json
from pathlib import Path
from typing import Any

# By this one a tuning job tells the container its objective, which the container then computes unasked.
TUNING_OBJECTIVE = "_tuning_objective_metric"


def read(root: Path) -> dict[str, str]:
    """All of them; every value is a text.

    Args:
        root: the job's ``/opt/ml``.
    """
    text = (root / "input" / "config" / "hyperparameters.json").read_text(encoding="utf-8")
    return {str(name): str(value) for name, value in json.loads(text).items()}


def channels(root: Path) -> dict[str, dict[str, Any]]:
    """How the job describes its channels; what it leaves out is not there.

    Args:
        root: the job's ``/opt/ml``.
    """
    found: dict[str, dict[str, Any]] = json.loads(
        (root / "input" / "config" / "inputdataconfig.json").read_text(encoding="utf-8")
    )
    return found
