"""Reads a channel of InputMode Pipe to its end, once, for an algorithm that keeps its data in memory anyway.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FOLDER = "piped"


def folder(root: Path, name: str, channel: Mapping[str, Any]) -> Path:
    """The folder of a channel; that of a pipe is made of what came through the pipe of the first epoch.

    Args:
        root: the job's ``/opt/ml``.
        name: of the channel.
        channel: as the job's inputdataconfig.json describes it.
    """
    data = root / "input" / "data"
    if channel.get("TrainingInputMode") != "Pipe":
        return data / name
    kept = root / _FOLDER / name
    kept.mkdir(parents=True)
    pipe = data / f"{name}_0"
    with pipe.open("rb") as stream, (kept / pipe.name).open("wb") as file:
        shutil.copyfileobj(stream, file)
    return kept
