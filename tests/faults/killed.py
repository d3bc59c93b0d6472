"""Deployments that the server's end catches in one of their Tasks, and the deployments that take over from them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.faults import plan
from tests.faults.deployment import Deployment
from tests.faults.outcome import ABORTED

# Calls of these look like earlier ones of the same execution, which is held there first.
_BEFORE: Mapping[str, str] = {
    "Describe Endpoint": "Update Endpoint",
    "Describe Rolled-back Endpoint": "Restore Previous Deployment",
    "Record Failure": "Notify Failure",
}
_DEAD_OWNER = {"Who Has the Lease?", "Look at Its Owner", "Take Over Lease"}
_HOURS = {"Leave It to the Schedule", "Leave It to the Schedule After Failure"}
_ASKED = {"Read Requests", "Read Requests After Failure"} | _HOURS
# A creation that failed is remembered, and only tried again when it is asked for.
_KNOWN_TO_FAIL = {"Delete Failed Endpoint"}
_HOURS_SECONDS = 3 * 3600
_DEADLINE_SECONDS = 240

# What the registry wants while a deployment gets to its Task: the version after the one that serves, unless it is here.
WRONG = (
    "Delete Unproven Endpoint",
    "Restore Previous Deployment",
    "Describe Rolled-back Endpoint",
    "Remember Failure",
    "Notify Failure",
    "Record Failure",
    "Release Lease After Failure",
    "Read Requests After Failure",
    "Leave It to the Schedule After Failure",
)
NONE = ("Warn of Unapproved Models", "Delete Endpoint")
EARLIER = ("Restore Endpoint",)
# Where no endpoint serves yet.
FIRST = ("Create Log", "Keep Log", "Create Endpoint", "Delete Failed Endpoint", "Delete Unproven Endpoint")
# Where the endpoint serves what the deployment brought already; elsewhere it serves what it served before.
SWITCHED = {
    *_DEAD_OWNER,
    "Look at Endpoint",
    "Describe Endpoint",
    "Prove Deployment",
    "Record Deployment",
    "Register Scalable Target",
    "Put Scaling Policy",
    "Release Lease",
    "Read Requests",
    "Leave It to the Schedule",
    "Delete Unproven Endpoint",
    "Restore Previous Deployment",
}
# One account takes one Task of each round, and each of them one of the first: what serves is the same in all.
ROUNDS = (
    (
        *FIRST,
        "Take Lease",
        "Stage Deployment",
        "Create Model",
        "Create Endpoint Config",
        "Update Endpoint",
        "Look at Endpoint",
        "Describe Endpoint",
    ),
    (
        "Find Endpoints",
        "Prove Deployment",
        "Record Deployment",
        "Register Scalable Target",
        "Put Scaling Policy",
        "Release Lease",
        "Who Has the Lease?",
        "Look at Its Owner",
        "Take Over Lease",
        "Ask to Look Again",
        "Read Requests",
        "Leave It to the Schedule",
    ),
    ("Plan Deployment", *EARLIER, *(state for state in WRONG if state not in FIRST), *NONE),
)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A deployment that stays in one Task.

    Args:
        bench: its account.
        state: the Task.
        arns: of all executions that are held in the account; the last one is meant.
    """

    bench: Deployment
    state: str
    arns: tuple[str, ...]


def hold(bench: Deployment, state: str) -> Held:
    """Start a deployment that stays in one Task, and whatever has to be there before it."""
    if state in _DEAD_OWNER:
        owner = bench.begin({})
        _until_ended(bench, owner)
        bench.leave_lease(owner)
    if state == "Delete Failed Endpoint":
        fault_id = bench.add("Create Endpoint", kind="endpoint_failure", times=1)
        arn = bench.begin({})
        _until_ended(bench, arn)
        plan.remove(bench.account.cloud, fault_id)
    if state == "Look at Endpoint":
        # The repeated call finds an update under way, so that somebody has to look whose it is.
        bench.add("Update Endpoint", kind="lost_answer", times=1)
    before = "Plan Deployment" if state in _ASKED else _BEFORE.get(state)
    if before is not None or state == "Ask to Look Again":
        arn, holder = _held(bench, before or "Plan Deployment")
        if state == "Ask to Look Again":
            return Held(bench=bench, state=state, arns=(arn, _held(bench, state)[0]))
        if state in _ASKED:
            assert bench.run().output["outcome"] == "under way"
        if state in _HOURS:
            bench.account.cloud.control("clock", {"advance_seconds": _HOURS_SECONDS})
        fault_id = bench.add(state, kind="hang", times=1, then="go_on")
        plan.remove(bench.account.cloud, holder)
        _await(bench, fault_id, arn)
        return Held(bench=bench, state=state, arns=(arn,))
    return Held(bench=bench, state=state, arns=(_held(bench, state, force=state in _KNOWN_TO_FAIL)[0],))


def judge(held: Held, *, served: str | None, wanted: str) -> None:
    """What became of a held deployment, and whether the next one brings what the registry wants.

    Args:
        held: before the server's end.
        served: what serves until the next deployment.
        wanted: ARN of the version that the registry wants by now.
    """
    bench, problems = held.bench, []
    for arn in held.arns:
        run = bench.account.wait(arn)
        problems += [] if run.status == "ABORTED" else [f"{arn} ended {run.status} after {run.states}"]
        problems += bench.told(run, wanted=True)
    if run.states[-1] != held.state:
        problems.append(f"the run was in {run.states[-1]}")
    end = time.monotonic() + _DEADLINE_SECONDS
    while (found := bench.account.served(bench.model)) in {"Creating", "Updating"}:
        assert time.monotonic() < end, f"the endpoint of {bench.account.account_id} stays {found}"
        time.sleep(0.3)
    if found != served:
        problems.append(f"after the end {found} serves instead of {served}")
    run = bench.run(force=held.state in _KNOWN_TO_FAIL)
    shared = bench.after_take_over(run, wanted)
    if (again := bench.run()).output.get("outcome") != "up to date":
        shared.append(f"one more deployment ended {again.status} with {again.output or again.error}")
    bench.outcomes.record(held.state, "kill", ABORTED, problems + [f"re-run: {text}" for text in shared])


def _held(bench: Deployment, state: str, *, force: bool = False) -> tuple[str, str]:
    fault_id = bench.add(state, kind="hang", times=1, then="go_on", after=bench.calls_before(state))
    arn = bench.begin({"force": force})
    _await(bench, fault_id, arn)
    return arn, fault_id


def _await(bench: Deployment, fault_id: str, arn: str) -> None:
    """Wait until a deployment is held; the clock is slow, so that pauses on the way are skipped."""
    end = time.monotonic() + _DEADLINE_SECONDS
    while not plan.hits(bench.account.cloud)[fault_id]:
        assert time.monotonic() < end, f"{arn} does not get there: {bench.account.states(arn)}"
        bench.account.cloud.control("clock", {"skip_pauses": True})
        time.sleep(0.5)


def _until_ended(bench: Deployment, arn: str) -> None:
    client, end = bench.account.client("stepfunctions"), time.monotonic() + _DEADLINE_SECONDS
    while client.describe_execution(executionArn=arn)["status"] == "RUNNING":
        assert time.monotonic() < end, f"{arn} does not end: {bench.account.states(arn)}"
        bench.account.cloud.control("clock", {"skip_pauses": True})
        time.sleep(0.5)
