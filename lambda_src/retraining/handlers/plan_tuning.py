"""State ``Select Parent Tuning Jobs``: chooses from the tuning history and builds the tuning job's request."""

from typing import Any

from contract.history import Kind
from contract.warm_start import Space
from retraining.logic import tuning
from retraining.logic.tuning import WarmStart
from shared import catalogue, events, settings
from shared.adapters import tables


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: model, test_run, training (TrainingJobDefinition without hyperparameters).

    Result: request (CreateHyperParameterTuningJob without the name), warm_start (parents, type and reason), space.
    """
    name, test_run = events.text(event, "model"), bool(event.get("test_run"))
    cold = tuning.request(
        catalogue.model(name)["tuning"], training=events.mapping(event, "training"), test_run=test_run
    )
    if test_run:
        warm_start = WarmStart(reason="cold start: a test run has no parents")
    else:
        rows = tables.history(settings.text("HISTORY_TABLE"), kind=Kind.TUNING, subject=name)
        warm_start = tuning.choose_parents(rows, cold=cold)
    return {
        "request": tuning.warm_started(cold, warm_start),
        "warm_start": {"parents": list(warm_start.parents), "type": warm_start.type, "reason": warm_start.reason},
        "space": Space.of(cold).as_dict(),
    }
