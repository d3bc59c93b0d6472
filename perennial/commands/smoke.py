"""``perennial smoke``: prove that endpoints serve, as each of their models answers what it did in its evaluation."""

import argparse
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from config.loader import load
from contract import keys
from contract.names import STACK_NAMES, EnvironmentName, Names
from perennial.account import answers, records, registry, serving
from perennial.account.answers import Answer
from perennial.account.aws import Aws
from perennial.account.connection import connect, find_stack
from perennial.account.serving import Serving
from perennial.account.stack import Stack
from perennial.commands.place import announce
from perennial.errors import OperatorError
from perennial.screen.grid import Grid

_PARALLEL = 8
# A canary's usual bake, and the time that a fleet takes to start.
_PATIENCE_SECONDS = 1800.0
_POLL_SECONDS = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--environment", choices=STACK_NAMES, help="of config/accounts.yaml, as the promotion pipeline does it"
    )


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    aws, name = connect(options.region), options.stack
    if options.environment:
        aws, name = _as_pipeline(aws, options.environment), STACK_NAMES[options.environment]
    announce(aws)
    prove(aws, find_stack(aws, name), console=console)


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


def prove(
    aws: Aws,
    stack: Stack,
    *,
    console: Console,
    pause: Callable[[float], object] = time.sleep,
    patience_seconds: float = _PATIENCE_SECONDS,
) -> None:
    """Ask every model behind the stack's endpoints.

    Args:
        aws: the account.
        stack: its stack.
        console: where to tell what was found.
        pause: waits that many seconds.
        patience_seconds: how long an update may go on until an endpoint answers as one of its configurations.

    Raises:
        OperatorError: a model answers wrongly or not at all, or an endpoint should be there and is not; what is said
            of each endpoint, once all of them were asked.
    """
    problems: list[str] = []
    for endpoint in serving.fleet(aws, stack).endpoints:
        try:
            _prove(aws, stack, endpoint, console=console, pause=pause, patience_seconds=patience_seconds)
        except OperatorError as error:
            problems.append(str(error))
    if problems:
        raise OperatorError("\n".join(problems))


def _prove(
    aws: Aws,
    stack: Stack,
    endpoint: str,
    *,
    console: Console,
    pause: Callable[[float], object],
    patience_seconds: float,
) -> None:
    waited = 0.0
    while True:
        served = serving.read(aws, endpoint)
        if not served.models:
            why = _expect_nothing(aws, stack, endpoint, served.status)
            console.print(f"endpoint {endpoint} is {served.status}, and {why}: nothing to prove", soft_wrap=True)
            return
        found, wrong = _ask(aws, endpoint, served)
        if not wrong:
            break
        after = serving.read(aws, endpoint)
        # While traffic moves, either configuration may answer.
        moving = after.config != served.config or "InService" not in {served.status, after.status}
        if not moving or waited >= patience_seconds:
            raise OperatorError(f"endpoint {endpoint} is {after.status}, but does not serve: {'; '.join(wrong)}")
        pause(_POLL_SECONDS)
        waited += _POLL_SECONDS
    _tell(endpoint, served, found, console=console)


def _ask(aws: Aws, endpoint: str, served: Serving) -> tuple[dict[str, Answer], list[str]]:
    """Answers by model, and what is wrong."""
    # Made before the threads share it.
    aws.client("sagemaker-runtime")

    def ask(name: str) -> tuple[Answer | None, str]:
        try:
            model = served.models[name]
            answer = answers.ask(aws, endpoint=endpoint, model=name, about=model.golden, family=model.family)
            answers.check([answer], where=endpoint)
        except OperatorError as error:
            return None, str(error)
        return answer, ""

    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        found = dict(zip(served.models, pool.map(ask, served.models), strict=True))
    told = {name: answer for name, (answer, _) in found.items() if answer is not None}
    return told, [problem for _, problem in found.values() if problem]


def _expect_nothing(aws: Aws, stack: Stack, endpoint: str, status: str) -> str:
    """Check with the account's own record that nothing has to be served; returns why, in words.

    Raises:
        OperatorError: something was deployed here, or a first deployment failed.
    """
    record = records.state(aws, stack.table, keys.DEPLOYMENTS.of(endpoint)) or {}
    retained = record.get("retained", [])
    removed = bool(record.get("removed"))
    if retained and not removed:
        raise OperatorError(
            f"endpoint {endpoint} is {status}, although {retained[0]['deployment_id']} was deployed to it; "
            f"`python -m perennial deploy --stack {stack.name}` brings it back"
        )
    if status == "Failed":
        raise OperatorError(f"the creation of endpoint {endpoint} failed; DescribeEndpoint tells the reason")
    return "a deployment removed it when no model was left to serve" if removed else "nothing was ever deployed here"


def _tell(endpoint: str, served: Serving, found: Mapping[str, Answer], *, console: Console) -> None:
    table = Grid("model", "version", "answers", "as evaluated")
    for name, answer in sorted(found.items()):
        version = registry.number(served.models[name].arn)
        table.add_row(name, version, answers.shown(answer.value), answers.shown(answer.expected))
    console.print(table)
    console.print(f"endpoint {endpoint} is {served.status} and serves {len(found)} models", soft_wrap=True)
