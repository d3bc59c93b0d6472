"""Decides what an endpoint is to serve next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contract.calls.plan_deployment import Action, Plan
from contract.family import Family
from contract.retained import Retained
from deployment.errors import RegistryNotReadableError
from shared.versions import Version


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What the registry says about one model, and its owner.

    Args:
        name: of the model.
        version: the version to serve, None when there is none.
        when_unapproved: ``keep`` or ``remove`` what serves when there is none.
        family: how its versions are served.
        denied: the registry's refusal, empty when it answered.
    """

    name: str
    version: Version | None
    when_unapproved: str
    family: Family
    denied: str = ""


@dataclass(frozen=True, kw_only=True)
class Current:
    """What an endpoint serves.

    Args:
        versions: ARN of the version by model.
        shape: what it runs on; see `contract.shape`.
        proven: False when the deployment that made it died before it was proven and recorded.
    """

    versions: Mapping[str, str]
    shape: str
    proven: bool = True


def make(
    models: Sequence[Registered],
    *,
    current: Current | None,
    retained: Iterable[Retained],
    shape: str,
    failed: Mapping[str, str] | None,
) -> Plan:
    """Compare what the registry wants with what serves.

    Args:
        models: all configured models.
        current: what serves, None when there is no endpoint.
        retained: deployments to go back to, any order.
        shape: what is configured; see `contract.shape`.
        failed: versions whose last deployment failed, None to try them again.

    Raises:
        RegistryNotReadableError: the registry denies access to a model that serves.
    """
    serving = current.versions if current else {}
    wanted, unapproved = _wanted(models, serving)

    def plan(action: Action, restore: Retained | None = None) -> Plan:
        return Plan(
            action=action,
            versions=wanted,
            unapproved=unapproved,
            restore=restore,
            changes=_changes(serving, wanted),
            families={model.family.name: model.family for model in models},
        )

    if current is None and not wanted:
        return plan("nothing to serve")
    if current is not None and current.proven and wanted == serving and shape == current.shape:
        return plan("up to date")
    if not wanted:
        return plan("removed")
    if failed is not None and wanted == failed:
        return plan("known to fail")
    restore = next((item for item in retained if item.versions == wanted and item.shape == shape), None)
    # A first endpoint is created, not updated, so there is nothing to go back from.
    return plan("restored", restore) if restore and current else plan("deployed")


def way_back(endpoint_config: str, retained: Sequence[Retained]) -> str:
    """The configuration to go back to: what was proven last.

    What serves now, of a deployment that died before its proof, is no way back.

    Args:
        endpoint_config: that serves now.
        retained: deployments to go back to, newest first.
    """
    configs = [item.endpoint_config for item in retained]
    return endpoint_config if endpoint_config in configs or not configs else configs[0]


def known(
    models: Iterable[str], *, current: Current | None, retained: Iterable[Retained], named: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """Versions to look at whatever their age, by model: what serves and served, and what somebody named.

    Args:
        models: all configured ones.
        current: what serves.
        retained: what served.
        named: versions by model.
    """
    served = [*([current.versions] if current else []), *(item.versions for item in retained)]
    return {
        model: list(dict.fromkeys([*(item[model] for item in served if model in item), *named.get(model, [])]))
        for model in models
    }


def _wanted(models: Iterable[Registered], serving: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Version to serve by model, and the models that serve although no version is approved."""
    wanted: dict[str, str] = {}
    unapproved = []
    for model in models:
        if model.denied and model.name in serving:
            raise RegistryNotReadableError(
                f"model {model.name} serves here, but the registry denies to read its versions: {model.denied}; "
                "check the package group's policy"
            )
        if model.version is not None:
            wanted[model.name] = model.version.arn
        elif model.name in serving:
            unapproved.append(model.name)
            if model.when_unapproved == "keep":
                wanted[model.name] = serving[model.name]
    return wanted, tuple(unapproved)


def _changes(current: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    return {
        name: f"{_number(current.get(name))} -> {_number(wanted.get(name))}"
        for name in sorted({*current, *wanted})
        if current.get(name) != wanted.get(name)
    }


def _number(arn: str | None) -> str:
    return arn.rpartition("/")[2] if arn else "none"
