"""Instance counts and weights of variants that serve.

They are numbers here: one process serves an endpoint however many instances it has.
Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpointWeightsAndCapacities.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import endpoints, variants

_FIELDS = {"DesiredWeight": "CurrentWeight", "DesiredInstanceCount": "CurrentInstanceCount"}


def update(endpoint: Any, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Set counts and weights of an endpoint in service; those that are left out stay.

    Raises:
        AWSValidationException: an operation is under way, a variant is unknown or named twice, or a value is wrong.
    """
    endpoints.check_updatable(endpoint)
    names = [item["VariantName"] for item in wanted]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AWSValidationException(f'The variant name "{twice[0]}" was non-unique within the request.')
    unknown = sorted(set(names) - set(variants.names(endpoint.production_variants)))
    if unknown:
        raise AWSValidationException(
            f'The variant name(s) "{", ".join(unknown)}" is/are not present within endpoint configuration'
            f' "{endpoint.endpoint_config_name}".'
        )
    none = [item["VariantName"] for item in wanted if item.get("DesiredInstanceCount") == 0]
    if none:
        raise AWSValidationException(f"DesiredInstanceCount of variant {none[0]} must be at least 1, got 0")
    endpoints.change_in_place(endpoint, lambda: _apply(endpoint, wanted))


def _apply(endpoint: Any, wanted: Sequence[Mapping[str, Any]]) -> None:
    changes = {item["VariantName"]: item for item in wanted}
    endpoint.production_variants = [
        variant
        | {
            name: changes[variant["VariantName"]][desired]
            for desired, current in _FIELDS.items()
            for name in (desired, current)
            if changes.get(variant["VariantName"], {}).get(desired) is not None
        }
        for variant in endpoint.production_variants
    ]
