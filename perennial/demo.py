"""The whole story on one machine: deploy, retrain through the schedule, ask the endpoint, tick again.

Every expectation is checked: the demo ends with a clear error when something is not as it should be.
"""

import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from perennial import datasets, facts, progress, report, wording
from perennial.aws import Aws, Stack
from perennial.cdk import Cdk
from perennial.errors import OperatorError
from perennial.facts import Answer, Deployed, Run
from perennial.local import LocalCloud
from perennial.steps import Steps

ACCOUNT_ID = "111111111111"
REGION = "us-east-1"
STACK_NAME = "PerennialSandbox"
MODEL = "flight-delay"
SECOND_MODEL = "rain-tomorrow"
QUESTION = "Will a flight arrive more than 15 minutes late?"
_RUN_TIMEOUT_SECONDS = 600.0
_START_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class _Story:
    deployed: Deployed
    answer: Answer
    second: Run
    rain: Run


def run(*, root: Path, port: int, console: Console) -> None:
    """Run the demo; the local cloud stays up afterwards.

    Args:
        root: the project's folder.
        port: where the local cloud listens.
        console: where to tell the story.

    Raises:
        OperatorError: something is not as expected.
    """
    steps = Steps(console)
    cloud = LocalCloud(root=root, state_dir=root / ".local-cloud", port=port, account_id=ACCOUNT_ID, region=REGION)
    out = root / "out"
    out.mkdir(exist_ok=True)
    (out / "cdk.log").unlink(missing_ok=True)
    _deploy(cloud, Cdk(root=root, environment=cloud.environment, log=out / "cdk.log"), steps)
    aws = Aws(cloud.session(), endpoint_url=cloud.environment["AWS_ENDPOINT_URL"])
    stack = aws.stack(STACK_NAME)
    with steps.step("Upload the flights and the weather"), tempfile.TemporaryDirectory() as folder:
        _upload(aws, stack, Path(folder))

    first = _tick(aws, stack, cloud, steps, console, title="First tick of the schedule: a run of flight-delay")
    _expect_outcome(first, "deployed")
    deployed = facts.deployed(aws, first)
    with steps.step("Ask the endpoint about a flight the model never saw"):
        answer = facts.ask(aws, endpoint=stack.endpoint, target_model=f"{MODEL}.tar.gz", data=deployed.data)
    second = _tick(aws, stack, cloud, steps, console, title="Second tick of the schedule: the same data")
    _expect_outcome(second, "nothing new")
    rain = _by_hand(aws, stack, steps, console)
    if not rain.gate_failed:
        raise OperatorError(f"the run of {SECOND_MODEL} was expected to fail at the gate, it ended with {rain.outcome}")
    with steps.step("Write out/state-machine.svg and out/report.html"):
        _write(out, deployed, answer, second)
    _tell(console, cloud, stack, _Story(deployed=deployed, answer=answer, second=second, rain=rain))
    console.print(f"total {wording.duration(steps.elapsed)}")


def _deploy(cloud: LocalCloud, cdk: Cdk, steps: Steps) -> None:
    with (
        steps.step("Start an empty local cloud and synthesise the app"),
        ThreadPoolExecutor(max_workers=1) as pool,
    ):
        assembly = pool.submit(cdk.synthesise)
        cloud.restart_empty()
        app = str(assembly.result())
    with steps.step(f"cdk bootstrap aws://{ACCOUNT_ID}/{REGION}"):
        cdk.run("bootstrap", f"aws://{ACCOUNT_ID}/{REGION}", "--app", app)
    with steps.step(f"cdk deploy {STACK_NAME}"):
        cdk.run("deploy", STACK_NAME, "--require-approval", "never", "--app", app)


def _upload(aws: Aws, stack: Stack, folder: Path) -> None:
    flights = datasets.write_flights(folder)
    aws.upload(flights, bucket=stack.bucket, key=f"raw/{MODEL}/{flights.name}")
    weather = datasets.write_weather(folder)
    aws.upload(weather, bucket=stack.bucket, key=f"raw/{SECOND_MODEL}/{weather.name}")


def _tick(aws: Aws, stack: Stack, cloud: LocalCloud, steps: Steps, console: Console, *, title: str) -> Run:
    with steps.step(title, shows_progress=True):
        known = set(aws.executions(stack.state_machine_arn))
        cloud.fire_next(group=stack.schedule_group, schedule=MODEL)
        arn = _wait_for(
            lambda: next((arn for arn in aws.executions(stack.state_machine_arn) if arn not in known), None)
        )
        return _follow(aws, arn, console)


def _by_hand(aws: Aws, stack: Stack, steps: Steps, console: Console) -> Run:
    with steps.step(f"A run of {SECOND_MODEL}, whose gate fails on purpose", shows_progress=True):
        arn = aws.start(stack.state_machine_arn, payload=f'{{"model": "{SECOND_MODEL}"}}')
        return _follow(aws, arn, console)


def _follow(aws: Aws, arn: str, console: Console) -> Run:
    try:
        progress.follow(lambda: aws.history(arn), console=console, timeout_seconds=_RUN_TIMEOUT_SECONDS)
    except TimeoutError as error:
        raise OperatorError(f"{error}: {arn}") from error
    return facts.run(aws, arn)


def _wait_for(look: Callable[[], str | None]) -> str:
    deadline = time.monotonic() + _START_TIMEOUT_SECONDS
    pause = threading.Event()
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        pause.wait(0.3)
    raise OperatorError(
        f"the schedule {MODEL} fired, but no execution started within {_START_TIMEOUT_SECONDS:g} s; "
        "look into the dead-letter queue and .local-cloud/logs"
    )


def _expect_outcome(run: Run, wanted: str) -> None:
    if run.outcome != wanted:
        failure = f": {run.execution.error}: {run.execution.cause}" if run.execution.error else ""
        raise OperatorError(
            f"the run of {run.model} was expected to end with {wanted!r}, it ended with {run.outcome!r}{failure} "
            f"({run.execution.arn})"
        )


def _write(out: Path, deployed: Deployed, answer: Answer, second: Run) -> None:
    (out / "state-machine.svg").write_text(report.picture(deployed.run), encoding="utf-8")
    page = report.render(deployed, answer=answer, question=QUESTION, later=second)
    (out / "report.html").write_text(page, encoding="utf-8")


def _tell(console: Console, cloud: LocalCloud, stack: Stack, story: _Story) -> None:
    deployed, answer, rain = story.deployed, story.answer, story.rain
    verdict = "passed" if deployed.value > deployed.threshold else "failed"
    said = "late" if answer.probability > 0.5 else "on time"  # noqa: PLR2004  # the likelier of two classes
    truth = "late" if answer.truth else "on time"
    variables = " ".join(f"{name}={value}" for name, value in cloud.environment.items())
    lines = [
        ("", "The local cloud stays up. Try:"),
        ("", f"  export {variables}"),
        ("", "  .venv/bin/python -m perennial status"),
        ("", "  .venv/bin/python -m local_cloud stop"),
        ("", ""),
        ("execution", deployed.run.execution.arn),
        ("picture", "out/state-machine.svg, and the whole run in out/report.html"),
        ("other model", f"{rain.model}: {rain.outcome}: {rain.execution.cause}"),
        ("model version", f"{MODEL} {deployed.version} ({deployed.model_package_arn})"),
        ("metric", f"{deployed.metric} {wording.number(deployed.value)}"),
        ("gate", f"{verdict}, threshold {wording.number(deployed.threshold)}"),
        (
            "endpoint",
            f"{stack.endpoint}: {100 * answer.probability:.1f} % likely late, so {said}; in truth it was {truth}",
        ),
        ("second tick", story.second.outcome),
    ]
    console.print()
    for name, words in lines:
        console.print(Text.assemble((f"{name:<15}" if name else "", "bold"), words), soft_wrap=True)
