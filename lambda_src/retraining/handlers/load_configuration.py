"""State ``Load Configuration``: the settings of one model."""

from typing import Any

from shared import catalogue


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: model. Result: its entry in the catalogue."""
    return dict(catalogue.model(event.get("model")))
