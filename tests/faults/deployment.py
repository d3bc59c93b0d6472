"""Runs of the deployment workflow with faults, and what became of them."""

from collections.abc import Mapping
from typing import Any

from contract import keys
from tests.faults import plan
from tests.faults.bench import Bench
from tests.faults.observation import Account, Run
from tests.faults.outcome import FAILED, Outcomes
from tests.faults.registered import Registry
from tests.faults.routes import UNDER_WAY, Route

_FIXED = {
    "Describe Rolled-back Endpoint": "Restore Previous Deployment",
    # In the order in which they call.
    "Look at Endpoint": "Create Endpoint",
    "Describe Endpoint": "Create Endpoint",
}
# Of answers: the model's are single precision.
_TOLERANCE = 1e-5


class Deployment(Bench):
    """One serving account.

    Args:
        account: deployed and prepared.
        registry: of the only model.
        model: its name.
        outcomes: shared by all accounts.
    """

    def __init__(self, account: Account, registry: Registry, model: str, outcomes: Outcomes) -> None:
        super().__init__(account, machine="DeploymentStateMachineArn", outcomes=outcomes)
        self.registry = registry
        self.model = model
        self._failed: list[tuple[str, str, list[str]]] = []
        self.lease = keys.ENDPOINT_LEASE.of(account.endpoint_name)

    def calls_before(self, state: str) -> int:
        """The update that is to be taken back looks as the one that takes it back."""
        return 1 if state == "Restore Previous Deployment" else 0

    def begin(self, payload: Mapping[str, Any]) -> str:
        """Start a deployment; returns its ARN."""
        return self.start("deploy", {"reason": "test", **payload})

    def run(self, **payload: Any) -> Run:
        """A deployment to its end."""
        return self.account.wait(self.begin(payload))

    def sweep(self, route: Route, serves: str | None) -> None:
        """One deployment in which every fault that passes befalls each state of the route once.

        Args:
            route: what it does, whatever befalls it.
            serves: ARN of the version that serves afterwards, None for no endpoint.
        """
        run, found = self.pass_through(route.covers, lambda: self.begin(route.payload), after=_FIXED)
        self.record_passed(found, self.problems(route, run, serves))

    def sweep_held(self, route: Route, held: tuple[str, str], serves: str | None) -> None:
        """As `sweep`, of a deployment that is held."""
        arn, fault_id = held

        def let_go() -> str:
            plan.remove(self.account.cloud, fault_id)
            return arn

        run, found = self.pass_through(route.covers, let_go)
        self.record_passed(found, self.problems(route, run, serves))

    def fail_on_the_way_back(self, fault: str, serves: str) -> None:
        """A deployment whose proof fails, and the first try to take it back too."""
        arn, held = self.held("Restore Previous Deployment", force=True)
        fault_id = self._silent() if fault == "silent_rollback" else self._endpoint_failure()
        plan.remove(self.account.cloud, held)
        run = self.account.wait(arn)
        problems = self._left() + self.told(run, wanted=True) + self._serving(serves)
        if run.status != "FAILED" or run.states.count("Restore Previous Deployment") < 2:
            problems.append(f"the run ended {run.status} after {run.states}")
        if fault_id:
            if plan.hits(self.account.cloud)[fault_id] != 1:
                problems.append("the fault did not strike")
            plan.remove(self.account.cloud, fault_id)
        self._failed.append(("Restore Previous Deployment", fault, problems))

    def _endpoint_failure(self) -> str:
        return self.add("Restore Previous Deployment", kind="endpoint_failure", times=1)

    def fail(self, state: str, fault: str, serves: str | None, **more: Any) -> None:
        """A deployment that fails in one state, and what is wrong with that.

        Args:
            state: where the fault strikes.
            fault: which.
            serves: ARN of the version that serves afterwards.
            more: fields of the fault.
        """
        silent = fault == "silent_rollback"
        fault_id = self._silent() if silent else self.add(state, kind=fault, times=1, **more)
        run = self.end_of(self.begin({"force": True}), fault, fault_id)
        problems = self._left() + self.told(run, wanted=True) + self._serving(serves)
        if run.status != "FAILED" or state not in run.states:
            problems.append(f"the run ended {run.status} after {run.states[-3:]}")
        if not silent:
            if (struck := plan.hits(self.account.cloud)[fault_id]) != 1:
                problems.append(f"the fault struck {struck} times")
            plan.remove(self.account.cloud, fault_id)
        elif run.error not in {"EndpointNotInService", "RollBackFailed"}:
            problems.append(f"the run failed with {run.error}")
        self._failed.append((state, fault, problems))

    def rerun(self, serves: str) -> None:
        """The deployment that follows those that failed, and must bring what they should have brought."""
        route = Route(name="once more", payload={"force": True}, end="deployed", covers=())
        run = self.run(force=True)
        if run.output.get("outcome") == "restored":
            route = Route(name="once more", payload={"force": True}, end="restored", covers=())
        self._close(self.problems(route, run, serves))

    def _close(self, shared: list[str]) -> None:
        for state, fault, problems in self._failed:
            self.outcomes.record(state, fault, FAILED, problems + [f"re-run: {text}" for text in shared])
        self._failed = []

    def sweep_after_failures(self, route: Route, serves: str) -> None:
        """As `sweep`, and the re-run of those that failed before."""
        run, found = self.pass_through(route.covers, lambda: self.begin(route.payload), after=_FIXED)
        shared = self.problems(route, run, serves)
        self.record_passed(found, shared)
        self._close(shared)

    def die_with_the_lease(self) -> None:
        """Leave a lease behind whose owner is over."""
        self.leave_lease(self.run().arn)

    def named(self) -> set[str]:
        """ARNs of the versions that the lease, held or over, names to whoever looks next."""
        item = self.account.state_item(self.lease)
        return set(item["named"]["SS"]) if item and "named" in item else set()

    def leave_lease(self, owner: str) -> None:
        """Give the lease to an execution."""
        item = {
            "pk": {"S": self.lease},
            "owner": {"S": owner},
            "expires_at": {"N": "9999999999"},
            "requests": {"N": "0"},
        }
        self.account.client("dynamodb").put_item(TableName=self.account.outputs["StateTableName"], Item=item)

    def problems(self, route: Route, run: Run, serves: str | None) -> list[str]:
        """What is not as it is after a deployment without faults."""
        failed = route.status != "SUCCEEDED"
        warned = "Warn of Unapproved Models" in run.states
        told = [] if warned else self.told(run, wanted=failed)
        # Who finds another one under way leaves it its lease.
        left = [] if route == UNDER_WAY else self._left()
        return self.ended(route, run) + left + told + self._serving(serves) + self._rows()

    def after_take_over(self, run: Run, wanted: str) -> list[str]:
        """What is wrong with a deployment that follows one that died, wherever that was."""
        brought = {"deployed", "restored", "up to date"}
        outcome = run.output.get("outcome")
        found = [] if outcome in brought else [f"the run ended {run.status} with {outcome or run.error}: {run.cause}"]
        return found + self._left() + self.told(run, wanted=False) + self._serving(wanted) + self._rows()

    def held(self, state: str, **payload: Any) -> tuple[str, str]:
        """A deployment that is held in a state while it has the lease; returns its ARN and the id of what holds it."""
        fault_id = self.add(state, kind="hang", times=1, then="go_on", after=self.calls_before(state))
        arn = self.begin(payload)
        self.await_hit(fault_id)
        return arn, fault_id

    def _silent(self) -> str:
        place = {
            "account_id": self.account.account_id,
            "region": "us-east-1",
            "endpoint_name": self.account.endpoint_name,
        }
        self.account.cloud.control("endpoint_faults", {**place, "silent_rollbacks": 1})
        return ""

    def _left(self) -> list[str]:
        leases = self.account.leases()
        return [f"{self.lease} is held by {leases[self.lease]}"] if self.lease in leases else []

    def _serving(self, wanted: str | None) -> list[str]:
        found = self.account.served(self.model)
        if found != wanted:
            return [f"{found} serves instead of {wanted}"]
        if wanted is None:
            return []
        answer = self.account.ask(self.model)
        right = abs(answer - self.registry.answers[wanted]) < _TOLERANCE
        return [] if right else [f"{wanted} answers {answer} instead of {self.registry.answers[wanted]}"]

    def _rows(self) -> list[str]:
        """No execution recorded one deployment twice."""
        rows = self.account.rows("deployment", self.account.endpoint_name)
        made = [(row["execution"]["S"], row["endpoint_config"]["S"]) for row in rows]
        return [] if len(made) == len(set(made)) else [f"rows are there twice: {made}"]
