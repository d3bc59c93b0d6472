"""Decides what an endpoint is to serve next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from deployment.errors import RegistryNotReadableError
from shared.versions import Version

Action = Literal["nothing to serve", "up to date", "known to fail", "restored", "deployed", "removed"]


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What the registry says about one model.

    Args:
        name: of the model.
        version: the version to serve, None when there is none.
        when_unapproved: ``keep`` or ``remove`` what serves when there is none.
        denied: the registry's refusal, empty when it answered.
    """

    name: str
    version: Version | None
    when_unapproved: str
    denied: str = ""


@dataclass(frozen=True, kw_only=True)
class Retained:
    """A deployment whose configuration, model and artifacts still exist.

    Args:
        deployment_id: its id.
        endpoint_config: its endpoint configuration.
        serving_model: its SageMaker model.
        versions: ARN of the version by model.
        model_data_prefix: S3 URI of its artifacts.
        shape: what it runs on; see `contract.shape`.
    """

    deployment_id: str
    endpoint_config: str
    serving_model: str
    versions: Mapping[str, str]
    model_data_prefix: str
    shape: str

    def as_dict(self) -> dict[str, Any]:
        """JSON of the state table."""
        return {
            "deployment_id": self.deployment_id,
            "endpoint_config": self.endpoint_config,
            "serving_model": self.serving_model,
            "versions": dict(self.versions),
            "model_data_prefix": self.model_data_prefix,
            "shape": self.shape,
        }


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


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do.

    Args:
        action: what.
        versions: ARN of the version to serve by model.
        unapproved: models that go on serving, or that were removed, although no version is approved.
        restore: the deployment to go back to, with the action ``restored``.
        changes: old and new version by model, for people.
    """

    action: Action
    versions: Mapping[str, str]
    unapproved: tuple[str, ...] = ()
    restore: Retained | None = None
    changes: Mapping[str, str] = field(default_factory=dict)


def make(
    models: Iterable[Registered],
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
            action=action, versions=wanted, unapproved=unapproved, restore=restore, changes=_changes(serving, wanted)
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
