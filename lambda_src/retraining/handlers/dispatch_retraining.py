"""Target of the one schedule: starts every model that became due since the last tick, and counts stale ones."""

from datetime import datetime, timedelta
from typing import Any

from contract import keys
from retraining.adapters import executions
from retraining.errors import StartFailedError
from retraining.logic import schedules
from shared import catalogue, events, settings
from shared.adapters import metrics, tables

_FIRST_WINDOW = timedelta(minutes=5)


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: scheduled_time. Result: started and stale models by name.

    Raises:
        StartFailedError: some models could not be started; the tick is repeated and leaves out those that were.
    """
    now = datetime.fromisoformat(events.text(event, "scheduled_time"))
    table_name, state_machine_arn = settings.text("STATE_TABLE"), settings.text("STATE_MACHINE_ARN")
    models = {name: model for name, model in catalogue.models().items() if model["enabled"]}
    tick = tables.read_state(table_name, keys.LAST_TICK) or {}
    after = datetime.fromisoformat(tick["at"]) if "at" in tick else now - _FIRST_WINDOW
    started, failed = [], []
    for name, model in models.items():
        firing = schedules.last_firing(model["schedule"], after=after, until=now)
        if firing is None:
            continue
        try:
            # Named after the firing: a repeated tick finds the execution that is already there.
            if executions.start(state_machine_arn, name=f"{name}-{firing:%Y%m%dT%H%M%SZ}", model=name):
                started.append(name)
        except Exception as error:  # noqa: BLE001  # one model must not keep the others from their run
            failed.append(f"{name}: {error}")
    seen = {name: tick.get("seen", {}).get(name, now.isoformat()) for name in models}
    done = after if failed else max(now, after)
    tables.write_state(table_name, keys.LAST_TICK, {"at": done.isoformat(), "seen": seen})
    # A model that cannot be started becomes stale, so this is told whatever failed.
    stale = _stale(table_name, models, seen=seen, now=now)
    metrics.put({"StaleModels": len(stale)}, dimension=("App", settings.text("APP")), moment=now)
    if failed:
        raise StartFailedError(f"{len(failed)} of {len(models)} models could not be started: {'; '.join(failed)}")
    return {"started": started, "stale": stale}


def _stale(table_name: str, models: dict[str, Any], *, seen: dict[str, str], now: datetime) -> list[str]:
    successes = tables.read_states(table_name, map(keys.MODEL.of, models))
    last = {
        keys.MODEL.name(key): datetime.fromisoformat(item["recorded_at"])
        for key, item in successes.items()
        if "recorded_at" in item
    }
    first = {name: datetime.fromisoformat(moment) for name, moment in seen.items()}
    return schedules.stale(models.values(), last_success=last, first_seen=first, now=now)
