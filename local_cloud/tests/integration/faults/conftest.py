"""One server a worker for these tests, whose plan is empty before and after each of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings

Add = Callable[..., str]


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running


@pytest.fixture
def add(cloud: RunningCloud) -> Iterator[Add]:
    """Puts a fault into the plan; gives its id."""

    def put(kind: str, **fields: Any) -> str:
        return str(cloud.control("faults", {"add": {"kind": kind, **fields}})["id"])

    yield put
    cloud.control("faults", {"clear": True})


def hits(cloud: RunningCloud, fault_id: str) -> int:
    listed = cloud.control("faults", {"list": True})["faults"]
    return int(next(fault["hits"] for fault in listed if fault["id"] == fault_id))
