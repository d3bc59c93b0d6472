"""A server for functions in Node.js: it was told where the SDK of their runtimes lies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings

_PACKAGES = Path(__file__).parents[4] / "node_modules"


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder of packages, with a client of the SDK in it."""
    if not (_PACKAGES / "@aws-sdk" / "client-codepipeline").is_dir():
        pytest.fail(f"{_PACKAGES} has no @aws-sdk/client-codepipeline: `make test` installs what package.json names")
    return _PACKAGES


@pytest.fixture(scope="session")
def node_cloud(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> Iterator[RunningCloud]:
    with lifecycle.start(
        Settings(state_dir=tmp_path_factory.mktemp("state"), port=0, node_modules=packages)
    ) as running:
        yield running
