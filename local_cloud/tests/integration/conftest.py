"""One server for the tests of a file, unless their folder says otherwise."""

from collections.abc import Iterator

import pytest

from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running
