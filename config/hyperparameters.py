"""What SageMaker documents about tuning its built-in XGBoost.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
"""

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
