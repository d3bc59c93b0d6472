"""State ``Prove Deployment``: every model answers its golden request, which also warms the endpoint's cache."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from contract import manifest
from deployment.adapters import endpoint
from deployment.logic import proof
from shared import events
from shared.adapters import s3

_PARALLEL = 8


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: endpoint_name, model_data_prefix. Result: answers by target model."""
    endpoint_name = events.text(event, "endpoint_name")
    served = manifest.from_dict(s3.read_json(manifest.uri(events.text(event, "model_data_prefix"))))

    def ask(name: str) -> float:
        model = served.models[name]
        answer = endpoint.invoke(endpoint_name, target_model=manifest.target_model(name), body=model.golden_request)
        return proof.check_answer(name, answer, expected=model.golden_answer)

    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        return {"proven": len(list(pool.map(ask, served.models)))}
