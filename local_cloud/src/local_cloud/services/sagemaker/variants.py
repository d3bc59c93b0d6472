"""Production variants as DescribeEndpoint shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.utils import utcnow

Variant = dict[str, Any]
# What ExcludeRetainedVariantProperties calls it, and the fields of a variant that belong to it.
_RETAINED = {
    "DesiredInstanceCount": ("DesiredInstanceCount", "CurrentInstanceCount"),
    "DesiredWeight": ("DesiredWeight", "CurrentWeight"),
}


def names(variants: Sequence[Mapping[str, Any]]) -> list[str]:
    """Their names, sorted."""
    return sorted(variant["VariantName"] for variant in variants)


def instances(variants: Sequence[Mapping[str, Any]]) -> int:
    """Desired instances of the smallest variant."""
    return min(int(variant.get("DesiredInstanceCount") or 1) for variant in variants)


def retained(new: list[Variant], old: Sequence[Mapping[str, Any]], *, exclude: Sequence[str]) -> list[Variant]:
    """New variants with the counts and weights that those of the same name have now."""
    fields = {name for kind, group in _RETAINED.items() if kind not in exclude for name in group}
    kept = {item["VariantName"]: {name: item[name] for name in fields & set(item)} for item in old}
    return [variant | kept.get(variant["VariantName"], {}) for variant in new]


def pending(config_name: str, new: Sequence[Variant], configured: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """DescribeEndpoint's PendingDeploymentSummary at the start of an update.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PendingDeploymentSummary.html
    """
    started = utcnow()
    types = {variant["VariantName"]: variant.get("InstanceType") for variant in configured}
    return {
        "EndpointConfigName": config_name,
        "ProductionVariants": [
            {
                **variant,
                "InstanceType": types[variant["VariantName"]],
                "VariantStatus": [{"Status": "Creating", "StartTime": started}],
            }
            for variant in new
        ],
        "StartTime": started,
    }


def mark_pending(endpoint: Any, status: str) -> None:
    """Tell what the update is doing: Creating, ActivatingTraffic or Baking."""
    summary = endpoint.pending_deployment_summary
    changed = [
        {**variant, "VariantStatus": [{"Status": status, "StartTime": utcnow()}]}
        for variant in summary["ProductionVariants"]
    ]
    endpoint.pending_deployment_summary = {**summary, "ProductionVariants": changed}
