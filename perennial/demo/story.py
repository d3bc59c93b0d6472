"""The whole story on one machine: three accounts, several models, from raw data to a roll-back in production.

Every expectation is checked: the demo ends with a clear error when something is not as it should be.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.text import Text

from contract.names import TRAINING, EnvironmentName
from perennial.account import facts, records, registry
from perennial.account.answers import Answer
from perennial.account.answers import check as check_answers
from perennial.account.execution import Run
from perennial.account.facts import Registered
from perennial.account.registry import Decision
from perennial.account.verdict import verdict
from perennial.demo import checks, datasets, ready, report
from perennial.demo.account import Account, Delivery, Mark
from perennial.demo.fleet import Fleet
from perennial.demo.report import Story
from perennial.drawing import picture, plots
from perennial.errors import OperatorError
from perennial.screen import progress, wording
from perennial.screen.asides import aside
from perennial.screen.steps import Steps

TUNED = "flight-delay"
REFUSED = "rain-tomorrow"
OTHERS = ("air-time", "temperature-tomorrow")
_FLIGHTS, _WEATHER = (TUNED, "air-time"), ("temperature-tomorrow", REFUSED)
_RUN_SECONDS = 900.0
_Coming = dict[EnvironmentName, "Future[Delivery]"]
_Delivered = dict[EnvironmentName, Delivery]


def run(*, root: Path, port: int, console: Console) -> None:
    """Run the demo; the local cloud stays up afterwards.

    Args:
        root: the project's folder.
        port: where the local cloud listens.
        console: where to tell the story.

    Raises:
        OperatorError: something is not as expected.
    """
    _Demo(root=root, port=port, console=console).run()


class _Demo:
    def __init__(self, *, root: Path, port: int, console: Console) -> None:
        self._console = console
        self._steps = Steps(console)
        self._out = root / "out"
        self._fleet = Fleet(root=root, port=port, logs=self._out)
        self._accounts = self._fleet.accounts
        self._training = self._fleet.training
        self._aws = self._training.aws

    def run(self) -> None:
        self._out.mkdir(exist_ok=True)
        cloud = self._fleet.cloud
        accounts = ", ".join(account.account_id for account in self._accounts.values())
        aside(
            f"accounts {accounts}, region {cloud.region}, endpoint {cloud.url} (local cloud on {ready.STATE_DIR})",
            style="dim",
        )
        assembly = self._fleet.start(self._steps)
        with self._steps.step("Upload two months of flights, and the weather"):
            self._upload(months=(1, 2), models=_FLIGHTS)
            self._upload_weather()
        with ThreadPoolExecutor() as pool:
            story = self._tell(assembly, pool)
        with self._steps.step("Write the report, the pictures and the plot of the history"):
            self._write(story)
        self._close(story)

    def _tell(self, assembly: str, pool: ThreadPoolExecutor) -> Story:
        begun = self._training.mark()
        arn = self._fleet.tick(TUNED)
        by_hand = self._start_by_hand()
        others = pool.submit(self._fleet.deploy_others, assembly)
        first = self._registered(self._follow(arn, f"First tick of the schedule: {TUNED}, tuned from a cold start"))
        checks.cold_start(first)
        rest, refused = self._by_hand(by_hand)
        versions = {found.model: found.version.arn for found in (first, *rest)}
        with self._steps.step("The sandbox serves three models in one endpoint"):
            sandbox = self._training.await_serving(versions, since=begun)
        with self._steps.step("QA and prod are deployed, in the background so far"):
            others.result()

        first_versions = versions
        with self._steps.step("Upload the third month of flights"):
            self._upload(months=(3,), models=(TUNED,))
        begun = self._training.mark()
        # While a run trains, QA and prod deploy what was approved: the version that the run is compared with.
        arn = self._fleet.tick(TUNED)
        coming = self._approve([first, *rest], versions, pool)
        second = self._registered(
            self._follow(arn, f"Second tick: {TUNED} again, with a warm start and against its champion")
        )
        checks.warm_start(second, parent=first)
        phases = {"First versions approved": {TRAINING: sandbox, **self._served(coming, "the first versions")}}

        versions = {**versions, TUNED: second.version.arn}
        with self._steps.step(f"The sandbox serves {TUNED} version {second.version.number}, not approved yet"):
            sandbox = self._training.await_serving(versions, since=begun)
        arn = self._fleet.tick(TUNED)
        coming = self._approve([second], versions, pool)
        unchanged = self._follow(arn, "Third tick: the same data")
        checks.outcome(unchanged, "nothing new")
        newest = self._served(coming, f"{TUNED} version {second.version.number}")
        phases[f"{TUNED} version {second.version.number} approved"] = {TRAINING: sandbox, **newest}
        with self._steps.step("Compare the artifacts that serve with the registered digests"):
            digests = checks.digests(self._accounts.values(), [second, *rest])
        answers = self._ask([second, *rest])
        restored = self._reject(second, first_versions, pool)
        phases[f"{TUNED} version {second.version.number} rejected"] = restored
        return Story(
            first=first,
            second=second,
            others=tuple(rest),
            refused=refused,
            unchanged=unchanged,
            phases={title: {name: item.serving for name, item in found.items()} for title, found in phases.items()},
            deployment=newest["prod"].run,
            restored=restored,
            digests=digests,
            answers=answers,
            answers_after=self._ask([first, *rest]),
            versions=tuple(registry.versions(self._aws, self._training.stack, model=TUNED)),
        )

    def _upload(self, *, months: tuple[int, ...], models: tuple[str, ...]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self._fleet.upload(datasets.write_flights(Path(folder), months=months), models=models)

    def _upload_weather(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self._fleet.upload(datasets.write_weather(Path(folder)), models=_WEATHER)

    def _follow(self, arn: str, title: str) -> Run:
        with self._steps.step(title, shows_progress=True):
            try:
                progress.follow(self._aws.followed(arn), console=self._console, timeout_seconds=_RUN_SECONDS)
            except TimeoutError as error:
                raise OperatorError(f"{error}: {arn}") from error
            return facts.run(self._aws, arn)

    def _registered(self, run: Run) -> Registered:
        checks.outcome(run, "registered")
        found = facts.registered(self._aws, run)
        self._say(found.model, verdict(run))
        if found.tuning is not None:
            parents = ", ".join(found.tuning.parents)
            how = f"{found.tuning.warm_start} from {parents}" if parents else "cold start, no parents"
            best = f"best of {len(found.tuning.trials)} trials: {found.tuning.metric} {found.tuning.objective:.5f}"
            self._say(found.tuning.name, f"{how}; {best}")
        return found

    def _start_by_hand(self) -> dict[str, str]:
        """Start runs of the other models, beside the one of the schedule; gives their ARNs."""
        machine = self._training.stack.training
        return {name: self._aws.start(machine, payload=json.dumps({"model": name})) for name in (*OTHERS, REFUSED)}

    def _by_hand(self, arns: Mapping[str, str]) -> tuple[list[Registered], Run]:
        """Wait for the runs of the other models, one line each."""
        title = f"By hand at the same time: {', '.join(OTHERS)}, and {REFUSED}, whose gate fails"
        with self._steps.step(title, shows_progress=True):
            runs = {}
            for name, arn in arns.items():
                runs[name] = self._training.await_end(arn)
                self._say(name, verdict(runs[name]))
        for name in OTHERS:
            checks.outcome(runs[name], "registered")
        checks.outcome(runs[REFUSED], "gate failed")
        return [facts.registered(self._aws, runs[name]) for name in OTHERS], runs[REFUSED]

    def _approve(self, found: Iterable[Registered], versions: Mapping[str, str], pool: ThreadPoolExecutor) -> _Coming:
        """Approve versions, and start to wait for QA and prod to serve these."""
        marks = {account.name: account.mark() for account in self._fleet.others}
        with self._steps.step("Approve " + ", ".join(f"{item.model} {item.version.number}" for item in found)):
            for item in found:
                self._decide(item, Decision.APPROVED, "the demo's owner is content")
        return self._await(self._fleet.others, versions, marks, pool)

    def _reject(self, found: Registered, back_to: Mapping[str, str], pool: ThreadPoolExecutor) -> _Delivered:
        """Reject a version, and wait for all accounts to serve what served before it."""
        marks = {account.name: account.mark() for account in self._accounts.values()}
        with self._steps.step(f"Reject {found.model} {found.version.number}"):
            self._decide(found, Decision.REJECTED, "the demo's owner changed their mind")
        restored = self._served(
            self._await(self._accounts.values(), back_to, marks, pool), "what served before, without copying anything"
        )
        checks.restored(restored)
        return restored

    def _decide(self, found: Registered, decision: Decision, reason: str) -> None:
        registry.decide(
            self._aws,
            self._training.stack,
            model=found.model,
            version=found.version.number,
            decision=decision,
            reason=reason,
        )

    @staticmethod
    def _await(
        accounts: Iterable[Account],
        versions: Mapping[str, str],
        marks: Mapping[EnvironmentName, Mark],
        pool: ThreadPoolExecutor,
    ) -> _Coming:
        return {
            account.name: pool.submit(account.await_serving, versions, since=marks[account.name])
            for account in accounts
        }

    def _served(self, coming: _Coming, what: str) -> _Delivered:
        with self._steps.step(f"{', '.join(coming)} serve {what}", shows_progress=True):
            found = {name: future.result() for name, future in coming.items()}
            for name, item in found.items():
                served = sorted(item.serving.versions.items())
                told = ", ".join(f"{model} {registry.number(arn)}" for model, arn in served)
                self._say(name, f"{told} ({item.words})")
        return found

    def _ask(self, about: Iterable[Registered]) -> dict[EnvironmentName, list[Answer]]:
        with self._steps.step("Ask each account's endpoint for every model", shows_progress=True):
            answers = {name: [account.ask(item) for item in about] for name, account in self._accounts.items()}
            for name, found in answers.items():
                check_answers(found, where=name)
                self._say(name, ", ".join(f"{answer.target_model} -> {answer.value:.5g}" for answer in found))
        return answers

    def _write(self, story: Story) -> None:
        stack = self._training.stack
        (self._out / "state-machine.svg").write_text(picture.of(story.second.run), encoding="utf-8")
        (self._out / "deployment.svg").write_text(picture.of(story.deployment), encoding="utf-8")
        (self._out / "report.html").write_text(report.render(story), encoding="utf-8")
        decided = list(records.gate_rows(self._aws, stack.history_table, model=TUNED))
        plots.draw_decisions(decided, model=TUNED, file=self._out / "history.svg")

    def _say(self, name: str, words: str) -> None:
        self._console.print(Text.assemble("    ", (f"{name:<24} ", "bold"), words), soft_wrap=True)

    def _close(self, story: Story) -> None:
        prod = self._accounts["prod"]
        lines = [
            "",
            "The local cloud stays up until `make stop`; the next `make demo` begins anew. Try:",
            f'  eval "$(.venv/bin/python -m local_cloud env --state-dir {ready.STATE_DIR})"',
            "  export PERENNIAL_CONFIG=examples/fleet",
            "  .venv/bin/python -m perennial status",
            f"  .venv/bin/python -m perennial why {TUNED}",
            f"  .venv/bin/python -m perennial versions {TUNED}",
            f"  .venv/bin/python -m perennial history {TUNED}",
            f"  AWS_ACCESS_KEY_ID={prod.account_id} .venv/bin/python -m perennial status --stack {prod.stack_name}",
            "",
            "Look at out/report.html, out/state-machine.svg, out/deployment.svg and out/history.svg.",
            f"{TUNED}: " + ", ".join(f"version {version.number} {version.status}" for version in story.versions),
            f"total {wording.duration(self._steps.elapsed)}",
        ]
        for line in lines:
            self._console.print(line, soft_wrap=True)
