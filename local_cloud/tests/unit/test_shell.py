"""``eval "$(python -m local_cloud env)"`` in real shells."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local_cloud.kernel import sagemaker_sdk, shell, source

# zsh is the shell of macOS; not every machine has it.
_SHELLS = [name for name in ("sh", "bash", "zsh") if shutil.which(name)]
_COMMAND = f"{sys.executable} -m local_cloud env"


def _run(program: str, script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, "-c", script],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(source.ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", ["", "--acount 111111111111"], ids=["nothing runs", "wrong usage"])
@pytest.mark.parametrize("program", _SHELLS)
def test_without_a_local_cloud_the_shell_s_next_aws_client_reaches_nothing(
    program: str, arguments: str, tmp_path: Path
) -> None:
    real = {"AWS_PROFILE": "production", "AWS_ENDPOINT_URL_SAGEMAKER": "https://api.sagemaker.us-east-1.amazonaws.com"}
    script = f'eval "$({_COMMAND} {arguments})" && echo went on\necho "$? [$AWS_ENDPOINT_URL] [$AWS_ENDPOINT_URL_SAGEMAKER] [$AWS_PROFILE]"'

    found = _run(program, script, tmp_path, **real)

    assert found.stdout == f"1 [{shell.NOWHERE}] [] [production]\n"
    assert ("no local cloud runs on" if not arguments else "usage:") in found.stderr


@pytest.mark.parametrize("program", _SHELLS)
def test_a_script_that_stops_at_errors_stops(program: str, tmp_path: Path) -> None:
    found = _run(program, f'set -e\neval "$({_COMMAND})"\necho went on', tmp_path)

    assert (found.returncode, found.stdout) == (1, "")


def test_the_command_itself_fails_and_tells_people_apart_from_the_shell(tmp_path: Path) -> None:
    found = _run("sh", _COMMAND, tmp_path)

    assert found.returncode == 1
    assert found.stdout.splitlines() == [f"export AWS_ENDPOINT_URL={shell.NOWHERE}", "false"]
    assert found.stderr.startswith(f"error: no local cloud runs on {tmp_path}/.local-cloud; start one with")


def test_help_is_no_failure(tmp_path: Path) -> None:
    found = _run("sh", f"{_COMMAND} --help", tmp_path)

    assert found.returncode == 0
    assert "export" not in found.stdout


@pytest.mark.parametrize("program", _SHELLS)
def test_what_would_win_over_the_variables_is_unset(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stronger = ("AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_PROFILE", "AWS_SESSION_TOKEN")
    for name in stronger:
        monkeypatch.setenv(name, "x")
    lines = "\n".join(shell.lead_to({"AWS_ENDPOINT_URL": "http://127.0.0.1:5600", "ODD": "a'b $(c)"}))
    assert sorted(line.split()[1] for line in lines.splitlines() if line.startswith("unset")) == sorted(stronger)

    found = _run(program, f"{lines}\nenv", tmp_path, **dict.fromkeys(stronger, "x"))

    left = dict(line.split("=", 1) for line in found.stdout.splitlines() if "=" in line)
    assert (left["AWS_ENDPOINT_URL"], left["ODD"]) == ("http://127.0.0.1:5600", "a'b $(c)")
    assert not left.keys() & set(stronger)


@pytest.mark.parametrize("program", _SHELLS)
def test_the_sdk_s_file_is_forgotten_when_no_local_cloud_runs_but_not_the_user_s_own(
    program: str, tmp_path: Path
) -> None:
    ours = str(sagemaker_sdk.write(tmp_path, account_id="111111111111", region="us-east-1"))
    script = f'eval "$({_COMMAND})"; echo "[$SAGEMAKER_USER_CONFIG_OVERRIDE]"'

    left = [
        _run(program, script, tmp_path, SAGEMAKER_USER_CONFIG_OVERRIDE=file).stdout for file in (ours, "/mine.yaml")
    ]

    assert left == ["[]\n", "[/mine.yaml]\n"]


@pytest.mark.parametrize(("named", "left"), [({}, ""), ({sagemaker_sdk.VARIABLE: "/new"}, "/new")])
def test_the_sdk_s_file_of_another_local_cloud_is_forgotten(
    named: dict[str, str], left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = str(sagemaker_sdk.write(tmp_path, account_id="111111111111", region="us-east-1"))
    monkeypatch.setenv(sagemaker_sdk.VARIABLE, ours)
    lines = "\n".join(shell.lead_to(named))

    found = _run("sh", f'{lines}\necho "$SAGEMAKER_USER_CONFIG_OVERRIDE"', tmp_path, **{sagemaker_sdk.VARIABLE: ours})

    assert found.stdout == f"{left}\n"
