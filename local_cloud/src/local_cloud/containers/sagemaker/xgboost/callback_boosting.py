"""Training with XGBoost from 1.3 on, which has classes for callbacks, and keeps models in formats of its own.

Reference: ``algorithm_mode/train.py``, ``callback.py`` and ``checkpointing.py`` of
https://github.com/aws/sagemaker-xgboost-container, 1.7-1 and v3.0-5.
"""

from typing import Any

import xgboost as xgb

from local_cloud.containers.sagemaker.xgboost import boosting, checkpointing, schema
from local_cloud.containers.sagemaker.xgboost.boosting import MODEL, Order


def boost(order: Order) -> None:
    """Train, and leave the model in its folder.

    Raises:
        DataError: XGBoost refuses.
    """
    callbacks: list[xgb.callback.TrainingCallback] = [_Log()]
    if order.kept:
        callbacks.append(checkpointing.callback(order.kept, order.start))
    if order.saves:
        callbacks.append(_Save(order))
    # Without a validation channel, or a metric, the container trains all rounds.
    if order.stopping_rounds and order.stopping_metric and "validation" in order.data:
        callbacks.append(
            xgb.callback.EarlyStopping(
                rounds=order.stopping_rounds,
                data_name="validation",
                metric_name=order.stopping_metric,
                maximize=order.stopping_metric in schema.MAXIMIZED,
                save_best=True,
            )
        )
    with boosting.refusals():
        model = xgb.train(
            order.parameters,
            order.data["train"],
            evals=order.watched,
            verbose_eval=False,
            callbacks=callbacks,
            **order.measured,
            **order.continued,
        )
    _save(model, order)


def _save(model: xgb.Booster, order: Order) -> None:
    # The container's file has no ending; XGBoost tells the format by its content when it loads.
    whole = order.folder.parent / f"{MODEL}{order.version.model_ending}"
    model.save_model(str(whole))
    whole.replace(order.folder / MODEL)


class _Log(xgb.callback.TrainingCallback):
    """Writes a round's metrics."""

    def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, dict[str, Any]]) -> bool:  # noqa: ARG002  # the base class's signature
        """Print one line; training goes on."""
        found = [
            f"{channel}-{metric}:{values[-1]:.5f}"
            for channel, log in evals_log.items()
            for metric, values in log.items()
        ]
        boosting.tell(epoch, found)
        return False


class _Save(xgb.callback.TrainingCallback):
    """Leaves a model after each round, for a job that its time ends.

    Args:
        order: what is trained.
    """

    def __init__(self, order: Order) -> None:
        super().__init__()
        self._order = order

    def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, dict[str, Any]]) -> bool:  # noqa: ARG002  # the base class's signature
        """Save it; training goes on."""
        _save(model, self._order)
        return False
