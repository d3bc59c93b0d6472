"""Decides what an endpoint is to serve next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contract.calls.plan_deployment import Action, Plan
from contract.container import Container
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
        denied: the registry's refusal, empty when it answered.
        stays_as_it_is: whether what serves here goes on unchanged, whatever was registered since: another endpoint is
            to serve it and does not yet, or nothing is of the algorithm that it has now.
    """

    name: str
    version: Version | None
    when_unapproved: str
    denied: str = ""
    stays_as_it_is: bool = False


@dataclass(frozen=True, kw_only=True)
class Current:
    """What an endpoint serves.

    Args:
        versions: ARN of the version by model.
        shape: what it runs on; see `contract.shape`.
        container: what serves them.
        proven: False when the deployment that made it died before it was proven and recorded.
    """

    versions: Mapping[str, str]
    shape: str
    container: Container
    proven: bool = True


def make(
    models: Sequence[Registered],
    *,
    current: Current | None,
    retained: Iterable[Retained],
    shape: str,
    container: Container | None,
    failed: Mapping[str, str] | None,
    retired: bool = False,
) -> Plan:
    """Compare what the registry wants with what serves.

    Args:
        models: those that the endpoint is to serve, and those that leave it.
        current: what serves, None when there is no endpoint.
        retained: deployments to go back to, any order.
        shape: what is configured; see `contract.shape`.
        container: what is configured to serve the models; None when none of them is to stay.
        failed: versions whose last deployment failed, None to try them again.
        retired: whether no model needs the endpoint any more, so that nothing of it is to be left.

    Raises:
        RegistryNotReadableError: the registry denies access to a model that serves.
    """
    serving = current.versions if current else {}
    wanted, unapproved = _wanted(models, serving)
    # What only stays as it is, is served as it was.
    serves = container or (current.container if current else None)

    def plan(action: Action, restore: Retained | None = None) -> Plan:
        return Plan(
            action=action,
            versions=wanted,
            unapproved=unapproved,
            restore=restore,
            changes=_changes(serving, wanted),
            container=serves if wanted else None,
        )

    if current is None and not wanted:
        return plan("removed" if retired else "nothing to serve")
    unchanged = current is not None and (wanted, shape, serves) == (serving, current.shape, current.container)
    if current is not None and current.proven and unchanged:
        return plan("up to date")
    if not wanted:
        return plan("removed")
    if failed is not None and wanted == failed:
        return plan("known to fail")
    restore = next((item for item in retained if _is_same(item, wanted, shape=shape, container=serves)), None)
    # A first endpoint is created, not updated, so there is nothing to go back from.
    return plan("restored", restore) if restore and current else plan("deployed")


def _is_same(item: Retained, versions: Mapping[str, str], *, shape: str, container: Container | None) -> bool:
    """Whether a deployment served exactly this; those of before had the one container that there was."""
    return item.versions == versions and item.shape == shape and (item.container is None or item.container == container)


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
            wanted[model.name] = serving[model.name] if model.stays_as_it_is else model.version.arn
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
