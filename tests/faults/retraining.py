"""Runs of the retraining workflow with faults, and what became of them."""

import hashlib
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from contract import keys
from tests.faults import plan
from tests.faults.bench import CONFLICT, DEADLINE_SECONDS, Bench
from tests.faults.cells import kind_of
from tests.faults.deployed import Small
from tests.faults.observation import Account, Run
from tests.faults.outcome import ABORTED, FAILED, UNDISTURBED, Outcomes
from tests.faults.routes import NO_DATA, SCORED, TAKE_OVER, Route

ROWS = "".join(f"{2 * number % 17 + 0.5 * (number % 5)},{number % 17},{number % 5}\n" for number in range(200))
# Names of one length, so that none is the beginning of another.
BASE, SERVED, HELD = (Small(name=f"serve-{number:02}", served=True) for number in range(3))
RICH = [Small(name=f"rich-{number:03}", tuned=True, warehouse=True) for number in range(12)]
PLAIN = [Small(name=f"plain-{number:02}") for number in range(40)]
LINEAR = [Small(name=f"lines-{number:02}", linear=True) for number in range(4)]
MODELS = [BASE, SERVED, HELD, *RICH, *PLAIN, *LINEAR]


class Retraining(Bench):
    """The training account.

    Args:
        account: deployed and prepared.
    """

    def __init__(self, account: Account) -> None:
        super().__init__(account, machine="RetrainingStateMachineArn", outcomes=Outcomes("retraining"))
        self._deploying = threading.Lock()

    def prepare(self) -> None:
        """Raw data for every model, a version that serves, and an execution that is over."""
        for model in [BASE, SERVED, HELD, *PLAIN, *LINEAR]:
            self.account.client("s3").put_object(
                Bucket=self.account.outputs["ArtifactBucketName"], Key=f"raw/{model.name}/rows.csv", Body=ROWS.encode()
            )
        run = self.run(BASE.name)
        assert run.status == "SUCCEEDED", run
        self.settle()

    def settle(self) -> None:
        """Wait for the deployments, and note what serves then."""
        client = self.account.client("stepfunctions")
        machine = self.account.outputs["DeploymentStateMachineArn"]
        for execution in client.list_executions(stateMachineArn=machine)["executions"]:
            assert self.account.wait(execution["executionArn"]).status == "SUCCEEDED"
        self.serving = self.account.endpoint()
        self.answer = self.account.ask(BASE.name)

    def run(self, model: str, **payload: Any) -> Run:
        """A run to its end."""
        return self.account.wait(self.begin(model, payload))

    def begin(self, model: str, payload: Mapping[str, Any]) -> str:
        """Start a run; its name holds the model's."""
        return self.start(model, {"model": model, **payload})

    def make_way(self, route: Route, model: str) -> None:
        """Bring about what the route is about."""
        client, table = self.account.client("dynamodb"), self.account.outputs["StateTableName"]
        if route == TAKE_OVER:
            # Its name holds the model's, which tells a look at this owner from others.
            dead = self.account.wait(self.start(model, {"model": "nobody"})).arn
            fingerprint = hashlib.sha256("\n".join(ROWS.splitlines()).encode()).hexdigest()
            lease = {
                "pk": {"S": keys.MODEL_LEASE.of(model)},
                "owner": {"S": dead},
                "expires_at": {"N": "9999999999"},
                "requests": {"N": "0"},
            }
            client.put_item(TableName=table, Item=lease)
            client.put_item(
                TableName=table, Item={"pk": {"S": keys.MODEL.of(model)}, "fingerprint": {"S": fingerprint}}
            )
        if route == SCORED and not self.account.versions(model):
            self.champion(model)
        if route == NO_DATA:
            bucket = self.account.outputs["ArtifactBucketName"]
            self.account.client("s3").delete_object(Bucket=bucket, Key=f"raw/{model}/rows.csv")

    def champion(self, model: str) -> None:
        """A first version, which is approved, so that later ones are compared with it."""
        run = self.run(model)
        assert run.status == "SUCCEEDED", run
        arn = self.account.versions(model)[-1]["ModelPackageArn"]
        self.account.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    def scored(self, model: str, fault: str) -> None:
        """A fault of the candidate's job, which fails the run, and one of the champion's, with which there is no comparison.

        A run that is no longer compared registers the version that the one before it should have made.
        """
        self.make_way(SCORED, model)
        before = len(self.account.versions(model))
        first, second = SCORED.covers
        planned = self.add(first, kind=fault, model=model, times=None)
        run = self.end_of(self.begin(model, SCORED.payload), fault, planned)
        found = self.failed_well(model, run, registered=len(self.account.versions(model)) - before)
        plan.remove(self.account.cloud, planned)
        planned = self.add(second, kind=fault, model=model, times=None)
        run = self.end_of(self.begin(model, SCORED.payload), fault, planned)
        struck = plan.hits(self.account.cloud)[planned]
        plan.remove(self.account.cloud, planned)
        registered = len(self.account.versions(model)) - before
        shared = self.problems(SCORED, model, run, registered=registered)
        if not struck or "the champion could not answer these rows" not in str(run.output.get("reason")):
            shared.append(f"the fault struck {struck} times, and the run says {run.output.get('reason')}")
        self.outcomes.record(first, fault, FAILED, found + shared)
        self.outcomes.record(second, fault, UNDISTURBED, shared)

    def sweep(self, route: Route, model: str, states: Iterable[str]) -> None:
        """One run in which every fault that passes befalls each of the states once, and the clock jumps in each."""
        self.make_way(route, model)
        before = len(self.account.versions(model))
        run, found = self.pass_through(states, lambda: self.begin(model, route.payload), model=model)
        registered = len(self.account.versions(model)) - before
        self.record_passed(found, self.problems(route, model, run, registered=registered))

    def chain(self, route: Route, model: str, fault: str, states: Iterable[str], *, times: int | None = 1) -> None:
        """Runs that fail in one of the states each, and one more that succeeds and registers the only version."""
        before = len(self.account.versions(model))
        planned = {state: self.add(state, kind=fault, model=model, times=times) for state in states}
        found: dict[str, list[str]] = {}
        for state, fault_id in planned.items():
            run = self.end_of(self.begin(model, route.payload), fault, fault_id)
            struck = plan.hits(self.account.cloud)[fault_id]
            plan.remove(self.account.cloud, fault_id)
            found[state] = self.failed_well(model, run, registered=len(self.account.versions(model)) - before)
            if struck < 1 or [name for name, errors in run.failures.items() if set(errors) != {CONFLICT}] != [state]:
                found[state].append(f"the fault struck {struck} times, failed attempts: {run.failures}")
        shared = self.rerun(route, model, before)
        for state, problems in found.items():
            self.outcomes.record(state, fault, FAILED, problems + shared)

    def hold(self, route: Route, model: str, state: str) -> tuple[str, int]:
        """Start a run that stays in one state; returns its ARN once it is there, and the versions before it."""
        self.make_way(route, model)
        in_job = kind_of(self.tasks[state]) == "job"
        more: dict[str, Any] = {"kind": "job_hang"} if in_job else {"kind": "hang", "then": "go_on"}
        fault_id = self.add(state, model=model, times=1, **more)
        before = len(self.account.versions(model))
        arn = self.begin(model, route.payload)
        end = time.monotonic() + DEADLINE_SECONDS
        while not plan.hits(self.account.cloud)[fault_id]:
            assert time.monotonic() < end, f"{arn} does not get into {state}: {self.account.states(arn)}"
            time.sleep(0.3)
        return arn, before

    def after_kill(self, route: Route, model: str, state: str, arn: str, before: int) -> None:
        """What became of a run that the server's end caught in a state."""
        run = self.account.wait(arn)
        problems = [] if run.status == "ABORTED" else [f"the run ended {run.status}"]
        if run.states[-1] != state:
            problems.append(f"the run was in {run.states[-1]}")
        problems += self.told(run, wanted=True) + self._jobs(model)
        if (answer := self.account.ask(BASE.name)) != self.answer:
            problems.append(f"the endpoint answers {answer}, it was {self.answer}")
        if state in {"Start Deployment", "Release Lease"}:
            # Its success was recorded, so no later run starts the deployment that it did not start.
            route = replace(route, end="nothing new")
        problems += self.rerun(route, model, before)
        if route.end == "nothing new" and route.registers:
            problems += self.deployed_later(model)
        self.outcomes.record(state, "kill", ABORTED, problems)

    def deployed_later(self, model: str) -> list[str]:
        """What is wrong with the deployment that the schedule or somebody starts, once the newest version is approved."""
        arn = self.account.versions(model)[-1]["ModelPackageArn"]
        with self._deploying:
            self.account.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
            started = self.account.start("DeploymentStateMachineArn", {"reason": "test"}, name=f"later-{model}")
            run, served = self.account.wait(started), self.account.served(model)
        # Another model's deployment may have brought this one's version too.
        right = run.output.get("outcome") in {"deployed", "up to date"}
        ended = [] if right else [f"the deployment ended {run.status}: {run.output}"]
        return ended + ([] if served == arn else [f"{served} serves instead of {arn}"])

    def rerun(self, route: Route, model: str, before: int) -> list[str]:
        """What is wrong with the run that follows; empty when it does what the first one should have done."""
        run = self.run(model, **route.payload)
        registered = len(self.account.versions(model)) - before
        return [f"re-run: {text}" for text in self.problems(route, model, run, registered=registered)]

    def problems(self, route: Route, model: str, run: Run, *, registered: int) -> list[str]:
        """What is not as it is after a run without faults."""
        found = self.ended(route, run) + self._left(model) + self.told(run, wanted=route.status != "SUCCEEDED")
        if registered != route.registers:
            found.append(f"{registered} versions were registered instead of {route.registers}")
        return found + self._rows(model)

    def failed_well(self, model: str, run: Run, *, registered: int) -> list[str]:
        """What is not as it must be after a run that failed."""
        found = self._left(model) + self.told(run, wanted=True)
        if run.status != "FAILED":
            found.append(f"the run ended {run.status}")
        if registered:
            found.append(f"{registered} versions were registered")
        if self.account.endpoint() != self.serving or self.account.ask(BASE.name) != self.answer:
            found.append(f"the endpoint is {self.account.endpoint()}, it was {self.serving}")
        return found

    def _left(self, model: str) -> list[str]:
        lease, leases = keys.MODEL_LEASE.of(model), self.account.leases()
        held = [f"{lease} is held by {leases[lease]}"] if lease in leases else []
        return held + self._jobs(model)

    def _jobs(self, model: str) -> list[str]:
        words = (model, plan.word_of(model, tuning=True))
        return [f"a job is left: {job}" for job in self.account.running_jobs() if any(word in job for word in words)]

    def _rows(self, model: str) -> list[str]:
        """Every version has the decision of its run, and no run has two."""
        decided = [row["sk"]["S"] for row in self.account.rows("decision", model)]
        # The folder of its evaluation is named after the run.
        evaluations = [version["CustomerMetadataProperties"]["evaluation"] for version in self.account.versions(model)]
        runs = [evaluation.rsplit("/", 2)[-2] for evaluation in evaluations]
        found = [] if len(runs) == len(set(runs)) else [f"a run has two versions: {runs}"]
        return found + [f"{run} has a version without a decision" for run in runs if run not in decided]
