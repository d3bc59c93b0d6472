"""Trains all candidates at once, until the epochs are over or none of them gets better.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/ll_how-it-works.html. Rows are taken in the order of the
data, which must be shuffled before, as on AWS. There two jobs with the same data end with models that differ a little;
here they are equal to the last digit.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from local_cloud.containers.sagemaker import algorithm_log as log
from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner import (
    candidates,
    checkpoints,
    losses,
    metrics,
    optimizers,
    scaling,
    selection,
)
from local_cloud.containers.sagemaker.linear_learner.candidates import Candidate
from local_cloud.containers.sagemaker.linear_learner.checkpoints import Progress
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import BINARY, MULTICLASS, Settings
from local_cloud.containers.sagemaker.linear_learner.scaling import Scaler
from local_cloud.containers.sagemaker.programs import CustomerError

ALGORITHM = "Linear Learner"
_SEED = 0
# So many rows are compared after an epoch, and evaluated at a time.
_SAMPLE, _AT_ONCE = 100_000, 10_000


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows as they came.

    Args:
        features: a row each.
        labels: one each.
    """

    features: Matrix
    labels: Matrix

    def first(self, count: int) -> "Rows":
        """The first of them."""
        return Rows(features=self.features[:count], labels=self.labels[:count])


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The best model.

    Args:
        parameters: for features and labels as they came; the last row is the bias, a column is an output.
        threshold: from which score on a binary classifier says 1, before the sigmoid.
        candidate: what it was trained with.
        schedule: of its learning rate.
    """

    parameters: Matrix
    threshold: float
    candidate: Candidate
    schedule: candidates.Schedule

    def scores(self, features: Matrix) -> Matrix:
        """Scores of rows, before sigmoid or softmax."""
        return np.asarray(features @ self.parameters[:-1] + self.parameters[-1])


@dataclass(kw_only=True)
class Learner:
    """One job's training.

    Args:
        settings: the job's.
        train: what is learned from.
        validation: what models are compared by, if there is any.
        folder: where checkpoints are kept; None for nowhere.
    """

    settings: Settings
    train: Rows
    validation: Rows | None
    folder: Path | None = None
    scaler: Scaler = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what all steps need."""
        settings, rows = self.settings, len(self.train.labels)
        self._batch = int(settings["mini_batch_size"])
        self._epochs = int(settings["epochs"])
        steps = self._steps_in_all = self._epochs * -(-rows // self._batch)
        self.scaler = scaling.fit(self.train.features, self.train.labels, settings)
        self._loss = losses.of(settings)
        self._labels = self.scaler.labels(self.train.labels)
        self._candidates = candidates.of(settings, steps=steps, labels=self._labels)
        self._schedule = candidates.schedule(settings, steps)
        self._weights = self._row_weights()
        self._columns = len(self._candidates) * settings.outputs

    def run(self) -> Trained:
        """Train.

        Raises:
            CustomerError: no candidate has a finite loss.
        """
        progress = self._begin()
        while progress.epoch < self._epochs and progress.waits < self.settings["early_stopping_patience"]:
            self._epoch(progress)
            if self.folder is not None:
                checkpoints.save(progress, self.folder, self._identity())
        if progress.epoch < self._epochs:
            log.info("Early stop condition met. Stopping training.")
            log.progress(100)
        return self._choose(progress)

    def _begin(self) -> Progress:
        settings, shape = self.settings, (self.train.features.shape[1] + 1, self._columns)
        fresh = Progress(
            parameters=self._first_parameters(shape), optimizer=optimizers.of(settings, shape, steps=self._steps_in_all)
        )
        if self.folder is None:
            log.info("Checkpoint loading and saving are disabled.")
            return fresh
        found = checkpoints.load(self.folder, self._identity(), fresh)
        if found.epoch:
            log.info(f"Loaded checkpoint of epoch {found.epoch - 1}, {self._epochs - found.epoch} epoch(s) are left")
        return found

    def _identity(self) -> str:
        return checkpoints.identity(self.settings, self.train.features, self.train.labels)

    def _first_parameters(self, shape: tuple[int, int]) -> Matrix:
        random, settings = np.random.default_rng(_SEED), self.settings
        # All candidates begin at the same place.
        one = (shape[0], settings.outputs)
        if settings["init_method"] == "uniform":
            drawn = random.uniform(-settings["init_scale"], settings["init_scale"], one)
        else:
            drawn = random.normal(0, settings["init_sigma"], one)
        drawn[-1] = settings["init_bias"] if settings["use_bias"] else 0.0
        return np.tile(drawn, (1, len(self._candidates)))

    def _row_weights(self) -> Matrix | None:
        """What each row counts for each candidate; None where all count alike."""
        labels, settings = self.train.labels, self.settings
        if settings.predictor == MULTICLASS and settings["balance_multiclass_weights"]:
            classes = labels.astype(np.int64)
            counts = np.bincount(classes, minlength=settings.outputs)
            return np.asarray(len(labels) / (np.count_nonzero(counts) * counts[classes, None]))
        weights = np.array([candidate.positive_weight for candidate in self._candidates])
        if settings.predictor != BINARY or (weights == 1).all():
            return None
        return np.where(labels[:, None] > 0, weights, 1.0)

    def _per_column(self, name: str) -> Matrix:
        return np.repeat([getattr(candidate, name) for candidate in self._candidates], self.settings.outputs)

    def _epoch(self, progress: Progress) -> None:
        start, rows = time.time(), len(self.train.labels)
        with np.errstate(all="ignore"):
            told = self._steps(progress) / rows
        epoch, name = progress.epoch, metrics.objective(self.settings)
        self._tell("train", name, told, epoch, start)
        with np.errstate(all="ignore"):
            reached, compared = self._compare(progress.parameters, self.validation or self.train)
        criterion = name
        if self.validation is None:
            # Then the loss alone decides when to stop.
            compared = reached
        else:
            self._tell("validation", name, reached, epoch, start)
            if not selection.is_by_loss(self.settings):
                criterion = f"sampled_{self.settings['binary_classifier_model_selection_criteria']}"
        best = float(compared.min())
        value = -best if criterion.startswith("sampled_") else best
        log.info(
            f"#early_stopping_criteria_metric: host={log.HOST}, epoch={epoch}, criteria={criterion}, value={value!r}"
        )
        if progress.note(compared, reached, tolerance=self.settings["early_stopping_tolerance"]):
            log.info(f"Epoch {epoch}: Loss improved. Updating best model")
        progress.epoch += 1
        log.progress(100 * progress.epoch // self._epochs)
        log.throughput(rows / max(time.time() - start, 1e-9))

    def _tell(self, channel: str, name: str, values: Matrix, epoch: int, start: float) -> None:
        for model, value in enumerate(values.tolist()):
            log.metrics(ALGORITHM, {f"{channel}_{name}": value}, start=start, epoch=epoch, model=model)
        log.quality(channel, name, float(values[0]), kind="loss", epoch=epoch)

    def _steps(self, progress: Progress) -> Matrix:
        """One pass over the data; gives the sum of each candidate's losses on the way."""
        settings, total = self.settings, np.zeros(len(self._candidates))
        rate, l1, wd = (self._per_column(name) for name in ("learning_rate", "l1", "wd"))
        decay, moves = self._of_rows(wd)
        for first in range(0, len(self._labels), self._batch):
            part = slice(first, first + self._batch)
            features = _with_bias(self.scaler.features(self.train.features[part]))
            labels = self._labels[part]
            scores = (features @ progress.parameters).reshape(len(labels), -1, settings.outputs)
            values, slopes = self._loss.value(scores, labels), self._loss.slope(scores, labels)
            if self._weights is not None:
                values, slopes = values * self._weights[part], slopes * self._weights[part][:, :, None]
            total += values.sum(axis=0)
            gradient = features.T @ slopes.reshape(len(labels), -1) / len(labels)
            gradient += decay * progress.parameters
            gradient[:-1] += l1 * np.sign(progress.parameters[:-1])
            rates = self._schedule.rate(rate, progress.optimizer.steps)
            progress.parameters -= moves * rates * progress.optimizer.change(gradient)
        return total

    def _of_rows(self, wd: Matrix) -> tuple[Matrix, Matrix]:
        """Weight decay of every parameter, and how fast each row of them moves; the last row is the bias."""
        shape, settings = (self.train.features.shape[1] + 1, self._columns), self.settings
        decay, moves = np.tile(wd, (shape[0], 1)), np.ones((shape[0], 1))
        decay[-1] *= settings.or_else("bias_wd_mult", 0.0)
        moves[-1] = settings.or_else("bias_lr_mult", 1.0) if settings["use_bias"] else 0.0
        return decay, moves

    def _compare(self, parameters: Matrix, rows: Rows) -> tuple[Matrix, Matrix]:
        """The loss of every candidate, and by what they are compared; less is better in both."""
        sums, kept = np.zeros(len(self._candidates)), []
        sample = min(_SAMPLE, int(self.settings.or_else("num_calibration_samples", _SAMPLE)))
        for first, scores in self._scores(parameters, rows.features):
            sums += self._loss.value(scores, rows.labels[first : first + _AT_ONCE]).sum(axis=0)
            if first < sample and not selection.is_by_loss(self.settings):
                kept.append(scores[:, :, 0])
        told = np.nan_to_num(sums / len(rows.labels), nan=np.inf)
        if not kept:
            return told, told
        found, labels = np.concatenate(kept)[:sample], rows.labels[:sample]
        return told, np.array([self._shortfall(column, labels) for column in found.T])

    def _shortfall(self, scores: Matrix, labels: Matrix) -> float:
        """How bad the best line of one candidate is by the criterion."""
        if not np.isfinite(scores).all():
            return np.inf
        return -selection.best_cut(self.settings, scores, labels, neutral=0.0).value

    def _scores(self, parameters: Matrix, features: Matrix) -> Iterator[tuple[int, Matrix]]:
        """Scores in the labels' own unit, part by part."""
        for first in range(0, len(features), _AT_ONCE):
            part = _with_bias(self.scaler.features(features[first : first + _AT_ONCE]))
            scores = self.scaler.scores(part @ parameters)
            yield first, scores.reshape(len(part), -1, self.settings.outputs)

    def _choose(self, progress: Progress) -> Trained:
        if not np.isfinite(progress.least).all():
            raise CustomerError(
                "Training diverged: no model has a finite loss. Set a smaller learning_rate, or normalize_data to true"
            )
        rows = self.validation or self.train
        with np.errstate(all="ignore"):
            told, compared = self._compare(progress.best, rows)
        # Of equally good candidates the one with the smallest loss.
        model = int(np.lexsort((told, compared))[0])
        outputs = self.settings.outputs
        parameters = self.scaler.unscaled(progress.best[:, model * outputs : (model + 1) * outputs])
        chosen = Trained(
            parameters=parameters, threshold=0.0, candidate=self._candidates[model], schedule=self._schedule
        )
        if self.settings.predictor != BINARY:
            return chosen
        sample = rows.first(int(self.settings.or_else("num_calibration_samples", len(rows.labels))))
        scores = chosen.scores(sample.features)[:, 0]
        cut = selection.best_cut(self.settings, scores, sample.labels, neutral=0.0)
        return Trained(
            parameters=parameters,
            threshold=cut.threshold,
            candidate=chosen.candidate,
            schedule=self._schedule,
        )


def _with_bias(features: Matrix) -> Matrix:
    return np.hstack([features, np.ones((len(features), 1))])
