"""``perennial why``: why an account serves what it serves, and why a model has the version it has."""

import argparse
import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console
from rich.text import Text

from config.loader import load
from config.schema import Model
from contract.history import Kind
from contract.names import endpoint_of
from perennial.account import outlook, records, registry, serving
from perennial.account.aws import Aws
from perennial.account.registry import Version
from perennial.account.stack import Stack
from perennial.commands.place import reach
from perennial.errors import OperatorError
from perennial.screen import wording

_DENIED = {"AccessDenied", "AccessDeniedException"}
Line = tuple[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("model")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    aws, stack = reach(options)
    show(aws, stack, model=options.model, models=load().models, console=console)


def show(aws: Aws, stack: Stack, *, model: str, models: Sequence[Model], console: Console) -> None:
    """Tell what serves in the stack's account and why, and what will."""
    lines = explain(aws, stack, model=model)
    following = outlook.of(aws, stack, serving.fleet(aws, stack), model=model, models=models)
    lines += [("" if number else "next", ": ".join(line)) for number, line in enumerate(following)]
    for name, words in lines:
        console.print(Text.assemble((f"{name:<12}", "dim"), words), soft_wrap=True)


def explain(aws: Aws, stack: Stack, *, model: str) -> list[Line]:
    """What serves in this account and why, as pairs of a heading and words.

    Raises:
        OperatorError: nobody knows such a model here.
    """
    fleet = serving.fleet(aws, stack)
    served = fleet.models.get(model)
    if served is None:
        endpoints = list(fleet.endpoints)
        return [*_absent(aws, stack, model, endpoints), *_last_decision(aws, stack, model)]
    lines = [("serves", f"version {registry.number(served.arn)} at {served.endpoint}"), ("", served.arn)]
    lines += _deployment(list(_rows(aws, stack, served.endpoint)), model=model, arn=served.arn)
    version, unreadable = _version(aws, served.arn)
    if version is None:
        lines.append(("approval", unreadable))
    else:
        lines += [
            ("passed", version.description or "no reason was registered"),
            ("trained by", _lineage(version)),
            ("on data", f"fingerprint {version.metadata.get('data_fingerprint', 'unknown')}"),
            ("approval", _approval(aws, stack, model, version)),
        ]
    return [*lines, *_last_decision(aws, stack, model)]


def _rows(aws: Aws, stack: Stack, endpoint: str) -> Iterator[dict[str, Any]]:
    """What was deployed to an endpoint, newest first."""
    return records.rows(aws, stack.history_table, kind=Kind.DEPLOYMENT, subject=endpoint)


def _absent(aws: Aws, stack: Stack, model: str, endpoints: Sequence[str]) -> list[Line]:
    # That of its own too, which may be gone with it.
    subjects = dict.fromkeys([stack.endpoint, *endpoints, endpoint_of(stack.endpoint, model)])
    rows = heapq.merge(
        *(_rows(aws, stack, endpoint) for endpoint in subjects), key=lambda row: str(row["sk"]), reverse=True
    )
    removed = next((row for row in rows if model in row.get("changes", {})), None)
    if removed is not None:
        return [("serves", "no version"), ("because", _end(removed, model)), ("", removed["execution"])]
    judged = next(records.gate_rows(aws, stack.history_table, model=model), None)
    if judged is None and stack.retraining_arn is not None:
        raise OperatorError(f"nothing is known of {model!r} in stack {stack.name}; `status` lists the models")
    return [("serves", f"no version: none was ever deployed to {', '.join(endpoints)}")]


def _end(row: Mapping[str, Any], model: str) -> str:
    """Why a model that was deployed does not serve, from the last deployment that changed it."""
    before, _, after = str(row["changes"][model]).partition(" -> ")
    if after != "none":
        return (
            f"version {after} was deployed at {_moment(row)}, and no deployment took it off since: "
            "`destroy` did, or somebody by hand"
        )
    taken_off = f"version {before} was taken off at {_moment(row)}"
    if "unapproved" not in row:
        return taken_off
    if model in row["unapproved"]:
        return f"{taken_off}: no version was approved any more, and when_unapproved is remove"
    return f"{taken_off}: the model was not in the deployed configuration any more"


def _deployment(deployments: list[dict[str, Any]], *, model: str, arn: str) -> Iterator[Line]:
    """The deployment that brought the version: the oldest one of the newest unbroken row of them."""
    brought = None
    for row in deployments:
        if row["versions"].get(model) != arn:
            break
        brought = row
    if brought is not None:
        change = brought.get("changes", {}).get(model)
        words = f"{brought['action']} ({change})" if change else brought["action"]
        yield ("since", f"{_moment(brought)}, {words}")
        yield ("", brought["execution"])


def _version(aws: Aws, arn: str) -> tuple[Version | None, str]:
    try:
        return registry.describe(aws, arn), ""
    except ClientError as error:
        if error.response["Error"]["Code"] not in _DENIED:
            raise
        return None, f"the registry of account {arn.split(':')[4]} does not tell it here; ask `why` of its own stack"


def _lineage(version: Version) -> str:
    tuned = version.metadata.get("tuning_job", "none")
    job = version.metadata.get("training_job", "unknown")
    by = f"{job}, best of tuning job {tuned}" if tuned != "none" else job
    return f"{by}, code {version.metadata.get('commit', 'unknown')[:12]}"


def _approval(aws: Aws, stack: Stack, model: str, version: Version) -> str:
    if stack.retraining_arn is not None:
        # By what they say of their time, as a version may be decided about more than once.
        people = records.people_rows(aws, stack.history_table, model=model)
        said = next((row for row in people if row["model_package_arn"] == version.arn), None)
        if said is not None:
            reason = f": {said['reason']}" if said.get("reason") else ""
            return f"{said['outcome']} by {said['by']} at {_moment(said)}{reason}"
    if version.status == "PendingManualApproval":
        return "nobody has decided yet; this account also serves versions that nobody rejected"
    given = f": {version.decision}" if version.decision else ", without a reason"
    return f"{version.status.lower()} at {wording.moment(version.changed_at)}{given}"


def _last_decision(aws: Aws, stack: Stack, model: str) -> Iterator[Line]:
    """What the gate said last, which may be of a later candidate than what serves."""
    if stack.retraining_arn is None:
        return
    last = next(records.gate_rows(aws, stack.history_table, model=model), None)
    if last is not None:
        yield ("last gate", f"{last['outcome']} at {_moment(last)}: {last['reason']}")


def _moment(row: Mapping[str, Any]) -> str:
    return wording.moment(datetime.fromisoformat(row["recorded_at"]))
