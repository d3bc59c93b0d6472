"""Runs of the retraining workflow with faults, and what became of them."""

import itertools
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults import plan
from tests.faults.cells import Cell, State, tasks
from tests.faults.deployed import Small
from tests.faults.observation import Account, Run

MACHINE = "RetrainingStateMachineArn"
ROWS = "".join(f"{2 * number % 17 + 0.5 * (number % 5)},{number % 17},{number % 5}\n" for number in range(200))
# Names of one length, so that none is the beginning of another.
SERVED = Small(name="served-00", served=True)
RICH = [Small(name=f"rich-{number:02}", tuned=True, warehouse=True) for number in range(6)]
PLAIN = [Small(name=f"plain-{number:02}") for number in range(20)]
MODELS = [SERVED, *RICH, *PLAIN]


@dataclass(kw_only=True)
class Outcome:
    """What became of a cell.

    Args:
        text: which of the allowed outcomes.
        problems: what is not allowed; empty for an allowed outcome.
    """

    text: str
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Route:
    """A way through the workflow.

    Args:
        name: for people.
        payload: of the execution, without the model.
        status: how a run without faults ends.
        end: outcome of one that succeeds, or error of one that fails.
        covers: states whose cells of passing faults are taken on this way.
    """

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    status: str = "SUCCEEDED"
    end: str = "registered"
    covers: tuple[str, ...]


TAKE_OVER = Route(
    name="an earlier run died with the lease",
    end="nothing new",
    covers=("Who Has the Lease?", "Look at Its Owner", "Take Over Lease", "Release Lease, Nothing New"),
)
TEST_RUN = Route(
    name="a test run",
    payload={"test_run": True},
    end="test run",
    covers=("Model Training", "Release Lease, Test Run"),
)
NO_DATA = Route(
    name="there is no data",
    status="FAILED",
    end="States.TaskFailed",
    covers=("Notify Failure", "Record Failure", "Release Lease After Failure"),
)


class Bench:
    """The training account.

    Args:
        account: deployed, with its models' data.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        machine = account.client("stepfunctions").describe_state_machine(stateMachineArn=account.outputs[MACHINE])
        self.definition: dict[str, Any] = json.loads(machine["definition"])
        self.role = machine["roleArn"].rpartition("/")[2]
        self.outcomes: dict[Cell, Outcome] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    @property
    def tasks(self) -> dict[str, State]:
        """Task states as they were deployed."""
        return tasks(self.definition)

    def upload(self, model: str) -> None:
        """Put the model's raw data where its ETL reads."""
        self.account.client("s3").put_object(
            Bucket=self.account.outputs["ArtifactBucketName"], Key=f"raw/{model}/rows.csv", Body=ROWS.encode()
        )

    def start(self, model: str, payload: Mapping[str, Any]) -> str:
        """Start a run; its name holds the model's."""
        with self._lock:
            number = next(self._numbers)
        return self.account.start(MACHINE, {"model": model, **payload}, name=f"{model}-run-{number:04}")

    def run(self, model: str, **payload: Any) -> Run:
        """A run to its end."""
        return self.account.wait(self.start(model, payload))

    def record(self, state: str, fault: str, outcome: Outcome) -> None:
        """Keep what became of a cell."""
        with self._lock:
            self.outcomes[Cell(workflow="retraining", state=state, fault=fault)] = outcome

    def add(self, state: str, *, kind: str, model: str, **more: Any) -> str:
        """Plan a fault of one state in the runs of one model; returns its id."""
        fault = plan.order(
            self.tasks[state],
            kind=kind,
            principal=self.role,
            account_id=self.account.account_id,
            model=model,
            **more,
        )
        return plan.add(self.account.cloud, fault)

    def sweep(self, route: Route, model: str, fault: str, states: Iterable[str]) -> None:
        """One run in which the fault befalls each of the states once, and must pass by itself."""
        before = len(self.account.versions(model))
        faults = {state: self.add(state, kind=fault, model=model, times=1) for state in states}
        run = self.run(model, **route.payload)
        struck = plan.hits(self.account.cloud)
        shared = self.problems(route, model, run, before)
        for state, fault_id in faults.items():
            self.account.cloud.control("faults", {"remove": fault_id})
            problems = [*shared]
            if struck[fault_id] != 1:
                problems.append(f"the fault struck {struck[fault_id]} times")
            if state not in run.failures:
                problems.append(f"the history has no failed attempt of {state}: {run.failures}")
            self.record(state, fault, Outcome(text="retried and succeeded", problems=problems))

    def problems(self, route: Route, model: str, run: Run, versions_before: int) -> list[str]:
        """What is not as it is after a run without faults."""
        found = [
            *self._end(route, run),
            *self._notifications(run),
            *(f"a job is left: {job}" for job in self.account.running_jobs() if _is_of(job, model)),
        ]
        lease = f"lease#{model}"
        if lease in (leases := self.account.leases()):
            found.append(f"{lease} is held by {leases[lease]}")
        made = len(self.account.versions(model)) - versions_before
        if made != (1 if route.end == "registered" else 0):
            found.append(f"{made} versions were registered")
        return found

    def _end(self, route: Route, run: Run) -> list[str]:
        end = run.output.get("outcome") if run.status == "SUCCEEDED" else run.error
        if (run.status, end) == (route.status, route.end):
            return []
        return [f"the run ended {run.status} with {end}, not {route.status} with {route.end}: {run.cause}"]

    def _notifications(self, run: Run) -> list[str]:
        told, failed = self.account.notifications(run.arn), run.status != "SUCCEEDED"
        return [] if bool(told) == failed else [f"{len(told)} notifications of a run that ended {run.status}"]


def _is_of(job: str, model: str) -> bool:
    import hashlib

    return model in job or f"t-{hashlib.sha256(model.encode()).hexdigest()[:8]}" in job
