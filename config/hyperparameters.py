"""What SageMaker's built-in XGBoost takes, and what of it can be tuned.

Sources:
    https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
    https://github.com/aws/sagemaker-xgboost-container/blob/master/src/sagemaker_xgboost_container/algorithm_mode/hyperparameter_validation.py
"""

import re
from typing import Literal

# Metrics that a tuning job can optimise, with the direction that the page gives.
OBJECTIVES: dict[str, Literal["Maximize", "Minimize"]] = {
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
TUNING_METRICS: dict[str, frozenset[str]] = {
    "binary_classification": frozenset(f"validation:{name}" for name in ("accuracy", "auc", "error", "f1", "logloss")),
    "regression": frozenset(f"validation:{name}" for name in ("mae", "mse", "rmse")),
}

# What the container learns: probabilities (or, with hinge, one of the two classes), and numbers.
LEARNING_OBJECTIVES: dict[str, frozenset[str]] = {
    "binary_classification": frozenset({"binary:hinge", "binary:logistic"}),
    "regression": frozenset(
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
DEFAULT_RANGES: dict[str, dict[str, str | float]] = {
    "alpha": {"type": "continuous", "min": 0, "max": 1000},
    "eta": {"type": "continuous", "min": 0.1, "max": 0.5},
    "min_child_weight": {"type": "continuous", "min": 0, "max": 120},
    "num_round": {"type": "integer", "min": 1, "max": 4000},
    "subsample": {"type": "continuous", "min": 0.5, "max": 1},
}

# All hyperparameters that the page calls tunable.
TUNABLE = frozenset(
    {
        *DEFAULT_RANGES,
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
HYPERPARAMETERS = TUNABLE | {
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
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_alpha": "alpha", "reg_lambda": "lambda"}

# What eval_metric may list; error, map and ndcg also with a threshold, such as error@0.7.
EVALUATION_METRICS = frozenset(
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
_WITH_THRESHOLD = re.compile(r"(error|map|ndcg)@[0-9.]+")


def is_evaluation_metric(name: str) -> bool:
    """Whether eval_metric may list it."""
    return name in EVALUATION_METRICS or _WITH_THRESHOLD.fullmatch(name) is not None
