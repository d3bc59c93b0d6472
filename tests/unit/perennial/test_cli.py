import pytest

from perennial import cli


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
    assert cli._parser().parse_args(arguments).stack == stack


def test_every_command_of_the_parser_does_something() -> None:
    with_a_stack = set(cli._COMMANDS) | {"adopt", "bootstrap", "demo", "log", "picture"}
    (chosen,) = (action for action in cli._parser()._actions if action.dest == "command")
    assert set(chosen.choices or ()) == with_a_stack


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


def test_a_missing_region_is_an_error_with_advice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    assert cli.main(["status"]) == 1
    assert "region" in capsys.readouterr().err
