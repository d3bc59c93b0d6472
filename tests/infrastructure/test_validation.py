"""CDK's built-in validation, once, the way a user gets it from the CLI."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.loader import VARIABLE
from contract.names import STACK_NAMES
from tests.conftest import NODE, ROOT

pytestmark = pytest.mark.security("cdk validation")

_BROKEN = """
import aws_cdk as cdk

app = cdk.App()
stack = cdk.Stack(app, "Broken")
cdk.CfnResource(stack, "Bucket", type="AWS::S3::Bucket", properties={"BucketName": "No_Such Name"})
app.synth()
"""


def _synth(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`cdk synth` with the context of cdk.json and with config/, into the folder ``out``."""
    environment = {
        **{name: value for name, value in os.environ.items() if name not in {"CDK_VALIDATION", VARIABLE}},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{NODE.parent}{os.pathsep}{os.environ['PATH']}",
        "CDK_HOME": str(folder / "cdk-home"),
    }
    return subprocess.run(
        [str(NODE), "node_modules/aws-cdk/bin/cdk", "synth", "--quiet", "--output", str(folder / "out"), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_synth_passes_validation(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    finished = _synth(tmp_path)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    stacks = {file.name for file in (tmp_path / "out").rglob("*.template.json")}
    assert stacks >= {f"{name}.template.json" for name in STACK_NAMES.values()}
    record_property("figure", f"{len(stacks)} templates")


def test_a_broken_template_fails_validation(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(_BROKEN, encoding="utf-8")

    finished = _synth(tmp_path, "--app", shlex.join([sys.executable, str(tmp_path / "broken.py")]))

    assert finished.returncode == 1, finished.stdout + finished.stderr
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    assert "BucketName: 'No_Such Name' does not match pattern" in finished.stdout + finished.stderr
    assert "CloudFormation-Validate::F3031" in finished.stdout + finished.stderr


def test_what_is_found_is_an_error_and_no_advice() -> None:
    # Without the flag the same findings are only printed, and synth succeeds.
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    assert context["@aws-cdk/core:validateAgainstDefaultRules"] is True
