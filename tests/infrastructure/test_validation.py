"""CDK's built-in validation, once, the way a user gets it from the CLI."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import NODE, ROOT

pytestmark = pytest.mark.security("cdk validation")


def test_synth_passes_validation(
    tmp_path: Path, assembly: Path, record_property: Callable[[str, object], None]
) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{NODE.parent}{os.pathsep}{os.environ['PATH']}",
        "CDK_HOME": str(tmp_path / "cdk-home"),
    }

    finished = subprocess.run(
        [str(NODE), "node_modules/aws-cdk/bin/cdk", "synth", "--quiet", "--output", str(tmp_path / "out")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stdout + finished.stderr
    stacks = {file.name for file in (tmp_path / "out").rglob("*.template.json")}
    assert stacks == {file.name for file in assembly.rglob("*.template.json")}
    record_property("figure", f"{len(stacks)} templates")
