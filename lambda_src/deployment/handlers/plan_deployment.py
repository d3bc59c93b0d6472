"""State ``Plan Deployment``: compares the registry with what serves."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from contract import container, keys, manifest, shape
from contract.calls.plan_deployment import Plan, PlanDeployment, Serving
from contract.catalogue import Approval, Model
from contract.container import Container
from contract.retained import Retained
from contract.settings import PlanDeployment as Settings
from deployment.adapters import endpoint
from deployment.errors import EndpointBusyError
from deployment.logic import plan
from deployment.logic.plan import Current, Registered
from shared import catalogue, decisions, entry, named, versions
from shared.adapters import clients, metrics, named_versions, registry, s3, tables
from shared.adapters.clients import Clients
from shared.adapters.registry import NotReadableError
from shared.versions import Version

_AT_REST = {"InService", "Failed", "OutOfService", "UpdateRollbackFailed"}
_Read = list[Version] | NotReadableError


@entry.point(PlanDeployment)
def lambda_handler(asked: PlanDeployment) -> Plan:
    """What to do.

    Raises:
        EndpointBusyError: the endpoint is being changed.
        RegistryNotReadableError: the registry denies access to a model that serves here.
    """
    aws, settings, name = clients.here(), Settings.from_env(), asked.endpoint_name
    staying = {model.name: model for model in catalogue.models().values() if model.endpoint == name}
    # First of all: whatever fails from here on, what was named is not forgotten.
    remembered = _remember(aws, settings, name, asked.named, staying)
    serving = endpoint.serving(aws.sagemaker, name)
    if serving is not None and serving.status not in _AT_REST:
        raise EndpointBusyError(f"endpoint {name} is {serving.status}; it is left alone until it is at rest")
    state = tables.read_state(aws.dynamodb, settings.state_table, keys.DEPLOYMENTS.of(name)) or {}
    retained = [Retained.from_json(item) for item in state.get("retained", [])]
    current = _current(aws, serving, retained)
    leaving = _leaving(aws, settings.state_table, current, staying)
    models = staying | leaving
    read = _read(aws, settings, models, plan.known(models, current=current, retained=retained, named=remembered))
    _forget(aws, settings.state_table, name, remembered, read)
    serves = current.versions if current else {}
    registered = [
        _registered(settings, model, read[model.name], serves=serves.get(model.name), leaves=model.name in leaving)
        for model in models.values()
    ]
    made = plan.make(
        registered,
        current=current,
        retained=retained,
        shape=asked.shape,
        container=_container({item.name: staying[item.name] for item in registered if not item.stays_as_it_is}),
        retired=not staying and name != settings.endpoint_name,
        failed=None if asked.force else _failed(aws, settings.state_table, name),
    )
    count = {"ModelsWithoutApprovedVersion": len(made.unapproved)}
    metrics.put(aws.cloudwatch, count, dimension=("EndpointName", name))
    decisions.log("planned", action=made.action, changes=made.changes, unapproved=made.unapproved)
    if serving is None:
        return made
    found = Serving(
        status=serving.status,
        endpoint_config=plan.way_back(serving.endpoint_config, retained),
        model_data_prefix=serving.model_data_prefix,
    )
    return replace(made, serving=found)


def _current(aws: Clients, serving: endpoint.Serving | None, retained: list[Retained]) -> Current | None:
    # An endpoint whose creation failed serves nothing; the state machine deletes it.
    if serving is None or serving.status == "Failed":
        return None
    served = manifest.from_dict(s3.read_json(aws.s3, manifest.uri(serving.model_data_prefix)))
    proven = serving.status == "InService" and any(item.endpoint_config == serving.endpoint_config for item in retained)
    return Current(
        versions=served.versions(),
        shape=shape.of(serving.instances, serving.subnets),
        container=serving.container,
        proven=proven,
    )


def _container(models: Mapping[str, Model]) -> Container | None:
    """What serves the models of one endpoint; the stack refuses models that do not agree on it."""
    return container.of(models[min(models)].family) if models else None


def _leaving(aws: Clients, table_name: str, current: Current | None, staying: Mapping[str, Model]) -> dict[str, Model]:
    """Models that serve here until the endpoint that is to serve them does; what is not configured just goes."""
    configured = catalogue.models()
    served = set(current.versions if current else ()) & configured.keys() - staying.keys()
    targets = {configured[name].endpoint for name in served}
    elsewhere = {target: _serves(aws, table_name, target) for target in sorted(targets)}
    return {name: configured[name] for name in sorted(served) if name not in elsewhere[configured[name].endpoint]}


def _serves(aws: Clients, table_name: str, endpoint_name: str) -> set[str]:
    """Models that an endpoint serves, by what the last deployment to it proved."""
    state = tables.read_state(aws.dynamodb, table_name, keys.DEPLOYMENTS.of(endpoint_name)) or {}
    retained = [] if state.get("removed") else state.get("retained", [])
    return set(retained[0]["versions"]) if retained else set()


def _failed(aws: Clients, table_name: str, endpoint_name: str) -> dict[str, str]:
    item = tables.read_state(aws.dynamodb, table_name, keys.FAILED.of(endpoint_name)) or {}
    return dict(json.loads(item.get("versions", "{}")))


def _remember(
    aws: Clients, settings: Settings, endpoint_name: str, arns: Iterable[str], models: Iterable[str]
) -> dict[str, list[str]]:
    """Named versions by model: those of earlier plans, and those that this one was told of."""
    before = named_versions.read(aws.dynamodb, settings.state_table, endpoint_name)
    known = named.add(before, arns, group_arn_prefix=settings.group_arn_prefix, models=models)
    if known != before:
        named_versions.write(aws.dynamodb, settings.state_table, endpoint_name, known)
    return known


def _forget(
    aws: Clients, table_name: str, endpoint_name: str, known: Mapping[str, list[str]], read: Mapping[str, _Read]
) -> None:
    """Forget those that are found by looking, or were rejected; what could not be read is kept."""
    needed = {
        model: named.still_needed(arns, found) if isinstance(found := read.get(model), list) else arns
        for model, arns in known.items()
    }
    if needed != known:
        named_versions.write(aws.dynamodb, table_name, endpoint_name, needed)


def _read(
    aws: Clients, settings: Settings, models: Mapping[str, Model], also: Mapping[str, list[str]]
) -> dict[str, _Read]:
    """The versions of every model that may be the one to serve, or the registry's refusal."""
    found = dict[str, _Read]()
    for name, model in models.items():
        group, approval = f"{settings.group_arn_prefix}{name}", _approval(settings, model)
        try:
            found[name] = list(registry.candidates(aws.sagemaker, group, approval=approval, also=also[name]))
        except NotReadableError as error:
            found[name] = error
    return found


def _registered(settings: Settings, model: Model, read: _Read, *, serves: str | None, leaves: bool) -> Registered:
    """A model with the version to serve: of the algorithm that it has, unless what serves is to go on as it is.

    Until there is a version of a model's new algorithm, an endpoint of its own goes on with that of the old one.
    """
    when = model.when_unapproved
    if isinstance(read, NotReadableError):
        return Registered(name=model.name, version=None, when_unapproved=when, denied=str(read), stays_as_it_is=leaves)
    approval = _approval(settings, model)
    version = versions.to_serve(read if leaves else _fitting(read, model), approval=approval)
    if version is None and not leaves:
        foreign = [item for item in read if item.arn == serves and item.algorithm != model.family.name]
        version = versions.to_serve(foreign, approval=approval)
        leaves = version is not None
    return Registered(name=model.name, version=version, when_unapproved=when, stays_as_it_is=leaves)


def _fitting(read: Sequence[Version], model: Model) -> list[Version]:
    """Versions of the algorithm that a model has; no other's are served by its rules."""
    return [item for item in read if item.algorithm == model.family.name]


def _approval(settings: Settings, model: Model) -> Approval:
    return model.approval.sandbox if settings.environment == "sandbox" else "manual"
