"""In what the versions of SageMaker's XGBoost differ: which one runs is told by the XGBoost that its image has.

Reference: https://github.com/aws/sagemaker-xgboost-container at the branches 0.90-2, 1.2-2 and 1.7-1, at the tag
v3.0-5, and for 3.2-0, of which there is no tag, at master of June 2026 (fe01f24).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import xgboost as xgb

from local_cloud.containers.sagemaker.xgboost import metrics, older_schemas, schema
from local_cloud.containers.sagemaker.xgboost.metrics import Vector
from local_cloud.containers.sagemaker.xgboost.schema import Schema

_FAMILY = __name__.rpartition(".")[0]
_WITH_CALLBACKS, _WITH_FUNCTIONS = f"{_FAMILY}.callback_boosting", f"{_FAMILY}.function_boosting"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of the container.

    Args:
        xgboost: the first version of XGBoost that it is for.
        schema: of its hyperparameters.
        boosting: module that calls XGBoost, whose interface changed with 1.3.
        own_metrics: names of those that the container computes itself, whatever XGBoost knows.
        classes: what the classes are that these metrics count, of predictions as XGBoost gives them to the container.
        metric_argument: the argument of ``xgboost.train`` for these metrics: ``feval`` gets margins from 1.2 on, and
            ``custom_metric`` probabilities.
        pickle_protocol: of its models, which are pickles; None for models in a format of XGBoost's own.
        model_ending: by which XGBoost tells that format; without one, and before 2.1, it is the old binary one.
        unpickles: whether its server here loads pickles; that of AWS tries to in all versions.
        zero_if_empty: its XGBoost takes an empty cell of CSV for 0, unless it is the last one of its row, and NaN for
            a number; so it must read the text itself.
        checkpoints_by_name: a job goes on from the checkpoint whose name is the last one.
        libsvm_from_one: a LIBSVM request counts its features from 1 if it does not name feature 0.
        negotiates: an endpoint of one model heeds what a request accepts.
    """

    xgboost: tuple[int, int]
    schema: Schema
    boosting: str = _WITH_CALLBACKS
    own_metrics: frozenset[str] = metrics.NAMES
    classes: Callable[[Vector], Vector] = metrics.above_zero
    metric_argument: str = "custom_metric"
    pickle_protocol: int | None = None
    model_ending: str = ".ubj"
    unpickles: bool = False
    zero_if_empty: bool = False
    checkpoints_by_name: bool = False
    libsvm_from_one: bool = False
    negotiates: bool = True


VERSIONS = (
    # 0.90-2; Python 3.6, which it has, pickles by protocol 3.
    Version(
        xgboost=(0, 90),
        schema=older_schemas.V0_90_2,
        boosting=_WITH_FUNCTIONS,
        own_metrics=frozenset({"accuracy", "f1", "mse"}),
        classes=metrics.rounded,
        metric_argument="feval",
        pickle_protocol=3,
        unpickles=True,
        zero_if_empty=True,
        checkpoints_by_name=True,
        negotiates=False,
    ),
    # 1.2-2
    Version(
        xgboost=(1, 2),
        schema=older_schemas.V1_2_2,
        boosting=_WITH_FUNCTIONS,
        own_metrics=frozenset({"accuracy", "f1", "f1_binary", "f1_macro", "mse", "r2"}),
        metric_argument="feval",
        pickle_protocol=4,
        unpickles=True,
    ),
    # 1.7-1
    Version(xgboost=(1, 7), schema=schema.NEWEST, metric_argument="feval", model_ending="", unpickles=True),
    # 3.0-5
    Version(xgboost=(3, 0), schema=schema.NEWEST),
    # 3.2-0
    Version(xgboost=(3, 2), schema=schema.NEWEST, libsvm_from_one=True),
)


@functools.cache
def installed() -> Version:
    """The version for the XGBoost that is installed: the last one that is not newer.

    Raises:
        ImportError: it is older than all of them.
    """
    major, minor = (int(part) for part in xgb.__version__.split(".")[:2])
    found = [version for version in VERSIONS if version.xgboost <= (major, minor)]
    if not found:
        raise ImportError(
            f"xgboost {xgb.__version__} is older than that of any image of SageMaker: install 0.90 or newer"
        )
    return found[-1]
