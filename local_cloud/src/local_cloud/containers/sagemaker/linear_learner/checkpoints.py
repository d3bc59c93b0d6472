"""Where a training stands, and how it is kept in ``/opt/ml/checkpoints``, from where an interrupted job goes on.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html. What AWS's container writes there is
not documented; here it is one file after every epoch.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from local_cloud.containers.sagemaker import algorithm_log as log
from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import Settings
from local_cloud.containers.sagemaker.linear_learner.optimizers import Optimizer

NAME = "linear-learner.npz"


@dataclass(kw_only=True)
class Progress:
    """What changes while a job trains.

    Args:
        parameters: of all candidates.
        optimizer: with what it remembers.
        epoch: how many are over.
        best: the parameters after the best epoch.
        least: the criterion and the loss of the best candidate then; less is better.
        reached: the same of every candidate, when it last got better.
        waits: epochs since any candidate got better.
    """

    parameters: Matrix
    optimizer: Optimizer
    epoch: int = 0
    best: Matrix = field(init=False)
    least: tuple[float, float] = (np.inf, np.inf)
    reached: Matrix | None = None
    waits: int = 0

    def __post_init__(self) -> None:
        """Nothing is better than the beginning yet."""
        self.best = self.parameters.copy()

    def note(self, values: Matrix, losses: Matrix, *, tolerance: float) -> bool:
        """Note how good the candidates are after an epoch.

        An accuracy that stays the same is still better with a smaller loss: public logs of AWS's jobs say "Loss
        improved" while the criterion is ``sampled_accuracy``. AWS does not say which candidates must get better; here
        any may.

        Args:
            values: of the criterion, one a candidate; less is better.
            losses: one a candidate.
            tolerance: the smallest part of what it reached by which a candidate counts as better.

        Returns:
            Whether one is the best so far.
        """
        now = np.stack([values, losses])
        before = np.full_like(now, np.inf) if self.reached is None else self.reached
        # Infinity minus infinity is nothing to compare.
        with np.errstate(invalid="ignore"):
            gains = np.isfinite(now) & (~np.isfinite(before) | (before - now > tolerance * np.abs(before)))
        better = gains[0] | ((now[0] <= before[0]) & gains[1])
        self.reached = np.where(better, now, before)
        self.waits = 0 if better.any() else self.waits + 1
        model = np.lexsort((losses, values))[0]
        found = (float(values[model]), float(losses[model]))
        if not found < self.least:
            return False
        self.least, self.best = found, self.parameters.copy()
        return True


def identity(settings: Settings, features: Matrix, labels: Matrix) -> str:
    """What must be the same for a training to go on."""
    digest = hashlib.sha256(json.dumps(dict(settings.values), sort_keys=True).encode())
    digest.update(str(features.shape).encode())
    for part in (features, labels):
        digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()


def save(progress: Progress, folder: Path, name: str) -> None:
    """Keep where a training stands.

    Args:
        progress: it.
        folder: /opt/ml/checkpoints.
        name: what it belongs to, see `identity`.
    """
    optimizer, content = progress.optimizer, io.BytesIO()
    np.savez(
        content,
        identity=np.array(name),
        parameters=progress.parameters,
        first=optimizer.first,
        second=optimizer.second,
        best=progress.best,
        counts=np.array([progress.epoch, progress.waits, optimizer.steps]),
        least=np.array(progress.least),
        reached=np.array([]) if progress.reached is None else progress.reached,
    )
    # Whole or not at all, whenever the job is interrupted.
    partial = folder / f".{NAME}"
    partial.write_bytes(content.getvalue())
    partial.replace(folder / NAME)
    log.info(f'Saved checkpoint to "/opt/ml/checkpoints/{NAME}"')


def load(folder: Path, name: str, fresh: Progress) -> Progress:
    """Where an interrupted training stood, or its beginning.

    Args:
        folder: /opt/ml/checkpoints.
        name: what it must belong to.
        fresh: the beginning.
    """
    if not (folder / NAME).exists():
        return fresh
    try:
        with np.load(folder / NAME, allow_pickle=False) as content:
            kept = dict(content)
        if str(kept["identity"]) != name:
            log.info(f"{NAME} belongs to other data or hyperparameters, training begins anew", level="WARNING")
            return fresh
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        log.info(f"{NAME} is no checkpoint, training begins anew: {error}", level="WARNING")
        return fresh
    fresh.parameters, fresh.best = kept["parameters"], kept["best"]
    fresh.epoch, fresh.waits, fresh.optimizer.steps = (int(count) for count in kept["counts"])
    fresh.least = (float(kept["least"][0]), float(kept["least"][1]))
    fresh.reached = kept["reached"]
    fresh.optimizer.first, fresh.optimizer.second = kept["first"], kept["second"]
    return fresh
