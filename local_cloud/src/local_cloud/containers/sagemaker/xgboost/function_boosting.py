"""Training with XGBoost before 1.3, which has functions for callbacks, in containers whose models are pickles.

Reference: ``algorithm_mode/train.py`` and ``checkpointing.py`` of
https://github.com/aws/sagemaker-xgboost-container, branches 0.90-2 and 1.2-2.
"""

import pickle
from typing import Any

import xgboost as xgb

from local_cloud.containers.sagemaker.xgboost import boosting
from local_cloud.containers.sagemaker.xgboost.boosting import MODEL, Order


def boost(order: Order) -> None:
    """Train, and leave the model in its folder.

    Early stopping is XGBoost's own: by the last metric of the last channel, be it train, and for less of it unless
    XGBoost itself knows that more is better. The model has all rounds, and says which was the best.

    Raises:
        DataError: XGBoost refuses.
    """
    with boosting.refusals():
        model = xgb.train(
            order.parameters,
            order.data["train"],
            num_boost_round=order.rounds,
            evals=order.watched,
            early_stopping_rounds=order.stopping_rounds,
            verbose_eval=False,
            callbacks=[_log, *([_saving(order)] if order.saves else [])],
            **order.measured,
        )
    _save(model, order)


def _log(state: Any) -> None:
    """Write a round's metrics, as this XGBoost writes numbers."""
    # What its own callback writes with, and the container's too; newer ones have none.
    format_metric = xgb.callback._fmt_metric  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    boosting.tell(state.iteration, [format_metric(found) for found in state.evaluation_result_list])

    def keep(state: Any) -> None:
        if order.kept is not None:
            checkpointing.write(state.model, order.kept, order.start.rounds + state.iteration, order.start)

def _saving(order: Order) -> Any:
    def save(state: Any) -> None:
        _save(state.model, order)

    return save


def _save(model: xgb.Booster, order: Order) -> None:
    # In one step: a job that its time ends must not leave half of it.
    partial = order.folder / f".{MODEL}"
    partial.write_bytes(pickle.dumps(model, protocol=order.version.pickle_protocol))
    partial.replace(order.folder / MODEL)
