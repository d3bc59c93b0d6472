"""Every Task state of the deployment workflow against every fault that can befall it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from local_cloud import api
from local_cloud.api import Settings
from tests.faults import deployed, killed, matrix, routes
from tests.faults.deployed import Small
from tests.faults.deployment import Deployment
from tests.faults.observation import Account
from tests.faults.outcome import Outcomes
from tests.faults.registered import Registry
from tests.unit.mlops_constructs import machine

pytestmark = pytest.mark.security("faults")

DEFINITION = machine.deployment(autoscaling=machine.SCALE)
_SCALE = 10
_PARALLEL = 4
# Two for what fails by itself, and as many as deployments are held at once when the server is killed.
_KILLED = [str(number) * 4 for number in range(401, 401 + max(len(states) for states in killed.ROUNDS))]
_ACCOUNTS = ["222222222222", "333333333333"]
# At an endpoint of its own, whose log and alarms deployments make too; the first endpoint's way lacks these alone.
_MODEL = Small(name="only", removed=True, alone=True)


@dataclass(frozen=True, kw_only=True)
class Benches:
    """The serving accounts, what became of their cells, and the versions that they share."""

    accounts: list[Deployment]
    outcomes: Outcomes
    registry: Registry
    first: str
    second: str
    wrong: str


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Benches]:
    folder = tmp_path_factory.mktemp("faults")
    serving = [*_ACCOUNTS, *_KILLED]
    stacks = deployed.synthesise(folder / "assembly", [_MODEL], serving=serving)
    with api.start(Settings(state_dir=folder / "state", port=0, time_scale=_SCALE)) as cloud:
        made = []
        for stack, account_id in zip(stacks, [deployed.SANDBOX, *serving], strict=True):
            outputs = deployed.deploy(cloud, folder / "assembly", stack, account_id)
            made.append(Account(cloud, account_id, outputs, alone=_MODEL.name))
            made[-1].prepare()
        registry, outcomes = Registry(made[0], _MODEL.name, readers=serving), Outcomes("deployment")
        yield Benches(
            accounts=[Deployment(account, registry, _MODEL.name, outcomes) for account in made[1:]],
            outcomes=outcomes,
            registry=registry,
            first=registry.add(rounds=3),
            second=registry.add(rounds=4),
            wrong=registry.add(rounds=5, answers_wrongly=True),
        )
        # The test of the server's end leaves another one behind.
        made[0].cloud.stop()


def test_every_task_is_on_a_route(benches: Benches) -> None:
    covered = sorted(state for route in routes.DEPLOYMENT for state in route.covers)
    assert sorted(benches.accounts[0].tasks) == covered


def test_what_passes_by_itself_and_endpoints_that_fail(benches: Benches) -> None:
    bench, first, second, wrong = benches.accounts[0], benches.first, benches.second, benches.wrong
    want = benches.registry.want

    want(wrong)
    bench.sweep(routes.UNPROVEN_FIRST, None)
    want(first)
    bench.fail("Create Endpoint", "endpoint_failure", None)
    bench.sweep_after_failures(routes.FIRST, first)
    want(second)
    bench.fail("Update Endpoint", "endpoint_failure", first)
    bench.fail("Update Endpoint", "silent_rollback", first)
    bench.sweep_after_failures(routes.UPDATE, second)
    want(first)
    bench.fail("Restore Endpoint", "endpoint_failure", second)
    bench.fail("Restore Endpoint", "silent_rollback", second)
    bench.sweep_after_failures(routes.RESTORE, first)
    want(wrong)
    bench.fail_on_the_way_back("endpoint_failure", first)
    bench.fail_on_the_way_back("silent_rollback", first)
    want(second)
    bench.rerun(second)
    want(wrong)
    bench.sweep(routes.UNPROVEN, second)
    owner = bench.held("Plan Deployment")
    assert bench.run().output["outcome"] == "under way"
    bench.sweep_held(routes.FAILED_ASKED, owner, second)
    want(second)
    bench.die_with_the_lease()
    bench.sweep(routes.DEAD_OWNER, second)
    owner = bench.held("Plan Deployment")
    # What was approved or rejected is not forgotten, though nobody looks again after hours.
    assert bench.run(model_package=first).output["outcome"] == "under way"
    assert bench.named() == {first}
    bench.sweep(routes.UNDER_WAY, second)
    bench.sweep_held(routes.ASKED, owner, second)
    assert bench.named() == {first}
    want(None)
    bench.sweep(routes.REMOVED, None)
    _check(benches)


def test_functions_that_time_out(benches: Benches) -> None:
    bench, first, second = benches.accounts[1], benches.first, benches.second
    benches.registry.want(first)
    assert bench.run().output["outcome"] == "deployed"
    benches.registry.want(second)
    for state in ("Find Endpoints", "Plan Deployment", "Stage Deployment", "Prove Deployment"):
        bench.fail(state, "function_timeout", first)
    # Only the record failed; what serves was proven.
    bench.fail("Record Deployment", "function_timeout", second)
    bench.rerun(second)
    _check(benches)


def test_a_server_that_is_killed(benches: Benches) -> None:
    want, accounts = benches.registry.want, benches.accounts[2:]
    serving = benches.first
    want(serving)
    with ThreadPoolExecutor(_PARALLEL) as pool:
        others = accounts[len(killed.FIRST) :]
        assert {run.output["outcome"] for run in pool.map(lambda bench: bench.run(), others)} == {"deployed"}
    earlier = benches.second
    judged: list[Future[None]] = []
    for number, states in enumerate(killed.ROUNDS):
        new = benches.registry.add(rounds=6 + number)
        phases = ((new, ()), (earlier, killed.EARLIER), (benches.wrong, killed.WRONG), (None, killed.NONE))
        special = {state for _, of_phase in phases for state in of_phase}
        clock = benches.accounts[0].account.cloud
        # Nobody's time is up while the others get to where they are held.
        clock.control("clock", {"scale": 0.1})
        held: list[killed.Held] = []
        brought: dict[str, str | None] = {}
        for version, of_phase in phases:
            want(version)
            taken = [state for state in states if (state in of_phase if of_phase else state not in special)]
            with ThreadPoolExecutor(_PARALLEL) as pool:
                held += pool.map(killed.hold, [accounts[states.index(state)] for state in taken], taken)
            brought |= dict.fromkeys(taken, version)
        want(new)
        clock.save()
        again = clock.restart(crash=True)
        for account in (benches.registry.account, *(bench.account for bench in benches.accounts)):
            account.use(again)
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for item in held:
                before = None if item.state in killed.FIRST else serving
                after = brought[item.state] if item.state in killed.SWITCHED else before
                judged.append(pool.submit(killed.judge, item, served=after, wanted=new))
        earlier, serving = serving, new
    assert len([item.result() for item in judged]) == len(benches.accounts[0].tasks)
    _check(benches)


def test_the_matrix_is_complete(
    benches: Benches, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    outcomes = benches.outcomes.by_cell
    text = matrix.table("deployment", DEFINITION, outcomes)
    record_property("fault matrix", f"deployment\n\n{text}")
    if request.config.getoption("--write-fault-matrix"):
        matrix.write("deployment", text)
    assert set(outcomes) == matrix.applicable("deployment", DEFINITION)
    assert not any(outcome.problems for outcome in outcomes.values())
    shown = matrix.documented("deployment")
    assert all(shown[cell.state, cell.fault] == matrix.LETTERS[item.text] for cell, item in outcomes.items())
    record_property("figure", f"{len(outcomes)} cells of deployment, 100 % allowed")


def _check(benches: Benches) -> None:
    found = {cell: item.problems for cell, item in benches.outcomes.by_cell.items() if item.problems}
    assert not found, "\n".join(f"{cell.state} x {cell.fault}: {'; '.join(text)}" for cell, text in found.items())
