"""Every Task state of the retraining workflow against every fault that can befall it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local_cloud import api
from local_cloud.api import Settings
from tests.faults import deployed, matrix, retraining
from tests.faults.cells import kind_of
from tests.faults.observation import Account
from tests.faults.retraining import HELD, LINEAR, PLAIN, RICH, SERVED, Retraining
from tests.faults.routes import AT_ONCE, FULL, NO_DATA, RETRAINING, SCORED, TAKE_OVER, TEST_RUN, Route
from tests.unit.mlops_constructs import machine

pytestmark = pytest.mark.security("faults")

DEFINITION = machine.retraining()
_SCALE = 10
_PARALLEL = 4
_JOB_FAULTS = ("job_failure", "job_crash", "partial_upload", "job_hang")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retraining]:
    folder = tmp_path_factory.mktemp("faults")
    deployed.synthesise(folder / "assembly", retraining.MODELS, serving=["222222222222"])
    with api.start(Settings(state_dir=folder / "state", port=0, time_scale=_SCALE)) as cloud:
        outputs = deployed.deploy(cloud, folder / "assembly", "Training", deployed.SANDBOX)
        account = Account(cloud, deployed.SANDBOX, outputs)
        account.prepare()
        made = Retraining(account)
        made.prepare()
        yield made
        # The test of the server's end leaves another one behind.
        made.account.cloud.stop()


def test_every_task_is_on_a_route(bench: Retraining) -> None:
    assert sorted(bench.tasks) == sorted(state for route in RETRAINING for state in route.covers)


def test_what_passes_by_itself(bench: Retraining) -> None:
    # Faults of functions and of Glue jobs befall whoever comes first, so this one is alone.
    bench.sweep(FULL, RICH[0].name, FULL.covers)
    routes = [(SCORED, LINEAR[0]), (AT_ONCE, SERVED), (TAKE_OVER, PLAIN[0]), (TEST_RUN, PLAIN[1]), (NO_DATA, PLAIN[2])]
    with ThreadPoolExecutor(_PARALLEL) as pool:
        list(pool.map(lambda item: bench.sweep(item[0], item[1].name, item[0].covers), routes))
    bench.settle()
    _check(bench)


def test_functions_that_time_out(bench: Retraining) -> None:
    functions = [state for state in FULL.covers if kind_of(bench.tasks[state]) == "function"]
    bench.chain(FULL, RICH[1].name, "function_timeout", functions)
    _check(bench)


@pytest.mark.parametrize("fault", _JOB_FAULTS)
def test_jobs_that_fail(bench: Retraining, fault: str) -> None:
    number = _JOB_FAULTS.index(fault)
    jobs = [state for state in FULL.covers if kind_of(bench.tasks[state]) == "job"]
    bench.chain(FULL, RICH[2 + number].name, fault, jobs, times=None)
    plain = Route(name="without tuning", registers=1, covers=())
    bench.chain(plain, PLAIN[3 + number].name, fault, ["Model Training"], times=None)
    if fault == "job_hang":
        # The task's time is up, which is no answer of the champion's.
        bench.make_way(SCORED, LINEAR[1].name)
        bench.chain(SCORED, LINEAR[1].name, fault, SCORED.covers, times=None)
    else:
        bench.scored(LINEAR[1].name, fault)
    _check(bench)


def test_a_server_that_is_killed(bench: Retraining) -> None:
    plain, rich, linear = iter(PLAIN[10:]), iter(RICH[6:]), iter(LINEAR[2:])
    held = []
    for route in RETRAINING:
        for state in route.covers:
            takes_rich = state in {"Extract from Warehouse", "Select Parent Tuning Jobs", "Hyperparameter Tuning"}
            others = linear if route == SCORED else rich if takes_rich else plain
            model = HELD if route == AT_ONCE else next(others)
            held.append((route, model.name, state))
    # Hanging Glue jobs befall whoever comes first.
    held.sort(key=lambda item: item[2] not in {"Extract from Warehouse", "Extract, Transform, Load"})
    # Nobody's time is up while the others get to where they are held.
    bench.account.cloud.control("clock", {"scale": 0.1})
    arns = [bench.hold(*item) for item in held[:2]]
    with ThreadPoolExecutor(_PARALLEL) as pool:
        arns += pool.map(lambda item: bench.hold(*item), held[2:])
    cloud = bench.account.cloud
    cloud.save()
    bench.account.use(cloud.restart(crash=True))
    with ThreadPoolExecutor(_PARALLEL) as pool:
        list(pool.map(lambda item: bench.after_kill(*item[0], *item[1]), zip(held, arns, strict=True)))
    _check(bench)


def test_the_matrix_is_complete(
    bench: Retraining, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    outcomes = bench.outcomes.by_cell
    text = matrix.table("retraining", DEFINITION, outcomes)
    record_property("fault matrix", f"retraining\n\n{text}")
    if request.config.getoption("--write-fault-matrix"):
        matrix.write("retraining", text)
    assert set(outcomes) == matrix.applicable("retraining", DEFINITION)
    assert not any(outcome.problems for outcome in outcomes.values())
    shown = matrix.documented("retraining")
    assert all(shown[cell.state, cell.fault] == matrix.LETTERS[item.text] for cell, item in outcomes.items())
    record_property("figure", f"{len(outcomes)} cells of retraining, 100 % allowed")


def _check(bench: Retraining) -> None:
    found = {cell: item.problems for cell, item in bench.outcomes.by_cell.items() if item.problems}
    assert not found, "\n".join(f"{cell.state} x {cell.fault}: {'; '.join(text)}" for cell, text in found.items())
