"""Checkpoints of XGBoost's container: what it writes after its rounds, and goes on from.

It looks for files ``xgboost-checkpoint.<round>`` and goes on from the one of the last round; 0.90-2 from the last one
in the order of their names, in which round 10 comes before round 9. Before XGBoost 1.3 it writes such files, and
leaves the last five.
From XGBoost 1.3 on it leaves the writing to XGBoost's own callback, with an interval of as many rounds as it found
done, and under that callback's names: a job that found none writes ``xgboost-checkpoint_0.ubj`` after its first round
(1.7-1 .json), and no other one. So AWS's container does not go on from what it wrote itself: **an interrupted job
begins anew**. It does go on from files of a container before 1.3, or of a user's own.

References:
    https://github.com/aws/sagemaker-xgboost-container, 0.90-2 to 3.0-5 and HEAD of June 2026: ``checkpointing.py``
        (load_checkpoint, SaveCheckpoint) and ``callback.py`` (get_callbacks)
    https://xgboost.readthedocs.io/en/release_3.0.0/python/python_api.html#xgboost.callback.TrainingCheckPoint
"""

import re
from dataclasses import dataclass
from pathlib import Path

import xgboost as xgb

_NAME = "xgboost-checkpoint"
_KEPT = 5
_FILE = re.compile(rf"{_NAME}\.([0-9]+)")


@dataclass(frozen=True, kw_only=True)
class Start:
    """Where a training begins.

    Args:
        model: file that it goes on from; None when it begins anew.
        rounds: how many that file has done.
    """

    model: Path | None = None
    rounds: int = 0

    @property
    def place(self) -> str | None:
        """The file, as all versions of XGBoost take it."""
        return str(self.model) if self.model else None


def find(folder: Path | None, *, by_name: bool = False) -> Start:
    """The file of the last round.

    Args:
        folder: of the checkpoints; None for a job that keeps none.
        by_name: the last one is that whose name is.
    """
    files = folder.iterdir() if folder is not None and folder.is_dir() else ()
    found = {int(match[1]): path for path in files if (match := _FILE.fullmatch(path.name))}
    if not found:
        return Start()
    last = max(found, key=str if by_name else int)
    return Start(model=found[last], rounds=last + 1)


def write(model: xgb.Booster, folder: Path, index: int, start: Start) -> None:
    """Write a checkpoint as the container before 1.3 does, and remove what is older than the last five.

    What it found when it began stays.

    Args:
        model: as far as it is trained.
        folder: of the checkpoints.
        index: of the round, from 0.
        start: where the training began.
    """
    # What ends like this SageMaker does not copy.
    partial = folder / f"{_NAME}.{index}.sagemaker-ignore"
    model.save_model(str(partial))
    partial.replace(folder / f"{_NAME}.{index}")
    if index - _KEPT >= start.rounds:
        (folder / f"{_NAME}.{index - _KEPT}").unlink(missing_ok=True)


def callback(folder: Path, start: Start) -> "xgb.callback.TrainingCallback":
    """What writes checkpoints while XGBoost trains, from 1.3 on.

    Args:
        folder: of the checkpoints.
        start: where the training began.
    """
    # By place: the last one is ``iterations`` to 1.7, and ``interval`` to 3.
    return xgb.callback.TrainingCheckPoint(folder, _NAME, False, start.rounds)
