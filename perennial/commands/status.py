"""``perennial status``: the endpoints and what they serve; in the training account, also how every model is doing."""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.text import Text

from config.loader import load
from config.schema import Model
from contract import keys
from contract.history import Kind
from perennial.account import facts, outlook, records, registry, serving
from perennial.account.aws import Aws
from perennial.account.execution import Execution
from perennial.account.serving import Fleet, Serving
from perennial.account.stack import Stack
from perennial.commands.place import reach
from perennial.errors import OperatorError
from perennial.screen import colours, wording
from perennial.screen.grid import Grid

_LOOK_BACK = 100


def add_arguments(_: argparse.ArgumentParser) -> None:
    """It takes nothing."""


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    aws, stack = reach(options)
    show(aws, stack, models=load().models, console=console)


def show(aws: Aws, stack: Stack, *, models: Sequence[Model], console: Console) -> None:
    """Tell how an account is doing.

    Args:
        aws: the account.
        stack: its stack.
        models: as they are configured here, which may differ from what is deployed.
        console: where to show it.
    """
    served = serving.fleet(aws, stack)
    for name, endpoint in served.endpoints.items():
        console.print(Text.assemble(f"endpoint {name}: ", colours.state(endpoint.status)), soft_wrap=True)
        if endpoint.models:
            _endpoint(aws, stack, name, endpoint, console=console)
    for warning in outlook.warnings(aws, stack, served, models=models):
        console.print(warning, style="yellow", soft_wrap=True, markup=False)
    if stack.retraining_arn is not None:
        console.print()
        _retraining(aws, stack, served, models=models, console=console)


def _endpoint(aws: Aws, stack: Stack, name: str, served: Serving, *, console: Console) -> None:
    deployments = list(records.rows(aws, stack.history_table, kind=Kind.DEPLOYMENT, subject=name))
    table = Grid("model", "serves version", "since", "change")
    for model, version in sorted(served.versions.items()):
        change = next((row for row in deployments if model in row.get("changes", {})), None)
        table.add_row(
            model,
            registry.number(version),
            _recorded(change) if change else "",
            f"{change['action']} {change['changes'][model]}" if change else "",
        )
    console.print(table)


def _retraining(aws: Aws, stack: Stack, served: Fleet, *, models: Sequence[Model], console: Console) -> None:
    last = _last_executions(aws, stack)
    configured = {model.name: model for model in models}
    now = _now(aws, stack)
    table = Grid("model", "last run", "started", "newest version", "approval", "last success", "schedule")
    for name in sorted({*configured, *last, *served.versions}):
        execution, model = last.get(name), configured.get(name)
        version = _newest(aws, stack, name)
        success = records.state(aws, stack.table, keys.MODEL.of(name))
        table.add_row(
            name,
            colours.state(facts.run(aws, execution.arn).outcome if execution else "never"),
            wording.moment(execution.started_at) if execution else "",
            str(version.number) if version else "none",
            colours.state(version.status if version else ""),
            _freshness(success, model, now=now),
            _schedule(model),
        )
    console.print(table)


def _freshness(success: Mapping[str, Any] | None, model: Model | None, *, now: datetime) -> Text:
    words = freshness(success, model, now=now)
    return Text(words, style="yellow" if "stale" in words else "")


def freshness(success: Mapping[str, Any] | None, model: Model | None, *, now: datetime) -> str:
    """How long ago a model was retrained with success, and whether that is too long.

    Args:
        success: the model's item of the state table.
        model: its configuration.
        now: time of this look.
    """
    if success is None:
        return "never"
    age = max(now - datetime.fromisoformat(success["recorded_at"]), timedelta())
    words = f"{wording.duration(age)} ago"
    if model is not None and model.schedule.enabled and age > timedelta(days=model.stale_after_days):
        return f"{words}, stale after {model.stale_after_days} days"
    return words


def _now(aws: Aws, stack: Stack) -> datetime:
    """The later of this machine's time and the dispatcher's last tick; a local cloud's clock may be ahead."""
    tick = records.state(aws, stack.table, keys.LAST_TICK) or {}
    here = datetime.now(UTC)
    return max(here, datetime.fromisoformat(tick["at"])) if "at" in tick else here


def _newest(aws: Aws, stack: Stack, model: str) -> registry.Version | None:
    try:
        return next(registry.versions(aws, stack, model=model), None)
    except OperatorError:
        return None


def _schedule(model: Model | None) -> str:
    if model is None:
        return "not configured here"
    return model.schedule.expression if model.schedule.enabled else f"{model.schedule.expression}, disabled"


def _last_executions(aws: Aws, stack: Stack) -> Mapping[str, Execution]:
    """The newest execution of every model."""
    found: dict[str, Execution] = {}
    for index, arn in enumerate(aws.executions(stack.training)):
        if index >= _LOOK_BACK:
            break
        execution = aws.execution(arn)
        model = json.loads(execution.input).get("model")
        if isinstance(model, str):
            found.setdefault(model, execution)
    return found


def _recorded(row: Mapping[str, Any]) -> str:
    return wording.moment(datetime.fromisoformat(row["recorded_at"]))
