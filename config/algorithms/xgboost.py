"""SageMaker's built-in XGBoost.

Sources:
    https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
    https://github.com/aws/sagemaker-xgboost-container/blob/master/src/sagemaker_xgboost_container/algorithm_mode/hyperparameter_validation.py
"""

from config.algorithm import (
    Algorithm,
    Artifact,
    Direction,
    GateMetric,
    Hyperparameters,
    Image,
    Images,
    Metrics,
    Objective,
    Problem,
    Requests,
)
from config.ranges import NumericRange, Range

_REGISTRIES = {
    "af-south-1": "510948584623",
    "ap-east-1": "651117190479",
    "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698",
    "ap-northeast-3": "867004704886",
    "ap-south-1": "720646828776",
    "ap-south-2": "628508329040",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589",
    "ca-central-1": "341280168497",
    "ca-west-1": "190319476487",
    "eu-central-1": "492215442770",
    "eu-central-2": "680994064768",
    "eu-north-1": "662702820516",
    "eu-south-1": "978288397137",
    "eu-south-2": "104374241257",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "il-central-1": "898809789911",
    "me-central-1": "272398656194",
    "me-south-1": "801668240914",
    "sa-east-1": "737474898029",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}

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
    "binary_classification": frozenset(f"validation:{name}" for name in ("accuracy", "auc", "error", "f1", "logloss")),
    "regression": frozenset(f"validation:{name}" for name in ("mae", "mse", "rmse")),
}

# Since 3.0-5 the container hands these to XGBoost as custom_metric, which gets probabilities, and takes each that is
# above 0 for class 1: accuracy is the share of ones, whatever the model is (algorithm_mode/train.py and
# metrics/custom_metrics.py of https://github.com/aws/sagemaker-xgboost-container at v3.0-5). Hinge gives 0 or 1.
_MISLEADING = {"binary:logistic": frozenset({"validation:accuracy", "validation:f1"})}

# What the container learns: probabilities (or, with hinge, one of the two classes), and numbers.
_LEARNING_OBJECTIVES: dict[str, frozenset[str]] = {
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

# What training_src/evaluation measures.
_GATE_METRICS: dict[str, dict[str, GateMetric]] = {
    "binary_classification": {
        "accuracy": GateMetric(greater_is_better=True, share=True, spoken="Accuracy", percent=True),
        "auc": GateMetric(greater_is_better=True, share=True, spoken="AUC"),
        "precision": GateMetric(greater_is_better=True, share=True, spoken="Precision"),
        "recall": GateMetric(greater_is_better=True, share=True, spoken="Recall"),
        "log_loss": GateMetric(greater_is_better=False, share=False, spoken="Log loss"),
    },
    "regression": {
        "mae": GateMetric(greater_is_better=False, share=False, spoken="MAE"),
        "rmse": GateMetric(greater_is_better=False, share=False, spoken="RMSE"),
        "error_std": GateMetric(greater_is_better=False, share=False, spoken="Error std"),
    },
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

# It carries the label of multi-model endpoints.
_IMAGE = Image(repository="sagemaker-xgboost", tag="3.0-5", registries=_REGISTRIES)

ALGORITHM = Algorithm(
    name="xgboost",
    title="built-in XGBoost",
    images=Images(training=_IMAGE, evaluation=_IMAGE, serving=_IMAGE),
    evaluation="evaluation",
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
        misleading=_MISLEADING,
    ),
    problems={
        problem: Problem(
            objectives=_LEARNING_OBJECTIVES[problem],
            tuning_metrics=_TUNING_METRICS[problem],
            gate_metrics=_GATE_METRICS[problem],
        )
        for problem in _LEARNING_OBJECTIVES
    },
    # Built-in algorithms that keep no checkpoints may wait one hour at most.
    longest_spot_wait_minutes=60,
    # A model in JSON and in UBJSON begins so, and no opcode of pickle does: the container loads the first file of the
    # archive, whatever its name, and tries pickle before XGBoost's own format
    # (https://github.com/aws/sagemaker-xgboost-container). Far above the few megabytes of a boosted forest, far below
    # the memory of an ml.m5.large.
    artifact=Artifact(file="xgboost-model", begins_with=b"{", most_bytes=512 * 1024**2),
    # The evaluation and the endpoint run the same library on the same model; what differs is the last digit of a
    # float32.
    requests=Requests(content_type="text/csv", accept="text/csv", answer="", tolerance=1e-5),
    shares_endpoint=True,
)
