"""The hyperparameters of a training job, and those that SageMaker itself gives to a container."""

import json
from pathlib import Path

# By this one a tuning job tells the container its objective, which the container then computes unasked.
TUNING_OBJECTIVE = "_tuning_objective_metric"


def read(root: Path) -> dict[str, str]:
    """All of them; every value is a text.

    Args:
        root: the job's ``/opt/ml``.
    """
    text = (root / "input" / "config" / "hyperparameters.json").read_text(encoding="utf-8")
    return {str(name): str(value) for name, value in json.loads(text).items()}
