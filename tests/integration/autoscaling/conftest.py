from collections.abc import Iterator

import pytest

from local_cloud import lifecycle
from local_cloud.lifecycle import RunningCloud
from local_cloud.settings import Settings


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running
