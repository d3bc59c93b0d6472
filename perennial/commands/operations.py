"""What the operator can ask for about runs, versions and the endpoint, besides the demo."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from config.schema import Model
from contract.manifest import target_model
from perennial.account import cleanup, facts, failures, outlook, registry, serving
from perennial.account.aws import Aws
from perennial.account.registry import Decision
from perennial.account.serving import Serving
from perennial.account.stack import Stack
from perennial.commands import connection, why
from perennial.demo import report
from perennial.errors import Interrupted, OperatorError
from perennial.screen import colours, progress, wording
from perennial.screen.grid import Grid

_COMMAND = "python -m perennial"
_TIMEOUT_SECONDS = 24 * 3600.0


def run(aws: Aws, stack: Stack, *, model: str, force: bool, test_run: bool, console: Console) -> bool:
    """Start a retraining by hand and follow it; tells whether it succeeded.

    Args:
        aws: the training account.
        stack: its stack.
        model: what to retrain.
        force: also when the data has not changed.
        test_run: one trial at most, and nothing is registered.
        console: where to show it.
    """
    order: dict[str, Any] = {"model": model}
    order.update({name: True for name, wanted in (("force", force), ("test_run", test_run)) if wanted})
    return _start(aws, stack.training, order, console=console)


def deploy(aws: Aws, stack: Stack, *, force: bool, models: Sequence[Model], console: Console) -> bool:
    """Start a deployment to the stack's endpoint and follow it; tells whether it succeeded.

    Args:
        aws: the account of the endpoint.
        stack: its stack.
        force: also try what failed its last deployment.
        models: as they are configured here, which may differ from what is deployed.
        console: where to show it.
    """
    for warning in outlook.warnings(aws, stack, serving.read(aws, stack), models=models):
        console.print(warning, style="yellow", soft_wrap=True, markup=False)
    cleanup.allow_deployments(aws, stack)
    order: dict[str, Any] = {"reason": f"by hand, {aws.identity()}"}
    return _start(aws, stack.deployment_arn, {**order, "force": True} if force else order, console=console)


def versions(aws: Aws, stack: Stack, *, model: str, servings: Mapping[str, Serving], console: Console) -> None:
    """The model's versions, newest first, and where they serve.

    Args:
        aws: the training account.
        stack: its stack.
        model: whose versions.
        servings: what the endpoints serve that can be looked at, by their names.
        console: where to show it.
    """
    table = Grid("version", "status", "metric", "created", "serves at", "digest")
    for version in registry.versions(aws, stack, model=model):
        metadata = version.metadata
        value = wording.number(float(metadata["value"])) if "value" in metadata else ""
        table.add_row(
            str(version.number),
            colours.state(version.status),
            f"{metadata.get('metric', '')} {value}".strip(),
            wording.moment(version.created_at),
            ", ".join(name for name, serving in servings.items() if serving.versions.get(model) == version.arn) or "-",
            metadata.get("digest", "")[:12],
        )
    console.print(table)


def decide(
    aws: Aws,
    stack: Stack,
    *,
    model: str,
    version: int,
    decision: Decision,
    reason: str,
    models: Sequence[Model],
    console: Console,
) -> None:
    """Approve or reject a version, and tell what serves then in every account.

    Args:
        aws: the training account.
        stack: its stack.
        model: whose version.
        version: its number.
        decision: what to say about it.
        reason: kept in the registry and in the history.
        models: as they are configured here, which may differ from what is deployed.
        console: where to show it.
    """
    changed = registry.decide(aws, stack, model=model, version=version, decision=decision, reason=reason)
    console.print(f"{model} version {changed.number} is {changed.status}", style="bold", soft_wrap=True)
    served = serving.read(aws, stack)
    for environments, words in outlook.of(aws, stack, served, model=model, models=models, decided=changed.arn):
        console.print(f"{environments}: {words}", soft_wrap=True, markup=False)
    console.print(
        "the accounts look within a minute or so; `deploy` follows it, `why` tells the outcome",
        style="dim",
        soft_wrap=True,
    )


def explain(aws: Aws, stack: Stack, *, model: str, models: Sequence[Model], console: Console) -> None:
    """What serves in the stack's account and why, and what will."""
    lines = why.explain(aws, stack, model=model)
    following = outlook.of(aws, stack, serving.read(aws, stack), model=model, models=models)
    lines += [("" if number else "next", ": ".join(line)) for number, line in enumerate(following)]
    for name, words in lines:
        console.print(Text.assemble((f"{name:<12}", "dim"), words), soft_wrap=True)


def picture(aws: Aws, *, execution_arn: str, target: Path) -> None:
    """Draw the way an execution took as SVG."""
    svg = report.picture(facts.run(aws, execution_arn))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(svg, encoding="utf-8")


def invoke(aws: Aws, stack: Stack, *, model: str, line: str) -> str:
    """What the model answers to one CSV line of features."""
    return aws.invoke(stack.endpoint, target_model=target_model(model), body=line)


def verdict(run: facts.Run) -> str:
    """How an execution ended, in one line."""
    output = run.output
    if error := run.execution.error:
        state = failures.state(run.history, error=error)
        return f"{run.outcome}{f' in {state}' if state else ''}: {failures.words(error, run.execution.cause)}"
    if run.outcome == "registered":
        return f"registered version {output['version']}, {output['approval_status']}: {output['reason']}"
    if (changes := output.get("changes")) or output.get("unapproved"):
        changed = ", ".join(f"{model} {change}" for model, change in sorted((changes or {}).items()))
        return f"{run.outcome}: {'; '.join(filter(None, (changed, outlook.unapproved(output))))}"
    if run.outcome == "under way":
        return "under way: another deployment has the endpoint, and will look again before it ends"
    if run.outcome == "already running":
        return "already running: another run has this model"
    return run.outcome


def _start(aws: Aws, state_machine_arn: str, order: Mapping[str, Any], *, console: Console) -> bool:
    arn = aws.start(state_machine_arn, payload=json.dumps(order))
    console.print(arn, style="dim", soft_wrap=True)
    return follow(aws, arn, console=console)


def follow(aws: Aws, arn: str, *, console: Console) -> bool:
    """Watch an execution until it ends; tells whether it succeeded.

    Args:
        aws: its account.
        arn: the execution's.
        console: where to show it.

    Raises:
        OperatorError: there is no such execution, or it takes too long to watch.
        Interrupted: the operator stops watching.
    """
    try:
        aws.execution(arn)
        progress.follow(lambda: aws.history(arn), console=console, timeout_seconds=_TIMEOUT_SECONDS)
    except TimeoutError as error:
        raise OperatorError(f"{error}; it goes on, watch it with `{_COMMAND} follow {arn}`") from error
    except KeyboardInterrupt as error:
        raise Interrupted(
            f"interrupted; the execution goes on: {arn}\n"
            f"watch it with `{_COMMAND} follow {arn}`\n"
            f"stop it with `aws stepfunctions stop-execution {_region(arn)}--execution-arn {arn}`"
        ) from error
    finished = facts.run(aws, arn)
    console.print(Text(verdict(finished), style="bold"), soft_wrap=True)
    for line in _next(finished):
        console.print(line, style="dim", soft_wrap=True)
    return finished.execution.status == "SUCCEEDED"


def _region(arn: str) -> str:
    """The option that leads the AWS CLI to an execution, whatever the shell's own region is."""
    region = connection.region_of(arn)
    return f"--region {region} " if region else ""


def _next(run: facts.Run) -> Iterator[str]:
    """What to do now."""
    if run.outcome == "registered" and run.output["approval_status"] == "PendingManualApproval":
        decided = f"{run.subject} {run.output['version']}"
        yield f"next: `{_COMMAND} approve {decided}`, or `reject {decided}`"
    if failures.log(run.execution.cause):
        yield f"its log: `{_COMMAND} log {run.execution.arn}`"
