"""Every Task state of the retraining workflow against every fault that can befall it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_cloud import lifecycle
from local_cloud.settings import Settings
from tests.faults import deployed, retraining
from tests.faults.observation import Account
from tests.faults.retraining import NO_DATA, PLAIN, RICH, TAKE_OVER, TEST_RUN, Bench, Route

_SCALE = 20
_PASSING = ("throttle", "server_error")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("faults")
    deployed.synthesise(folder / "assembly", retraining.MODELS, serving=["222222222222"])
    with lifecycle.start(Settings(state_dir=folder / "state", port=0, time_scale=_SCALE)) as cloud:
        outputs = deployed.deploy(cloud, folder / "assembly", "Training", deployed.SANDBOX)
        account = Account(cloud, deployed.SANDBOX, outputs)
        account.prepare()
        yield Bench(account)


def test_passing_faults(bench: Bench) -> None:
    bench.upload('rich-00')
    rest = set(bench.tasks) - {state for route in (TAKE_OVER, TEST_RUN, NO_DATA) for state in route.covers}
    full = Route(name="everything", covers=tuple(rest))
    jobs = []
    for fault, rich in zip(_PASSING, RICH, strict=False):
        jobs.append((full, rich.name, fault))
        jobs.append((TEST_RUN, PLAIN[len(jobs)].name, fault))
    for model in PLAIN:
        bench.upload(model.name)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda job: bench.sweep(*job, job[0].covers), jobs))
    for cell, outcome in sorted(bench.outcomes.items(), key=lambda item: item[0]):
        print(cell.state, cell.fault, outcome)
