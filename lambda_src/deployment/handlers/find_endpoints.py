"""State ``Find Endpoints``: which endpoints a deployment is about."""

from contract import keys, run_names
from contract.calls.find_endpoints import Endpoint, Endpoints, FindEndpoints
from contract.settings import FindEndpoints as Settings
from deployment.logic import endpoints
from shared import catalogue, decisions, entry
from shared.adapters import clients, endpoint_names, tables
from shared.adapters.clients import Clients


@entry.point(FindEndpoints)
def lambda_handler(asked: FindEndpoints) -> Endpoints:
    """Those that the execution's input names, or all of the account.

    Raises:
        InvalidEventError: the input names no endpoint of this account.
        UnknownModelError: it names a model that is not configured.
    """
    settings, models = Settings.from_env(), catalogue.models()
    names = endpoints.asked_for(
        asked.input, models=models, first=settings.endpoint_name, group_arn_prefix=settings.group_arn_prefix
    )
    if names is None:
        aws = clients.here()
        names = endpoints.every(
            models.values(),
            first=settings.endpoint_name,
            others=endpoint_names.read(aws.dynamodb, settings.state_table),
            first_is_there=_is_there(aws, settings),
        )
    decisions.log("endpoints found", endpoints=names)
    return Endpoints(endpoints=tuple(Endpoint(name=name, stem=run_names.stem(name)) for name in names))


def _is_there(aws: Clients, settings: Settings) -> bool:
    state = tables.read_state(aws.dynamodb, settings.state_table, keys.DEPLOYMENTS.of(settings.endpoint_name)) or {}
    return bool(state.get("retained")) and not state.get("removed")
