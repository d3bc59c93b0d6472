"""The managed policies that narrow a session, as whoever takes a role names them."""

from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends


def named(parameters: Mapping[str, Any]) -> list[str]:
    """ARNs in the parameters of a call that takes a role."""
    return [str(item["arn"]) for item in parameters.get("PolicyArns") or []]


def missing(parameters: Mapping[str, Any]) -> str | None:
    """Why the call cannot be, if the role's account has not all of them."""
    policies = iam_backends[str(parameters["RoleArn"]).split(":")[4]]["aws"].managed_policies
    return next((f"the session policy {arn} does not exist" for arn in named(parameters) if arn not in policies), None)
