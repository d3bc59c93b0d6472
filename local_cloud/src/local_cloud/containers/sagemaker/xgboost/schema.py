"""The hyperparameters that SageMaker's XGBoost takes, and which of them fit together.

Reference: ``algorithm_mode/hyperparameter_validation.py`` and ``constants/xgb_constants.py`` of
https://github.com/aws/sagemaker-xgboost-container, v3.0-5, which are those of 1.7-1 and 3.2-0 too.
https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html tells fewer, and other ranges of some.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE
from local_cloud.containers.sagemaker.xgboost.ranges import (
    Categorical,
    Continuous,
    Groups,
    HyperparameterError,
    Integer,
    Kind,
    Metrics,
    Signs,
    Words,
)

MAXIMIZED = (
    "accuracy",
    "auc",
    "aucpr",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "map",
    "ndcg",
    "precision",
    "r2",
    "recall",
    "precision_macro",
    "precision_micro",
    "recall_macro",
    "recall_micro",
)
MINIMIZED = (
    "aft-nloglik",
    "cox-nloglik",
    "error",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "mse",
    "poisson-nloglik",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
)
OBJECTIVES = (
    # No objective of XGBoost, which then refuses it.
    "aft_loss_distribution",
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "reg:linear",
    "reg:squarederror",
    "reg:logistic",
    "reg:gamma",
    "reg:pseudohubererror",
    "reg:squaredlogerror",
    "reg:absoluteerror",
    "reg:tweedie",
    "survival:aft",
    "survival:cox",
)
_LINEAR_UPDATERS = ("shotgun", "coord_descent")
_TREE_GROWERS = ("grow_colmaker", "distcol", "grow_histmaker")
SWITCH = ("true", "false")


def updaters(growers: Sequence[str]) -> Words:
    """The kind of the hyperparameter ``updater``, of a version that has some growers of trees."""
    return Words([*growers, "grow_skmaker", "sync", "refresh", "prune", *_LINEAR_UPDATERS])


def objective_metrics(maximized: Sequence[str], minimized: Sequence[str]) -> Categorical:
    """The kind of the objective of a tuning job."""
    return Categorical(*(f"validation:{name}" for name in (*maximized, *minimized)))


_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "num_round": Integer("[1, +inf)"),
        "csv_weights": Integer("[0, 1]"),
        "early_stopping_rounds": Integer("[1, +inf)"),
        "booster": Categorical("gbtree", "gblinear", "dart"),
        "verbosity": Integer("[0, 3]"),
        "nthread": Integer("[1, +inf)"),
        "eta": Continuous("[0, 1]"),
        "gamma": Continuous("[0, +inf)"),
        "max_depth": Integer("[0, +inf)"),
        "min_child_weight": Continuous("[0, +inf)"),
        "max_delta_step": Continuous("[0, +inf)"),
        "subsample": Continuous("(0, 1]"),
        "colsample_bytree": Continuous("(0, 1]"),
        "colsample_bylevel": Continuous("(0, 1]"),
        "colsample_bynode": Continuous("(0, 1]"),
        "lambda": Continuous("[0, +inf)"),
        "alpha": Continuous("[0, +inf)"),
        "tree_method": Categorical("auto", "exact", "approx", "hist", "gpu_hist"),
        "sketch_eps": Continuous("(0, 1)"),
        "scale_pos_weight": Continuous("(0, +inf)"),
        "updater": updaters(_TREE_GROWERS),
        "dsplit": Categorical("row", "col"),
        "refresh_leaf": Integer("[0, 1]"),
        "process_type": Categorical("default", "update"),
        "grow_policy": Categorical("depthwise", "lossguide"),
        "max_leaves": Integer("[0, +inf)"),
        "max_bin": Integer("[0, +inf)"),
        "predictor": Categorical("auto", "cpu_predictor", "gpu_predictor"),
        "monotone_constraints": Signs(),
        "interaction_constraints": Groups("[1, +inf)"),
        "sample_type": Categorical("uniform", "weighted"),
        "normalize_type": Categorical("tree", "forest"),
        "rate_drop": Continuous("[0, 1]"),
        "one_drop": Integer("[0, 1]"),
        "skip_drop": Continuous("[0, 1]"),
        "lambda_bias": Continuous("[0, 1]"),
        "tweedie_variance_power": Continuous("(1, 2)"),
        "objective": Categorical(*OBJECTIVES),
        "num_class": Integer("[2, +inf)"),
        "base_score": Continuous("[0, +inf)"),
        "_kfold": Integer("[2, +inf)"),
        "_num_cv_round": Integer("[1, +inf)"),
        TUNING_OBJECTIVE: objective_metrics(MAXIMIZED, MINIMIZED),
        "eval_metric": Metrics([*MAXIMIZED, *MINIMIZED]),
        "seed": Integer("(-2147483648, 2147483647)"),
        "num_parallel_tree": Integer("[1, +inf)"),
        "save_model_on_termination": Categorical(*SWITCH),
        "aft_loss_distribution": Categorical("normal", "logistic", "extreme"),
        "aft_loss_distribution_scale": Continuous("[0, +inf)"),
        "deterministic_histogram": Categorical(*SWITCH),
        "sampling_method": Categorical("uniform", "gradient_based"),
        "prob_buffer_row": Integer("(1.0, +inf)"),
        "use_dask_gpu_training": Categorical(*SWITCH),
    }
)
_ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The hyperparameters of a version.

    Args:
        kinds: of each, by the name that it has in XGBoost's documentation.
        growers: updaters that grow trees, of which one is allowed.
        metrics_need_objective: any eval_metric needs the objective beside it, and not only auc.
    """

    kinds: Mapping[str, Kind]
    growers: Sequence[str]
    metrics_need_objective: bool = True

    def parse(self, raw: Mapping[str, str]) -> dict[str, Any]:
        """Typed hyperparameters by the names that they have in XGBoost's documentation.

        Raises:
            HyperparameterError: one is missing, unknown or out of range, or two do not fit together.
        """
        return _parse(self, raw)


NEWEST = Schema(kinds=_KINDS, growers=_TREE_GROWERS)


def _parse(schema: Schema, raw: Mapping[str, str]) -> dict[str, Any]:
    named = {_ALIASES.get(name, name): text for name, text in raw.items()}
    if "num_round" not in named:
        raise HyperparameterError("Missing required hyperparameter: num_round")
    for name in named:
        if name not in schema.kinds:
            raise HyperparameterError(f"Extraneous hyperparameter found: {name}")
    parsed = {name: schema.kinds[name].parse(name, text) for name, text in named.items()}
    _check_updaters(parsed, schema.growers)
    _check_objective(parsed)
    _check_metrics(parsed, always=schema.metrics_need_objective)
    _check_constraints(parsed)
    return parsed


def _check_updaters(parsed: Mapping[str, Any], growers: Sequence[str]) -> None:
    updaters = parsed.get("updater")
    if updaters is None:
        return
    if parsed.get("booster") == "gblinear":
        if len(updaters) != 1 or updaters[0] not in _LINEAR_UPDATERS:
            raise HyperparameterError("Linear updater should be one of these options: 'shotgun', 'coord_descent'.")
    elif parsed.get("process_type") == "update":
        if not set(updaters) <= {"refresh", "prune"}:
            raise HyperparameterError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    elif set(updaters) & set(_LINEAR_UPDATERS):
        raise HyperparameterError(
            f"Tree updater should be selected from these options: {', '.join(map(repr, growers))}, "
            f"'grow_skmaker', 'grow_quantile_histmaker', 'sync', 'refresh', 'prune', got {updaters}"
        )
    elif sum(updater in growers for updater in updaters) > 1:
        raise HyperparameterError(f"Only one tree grow plugin can be selected. Got {updaters}")


def _check_objective(parsed: Mapping[str, Any]) -> None:
    if parsed.get("objective") in {"multi:softmax", "multi:softprob"} and "num_class" not in parsed:
        raise HyperparameterError("Require input for parameter 'num_class' for multi-classification")


def _check_metrics(parsed: Mapping[str, Any], *, always: bool) -> None:
    metrics = parsed.get("eval_metric")
    if metrics is None or not (always or "auc" in metrics):
        return
    # The container looks it up without asking whether it is there.
    if "objective" not in parsed:
        raise HyperparameterError("'objective': eval_metric needs it, name the objective")
    objective = parsed["objective"]
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        raise HyperparameterError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise HyperparameterError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def _check_constraints(parsed: Mapping[str, Any]) -> None:
    method = parsed.get("tree_method")
    if "monotone_constraints" in parsed and method not in {"exact", "hist"}:
        raise HyperparameterError(
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'."
        )
    if "interaction_constraints" in parsed and method not in {"exact", "hist", "approx"}:
        raise HyperparameterError(
            "interaction_constraints can be used only when the tree_method parameter is set to "
            "either 'exact', 'hist' or 'approx'."
        )
