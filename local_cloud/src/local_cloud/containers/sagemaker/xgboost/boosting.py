"""One call of XGBoost: what all versions of the container have in common."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xgboost as xgb

from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE
from local_cloud.containers.sagemaker.xgboost import checkpointing, metrics
from local_cloud.containers.sagemaker.xgboost.cells import DataError
from local_cloud.containers.sagemaker.xgboost.checkpointing import Start
from local_cloud.containers.sagemaker.xgboost.versions import Version

MODEL = "xgboost-model"
# What XGBoost refuses that its user can mend; anything else is told with a prefix (CUSTOMER_ERRORS of the container).
_OF_USERS = (
    "label must be in [0,1] for logistic regression",
    "label must be in [0, num_class)",
    "Target is multiclass but average='binary'",
    "feature_names mismatch",
    "Check failed: preds.size() == info.labels_.size()",
    "Check failed: !auc_error AUC: the dataset only contains pos or neg samples",
    # XGBoost 3 has colons in it, so that the container no longer knows these three.
    "Check failed: base_score > 0.0f && base_score < 1.0f base_score must be in (0,1) for logistic loss",
    "Check failed: label_correct PoissonRegression: label must be nonnegative",
    "Check failed: label_correct TweedieRegression: label must be nonnegative",
    "Parameter reg_lambda should be greater equal to 0",
)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be trained.

    Args:
        parameters: for XGBoost.
        rounds: how many.
        data: rows by channel, train first.
        own_metrics: what the container computes itself after each round; None for nothing.
        stopping_rounds: after how many without a better metric it stops; None never.
        stopping_metric: the metric; empty if none is named.
        saves: leave a model after each round, for a job that its time ends.
        folder: of the model.
        kept: folder of the checkpoints; None for a job that keeps none.
        start: the checkpoint that it goes on from.
        version: of the container.
    """

    parameters: Mapping[str, Any]
    rounds: int
    data: Mapping[str, xgb.DMatrix]
    own_metrics: Callable[..., list[tuple[str, float]]] | None
    stopping_rounds: int | None
    stopping_metric: str
    saves: bool
    folder: Path
    kept: Path | None
    start: Start
    version: Version

    @property
    def continued(self) -> dict[str, Any]:
        """The arguments of ``xgboost.train`` that tell where it begins and ends."""
        return {"num_boost_round": self.rounds - self.start.rounds, "xgb_model": self.start.place}

    @property
    def watched(self) -> list[tuple[xgb.DMatrix, str]]:
        """What the metrics are computed of."""
        return [(rows, channel) for channel, rows in self.data.items()]

    @property
    def measured(self) -> dict[str, Any]:
        """The argument of ``xgboost.train`` for the container's own metrics."""
        return {self.version.metric_argument: self.own_metrics}


Boost = Callable[[Order], None]


def order(
    parameters: dict[str, Any],
    data: Mapping[str, xgb.DMatrix],
    *,
    folder: Path,
    kept: Path | None,
    version: Version,
) -> Order:
    """What a job's hyperparameters ask for.

    Args:
        parameters: typed; those that are not XGBoost's are taken out of them.
        data: rows by channel.
        folder: of the model.
        kept: folder of the checkpoints; None for a job that keeps none.
        version: of the container.
    """
    start = checkpointing.find(kept, by_name=version.checkpoints_by_name)
    if start.model:
        print(f"Checkpoint loaded from {start.model}\nResuming from iteration {start.rounds}", flush=True)  # noqa: T201  # the log is the interface
    asked: list[str] | None = parameters.pop("eval_metric", None)
    tuned = parameters.pop(TUNING_OBJECTIVE, "").rpartition(":")[2]
    # 0.90-2 has no order here.
    named = sorted({*(asked or []), tuned}) if tuned else asked or []
    own = [name for name in named if name in version.own_metrics]
    if others := [name for name in named if name not in version.own_metrics]:
        # Without any, XGBoost computes the objective's default.
        parameters["eval_metric"] = others
    return Order(
        rounds=parameters.pop("num_round"),
        stopping_rounds=parameters.pop("early_stopping_rounds", None),
        saves=parameters.pop("save_model_on_termination", "false") == "true",
        stopping_metric=tuned or (asked[-1] if asked else ""),
        own_metrics=metrics.custom_metric(own, classes=version.classes) if own else None,
        parameters=parameters,
        data=data,
        folder=folder,
        kept=kept,
        start=start,
        version=version,
    )


@contextmanager
def refusals() -> Iterator[None]:
    """Tell what XGBoost refuses as the container does.

    Raises:
        DataError: it refuses.
    """
    try:
        yield
    except (xgb.core.XGBoostError, ValueError, TypeError) as error:
        told = words(error)
        if any(known in told for known in _OF_USERS):
            raise DataError(told) from error
        raise DataError(f"XGB train call failed with exception:\n {told}") from error


def words(error: Exception) -> str:
    """An error's, without where in XGBoost it was."""
    return str(error).split("Stack trace:", maxsplit=1)[0].strip()


def tell(index: int, found: list[str]) -> None:
    """Write a round's metrics in the form that SageMaker's metric definitions expect (``#011`` is a tab)."""
    print("#011".join([f"[{index}]", *found]), flush=True)  # noqa: T201  # the log is the interface
