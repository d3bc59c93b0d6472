"""Decides which endpoints a deployment is about."""

from collections.abc import Iterable, Mapping
from typing import Any

from contract.catalogue import Model
from shared import named
from shared.errors import InvalidEventError, UnknownModelError

_NAMES = ("endpoint", "model", "model_package")


def asked_for(
    given: Mapping[str, Any], *, models: Mapping[str, Model], first: str, group_arn_prefix: str
) -> list[str] | None:
    """The endpoints that the input of an execution is about; None when it is about all of them.

    Args:
        given: the input.
        models: all configured ones.
        first: the account's first endpoint.
        group_arn_prefix: ARN of a package group without the model's name.

    Raises:
        InvalidEventError: it names something that is no text, or an endpoint of another app or account.
        UnknownModelError: no model of that name is configured.
    """
    endpoint, model, packages = (given.get(name) for name in _NAMES)
    if endpoint is not None:
        return [_checked(endpoint, first=first)]
    if model is not None:
        if not isinstance(model, str) or model not in models:
            known = ", ".join(sorted(models)) or "none"
            raise UnknownModelError(f"no model named {model!r} is configured; choose one of {known}")
        return [models[model].endpoint]
    if packages is None:
        return None
    arns = packages if isinstance(packages, list) else [packages]
    if not all(isinstance(arn, str) for arn in arns):
        raise InvalidEventError(f"model_package must be the ARN of a version, or a list of such, got {packages!r}")
    about = {named.model_of(arn, group_arn_prefix=group_arn_prefix) for arn in arns}
    # A version of no model that is configured changes nothing: one look tells that.
    return sorted({models[name].endpoint for name in about & models.keys()}) or [first]


def every(models: Iterable[Model], *, first: str, others: Iterable[str], first_is_there: bool) -> list[str]:
    """All endpoints of an account, the first one first: those that models need, and those that are there.

    Args:
        models: all configured ones.
        first: the account's first endpoint.
        others: those that deployments know of besides it.
        first_is_there: whether a deployment made the first one, and none removed it.
    """
    needed = {model.endpoint for model in models}
    rest = sorted({*needed, *others} - {first})
    return [first, *rest] if first in needed or first_is_there or not rest else rest


def _checked(name: object, *, first: str) -> str:
    if isinstance(name, str) and (name == first or name.startswith(f"{first}-")):
        return name
    raise InvalidEventError(f"endpoint must be {first} or begin with {first}-, got {name!r}")
