from pathlib import Path

import pytest

from perennial.account.cdk import Cdk, checkout
from perennial.errors import OperatorError


def test_a_missing_cli_is_explained(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="the CDK CLI is not installed"):
        Cdk(root=tmp_path, environment={}, log=tmp_path / "log").run("synth")


def test_a_failing_command_shows_what_it_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody-else")
    script = tmp_path / "node_modules" / "aws-cdk" / "bin" / "cdk"
    script.parent.mkdir(parents=True)
    script.write_text("console.log(process.env.AWS_PROFILE, process.argv[2]); process.exit(3)")
    with pytest.raises(OperatorError, match=r"(?s)`cdk deploy` ended with 3.*undefined deploy"):
        Cdk(root=tmp_path, environment={}, log=tmp_path / "log").run("deploy")


def test_what_works_on_the_app_finds_the_repository_or_says_that_it_needs_one(tmp_path: Path) -> None:
    assert (checkout() / "cdk.json").is_file()
    with pytest.raises(OperatorError, match=r"there is none in .*pip install -e"):
        checkout(tmp_path)
