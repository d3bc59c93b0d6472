"""SageMaker's built-in XGBoost.

Sources:
    https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
    https://github.com/aws/sagemaker-xgboost-container/blob/master/src/sagemaker_xgboost_container/algorithm_mode/hyperparameter_validation.py
"""

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
from config.gate_metrics import BINARY, GATE_METRICS, MULTICLASS, REGRESSION
from config.hyperparameters import Allowed, Hyperparameters
from config.ranges import NumericRange, Range

# Under this version models were trained before there was a choice.
_FIRST: Literal["3.0-5"] = "3.0-5"

# Metrics that a tuning job can optimise, with the direction that the page gives.
_OBJECTIVES: dict[str, Direction] = {
    "validation:accuracy": "Maximize",
    "validation:auc": "Maximize",
    "validation:error": "Minimize",
    "validation:f1": "Maximize",
    "validation:logloss": "Minimize",
    "validation:mae": "Minimize",
    "validation:map": "Maximize",
    "validation:merror": "Minimize",
    "validation:mlogloss": "Minimize",
    "validation:mse": "Minimize",
    "validation:ndcg": "Maximize",
    "validation:rmse": "Minimize",
}

# The objective metrics above that say something about a problem.
_TUNING_METRICS: dict[str, frozenset[str]] = {
    BINARY: frozenset(f"validation:{name}" for name in ("accuracy", "auc", "error", "f1", "logloss")),
    MULTICLASS: frozenset(f"validation:{name}" for name in ("merror", "mlogloss")),
    REGRESSION: frozenset(f"validation:{name}" for name in ("mae", "mse", "rmse")),
}

# Since 3.0-5 the container hands these to XGBoost as custom_metric, which gets probabilities, and takes each that is
# above 0 for class 1: accuracy is the share of ones, whatever the model is (algorithm_mode/train.py and
# metrics/custom_metrics.py of https://github.com/aws/sagemaker-xgboost-container at v3.0-5). Hinge gives 0 or 1.
_MISLEADING = {"binary:logistic": frozenset({"validation:accuracy", "validation:f1"})}

# What the container learns: probabilities (or, with hinge and softmax, one of the classes), and numbers.
_LEARNING_OBJECTIVES: dict[str, frozenset[str]] = {
    BINARY: frozenset({"binary:hinge", "binary:logistic"}),
    MULTICLASS: frozenset({"multi:softmax", "multi:softprob"}),
    REGRESSION: frozenset(
        {
            "count:poisson",
            "reg:absoluteerror",
            "reg:gamma",
            "reg:linear",
            "reg:logistic",
            "reg:pseudohubererror",
            "reg:squarederror",
            "reg:squaredlogerror",
            "reg:tweedie",
        }
    ),
}

# The five that "have the greatest effect on XGBoost evaluation metrics", with their recommended ranges.
_DEFAULT_RANGES: dict[str, Range] = {
    "alpha": NumericRange(type="continuous", min=0, max=1000),
    "eta": NumericRange(type="continuous", min=0.1, max=0.5),
    "min_child_weight": NumericRange(type="continuous", min=0, max=120),
    "num_round": NumericRange(type="integer", min=1, max=4000),
    "subsample": NumericRange(type="continuous", min=0.5, max=1),
}

# All hyperparameters that the page calls tunable.
_TUNABLE = frozenset(
    {
        *_DEFAULT_RANGES,
        "colsample_bylevel",
        "colsample_bynode",
        "colsample_bytree",
        "gamma",
        "lambda",
        "max_delta_step",
        "max_depth",
    }
)

# All hyperparameters that the container takes from its users; any other ends the job.
_HYPERPARAMETERS = _TUNABLE | {
    "aft_loss_distribution",
    "aft_loss_distribution_scale",
    "base_score",
    "booster",
    "csv_weights",
    "deterministic_histogram",
    "dsplit",
    "early_stopping_rounds",
    "eval_metric",
    "grow_policy",
    "interaction_constraints",
    "lambda_bias",
    "max_bin",
    "max_leaves",
    "monotone_constraints",
    "normalize_type",
    "nthread",
    "num_class",
    "num_parallel_tree",
    "objective",
    "one_drop",
    "predictor",
    "prob_buffer_row",
    "process_type",
    "rate_drop",
    "refresh_leaf",
    "sample_type",
    "sampling_method",
    "save_model_on_termination",
    "scale_pos_weight",
    "seed",
    "sketch_eps",
    "skip_drop",
    "tree_method",
    "tweedie_variance_power",
    "updater",
    "use_dask_gpu_training",
    "verbosity",
}

# Names of XGBoost's own for which the container has another, too; one name each keeps trials comparable.
_ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_alpha": "alpha", "reg_lambda": "lambda"}

# What eval_metric may list; error, map and ndcg also with a threshold, such as error@0.7.
_EVALUATION_METRICS = frozenset(
    {
        "accuracy",
        "aft-nloglik",
        "auc",
        "aucpr",
        "balanced_accuracy",
        "cox-nloglik",
        "error",
        "f1",
        "f1_binary",
        "f1_macro",
        "gamma-deviance",
        "gamma-nloglik",
        "interval-regression-accuracy",
        "logloss",
        "mae",
        "map",
        "mape",
        "merror",
        "mlogloss",
        "mphe",
        "mse",
        "ndcg",
        "poisson-nloglik",
        "precision",
        "precision_macro",
        "precision_micro",
        "r2",
        "recall",
        "recall_macro",
        "recall_micro",
        "rmse",
        "rmsle",
        "tweedie-nloglik",
    }
)

# What is demanded of a job for each problem, as the container demands it.
_REQUIRED = {MULTICLASS: frozenset({"num_class"})}
_VALUES = {MULTICLASS: {"num_class": Allowed(low=2, whole=True)}}
_CLASSES_ONLY = {MULTICLASS: frozenset({"multi:softmax"})}

# A model in JSON and in UBJSON begins so, and no opcode of pickle does: the container loads the first file of the
# archive, whatever its name, and tries pickle before XGBoost's own format
# (https://github.com/aws/sagemaker-xgboost-container). Far above the few megabytes of a boosted forest, far below
# the memory of an ml.m5.large.
_ARTIFACT = Artifact(file="xgboost-model", begins_with=b"{", most_bytes=512 * 1024**2)
# The format of before begins so, in which XGBoost 1.7.4 writes a file without an ending. To pickle a first b is an
# opcode that needs what only earlier ones can have left, so that it ends there and runs nothing.
_OLD_ARTIFACT = Artifact(file="xgboost-model", begins_with=b"binf", most_bytes=512 * 1024**2)
# Since 3.0: v1.7-1 of the container has all others.
_NOT_IN_1_7 = frozenset({"reg:absoluteerror"})


class Settings(FamilySettings):
    """Which of AWS's images of XGBoost trains and serves."""

    type: Literal["xgboost"]
    version: Literal["1.7-1", "3.0-5", "3.2-0"] = _FIRST


def algorithm(settings: Settings) -> Algorithm:
    """Built-in XGBoost of a version."""
    version, first, old = settings.version, settings.version == _FIRST, settings.version == "1.7-1"
    # It carries the label of multi-model endpoints.
    image = _image(version)
    ending = "" if first else f"xgboost-{version.replace('.', '-')}"
    return Algorithm(
        name=ending or "xgboost",
        title="built-in XGBoost" if first else f"built-in XGBoost {version}",
        # The evaluation's script reads the format of the newer versions.
        images=Images(
            training=image,
            evaluation=_image(_FIRST) if old else image,
            serving=image,
            training_on_gpu=image,
            serving_on_gpu=image,
        ),
        evaluation="evaluation",
        scoring="transform" if old else "script",
        input_mode="File",
        content_type="text/csv",
        channels={"train": "train", "validation": "validation"},
        objective=Objective(hyperparameter="objective", default="reg:squarederror"),
        hyperparameters=Hyperparameters(
            known=_HYPERPARAMETERS,
            required=frozenset({"num_round"}),
            aliases=_ALIASES,
            tunable=_TUNABLE,
            ranges=_DEFAULT_RANGES,
            page="https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html",
        ),
        metrics=Metrics(
            objectives=_OBJECTIVES,
            prefix="validation:",
            hyperparameter="eval_metric",
            names=_EVALUATION_METRICS,
            with_threshold=frozenset({"error", "map", "ndcg"}),
            # As custom_metric since 3.0 only; 1.7's feval gets margins.
            misleading={} if old else _MISLEADING,
        ),
        problems={
            problem: Problem(
                objectives=objectives - _NOT_IN_1_7 if old else objectives,
                tuning_metrics=_TUNING_METRICS[problem],
                gate_metrics=GATE_METRICS[problem],
                required=_REQUIRED.get(problem, frozenset()),
                values=_VALUES.get(problem, {}),
                classes_only=_CLASSES_ONLY.get(problem, frozenset()),
                answers=Answers(score=""),
            )
            for problem, objectives in _LEARNING_OBJECTIVES.items()
        },
        # Containers from 1.3 on write one, under a name that they do not look for (checkpointing.py of
        # https://github.com/aws/sagemaker-xgboost-container): they begin anew after every interruption.
        checkpoints=False,
        # Built-in algorithms that keep no checkpoints may wait one hour at most.
        longest_spot_wait_minutes=60,
        artifact=_OLD_ARTIFACT if old else _ARTIFACT,
        # The evaluation and the endpoint run the same library on the same model; what differs is the last digit of a
        # float32.
        requests=Requests(content_type="text/csv", accept="text/csv", answer="", tolerance=1e-5),
        shared_endpoint=ending,
    )


def _image(version: str) -> Image:
    return Image(repository="sagemaker-xgboost", tag=version, registries=registries.XGBOOST)


ALGORITHM = algorithm(Settings(type="xgboost"))
