"""The hyperparameters of the older versions of SageMaker's XGBoost, as what differs from the newest.

Reference: ``algorithm_mode/hyperparameter_validation.py`` and ``constants/xgb_constants.py`` of
https://github.com/aws/sagemaker-xgboost-container, branches 1.2-2 and 0.90-2.
"""

from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE
from local_cloud.containers.sagemaker.xgboost import schema
from local_cloud.containers.sagemaker.xgboost.ranges import Categorical, CategoricalOnCpus, Integer, Metrics
from local_cloud.containers.sagemaker.xgboost.schema import Schema, objective_metrics, updaters

_GROWERS = ("grow_colmaker", "distcol", "grow_histmaker", "grow_local_histmaker")
_MAXIMIZED_1_2 = ("accuracy", "auc", "aucpr", "f1", "f1_binary", "f1_macro", "map", "ndcg", "r2")
_MINIMIZED_1_2 = tuple(name for name in schema.MINIMIZED if name != "mape")
_OBJECTIVES_1_2 = tuple(name for name in schema.OBJECTIVES if name != "reg:absoluteerror")
_SINCE_1_3 = ("sampling_method", "prob_buffer_row", "use_dask_gpu_training")

V1_2_2 = Schema(
    kinds={
        **{name: kind for name, kind in schema.NEWEST.kinds.items() if name not in _SINCE_1_3},
        "updater": updaters(_GROWERS),
        "objective": Categorical(*_OBJECTIVES_1_2),
        TUNING_OBJECTIVE: objective_metrics(_MAXIMIZED_1_2, _MINIMIZED_1_2),
        "eval_metric": Metrics([*_MAXIMIZED_1_2, *_MINIMIZED_1_2]),
        "single_precision_histogram": Categorical(*schema.SWITCH),
    },
    growers=_GROWERS,
)

# As the container has them: some that XGBoost makes small stand among those that it makes large.
_MAXIMIZED_0_90 = (
    "accuracy",
    "auc",
    "aucpr",
    "cox-nloglik",
    "f1",
    "gamma-nloglik",
    "map",
    "ndcg",
    "poisson-nloglik",
    "tweedie-nloglik",
)
_MINIMIZED_0_90 = ("error", "gamma-deviance", "logloss", "mae", "merror", "mlogloss", "mse", "rmse")
_SINCE_1_0 = (
    "monotone_constraints",
    "interaction_constraints",
    "_kfold",
    "_num_cv_round",
    "save_model_on_termination",
    "aft_loss_distribution",
    "aft_loss_distribution_scale",
    "single_precision_histogram",
    "deterministic_histogram",
)
_OBJECTIVES_SINCE_1_0 = ("aft_loss_distribution", "reg:pseudohubererror", "reg:squaredlogerror", "survival:aft")

V0_90_2 = Schema(
    kinds={
        **{name: kind for name, kind in V1_2_2.kinds.items() if name not in _SINCE_1_0},
        "silent": Integer("[0, 1]"),
        "tree_method": CategoricalOnCpus("auto", "exact", "approx", "hist"),
        "predictor": CategoricalOnCpus("cpu_predictor"),
        "objective": Categorical(*(name for name in _OBJECTIVES_1_2 if name not in _OBJECTIVES_SINCE_1_0)),
        TUNING_OBJECTIVE: objective_metrics(_MAXIMIZED_0_90, _MINIMIZED_0_90),
        "eval_metric": Metrics([*_MAXIMIZED_0_90, *_MINIMIZED_0_90]),
    },
    growers=_GROWERS,
    metrics_need_objective=False,
)
