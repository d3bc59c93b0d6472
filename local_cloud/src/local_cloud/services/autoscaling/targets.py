"""Scalable targets: variants of endpoints, and the bounds of their instance counts."""

import logging
import re
from typing import Any

from local_cloud.kernel.errors import NotEmulatedError

_log = logging.getLogger(__name__)
_DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_RESOURCE = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")


def problem(account_id: str, region: str, *, namespace: str, resource_id: str, dimension: str) -> str | None:
    """Why a target is refused, None if it is not.

    Raises:
        NotEmulatedError: it is of another service, or of something else than a variant.
    """
    if dimension.partition(":")[0] != namespace:
        return "Unsupported service namespace, resource type or scalable dimension"
    if (namespace, dimension) != ("sagemaker", _DIMENSION):
        raise NotEmulatedError(
            f"the local cloud emulates scalable targets of {_DIMENSION} only, got {namespace} and {dimension}"
        )
    found = _RESOURCE.fullmatch(resource_id)
    if found is None:
        return f"Unsupported resource type, use endpoint/<name>/variant/<name>, got {resource_id}"
    endpoint = endpoint_of(account_id, region, resource_id)
    if endpoint is None or found[2] not in [item["VariantName"] for item in endpoint.production_variants]:
        return f"SageMaker endpoint variant doesn't exist: {resource_id}"
    return None


def wrong_bounds(lower: int | None, upper: int | None) -> str | None:
    """Why bounds are refused, None if they are not."""
    if lower is None or upper is None:
        return "MinCapacity and MaxCapacity are required to register a new scalable target"
    if lower < 1:
        # Only endpoints with inference components and asynchronous ones may scale to zero.
        return f"Minimum capacity must be at least 1 for a variant of a real-time endpoint, got {lower}"
    if lower > upper:
        return f"Maximum capacity cannot be less than minimum capacity, got {lower} and {upper}"
    return None


def endpoint_of(account_id: str, region: str, resource_id: str) -> Any:
    """The endpoint that a target's id names, None if there is none."""
    from moto.sagemaker.models import sagemaker_backends

    return sagemaker_backends[account_id][region].endpoints.get(resource_id.split("/")[1])


def enforce(endpoint: Any) -> None:
    """Bring instance counts that are out of bounds back into them; waits for the end of an operation under way."""
    from moto.sagemaker.exceptions import AWSValidationException

    from local_cloud.services.sagemaker import capacity

    wanted = [
        {"VariantName": variant["VariantName"], "DesiredInstanceCount": count}
        for variant in endpoint.production_variants
        if (count := _bounded(endpoint, variant)) != variant.get("DesiredInstanceCount")
    ]
    if wanted and endpoint.endpoint_status == "InService":
        try:
            capacity.update(endpoint, wanted)
        except AWSValidationException as error:
            # Somebody else's operation came first; its end calls here again.
            _log.info("bounds of %s: %s", endpoint.arn, error)


def _bounded(endpoint: Any, variant: dict[str, Any]) -> int | None:
    from moto.applicationautoscaling.models import applicationautoscaling_backends

    region, account_id = endpoint.arn.split(":")[3:5]
    backend = applicationautoscaling_backends[account_id][region]
    resource_id = f"endpoint/{endpoint.endpoint_name}/variant/{variant['VariantName']}"
    target = backend.targets.get(_DIMENSION, {}).get(resource_id)
    count = variant.get("DesiredInstanceCount")
    if target is None or count is None:
        return count
    return int(min(max(count, target.min_capacity), target.max_capacity))
