import shutil
from pathlib import Path

import pytest

from perennial import cli
from perennial.account.connection import connect, region_of
from tests.conftest import FLEET


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nope"],
        ["run"],
        ["invoke", "flight-delay"],
        ["approve", "flight-delay"],
        ["reject", "flight-delay", "newest"],
        ["history", "flight-delay", "--kind", "deployment"],
    ],
)
def test_an_incomplete_command_explains_itself(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m perennial" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "stack"),
    [
        (["status"], "PerennialSandbox"),
        (["--stack", "PerennialQa", "status"], "PerennialQa"),
        (["status", "--stack", "PerennialProd"], "PerennialProd"),
        (["--stack", "PerennialQa", "status", "--stack", "PerennialProd"], "PerennialProd"),
    ],
)
def test_the_stack_may_be_named_before_and_after_the_command(arguments: list[str], stack: str) -> None:
    assert cli.parser().parse_args(arguments).stack == stack


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself_and_does_something(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: python -m perennial {name} " in capsys.readouterr().out
    assert callable(cli.module(name).perform)


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    told = capsys.readouterr().out
    assert [name for name in cli.COMMANDS if f"\n    {name} " not in told] == []


def test_a_cloud_that_does_not_answer_is_an_error_with_advice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        # Port 1 is reserved; nothing listens there.
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "111111111111",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["status"]) == 1
    assert "python -m local_cloud start" in capsys.readouterr().err


def test_without_a_region_the_configuration_s_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    config = tmp_path / "config"
    shutil.copytree(FLEET, config)
    accounts = config / "accounts.yaml"
    accounts.write_text(accounts.read_text(encoding="utf-8").replace("us-east-1", "eu-west-1"), encoding="utf-8")
    monkeypatch.setenv("PERENNIAL_CONFIG", str(config))
    assert connect(None).region == "eu-west-1"
    assert connect("eu-north-1").region == "eu-north-1"


@pytest.mark.parametrize(
    ("arn", "region"),
    [
        ("arn:aws:states:eu-west-1:111111111111:execution:perennial-retraining:a", "eu-west-1"),
        ("arn:aws:iam::111111111111:role/r", None),
        ("nope", None),
        ("a:b:c:d:e:f", None),
    ],
)
def test_an_execution_is_looked_up_in_its_own_region(arn: str, region: str | None) -> None:
    assert region_of(arn) == region
