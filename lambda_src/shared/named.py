"""Versions that somebody named, which are older than those that a look at the registry finds by itself.

A list tells when a version was registered, not when it was approved. An old version that is approved again is therefore
known from the event of its approval alone, and is remembered for as long as it may be the one to serve.
"""

from collections.abc import Iterable, Mapping

from shared.versions import APPROVED, WINDOW, Version

# Of one model; each of them is described whenever it is decided what serves.
MOST_KEPT = 10


def model_of(arn: str, *, group_arn_prefix: str) -> str:
    """Name of the model that a version belongs to; empty when it is none of this registry and app.

    Args:
        arn: of the version.
        group_arn_prefix: ARN of a package group without the model's name.
    """
    prefix = group_arn_prefix.replace(":model-package-group/", ":model-package/")
    name, _, number = arn.removeprefix(prefix).rpartition("/")
    return name if arn.startswith(prefix) and number.isdecimal() else ""


def add(
    known: Mapping[str, list[str]], arns: Iterable[str], *, group_arn_prefix: str, models: Iterable[str]
) -> dict[str, list[str]]:
    """What is known and what somebody named now; versions of models that are not configured are left out."""
    found, configured = {model: list(kept) for model, kept in known.items()}, set(models)
    for arn in arns:
        model = model_of(arn, group_arn_prefix=group_arn_prefix)
        if model in configured and arn not in found.get(model, []):
            found[model] = [arn, *found.get(model, [])]
    return found


def still_needed(arns: Iterable[str], candidates: Iterable[Version], *, window: int = WINDOW) -> list[str]:
    """Of a model's named versions those to remember: approved, and too old to be found by looking; latest change first.

    A version that looking finds needs no memory even when newer ones hide it later. Those that come after it were
    changed later, so it could be the one to serve only after they were rejected, and then looking finds it again.

    Args:
        arns: the named versions.
        candidates: what was read of the model.
        window: how many of the newest approved ones looking finds.
    """
    approved = sorted((item for item in candidates if item.status == APPROVED), key=lambda item: -item.number)
    wanted, older = set(arns), approved[window:]
    kept = sorted((item for item in older if item.arn in wanted), key=lambda item: item.since, reverse=True)
    return [item.arn for item in kept][:MOST_KEPT]
