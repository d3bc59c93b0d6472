"""Training of SageMaker's built-in linear learner.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner.html. AWS's container is not public, so that
this trainer is our own after its documentation and public logs of its jobs; docs/linear-learner.md says what is ours.
"""

import json
import time
from pathlib import Path

import numpy as np

from local_cloud.containers.sagemaker import algorithm_data, algorithm_log, checkpoints, hyperparameters
from local_cloud.containers.sagemaker import algorithm_log as log
from local_cloud.containers.sagemaker.algorithm_data import Data
from local_cloud.containers.sagemaker.linear_learner import artifact, metrics
from local_cloud.containers.sagemaker.linear_learner import hyperparameters as own
from local_cloud.containers.sagemaker.linear_learner.artifact import Stored
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import BINARY, MULTICLASS, Settings
from local_cloud.containers.sagemaker.linear_learner.learner import ALGORITHM, Learner, Rows, Trained
from local_cloud.containers.sagemaker.programs import CustomerError

_CHANNELS = ("train", "validation", "test")


def train(root: Path) -> None:
    """Train in /opt/ml.

    Raises:
        CustomerError: the data or the hyperparameters are not what the algorithm takes.
    """
    start, given = time.time(), hyperparameters.read(root)
    settings = log.configured(given, defaults=own.DEFAULTS, parse=own.parse)
    data = algorithm_data.read(
        root, hyperparameters.channels(root), names=_CHANNELS, width=settings.or_else("feature_dim", None)
    )
    rows = {name: _rows(found, settings) for name, found in data.items()}
    if settings["mini_batch_size"] > len(rows["train"].labels):
        raise CustomerError(
            f"The value of mini_batch_size, {settings['mini_batch_size']}, must not exceed the number of records in the"
            f" train channel, which is {len(rows['train'].labels)}. Please set a smaller mini_batch_size."
        )
    learner = Learner(
        settings=settings,
        train=rows["train"],
        validation=rows.get("validation"),
        folder=checkpoints.folder(root),
    )
    model = learner.run()
    _tell(settings, model, rows)
    candidate = model.candidate
    artifact.save(
        root / "model",
        Stored(
            predictor=settings.predictor,
            loss=settings.loss,
            weights=model.parameters[:-1],
            bias=model.parameters[-1],
            threshold=model.threshold,
        ),
        told={"learning_rate": candidate.learning_rate, "l1": candidate.l1, "wd": candidate.wd},
    )
    algorithm_log.metrics(ALGORITHM, {"totaltime": 1000 * (time.time() - start)}, start=start)


def _rows(data: Data, settings: Settings) -> Rows:
    labels = data.one_label()
    classes = {BINARY: 2, MULTICLASS: settings.outputs}.get(settings.predictor)
    if classes is not None:
        wrong = np.flatnonzero((labels < 0) | (labels >= classes) | (labels != np.floor(labels)))
        if len(wrong):
            row = int(wrong[0])
            raise CustomerError(
                f"Labels of predictor_type '{settings.predictor}' must be whole numbers from 0 to {classes - 1}, got"
                f" {labels[row]:g} in row {row + 1} of the {data.channel} dataset; the first column must be the label"
            )
    return Rows(features=data.features, labels=labels)


def _tell(settings: Settings, model: Trained, rows: dict[str, Rows]) -> None:
    """The results: of the validation data, or of the training data without any, and of the test data."""
    compared = "validation" if "validation" in rows else "train"
    _results(settings, model, rows[compared], compared)
    found, schedule = model.candidate, model.schedule
    chosen = {
        "optimizer": settings.or_else("optimizer", "adam"),
        "learning_rate": found.learning_rate,
        "l1": found.l1,
        "wd": found.wd,
        "lr_scheduler_step": schedule.step,
        "lr_scheduler_factor": schedule.factor,
        "lr_scheduler_minimum_lr": schedule.minimum,
    }
    log.info(f"Best model found for hyperparameters: {json.dumps(chosen)}")
    if "test" in rows:
        _results(settings, model, rows["test"], "test")
    else:
        log.info("Test data is not provided.")


def _results(settings: Settings, model: Trained, rows: Rows, channel: str) -> None:
    found = list(metrics.of(settings, model.scores(rows.features), rows.labels, threshold=model.threshold))
    for metric in found:
        log.score(channel, metric.name, metric.value)
    for metric in found:
        log.quality(channel, metric.name, metric.value, kind=metric.kind)
