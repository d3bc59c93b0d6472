"""``python -m perennial``: the operator's command line."""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from config.errors import ConfigError
from config.loader import load
from contract.history import Kind
from contract.names import STACK_NAMES, TRAINING, EnvironmentName, Names
from perennial.account import aws as adapter
from perennial.account import cleanup, deployed_models, job_logs, retained, serving
from perennial.account.aws import Aws
from perennial.account.bootstrap import Permissions, bootstrap, trusted_by
from perennial.account.cdk import Cdk, own_identity
from perennial.account.registry import Decision
from perennial.account.stack import Stack
from perennial.commands import operations as commands
from perennial.commands import past, smoke, status
from perennial.commands.confirmation import Confirmation, asker
from perennial.commands.connection import announce, aside, asides, connect, find_stack, region_of
from perennial.demo import story as demo
from perennial.demo.datasets import DatasetError
from perennial.errors import Interrupted, OperatorError

_ROOT = Path(__file__).parents[1]
# A pipe has no width: a table is as wide as it has to be.
_PIPE_WIDTH = 10_000
_INTERRUPTED = 130
# Returns whether what was asked for succeeded.
_Command = Callable[[Aws, Stack, argparse.Namespace, Console], bool | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    try:
        return _run(options, console)
    except (OperatorError, DatasetError, ConfigError, *adapter.FAILURES) as error:
        aside(f"error: {error}", style="red")
        return 1
    except (Interrupted, KeyboardInterrupt) as error:
        aside(str(error) or "interrupted", style="yellow")
        return _INTERRUPTED


def _run(options: argparse.Namespace, console: Console) -> int:
    if options.command == "demo":
        demo.run(root=_ROOT, port=options.port, console=console)
        return 0
    if options.command == "bootstrap":
        _bootstrap(console)
        return 0
    if options.command == "adopt":
        _adopt(options, console)
        return 0
    if options.command in _OF_AN_EXECUTION:
        options.region = region_of(options.execution_arn) or options.region
    aws = connect(options.region)
    if options.command == "smoke" and options.environment:
        aws, options.stack = _as_pipeline(aws, options.environment), STACK_NAMES[options.environment]
    options.target = announce(aws)
    if options.command in _OF_AN_EXECUTION:
        return 0 if _OF_AN_EXECUTION[options.command](aws, options, console) else 1
    succeeded = _COMMANDS[options.command](aws, find_stack(aws, options.stack), options, console)
    return 1 if succeeded is False else 0


def _confirmation(options: argparse.Namespace, *, account_id: str | None = None) -> Confirmation:
    return Confirmation(options.target, yes=options.yes, account_id=account_id, ask=asker(asides()))


def _bootstrap(console: Console) -> None:
    accounts = load().accounts
    # Stacks lie where the configuration says, whatever region the profile is used to.
    aws = connect(accounts.region)
    account_id = announce(aws).account_id
    log = _ROOT / "out" / f"bootstrap-{account_id}.log"
    console.print(
        f"bootstrapping {account_id} in {accounts.region}; the CDK CLI's own words are in {log}", soft_wrap=True
    )
    policies = bootstrap(
        Cdk(root=_ROOT, environment=own_identity(), log=log),
        aws.client("cloudformation"),
        account_id=account_id,
        region=accounts.region,
        permissions=Permissions.of(accounts, account_id),
        trust=trusted_by(accounts, account_id),
    )
    for arn in policies.split(","):
        console.print(f"deployments are limited to {arn}", soft_wrap=True)


def _adopt(options: argparse.Namespace, console: Console) -> None:
    aws = connect(load().accounts.region)
    account_id = announce(aws).account_id
    folder = _ROOT / "out"
    kept = retained.adopt(
        aws,
        options.stack,
        cdk=Cdk(root=_ROOT, environment=own_identity(), log=folder / f"adopt-{account_id}.log"),
        mapping=folder / f"{options.stack}-{account_id}.json",
    )
    for item in kept:
        console.print(f"adopted {item.type} {item.name}", soft_wrap=True)
    console.print(
        f"{options.stack} is these {len(kept)} resources; now run `cdk deploy {options.stack}`, then `deploy`",
        style="bold",
        soft_wrap=True,
    )


def _as_pipeline(aws: Aws, environment: EnvironmentName) -> Aws:
    accounts = load().accounts
    if accounts.pipeline is None:
        raise OperatorError(
            "config/accounts.yaml has no pipeline, so no account has a role for it; "
            "leave --environment away, and give --stack and its account's credentials"
        )
    names = Names(
        app=accounts.app,
        environment=environment,
        account_id=accounts.environments[environment].account_id,
        region=accounts.region,
    )
    return aws.assume(names.smoke_role_arn, session_name="smoke")


def _picture(aws: Aws, options: argparse.Namespace, console: Console) -> bool:
    commands.picture(aws, execution_arn=options.execution_arn, target=options.output)
    console.print(str(options.output))
    return True


def _log(aws: Aws, options: argparse.Namespace, console: Console) -> bool:
    job_logs.show(aws, execution_arn=options.execution_arn, console=console)
    return True


def _follow(aws: Aws, options: argparse.Namespace, console: Console) -> bool:
    return commands.follow(aws, options.execution_arn, console=console)


def _run_model(aws: Aws, stack: Stack, options: argparse.Namespace, console: Console) -> bool:
    deployed_models.check(aws, stack, options.model)
    return commands.run(
        aws, stack, model=options.model, force=options.force, test_run=options.test_run, console=console
    )


def _deploy(aws: Aws, stack: Stack, options: argparse.Namespace, console: Console) -> bool:
    if options.force:
        _confirmation(options).of(f"deploy to {stack.endpoint} also what failed there")
    return commands.deploy(aws, stack, force=options.force, models=load().models, console=console)


def _status(aws: Aws, stack: Stack, _: argparse.Namespace, console: Console) -> None:
    status.show(aws, stack, models=load().models, console=console)


def _why(aws: Aws, stack: Stack, options: argparse.Namespace, console: Console) -> None:
    commands.explain(aws, stack, model=options.model, models=load().models, console=console)


def _versions(aws: Aws, stack: Stack, options: argparse.Namespace, console: Console) -> None:
    servings = {stack.endpoint: serving.read(aws, stack)}
    for profile, name in options.also:
        other = connect(options.region, profile=profile)
        announce(other)
        found = other.stack(name)
        servings[found.endpoint] = serving.read(other, found)
    commands.versions(aws, stack, model=options.model, servings=servings, console=console)


def _decide(aws: Aws, stack: Stack, options: argparse.Namespace, console: Console) -> None:
    if options.command == "reject":
        _confirmation(options).of(f"reject {options.model} version {options.version}")
    commands.decide(
        aws,
        stack,
        model=options.model,
        version=options.version,
        decision=Decision.APPROVED if options.command == "approve" else Decision.REJECTED,
        reason=options.reason,
        models=load().models,
        console=console,
    )


def _history(aws: Aws, stack: Stack, options: argparse.Namespace, console: Console) -> None:
    if options.plot:
        past.plot(aws, stack, model=options.model, file=options.plot)
        console.print(str(options.plot))
    else:
        past.show(
            aws,
            stack,
            model=options.model,
            kind=Kind(options.kind) if options.kind else None,
            as_csv=options.csv,
            console=console,
        )


def _invoke(aws: Aws, stack: Stack, options: argparse.Namespace, console: Console) -> None:
    console.print(commands.invoke(aws, stack, model=options.model, line=options.line), markup=False)


def _smoke(aws: Aws, stack: Stack, _: argparse.Namespace, console: Console) -> None:
    smoke.prove(aws, stack, console=console)


def _destroy(aws: Aws, stack: Stack, options: argparse.Namespace, console: Console) -> None:
    found = cleanup.find(aws, stack)
    for kind, name in found:
        console.print(f"{kind:<16}{name}", soft_wrap=True)
    for item in retained.will_stay(aws, stack.name):
        console.print(f"stays: {item.type} {item.name}", soft_wrap=True)
    console.print(
        f"what stays costs, and its names are taken: before {stack.name} is deployed here again, "
        "run `adopt`, or delete the buckets",
        soft_wrap=True,
    )
    _confirmation(options, account_id=options.account).of_removal(f"remove these {len(found)} things")
    for kind, name in cleanup.destroy(aws, stack):
        console.print(f"removed {kind} {name}", soft_wrap=True)
    console.print(
        f"run `cdk destroy {stack.name}` within a week; until then nothing deploys to {stack.endpoint}, "
        "unless `deploy` says so",
        style="bold",
        soft_wrap=True,
    )


# They need no stack.
_OF_AN_EXECUTION: dict[str, Callable[[Aws, argparse.Namespace, Console], bool]] = {
    "follow": _follow,
    "log": _log,
    "picture": _picture,
}
_COMMANDS: dict[str, _Command] = {
    "run": _run_model,
    "deploy": _deploy,
    "status": _status,
    "why": _why,
    "versions": _versions,
    "approve": _decide,
    "reject": _decide,
    "history": _history,
    "invoke": _invoke,
    "smoke": _smoke,
    "destroy": _destroy,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m perennial",
        description="Start, watch, decide about and explain retraining and deployment.",
        epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted (Ctrl-C).",
    )
    shared = argparse.ArgumentParser(add_help=False)
    # Before and after the command; the one after it wins.
    for group, suppressed in ((parser, False), (shared, True)):
        default = argparse.SUPPRESS if suppressed else STACK_NAMES[TRAINING]
        region = argparse.SUPPRESS if suppressed else os.environ.get("AWS_REGION")
        group.add_argument("--stack", default=default, help=f"default: {STACK_NAMES[TRAINING]}")
        group.add_argument(
            "--region", default=region, help="default: AWS_REGION, or that of your profile or the config"
        )
    chosen = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, help_: str, *positional: str) -> argparse.ArgumentParser:
        command = chosen.add_parser(name, help=help_, parents=[shared])
        for argument in positional:
            command.add_argument(argument)
        return command

    command = add("demo", "the whole story on this machine, in a fresh local cloud")
    command.add_argument("--port", type=int, default=5600, help="port of the local cloud (default: %(default)s)")
    add("bootstrap", "prepare the account of your credentials for deployments, and limit them to the app")
    command = add("run", "retrain a model now and follow the run", "model")
    command.add_argument("--force", action="store_true", help="also when the data has not changed")
    command.add_argument("--test-run", action="store_true", help="one trial at most, and register nothing")
    command = add("deploy", "deploy what is approved to the stack's endpoint now, and follow it")
    command.add_argument("--force", action="store_true", help="also try versions whose last deployment failed")
    command.add_argument("--yes", action="store_true", help="do not ask about --force outside of a local cloud")
    add("status", "the endpoint, what it serves, and how every model is doing")
    add("why", "which version of a model serves in this account, and why", "model")
    command = add("versions", "registered versions of a model, and where they serve", "model")
    command.add_argument(
        "--also",
        nargs=2,
        action="append",
        default=[],
        metavar=("PROFILE", "STACK"),
        help="look at another account's endpoint too, with the credentials of an AWS profile; may be repeated",
    )
    for name, help_ in (("approve", "let a version serve"), ("reject", "take a version back; the one before serves")):
        command = add(name, help_, "model")
        command.add_argument("version", type=int)
        command.add_argument("--reason", default="", help="kept in the registry and in the history")
        if name == "reject":
            command.add_argument("--yes", action="store_true", help="do not ask outside of a local cloud")
    command = add("history", "what was tuned, measured and decided", "model")
    command.add_argument(
        "--kind", choices=list(map(str, past.KINDS)), help="all columns of one kind; otherwise one row a candidate"
    )
    command.add_argument("--csv", action="store_true", help="as CSV")
    command.add_argument("--plot", type=Path, metavar="FILE", help="draw it as .svg or .png")
    add("follow", "watch an execution until it ends", "execution_arn")
    command = add("picture", "draw the way an execution took as SVG", "execution_arn")
    command.add_argument("--output", type=Path, default=Path("out/state-machine.svg"), help="default: %(default)s")
    add("log", "the last lines of the log of the job that failed an execution", "execution_arn")
    add("invoke", "ask the endpoint about one CSV line of features", "model", "line")
    command = add("smoke", "prove that the stack's endpoint serves: ask every model, compare with its evaluation")
    command.add_argument(
        "--environment", choices=STACK_NAMES, help="of config/accounts.yaml, as the promotion pipeline does it"
    )
    command = add("destroy", "remove what deployments made at run time, before `cdk destroy`")
    command.add_argument(
        "--yes", action="store_true", help="do not ask; outside of a local cloud only together with --account"
    )
    command.add_argument("--account", metavar="ID", help="the account that is meant; any other one is refused")
    add("adopt", "begin a stack with what the last one of its name left when it was destroyed, before `cdk deploy`")
    return parser
