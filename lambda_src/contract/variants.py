"""Which production variant of an endpoint is the one that deployments make.

Somebody may have put others beside it, to try something: they are not ours to plan, prove or explain.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contract.names import VARIANT


def ours(variants: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The variant that carries the models; the first one of an endpoint configuration that no deployment made.

    Args:
        variants: ProductionVariants of DescribeEndpointConfig, which has at least one.
    """
    return next((variant for variant in variants if variant["VariantName"] == VARIANT), variants[0])
