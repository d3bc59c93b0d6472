"""SageMaker's built-in linear learner: linear and logistic regression, and multinomial.

Sources:
    https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html
    https://github.com/aws/sagemaker-python-sdk/blob/03cd5ad4/src/sagemaker/amazon/linear_learner.py (the words that
    the pages leave out: losses, optimizers, criteria)
"""

import math
from typing import Literal

from config import registries
from config.algorithm import (
    Algorithm,
    Answers,
    Artifact,
    Direction,
    FamilySettings,
    Image,
    Images,
    Metrics,
    Objective,
    Problem,
    Requests,
)
from config.algorithms import xgboost
from config.gate_metrics import BINARY, GATE_METRICS, MULTICLASS, REGRESSION
from config.hyperparameters import Allowed, Hyperparameters
from config.ranges import CategoricalRange, NumericRange, Range

_IMAGE = Image(repository="linear-learner", tag="1", registries=registries.LINEAR_LEARNER)
_PREDICTORS = {BINARY: "binary_classifier", MULTICLASS: "multiclass_classifier", REGRESSION: "regressor"}
_SCORE, _LABEL = "/predictions/0/score", "/predictions/0/predicted_label"

_AUTO = frozenset({"auto"})
_TRUTH = frozenset({"false", "true"})
_COUNT = Allowed(low=1, whole=True)
_POSITIVE = Allowed(low=0, without_low=True)
_SHARE = Allowed(low=0, high=1, without_low=True, without_high=True)
_AUTO_COUNT = Allowed(words=_AUTO, low=1, whole=True)
_AUTO_POSITIVE = Allowed(words=_AUTO, low=0, without_low=True)
_AUTO_NOT_NEGATIVE = Allowed(words=_AUTO, low=0)
_AUTO_SHARE = Allowed(words=_AUTO, low=0, high=1, without_low=True, without_high=True)
_AUTO_BELOW_ONE = Allowed(words=_AUTO, low=0, high=1, without_high=True)
_AUTO_TRUTH = Allowed(words=_AUTO | _TRUTH)

# All hyperparameters with what they may be.
_VALUES = {
    "accuracy_top_k": _COUNT,
    "balance_multiclass_weights": Allowed(words=_TRUTH),
    "beta_1": _AUTO_BELOW_ONE,
    "beta_2": _AUTO_BELOW_ONE,
    "bias_lr_mult": _AUTO_POSITIVE,
    "bias_wd_mult": _AUTO_NOT_NEGATIVE,
    "binary_classifier_model_selection_criteria": Allowed(
        words=frozenset(
            {
                "accuracy",
                "cross_entropy_loss",
                "f1",
                "f_beta",
                "loss_function",
                "precision_at_target_recall",
                "recall_at_target_precision",
            }
        )
    ),
    "early_stopping_patience": _COUNT,
    "early_stopping_tolerance": _POSITIVE,
    "epochs": _COUNT,
    "f_beta": _POSITIVE,
    "feature_dim": _AUTO_COUNT,
    "huber_delta": _POSITIVE,
    "init_bias": Allowed(low=-math.inf),
    "init_method": Allowed(words=frozenset({"normal", "uniform"})),
    "init_scale": _POSITIVE,
    "init_sigma": _POSITIVE,
    "l1": _AUTO_NOT_NEGATIVE,
    "learning_rate": _AUTO_POSITIVE,
    "loss_insensitivity": _POSITIVE,
    "lr_scheduler_factor": _AUTO_SHARE,
    "lr_scheduler_minimum_lr": _AUTO_POSITIVE,
    "lr_scheduler_step": _AUTO_COUNT,
    "margin": Allowed(low=0),
    "mini_batch_size": _COUNT,
    "momentum": _AUTO_BELOW_ONE,
    "normalize_data": _AUTO_TRUTH,
    "normalize_label": _AUTO_TRUTH,
    "num_calibration_samples": _AUTO_COUNT,
    "num_classes": Allowed(low=3, high=1_000_000, whole=True),
    "num_models": _AUTO_COUNT,
    "num_point_for_scaler": _COUNT,
    "optimizer": Allowed(words=frozenset({"adam", "auto", "rmsprop", "sgd"})),
    "positive_example_weight_mult": Allowed(words=frozenset({"auto", "balanced"}), low=0, without_low=True),
    "quantile": _SHARE,
    "target_precision": _SHARE,
    "target_recall": _SHARE,
    "unbias_data": _AUTO_TRUTH,
    "unbias_label": _AUTO_TRUTH,
    "use_bias": Allowed(words=_TRUTH),
    "use_lr_scheduler": Allowed(words=_TRUTH),
    "wd": _AUTO_NOT_NEGATIVE,
}

_LOSSES = {
    BINARY: frozenset({"auto", "hinge_loss", "logistic"}),
    MULTICLASS: frozenset({"auto", "softmax_loss"}),
    REGRESSION: frozenset(
        {
            "absolute_loss",
            "auto",
            "eps_insensitive_absolute_loss",
            "eps_insensitive_squared_loss",
            "huber_loss",
            "quantile_loss",
            "squared_loss",
        }
    ),
}

# What it reports of the validation part, by problem; of the test part only with a channel that a run has not.
_METRICS: dict[str, dict[str, Direction]] = {
    BINARY: {
        "binary_classification_accuracy": "Maximize",
        "binary_f_beta": "Maximize",
        "objective_loss": "Minimize",
        "precision": "Maximize",
        "recall": "Maximize",
        "roc_auc_score": "Maximize",
    },
    MULTICLASS: {
        "dcg": "Maximize",
        "macro_f_beta": "Maximize",
        "macro_precision": "Maximize",
        "macro_recall": "Maximize",
        "multiclass_accuracy": "Maximize",
        "multiclass_top_k_accuracy": "Maximize",
        "objective_loss": "Minimize",
    },
    REGRESSION: {
        "absolute_loss": "Minimize",
        "mse": "Minimize",
        "objective_loss": "Minimize",
        "rmse": "Minimize",
    },
}
_PREFIX = "validation:"

# The recommended ranges of all that it can tune; the weight of positive examples is not among the defaults, since it
# means nothing but for two classes.
_RANGES: dict[str, Range] = {
    "l1": NumericRange(type="continuous", min=1e-7, max=1),
    "learning_rate": NumericRange(type="continuous", min=1e-5, max=1),
    "mini_batch_size": NumericRange(type="integer", min=100, max=5000),
    "use_bias": CategoricalRange(type="categorical", values=("True", "False")),
    "wd": NumericRange(type="continuous", min=1e-7, max=1),
}
_TUNABLE = frozenset({*_RANGES, "positive_example_weight_mult"})


class Settings(FamilySettings):
    """There is one version of it, and nothing to set."""

    type: Literal["linear-learner"]


def algorithm(settings: Settings) -> Algorithm:
    """Built-in linear learner."""
    return Algorithm(
        name=settings.type,
        title="the linear learner",
        images=Images(
            training=_IMAGE,
            # Its own has no Python for others.
            evaluation=xgboost.ALGORITHM.images.evaluation,
            serving=_IMAGE,
            training_on_gpu=_IMAGE,
            serving_on_gpu=_IMAGE,
        ),
        evaluation=xgboost.ALGORITHM.evaluation,
        scoring="transform",
        input_mode="File",
        content_type="text/csv",
        channels={"train": "train", "validation": "validation"},
        objective=Objective(hyperparameter="predictor_type", default=None),
        hyperparameters=Hyperparameters(
            known=frozenset({*_VALUES, "loss", "predictor_type"}),
            required=frozenset({"predictor_type"}),
            aliases={
                "alpha": "l1",
                "batch_size": "mini_batch_size",
                "eta": "learning_rate",
                "lambda": "wd",
                "num_class": "num_classes",
                "objective": "predictor_type",
                "weight_decay": "wd",
            },
            tunable=_TUNABLE,
            ranges=_RANGES,
            page="https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html",
            values=_VALUES,
        ),
        metrics=Metrics(
            objectives={f"{_PREFIX}{name}": way for each in _METRICS.values() for name, way in each.items()},
            prefix=_PREFIX,
            hyperparameter=None,
            names=frozenset(name for each in _METRICS.values() for name in each),
            with_threshold=frozenset(),
        ),
        problems={
            problem: Problem(
                objectives=frozenset({predictor}),
                tuning_metrics=frozenset(f"{_PREFIX}{name}" for name in _METRICS[problem]),
                gate_metrics=GATE_METRICS[problem],
                required=frozenset({"num_classes"}) if problem == MULTICLASS else frozenset(),
                values={"loss": Allowed(words=_LOSSES[problem])},
                # The class that it answers need not be the likelier one: see its criteria of model selection.
                answers=Answers(score=_SCORE, label=None if problem == REGRESSION else _LABEL),
            )
            for problem, predictor in _PREDICTORS.items()
        },
        checkpoints=True,
        # Whether it may wait longer than built-in algorithms without checkpoints, no page of AWS says.
        longest_spot_wait_minutes=60,
        # One file, a zip archive: that is what its first bytes say, and no opcode of pickle is among them. Weights of
        # a million features and a thousand classes do not fit; nobody serves them beside others.
        artifact=Artifact(file="model_algo-1", begins_with=b"PK\x03\x04", most_bytes=512 * 1024**2),
        # The digits of a float32.
        requests=Requests(content_type="text/csv", accept="application/json", answer="", tolerance=1e-5),
        shared_endpoint=settings.type,
    )
