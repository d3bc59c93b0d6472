"""What a program finds in the interpreter of its container, wherever and however the server was started."""

import json
import subprocess
from pathlib import Path

import pytest

from local_cloud.kernel import interpreters, runtime
from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.interpreters import Interpreter
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.settings import Settings
from local_cloud.services.sagemaker import images

REPOSITORY = Path(__file__).parents[3]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
OURS = [
    "config",
    "contract",
    "lambda_src",
    "local_cloud.kernel",
    "local_cloud.services",
    "mlops_constructs",
    "perennial",
]
OF_DEVELOPMENT = ["aws_cdk", "moto", "pytest"]
_PROBE = """
import importlib, json, sys
found = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        found.append(name)
    except ModuleNotFoundError:
        pass
print(json.dumps(found))
"""


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(interpreters.SHARED, raising=False)
    settings = Settings(state_dir=tmp_path)
    running = Runtime(settings=settings, clock=VirtualClock(), processes=ProcessSupervisor(settings.run_dir))
    monkeypatch.setattr(runtime, "_current", running)
    return tmp_path


def _found(interpreter: Interpreter, folder: Path, *names: str) -> list[str]:
    script = folder / "probe.py"
    script.write_text(_PROBE, encoding="utf-8")
    done = subprocess.run(
        [interpreter.python, str(script), *names],
        env=interpreter.environment({"PATH": "/usr/bin:/bin"}),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def test_packages_are_there_with_what_they_need_and_nothing_else(state_dir: Path) -> None:
    made = interpreters.of(["boto3"])
    assert _found(made, state_dir, "boto3", "botocore", "urllib3", "numpy", *OURS, *OF_DEVELOPMENT) == [
        "boto3",
        "botocore",
        "urllib3",
    ]


def test_the_training_image_has_its_programs_and_not_those_that_start_it(state_dir: Path) -> None:
    made = images.find(IMAGE).interpreter
    wanted = ["xgboost", "sklearn", "pandas", "local_cloud.containers.sagemaker.xgboost.train"]
    assert _found(made, state_dir, *wanted, *OURS, *OF_DEVELOPMENT) == wanted


def test_a_program_of_the_image_does_not_see_the_folder_that_it_starts_in(state_dir: Path) -> None:
    (state_dir / "numpy.py").write_text("raise SystemExit('the wrong numpy')", encoding="utf-8")
    command = images.find(IMAGE).training(state_dir / "none")
    done = subprocess.run(command, cwd=state_dir, env={}, capture_output=True, text=True, check=False)
    assert "FileNotFoundError" in done.stderr
    assert "the wrong numpy" not in done.stderr


def test_what_a_program_starts_as_python3_is_the_same_interpreter(state_dir: Path) -> None:
    made = interpreters.of(["boto3"])
    command = ["/bin/sh", "-c", "python3 -c 'import sys; print(sys.prefix)'"]
    done = subprocess.run(command, env=made.environment({}), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(made.folder)


def test_an_interpreter_is_made_once_and_a_package_that_is_not_installed_is_left_out(state_dir: Path) -> None:
    first = interpreters.of(["boto3"])
    assert interpreters.of(["boto3", "no-such-package-anywhere"]) == first
    assert [folder.name for folder in (state_dir / "images").iterdir()] == [first.folder.name]


def test_servers_that_are_given_a_folder_share_their_images(
    state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = interpreters.of(["boto3"])
    monkeypatch.setenv(interpreters.SHARED, str(tmp_path / "shared"))
    shared = interpreters.of(["boto3"])
    assert (own.folder.parent, shared.folder.parent) == (state_dir / "images", tmp_path / "shared")
    assert own.folder.name == shared.folder.name


def test_an_extra_brings_its_packages(state_dir: Path) -> None:
    assert _found(interpreters.of(["psycopg[binary]"]), state_dir, "psycopg", "psycopg_binary") == [
        "psycopg",
        "psycopg_binary",
    ]
    assert _found(interpreters.of(["psycopg"]), state_dir, "psycopg_binary") == []
