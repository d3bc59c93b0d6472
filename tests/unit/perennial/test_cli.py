import pytest

from perennial import cli


@pytest.mark.parametrize("arguments", [[], ["nope"], ["run"], ["invoke", "flight-delay"]])
def test_an_incomplete_command_explains_itself(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m perennial" in capsys.readouterr().err


def test_a_cloud_that_does_not_answer_is_an_error_with_advice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        # Port 1 is reserved; nothing listens there.
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "111111111111",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["status"]) == 1
    assert "python -m local_cloud start" in capsys.readouterr().err
