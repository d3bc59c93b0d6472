"""Training with XGBoost before 1.3, which has functions for callbacks, in containers whose models are pickles.

Reference: ``algorithm_mode/train.py`` and ``checkpointing.py`` of
https://github.com/aws/sagemaker-xgboost-container, branches 0.90-2 and 1.2-2.
"""

import pickle
from collections.abc import Callable
from typing import Any

import xgboost as xgb

from local_cloud.containers.sagemaker.xgboost import boosting, checkpointing
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
            evals=order.watched,
            early_stopping_rounds=order.stopping_rounds,
            verbose_eval=False,
            callbacks=_callbacks(order),
            **order.measured,
            **order.continued,
        )
    _save(model, order)


def _callbacks(order: Order) -> list[Callable[[Any], None]]:
    def log(state: Any) -> None:
        # What its own callback writes with, and the container's too; newer ones have none.
        format_metric = xgb.callback._fmt_metric  # type: ignore[attr-defined]  # noqa: SLF001  # as above
        found = [format_metric(one) for one in state.evaluation_result_list]
        boosting.tell(order.start.rounds + state.iteration, found)

    def keep(state: Any) -> None:
        if order.kept is not None:
            checkpointing.write(state.model, order.kept, order.start.rounds + state.iteration, order.start)

    def save(state: Any) -> None:
        _save(state.model, order)

    return [log, *([keep] if order.kept else []), *([save] if order.saves else [])]


def _save(model: xgb.Booster, order: Order) -> None:
    # In one step: a job that its time ends must not leave half of it.
    partial = order.folder / f".{MODEL}"
    partial.write_bytes(pickle.dumps(model, protocol=order.version.pickle_protocol))
    partial.replace(order.folder / MODEL)
