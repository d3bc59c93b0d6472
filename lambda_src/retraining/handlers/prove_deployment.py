"""State ``Prove Deployment``: every model answers its golden request, which also warms the endpoint's cache."""

from typing import Any

from retraining import events
from retraining.adapters import sagemaker
from retraining.errors import InvalidEventError
from retraining.logic import proof


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: endpoint_name, golden_requests by target model. Result: answers by target model."""
    endpoint_name = events.text(event, "endpoint_name")
    requests = event.get("golden_requests")
    if not isinstance(requests, dict) or not requests:
        raise InvalidEventError(f"golden_requests must map target models to csv lines, got {requests!r}")
    return {
        "answers": {
            target: proof.check_probability(target, sagemaker.invoke(endpoint_name, target_model=target, body=line))
            for target, line in requests.items()
        }
    }
