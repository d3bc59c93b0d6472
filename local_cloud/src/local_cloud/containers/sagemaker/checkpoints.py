"""Where a training job keeps its checkpoints: a folder that SageMaker copies from and to S3.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
"""

import json
from pathlib import Path, PurePosixPath

_PLACE = PurePosixPath("/opt/ml")


def folder(root: Path) -> Path | None:
    """The folder; None for a job that keeps none.

    Args:
        root: the job's ``/opt/ml``.
    """
    config = root / "input" / "config" / "checkpointconfig.json"
    if not config.exists():
        return None
    path = PurePosixPath(json.loads(config.read_text(encoding="utf-8"))["LocalPath"])
    return root / path.relative_to(_PLACE)
