"""Hyperparameters of k-means.

Values: https://docs.aws.amazon.com/sagemaker/latest/dg/k-means-api-config.html; ``force_dense`` the SDK always sends
(https://github.com/aws/sagemaker-python-sdk, src/sagemaker/amazon/kmeans.py). Defaults: as the container itself logs
them ("Reading default configuration from .../default-input.json").
"""

import json
from collections.abc import Mapping
from typing import Any

from local_cloud.containers.sagemaker import algorithm_hyperparameters as kinds
from local_cloud.containers.sagemaker.algorithm_hyperparameters import (
    POSITIVE,
    SWITCH,
    TEXT,
    Kind,
    choice,
    integer,
    number,
)
from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE

AUTO = "auto"
_METHODS = choice("random", "kmeans++")
# What a laptop has one of, or none; AWS's container knows them, the documentation does not name them.
_OF_THE_MACHINE = (
    "_disable_wait_to_read",
    "_enable_profiler",
    "_kvstore",
    "_log_level",
    "_num_gpus",
    "_num_kv_servers",
    "_num_slices",
)


def _metrics(text: str) -> tuple[str, ...]:
    found = json.loads(text)
    if not isinstance(found, list) or not found or not set(found) <= {"msd", "ssd"}:
        raise ValueError(text)
    return tuple(dict.fromkeys(found))


KINDS: Mapping[str, Kind] = {
    "epochs": POSITIVE,
    "eval_metrics": Kind(read=_metrics, expects="""expects a JSON list of "msd" and "ssd", as '["msd"]'"""),
    "extra_center_factor": POSITIVE.or_texts(AUTO),
    "feature_dim": POSITIVE,
    "force_dense": SWITCH,
    "half_life_time_size": integer(at_least=0),
    "init_method": _METHODS,
    "k": POSITIVE,
    "local_lloyd_init_method": _METHODS,
    "local_lloyd_max_iter": POSITIVE,
    "local_lloyd_num_trials": POSITIVE.or_texts(AUTO),
    "local_lloyd_tol": number("a number from 0 to 1", lambda value: 0 <= value <= 1),
    "mini_batch_size": POSITIVE,
    TUNING_OBJECTIVE: TEXT,
    **dict.fromkeys(_OF_THE_MACHINE, TEXT),
}
DEFAULTS: Mapping[str, str] = {
    "epochs": "1",
    "eval_metrics": '["msd"]',
    "extra_center_factor": AUTO,
    "force_dense": "true",
    "half_life_time_size": "0",
    "init_method": "random",
    "local_lloyd_init_method": "kmeans++",
    "local_lloyd_max_iter": "300",
    "local_lloyd_num_trials": AUTO,
    "local_lloyd_tol": "0.0001",
    "mini_batch_size": "5000",
    TUNING_OBJECTIVE: "",
}


def parse(given: Mapping[str, str]) -> dict[str, Any]:
    """Check all hyperparameters of a job.

    Raises:
        CustomerError: one is missing, unknown or wrong.
    """
    return kinds.parse(given, kinds=KINDS, defaults=DEFAULTS, required=("k", "feature_dim"))
