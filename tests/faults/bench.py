"""What the benches of both workflows share: planning faults of a state, and the run in which all that passes strikes."""

import itertools
import json
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from tests.faults import plan
from tests.faults.cells import FAULTS, State, kind_of, tasks
from tests.faults.observation import Account, Run
from tests.faults.outcome import RETRIED, UNDISTURBED, Outcomes
from tests.faults.routes import Route

DAY_SECONDS = 86_400
CONFLICT = "DynamoDB.ConditionalCheckFailedException"
PASSING = ("throttle", "server_error", "capacity", "function_crash", "lost_answer")
_WAITS_FOR_A_TIMEOUT = {"function_timeout", "job_hang"}
# A state machine's own timeout of a day must not run out meanwhile.
_FAST = 100
DEADLINE_SECONDS = 240


class Bench:
    """One state machine in one account.

    Args:
        account: deployed and prepared.
        workflow: for the outcomes.
        machine: output with the state machine's ARN.
        outcomes: where they are kept.
    """

    def __init__(self, account: Account, *, machine: str, outcomes: Outcomes) -> None:
        self.account = account
        self.machine = machine
        described = account.client("stepfunctions").describe_state_machine(stateMachineArn=account.outputs[machine])
        self.tasks: dict[str, State] = tasks(json.loads(described["definition"]))
        self.role = described["roleArn"].rpartition("/")[2]
        self.outcomes = outcomes
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def start(self, name: str, payload: Mapping[str, Any]) -> str:
        """Start a run; its name begins with the given one."""
        with self._lock:
            number = next(self._numbers)
        return self.account.start(self.machine, payload, name=f"{name}-run-{number:04}")

    def add(self, state: str, *, kind: str, model: str = "", **more: Any) -> str:
        """Plan a fault of one state; returns its id."""
        fault = plan.order(
            self.tasks[state],
            kind=kind,
            principal=self.role,
            account_id=self.account.account_id,
            model=model,
            **more,
        )
        return plan.add(self.account.cloud, fault)

    def await_hit(self, fault_id: str) -> None:
        """Wait until a fault struck."""
        end = time.monotonic() + DEADLINE_SECONDS
        while not plan.hits(self.account.cloud)[fault_id]:
            assert time.monotonic() < end, f"{fault_id} does not strike"
            time.sleep(0.2)

    def end_of(self, arn: str, fault: str, fault_id: str) -> Run:
        """A run to its end, which a fast clock brings near where a fault lets it wait for a timeout; one at a time."""
        if fault not in _WAITS_FOR_A_TIMEOUT:
            return self.account.wait(arn)
        self.await_hit(fault_id)
        control = self.account.cloud.control
        scale = control("clock")["scale"]
        control("clock", {"scale": _FAST})
        try:
            return self.account.wait(arn)
        finally:
            control("clock", {"scale": scale})

    def calls_before(self, _state: str) -> int:
        """Calls of other states on the way to this one that look the same."""
        return 0

    def plan_passing(self, state: str, model: str) -> dict[tuple[str, str], str]:
        """Every fault that passes, once each, and last a call that hangs; ids by state and fault."""
        planned = {}
        for fault in PASSING:
            if FAULTS[fault][1](self.tasks[state]) is None:
                # An answer that is lost would hide that the function crashed.
                hides = fault == "lost_answer" and kind_of(self.tasks[state]) == "function"
                planned[state, fault] = self.add(
                    state, kind=fault, model=model, times=1, after=1 if hides else self.calls_before(state)
                )
        planned[state, "clock_jump"] = self.add(
            state, kind="hang", model=model, times=1, then="go_on", after=self.calls_before(state)
        )
        return planned

    def pass_through(
        self, states: Iterable[str], start: Any, *, model: str = "", after: Mapping[str, str] | None = None
    ) -> tuple[Run, dict[tuple[str, str], list[str]]]:
        """A run with all that passes in each of the states; returns it, and what is wrong by state and fault.

        Args:
            states: where faults strike.
            start: starts the run; returns its ARN.
            model: of the run.
            after: states whose faults are planned only once another state is reached, since their calls look alike.
        """
        late = {state: before for state, before in (after or {}).items() if state in set(states)}
        planned: dict[tuple[str, str], str] = {}
        for state in states:
            if state not in late:
                planned |= self.plan_passing(state, model)
        arn = start()
        waiting = {fault_id: state for (state, fault), fault_id in planned.items() if fault == "clock_jump"}
        client, end = self.account.client("stepfunctions"), time.monotonic() + DEADLINE_SECONDS
        while waiting and client.describe_execution(executionArn=arn)["status"] == "RUNNING":
            assert time.monotonic() < end, f"{arn} does not get into {sorted(waiting.values())}"
            struck = plan.hits(self.account.cloud)
            for fault_id in [item for item in waiting if struck[item]]:
                for state in [state for state, before in late.items() if before == waiting[fault_id]]:
                    more = self.plan_passing(state, model)
                    planned |= more
                    waiting[more[state, "clock_jump"]] = state
                self.account.cloud.control("clock", {"advance_seconds": DAY_SECONDS})
                plan.remove(self.account.cloud, fault_id)
                del waiting[fault_id]
            time.sleep(0.2)
        run = self.account.wait(arn)
        return run, self._judged(run, planned, jumped=set(planned.values()) - set(waiting))

    def record_passed(self, found: Mapping[tuple[str, str], list[str]], shared: list[str]) -> None:
        """Keep what became of the cells of a run with all that passes."""
        for (state, fault), problems in found.items():
            text = UNDISTURBED if fault == "clock_jump" else RETRIED
            self.outcomes.record(state, fault, text, problems + shared)

    def told(self, run: Run, *, wanted: bool) -> list[str]:
        """What is wrong with the notifications of a run."""
        end = time.monotonic() + (DEADLINE_SECONDS if wanted else 0)
        while not (told := self.account.notifications(run.arn)) and time.monotonic() < end:
            time.sleep(0.3)
        return [] if bool(told) == wanted else [f"{len(told)} notifications of a run that ended {run.status}"]

    def ended(self, route: Route, run: Run) -> list[str]:
        """What is wrong with the end of a run."""
        end = run.output.get("outcome") if run.status == "SUCCEEDED" else run.error
        if (run.status, end) == (route.status, route.end):
            return []
        return [f"the run ended {run.status} with {end}, not {route.status} with {route.end}: {run.cause}"]

    def _judged(
        self, run: Run, planned: Mapping[tuple[str, str], str], *, jumped: set[str]
    ) -> dict[tuple[str, str], list[str]]:
        struck = plan.hits(self.account.cloud)
        found: dict[tuple[str, str], list[str]] = {}
        for (state, fault), fault_id in planned.items():
            problems = found[state, fault] = []
            if fault == "clock_jump":
                if fault_id not in jumped:
                    problems.append("the clock did not jump")
            elif struck[fault_id] != 1:
                problems.append(f"the fault struck {struck[fault_id]} times")
            if fault_id in struck:
                plan.remove(self.account.cloud, fault_id)
            wanted = sum(1 for other in planned if other[0] == state) - 1
            # A repeated call may find its own effect, which is one more.
            failures = [error for error in run.failures.get(state, []) if error != CONFLICT]
            if len(failures) < wanted:
                problems.append(f"{wanted} failed attempts were expected, got {dict(run.failures)} in {run.arn}")
        return found
