"""State ``Load Configuration``: the settings of one model, once it is known that the run's input means something."""

from typing import Any

from retraining.logic import run_input
from shared import catalogue


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: model, and input (of the execution). Result: the model's entry in the catalogue.

    Raises:
        InvalidInputError: the input has other keys than a run takes, or a switch that is neither true nor false.
        UnknownModelError: no model of that name is configured.
    """
    run_input.check(event["input"])
    return dict(catalogue.model(event.get("model")))
