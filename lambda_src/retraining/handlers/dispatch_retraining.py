"""Target of the one schedule: starts every model that became due since the last tick, and counts stale ones.

A model may be due to be retrained, and to answer files.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from contract import keys
from contract.calls.dispatch_retraining import DispatchRetraining, Tick
from contract.catalogue import Model
from contract.settings import DispatchRetraining as Settings
from retraining.adapters import executions
from retraining.errors import StartFailedError
from retraining.logic import schedules
from shared import catalogue, decisions, entry
from shared.adapters import clients, metrics, tables
from shared.adapters.clients import Clients

_FIRST_WINDOW = timedelta(minutes=5)


@entry.point(DispatchRetraining)
def lambda_handler(asked: DispatchRetraining) -> Tick:
    """Started and stale models.

    Raises:
        StartFailedError: some models could not be started; the tick is repeated and leaves out those that were.
    """
    aws, settings, now = clients.here(), Settings.from_env(), datetime.fromisoformat(asked.scheduled_time)
    table_name = settings.state_table
    tick = tables.read_state(aws.dynamodb, table_name, keys.LAST_TICK) or {}
    after = datetime.fromisoformat(tick["at"]) if "at" in tick else now - _FIRST_WINDOW
    configured = list(catalogue.models().values())
    models = [model for model in configured if model.retraining and model.retraining.enabled]
    started, failed = _start(aws, settings.state_machine_arn, schedules.due(models, after=after, until=now))
    answering: list[str] = []
    if settings.transform_machine_arn:
        due = schedules.due_to_answer(configured, after=after, until=now)
        answering, not_answering = _start(aws, settings.transform_machine_arn, due)
        failed += [f"batch transform of {told}" for told in not_answering]
    seen = {model.name: tick.get("seen", {}).get(model.name, now.isoformat()) for model in models}
    done = after if failed else max(now, after)
    tables.write_state(aws.dynamodb, table_name, keys.LAST_TICK, {"at": done.isoformat(), "seen": seen})
    # A model that cannot be started becomes stale, so this is told whatever failed.
    stale = _stale(aws, table_name, models, seen=seen, now=now)
    metrics.put(aws.cloudwatch, {"StaleModels": len(stale)}, dimension=("App", settings.app), moment=now)
    if started or stale or failed or answering:
        decisions.log("dispatched", started=started, transforming=answering, stale=stale, failed=failed)
    if failed:
        raise StartFailedError(f"{len(failed)} of {len(models)} models could not be started: {'; '.join(failed)}")
    return Tick(started=tuple(started), stale=tuple(stale), transforming=tuple(answering))


def _start(aws: Clients, state_machine_arn: str, due: Mapping[str, datetime]) -> tuple[list[str], list[str]]:
    """Names of the models that were started, and those that could not be, each with the reason."""
    started, failed = [], []
    for name, firing in due.items():
        try:
            # Named after the firing: a repeated tick finds the execution that is already there.
            named = f"{name}-{firing:%Y%m%dT%H%M%SZ}"
            if executions.start(aws.stepfunctions, state_machine_arn, name=named, model=name):
                started.append(name)
        except Exception as error:  # noqa: BLE001  # one model must not keep the others from their run
            failed.append(f"{name}: {error}")
    return started, failed


def _stale(
    aws: Clients, table_name: str, models: Iterable[Model], *, seen: Mapping[str, str], now: datetime
) -> list[str]:
    successes = tables.read_states(aws.dynamodb, table_name, [keys.MODEL.of(model.name) for model in models])
    last = {
        keys.MODEL.name(key): datetime.fromisoformat(item["recorded_at"])
        for key, item in successes.items()
        if "recorded_at" in item
    }
    first = {name: datetime.fromisoformat(moment) for name, moment in seen.items()}
    return schedules.stale(models, last_success=last, first_seen=first, now=now)
