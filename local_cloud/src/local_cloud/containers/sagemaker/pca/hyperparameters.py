"""Hyperparameters of principal component analysis.

Values: https://docs.aws.amazon.com/sagemaker/latest/dg/PCA-reference.html. Defaults: as the container itself logs them
("Reading default configuration from .../default-conf.json"), whose ``epochs`` and ``force_dense`` the documentation
does not name.
"""

from collections.abc import Mapping
from typing import Any

from local_cloud.containers.sagemaker import algorithm_hyperparameters as kinds
from local_cloud.containers.sagemaker.algorithm_hyperparameters import POSITIVE, SWITCH, TEXT, Kind, choice, integer
from local_cloud.containers.sagemaker.programs import CustomerError

# What a laptop has one of, or none.
_OF_THE_MACHINE = ("_kvstore", "_log_level", "_num_gpus", "_num_kv_servers")

KINDS: Mapping[str, Kind] = {
    "algorithm_mode": choice("regular", "randomized"),
    # One pass is all that it takes.
    "epochs": choice("1"),
    "extra_components": integer(at_least=-1),
    "feature_dim": POSITIVE,
    "force_dense": SWITCH,
    "mini_batch_size": POSITIVE,
    "num_components": POSITIVE,
    "subtract_mean": SWITCH,
    **dict.fromkeys(_OF_THE_MACHINE, TEXT),
}
DEFAULTS: Mapping[str, str] = {
    "algorithm_mode": "regular",
    "epochs": "1",
    "extra_components": "-1",
    "force_dense": "true",
    "subtract_mean": "true",
}


def parse(given: Mapping[str, str]) -> dict[str, Any]:
    """Check all hyperparameters of a job.

    Raises:
        CustomerError: one is missing, unknown or wrong, or there are more components than features.
    """
    settings = kinds.parse(
        given, kinds=KINDS, defaults=DEFAULTS, required=("feature_dim", "mini_batch_size", "num_components")
    )
    if settings["num_components"] > settings["feature_dim"]:
        raise CustomerError(
            f"num_components is {settings['num_components']}, it must not exceed feature_dim, which is"
            f" {settings['feature_dim']}"
        )
    return settings
