"""A model of each family on one machine, from data to answers: linear learner, scikit-learn script, Hugging Face.

One account trains and serves them, since how versions reach other accounts does not depend on the family: `story` tells
that. Every expectation is checked: the demo ends with a clear error when something is not as it should be.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from config.loader import Config, load
from contract.golden import Answer
from contract.names import endpoint_of
from perennial.account import facts, registry, serving
from perennial.account.aws import Aws
from perennial.account.facts import Registered
from perennial.account.registry import Decision
from perennial.account.serving import Served
from perennial.account.verdict import verdict
from perennial.demo import checks, family_clients, family_images, ready
from perennial.demo.account import Account, Delivery, Mark
from perennial.demo.family_data import Data
from perennial.demo.family_questions import LINEAR, QUESTIONS, SCRIPT, TRANSFORMER, Question
from perennial.demo.fleet import Fleet
from perennial.demo.program import run as run_program
from perennial.errors import OperatorError
from perennial.screen import wording
from perennial.screen.asides import aside
from perennial.screen.grid import wrapped
from perennial.screen.steps import Steps

CONFIG = "examples/families"
# Whose second version is taken back, while the others go on.
_REJECTED = SCRIPT
# As wide as those of `perennial why`.
_HEADING = 12


def run(*, root: Path, port: int, console: Console) -> None:
    """Run the demo; the local cloud stays up afterwards.

    Args:
        root: the project's folder.
        port: where the local cloud listens.
        console: where to tell the story.

    Raises:
        OperatorError: something is not as expected.
    """
    configured = load()
    missing = {question.model for question in QUESTIONS} - {model.name for model in configured.models}
    if missing:
        raise OperatorError(
            f"this configuration has no model {', '.join(sorted(missing))}; run `make demo-families`, which sets "
            f"PERENNIAL_CONFIG={CONFIG}"
        )
    images = family_images.install(family_images.names(configured), root=root, console=console)
    _Demo(configured, root=root, port=port, console=console, images=images).run()


class _Demo:
    def __init__(self, configured: Config, *, root: Path, port: int, console: Console, images: timedelta) -> None:
        self._console = console
        self._steps = Steps(console)
        self._images = images
        self._root = root
        self._out = root / "out"
        self._out.mkdir(exist_ok=True)
        self._fleet = Fleet(root=root, port=port, logs=self._out)
        self._account: Account = self._fleet.training
        self._aws = self._account.aws
        self._shared = {model.name: model.shares_endpoint for model in configured.models}
        self._answers: dict[str, Answer] = {}
        self._suffixes = {model.name: model.endpoint for model in configured.models}

    def run(self) -> None:
        cloud = self._fleet.cloud
        aside(
            f"account {self._account.account_id}, region {cloud.region}, endpoint {cloud.url} "
            f"(local cloud on {ready.STATE_DIR})",
            style="dim",
        )
        self._fleet.start(self._steps)
        with self._steps.step("Make the data and a tiny transformer, upload them"):
            data = Data.make(self._root, self._out / "families")
            data.upload(self._fleet)
        begun = self._account.mark()
        first = self._retrain([question.model for question in QUESTIONS], "Retrain the three models at the same time")
        with self._steps.step("Three endpoints serve one version each"):
            self._await(first.values(), begun)
        self._show()
        with self._steps.step("Approve the three versions, and upload the other passengers"):
            for found in first.values():
                self._decide(found, Decision.APPROVED, "the demo's owner is content")
            data.upload_rest(self._fleet)
        begun = self._account.mark()
        (second,) = self._retrain([_REJECTED], f"Retrain {_REJECTED}, against its champion").values()
        checks.compared(second, parent=first[_REJECTED])
        self._serve_second(second, begun)
        self._reject(first, second)
        self._close()

    def _endpoint(self, model: str) -> str:
        return endpoint_of(self._account.stack.endpoint, self._suffixes[model])

    def _retrain(self, models: Iterable[str], title: str) -> dict[str, Registered]:
        """Run models at the same time, a line for each when it has ended."""
        machine, found = self._account.stack.training, dict[str, Registered]()
        with self._steps.step(title, shows_progress=True), ThreadPoolExecutor() as pool:
            arns = [self._aws.start(machine, payload=json.dumps({"model": model})) for model in models]
            with self._console.status(f"{', '.join(models)} …"):
                for ended in as_completed([pool.submit(self._account.await_end, arn) for arn in arns]):
                    run = ended.result()
                    self._say(run.subject, f"{wording.duration(run.history.elapsed)}: {verdict(run)}")
                    checks.outcome(run, "registered")
                    found[run.subject] = facts.registered(self._aws, run)
        return found

    def _await(self, found: Iterable[Registered], since: Mark) -> dict[str, Delivery]:
        """Wait for each endpoint to serve a model's version."""
        wanted = {self._endpoint(item.model): {item.model: item.version.arn} for item in found}
        return self._account.await_endpoints(wanted, since=since, beside=map(self._endpoint, self._suffixes))

    def _show(self) -> None:
        with self._steps.step("Ask each model what a person would, and why it serves", shows_progress=True):
            served = serving.fleet(self._aws, self._account.stack).models
            for question in QUESTIONS:
                self._tell(question, served[question.model])

    def _tell(self, question: Question, served: Served) -> None:
        how = "shared by all models of its container" if self._shared[question.model] else "its own"
        self._console.print(Text(f"    {question.model} ({question.family})", style="bold"))
        self._fact("endpoint", f"{served.endpoint}, {how}")
        self._fact("question", question.about)
        self._fact("request", question.body)
        answer = self._ask(question, served)
        self._fact("answer", f"{json.dumps(answer)} (by the rule of the data: {question.rule})")
        self._answers[question.model] = answer
        self._why(question.model)

    def _ask(self, question: Question, served: Served) -> Answer:
        """The answer to a question, of a model that also says what it said in its evaluation."""
        family_clients.check_golden(self._aws, question.model, served)
        return family_clients.ask(self._aws, served, question)

    def _why(self, model: str) -> None:
        """What the command tells, as a person runs it, but for the ARNs, which are longer than a line."""
        environment = {**self._fleet.cloud.environment(self._account.account_id), "PERENNIAL_CONFIG": CONFIG}
        self._console.print(Text(f"    perennial why {model}", style="bold"))
        for line in run_program("-m", "perennial", "why", model, root=self._root, **environment):
            heading, words = line[:_HEADING].strip(), line[_HEADING:]
            if not words.startswith("arn:"):
                self._fact(heading, words)

    def _reject(self, first: Mapping[str, Registered], second: Registered) -> None:
        """Take a version back, and see the others answer all the while."""
        stack, stop = self._account.stack, threading.Event()
        others = {name: item for name, item in serving.fleet(self._aws, stack).models.items() if name != second.model}
        before = {item.endpoint: serving.read(self._aws, item.endpoint).config for item in others.values()}
        cloud, mark = self._fleet.cloud, self._account.mark()
        mine = Aws(cloud.session(self._account.account_id), endpoint_url=cloud.url)
        title = f"Reject {second.model} {second.version.number}; the other models go on answering"
        with self._steps.step(title, shows_progress=True), ThreadPoolExecutor(max_workers=1) as pool:
            asking = pool.submit(family_clients.go_on, mine, others, stop)
            try:
                self._decide(second, Decision.REJECTED, "the demo's owner changed their mind")
                restored = self._await([first[second.model]], mark)
            finally:
                stop.set()
            counted = asking.result()
            after = {name: serving.read(self._aws, name).config for name in before}
            if after != before:
                raise OperatorError(f"the other endpoints were expected to stay as they were, {before}; it is {after}")
            delivery = restored[self._endpoint(second.model)]
            checks.restored({self._account.name: delivery})
            self._say(second.model, delivery.words)
            for name, count in counted.items():
                self._say(name, f"{count} right answers meanwhile, its endpoint was not touched")
        self._ask_again(second.model)

    def _serve_second(self, second: Registered, since: Mark) -> None:
        model = second.model
        with self._steps.step(f"The endpoint of {model} serves version {second.version.number}", shows_progress=True):
            (delivery,) = self._await([second], since).values()
            self._say(model, delivery.words)
            answer = self._ask(_question(model), serving.fleet(self._aws, self._account.stack).model(model))
            self._say("", f"now answers {json.dumps(answer)}")

    def _ask_again(self, model: str) -> None:
        """What was restored answers exactly as before."""
        with self._steps.step(f"Ask {model} again, and why", shows_progress=True):
            answer = self._ask(_question(model), serving.fleet(self._aws, self._account.stack).model(model))
            if answer != self._answers[model]:
                raise OperatorError(f"{model} was expected to answer {self._answers[model]} again, it says {answer}")
            self._fact("answer", f"{json.dumps(answer)}, as before")
            self._why(model)

    def _decide(self, found: Registered, decision: Decision, reason: str) -> None:
        registry.decide(
            self._aws,
            self._account.stack,
            model=found.model,
            version=found.version.number,
            decision=decision,
            reason=reason,
        )

    def _say(self, name: str, words: str) -> None:
        self._print((f"    {name:<{_HEADING}}", "bold"), words)

    def _fact(self, name: str, words: str) -> None:
        self._print((f"      {name:<{_HEADING}}", "dim"), words)

    def _print(self, heading: tuple[str, str], words: str) -> None:
        """Words beside a heading, in lines as wide as the screen."""
        place = len(heading[0])
        first, *rest = wrapped(self._console, Text(words), width=self._console.width, indent=place)
        for line in (Text.assemble(heading, first[place:]), *rest):
            self._console.print(line)

    def _close(self) -> None:
        total = wording.duration(self._steps.elapsed)
        for line in (
            "",
            "The local cloud stays up until `make stop`; the next demo begins anew. Try:",
            f'  eval "$(.venv/bin/python -m local_cloud env --state-dir {ready.STATE_DIR})"',
            f"  export PERENNIAL_CONFIG={CONFIG}",
            "  .venv/bin/python -m perennial status",
            f"  .venv/bin/python -m perennial history {LINEAR}",
            f"""  .venv/bin/python -m perennial invoke {TRANSFORMER} '{{"inputs": "a dreadful film"}}'""",
            "",
            f"total {total}, and {wording.duration(self._images)} for the images before",
        ):
            self._console.print(line, soft_wrap=True)


def _question(model: str) -> Question:
    return next(question for question in QUESTIONS if question.model == model)
