"""Hyperparameters of linear learner.

Values: https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html, and the SDK's
https://github.com/aws/sagemaker-python-sdk, src/sagemaker/amazon/linear_learner.py, which has the selection criteria
``f1`` and ``cross_entropy_loss`` in addition, as older documentation. Defaults: as the container itself logs them
("Reading default configuration from .../default-input.json").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.containers.sagemaker import algorithm_hyperparameters as kinds
from local_cloud.containers.sagemaker.algorithm_hyperparameters import POSITIVE, SWITCH, TEXT, choice, integer, number
from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE
from local_cloud.containers.sagemaker.programs import CustomerError

REGRESSOR, BINARY, MULTICLASS = "regressor", "binary_classifier", "multiclass_classifier"
AUTO = "auto"
# By predictor_type; the first one is meant by auto.
LOSSES: Mapping[str, tuple[str, ...]] = {
    REGRESSOR: (
        "squared_loss",
        "absolute_loss",
        "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss",
        "quantile_loss",
        "huber_loss",
    ),
    BINARY: ("logistic", "hinge_loss"),
    MULTICLASS: ("softmax_loss",),
}
_MOST_CLASSES = 1_000_000
_ABOVE_0 = number("a number greater than 0", lambda value: value > 0)
_FROM_0 = number("a number of at least 0", lambda value: value >= 0)
_BETWEEN = number("a number between 0 and 1, both excluded", lambda value: 0 < value < 1)
_BELOW_1 = number("a number of at least 0 and less than 1", lambda value: 0 <= value < 1)
# What a laptop has one of, or none; AWS's container knows them, the documentation does not name them.
_OF_THE_MACHINE = ("_enable_profiler", "_kvstore", "_log_level", "_num_gpus", "_num_kv_servers")

KINDS: Mapping[str, kinds.Kind] = {
    "accuracy_top_k": POSITIVE,
    "balance_multiclass_weights": SWITCH,
    "beta_1": _BELOW_1.or_texts(AUTO),
    "beta_2": _BELOW_1.or_texts(AUTO),
    "bias_lr_mult": _ABOVE_0.or_texts(AUTO),
    "bias_wd_mult": _FROM_0.or_texts(AUTO),
    "binary_classifier_model_selection_criteria": choice(
        "accuracy",
        "f1",
        "f_beta",
        "precision_at_target_recall",
        "recall_at_target_precision",
        "cross_entropy_loss",
        "loss_function",
    ),
    "early_stopping_patience": POSITIVE,
    "early_stopping_tolerance": _ABOVE_0,
    "epochs": POSITIVE,
    "f_beta": _ABOVE_0,
    "feature_dim": POSITIVE.or_texts(AUTO),
    "huber_delta": _FROM_0,
    "init_bias": number("a number"),
    "init_method": choice("uniform", "normal"),
    "init_scale": _ABOVE_0,
    "init_sigma": _ABOVE_0,
    "l1": _FROM_0.or_texts(AUTO),
    "learning_rate": _ABOVE_0.or_texts(AUTO),
    "loss": choice(AUTO, *(loss for losses in LOSSES.values() for loss in losses)),
    "loss_insensitivity": _ABOVE_0,
    "lr_scheduler_factor": _BETWEEN.or_texts(AUTO),
    "lr_scheduler_minimum_lr": _ABOVE_0.or_texts(AUTO),
    "lr_scheduler_step": POSITIVE.or_texts(AUTO),
    "margin": _FROM_0,
    "mini_batch_size": POSITIVE,
    "momentum": _BELOW_1.or_texts(AUTO),
    "normalize_data": SWITCH.or_texts(AUTO),
    "normalize_label": SWITCH.or_texts(AUTO),
    "num_calibration_samples": POSITIVE.or_texts(AUTO),
    "num_classes": integer(at_least=1, at_most=_MOST_CLASSES),
    "num_models": POSITIVE.or_texts(AUTO),
    "num_point_for_scaler": POSITIVE,
    "optimizer": choice(AUTO, "sgd", "adam", "rmsprop"),
    "positive_example_weight_mult": _ABOVE_0.or_texts(AUTO, "balanced"),
    "predictor_type": choice(REGRESSOR, BINARY, MULTICLASS),
    "quantile": _BETWEEN,
    "target_precision": _BETWEEN,
    "target_recall": _BETWEEN,
    "unbias_data": SWITCH.or_texts(AUTO),
    "unbias_label": SWITCH.or_texts(AUTO),
    "use_bias": SWITCH,
    "use_lr_scheduler": SWITCH,
    "wd": _FROM_0.or_texts(AUTO),
    TUNING_OBJECTIVE: TEXT,
    **dict.fromkeys(_OF_THE_MACHINE, TEXT),
}
DEFAULTS: Mapping[str, str] = {
    "accuracy_top_k": "3",
    "balance_multiclass_weights": "false",
    "beta_1": AUTO,
    "beta_2": AUTO,
    "bias_lr_mult": AUTO,
    "bias_wd_mult": AUTO,
    "binary_classifier_model_selection_criteria": "accuracy",
    "early_stopping_patience": "3",
    "early_stopping_tolerance": "0.001",
    "epochs": "15",
    "f_beta": "1.0",
    "feature_dim": AUTO,
    "huber_delta": "1.0",
    "init_bias": "0.0",
    "init_method": "uniform",
    "init_scale": "0.07",
    "init_sigma": "0.01",
    "l1": AUTO,
    "learning_rate": AUTO,
    "loss": AUTO,
    "loss_insensitivity": "0.01",
    "lr_scheduler_factor": AUTO,
    "lr_scheduler_minimum_lr": AUTO,
    "lr_scheduler_step": AUTO,
    "margin": "1.0",
    "mini_batch_size": "1000",
    "momentum": AUTO,
    "normalize_data": "true",
    "normalize_label": AUTO,
    "num_calibration_samples": "10000000",
    "num_classes": "1",
    "num_models": AUTO,
    "num_point_for_scaler": "10000",
    "optimizer": AUTO,
    "positive_example_weight_mult": "1.0",
    "quantile": "0.5",
    "target_precision": "0.8",
    "target_recall": "0.8",
    "unbias_data": AUTO,
    "unbias_label": AUTO,
    "use_bias": "true",
    "use_lr_scheduler": "true",
    "wd": AUTO,
    TUNING_OBJECTIVE: "",
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a job asks for; ``auto`` is None where the trainer decides by the data.

    Args:
        values: every hyperparameter by its name.
    """

    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """The value of one hyperparameter."""
        return self.values[name]

    @property
    def predictor(self) -> str:
        """predictor_type."""
        return str(self.values["predictor_type"])

    @property
    def loss(self) -> str:
        """The loss, never ``auto``."""
        return LOSSES[self.predictor][0] if self.values["loss"] == AUTO else str(self.values["loss"])

    @property
    def outputs(self) -> int:
        """Numbers that the model gives for a row."""
        return int(self.values["num_classes"]) if self.predictor == MULTICLASS else 1

    @property
    def is_tuned(self) -> bool:
        """Whether it is a trial of a tuning job."""
        return bool(self.values[TUNING_OBJECTIVE])

    def or_else(self, name: str, automatic: Any) -> Any:
        """The value of one hyperparameter, or what ``auto`` means."""
        return automatic if self.values[name] == AUTO else self.values[name]


def parse(given: Mapping[str, str]) -> Settings:
    """Check all hyperparameters of a job.

    Raises:
        CustomerError: one is missing, unknown or wrong, or does not fit to another one.
    """
    settings = Settings(
        values=kinds.parse(given, kinds=KINDS, defaults=DEFAULTS, required=("predictor_type",)),
    )
    if settings.predictor == MULTICLASS and settings.outputs < 3:  # noqa: PLR2004  # two classes are binary
        raise CustomerError(
            "For predictor_type 'multiclass_classifier', 'num_classes' should be set to a value greater than 2, got"
            f" {given.get('num_classes', 'none')}"
        )
    if settings.loss not in (allowed := LOSSES[settings.predictor]):
        raise CustomerError(
            f"The value '{settings.loss}' is not valid for the 'loss' hyperparameter when predictor_type is"
            f" '{settings.predictor}', which accepts one of the following: {', '.join(map(repr, allowed))}"
        )
    return settings
