"""Script mode without a server: which command runs, how it fails, and where its code and packages come from.

Expected values are those of https://github.com/aws/sagemaker-training-toolkit: ``_entry_point_type.py``,
``process.py`` and ``errors.py``.
"""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_cloud.containers.sagemaker import layers, own_program, script_mode, script_process, script_source, training
from local_cloud.containers.sagemaker.programs import TrainingError
from local_cloud.containers.sagemaker.pytorch import train as pytorch
from local_cloud.containers.sagemaker.script_process import ProcessFailedError
from local_cloud.containers.sagemaker.script_source import SourceError

Job = Callable[..., Path]
TELL = """
import json, os, sys
told = {"argv": sys.argv, "cwd": os.getcwd(), "package": __package__, "epochs": os.environ["SM_HP_EPOCHS"]}
open(os.environ["SM_MODEL_DIR"] + "/told.json", "w").write(json.dumps(told))
"""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Makes the /opt/ml of a job whose code is a folder."""

    def make(files: dict[str, str | bytes], program: str | None = "train.py", **values: Any) -> Path:
        root, code = tmp_path / "ml", tmp_path / "source"
        for folder in (root / "input" / "config", root / "model", root / "output", code):
            folder.mkdir(parents=True)
        for name, content in files.items():
            path = code / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        given = {"epochs": 2, "sagemaker_submit_directory": str(code), **values}
        named = {"sagemaker_program": program} if program else {}
        config = {
            "hyperparameters": {name: json.dumps(value) for name, value in (given | named).items()},
            "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
            "inputdataconfig": {},
        }
        for name, value in config.items():
            (root / "input" / "config" / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
        return root

    return make


def _train(root: Path, **changes: Any) -> Any:
    usual: dict[str, Any] = {"module": "a:main", "captures": False}
    script_mode.train(root, **usual | changes)
    told = root / "model" / "told.json"
    return json.loads(told.read_text(encoding="utf-8")) if told.exists() else None


def test_a_program_is_run_in_its_folder(job: Job) -> None:
    root = job({"train.py": TELL}, rate=0.5)
    assert _train(root) == {
        "argv": ["train.py", "--epochs", "2", "--rate", "0.5"],
        "cwd": str(root / "code"),
        "package": None,
        "epochs": "2",
    }
    assert (root / "output" / "success").exists()


def test_the_older_toolkit_runs_a_module(job: Job) -> None:
    told = _train(job({"train.py": TELL}), older=True)
    assert (told["argv"][1:], told["package"]) == (["--epochs", "2"], "")


def test_a_command_is_run_by_a_shell(job: Job) -> None:
    root = job({"train.sh": '#!/bin/sh\nprintf %s "$1|$2|$3|$4" > "$SM_MODEL_DIR/out"\n'}, "train.sh", name="a b")
    _train(root)
    assert (root / "model" / "out").read_text(encoding="utf-8") == "--epochs|2|--name|a b"


def test_a_package_is_installed_and_run_as_a_module(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = list[list[str]]()
    monkeypatch.setattr(script_process, "run", lambda command, **_: commands.append(command))
    root = job({"setup.py": "", "requirements.txt": "", "train.py": ""})
    _train(root)
    python = str(root.parent / "environment" / "bin" / "python")
    assert commands == [
        [python, "-m", "pip", "install", ".", "-r", "requirements.txt"],
        [python, "-m", "train", "--epochs", "2"],
    ]


@pytest.mark.parametrize(
    ("files", "program", "said"),
    [
        ({"train.py": ""}, None, "the job names no script: name it by the hyperparameter sagemaker_program"),
        ({"other.py": ""}, "train.py", "the code has no train.py, it has other.py$"),
        ({"a/train.py": ""}, "train.py", "it has a; it lies at a/train.py: put what is in the folder at the top of"),
    ],
)
def test_a_script_that_is_not_there(job: Job, files: dict[str, str | bytes], program: str | None, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        _train(job(files, program))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (
            {"captures": False},
            'ExecuteUserScriptError:\nExitCode 3\nErrorMessage ""\nCommand "{python} train.py --epochs 2"',
        ),
        (
            {"captures": True},
            'ExecuteUserScriptError:\nExitCode 3\nErrorMessage "ValueError: no rows\n more"\nCommand "{python} train.py --epochs 2"',
        ),
        ({"captures": False, "older": True}, 'ExecuteUserScriptError:\nCommand "{python} -m train --epochs 2"'),
    ],
    ids=["silent", "captured", "older"],
)
def test_how_a_failure_is_told(job: Job, how: dict[str, bool], said: str) -> None:
    code = "import sys\nprint('fine')\nprint('ValueError: no rows:\\nmore', file=sys.stderr)\nsys.exit(3)"
    root = job({"train.py": code})
    with pytest.raises(ProcessFailedError) as failed:
        _train(root, **how)
    assert str(failed.value) == said.format(python=root.parent / "environment" / "bin" / "python")


@pytest.mark.parametrize("captures", [False, True])
def test_a_script_that_heeds_sigterm_has_time_to_save(tmp_path: Path, captures: bool) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html: all processes of a container
    # get the signal here, and the first one must not end before its script does.
    script = """
import pathlib, signal, sys, time
def save(*_):
    time.sleep(0.2)
    pathlib.Path("saved").touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("trains", flush=True)
signal.pause()
"""
    (tmp_path / "train.py").write_text(script, encoding="utf-8")
    runs = f"""
import os, sys
from pathlib import Path
from local_cloud.containers.sagemaker import script_process
script_process.run(
    [sys.executable, "train.py"], kind="A", cwd=Path({str(tmp_path)!r}), environment=os.environ, captures={captures}
)
print("ended", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", runs], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"trains\n"
        os.killpg(process.pid, signal.SIGTERM)
        # The shell between them, which keeps a script's words, heeds the signal and is told as the failure.
        assert process.stdout.read() == (b"" if captures else b"ended\n")
    assert (tmp_path / "saved").exists()


def test_what_was_killed_says_so() -> None:
    assert 'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"' in str(
        ProcessFailedError("A", ["b"], 137, "")
    )


def test_a_shell_divides_arguments_where_words_are_captured(tmp_path: Path) -> None:
    command = [sys.executable, "-c", '\'import sys; open("out", "w").write(str(len(sys.argv)))\'', "a b"]
    script_process.run(command, kind="A", cwd=tmp_path, environment={}, captures=True)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "3"


def test_a_failure_that_a_script_wrote_itself_stays(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os\nopen(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('the label is constant')\n1 / 0"
    root = job({"train.py": code})

    class Module:
        @staticmethod
        def train(root: Path) -> None:
            _train(root)

    monkeypatch.setitem(sys.modules, "made_up_family", Module())
    assert training.main("made_up_family", root) == 1
    assert (root / "output" / "failure").read_text(encoding="utf-8") == "the label is constant"


def test_code_comes_from_an_archive_or_a_file(tmp_path: Path) -> None:
    archive = tmp_path / "source.tar.gz"
    with tarfile.open(archive, "w:gz") as content:
        info = tarfile.TarInfo("train.py")
        info.size = 1
        content.addfile(info, io.BytesIO(b"1"))
    script_source.fetch(f"file://{archive}", tmp_path / "a")
    assert (tmp_path / "a" / "train.py").read_bytes() == b"1"
    script_source.fetch(str(tmp_path / "a" / "train.py"), tmp_path / "b")
    assert (tmp_path / "b" / "train.py").exists()
    # Where there is code already nothing is fetched: the SDK's own channel of code.
    script_source.fetch("/nowhere", tmp_path / "b")
    with pytest.raises(
        SourceError, match="sagemaker_submit_directory is '/nowhere', and nothing lies there; name an arch"
    ):
        script_source.fetch("/nowhere", tmp_path / "c")


def test_requirements_are_kept_for_who_asks_for_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "images" / "one"))
    file, installed = tmp_path / "requirements.txt", list[Path]()
    file.write_text("# a comment\nsome-package==1.0\n", encoding="utf-8")
    first = layers.with_requirements(file, installed.append, own=tmp_path / "own")
    file.write_text("some-package==1.0 # the same\n", encoding="utf-8")
    assert layers.with_requirements(file, installed.append, own=tmp_path / "own") == first
    assert installed == [first]
    file.write_text("--find-links wheels\nsome-package==1.0\n", encoding="utf-8")
    assert layers.with_requirements(file, installed.append, own=tmp_path / "own") == tmp_path / "own" / "bin" / "python"


def test_what_pip_could_not_install_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "images" / "one"))
    file = tmp_path / "requirements.txt"
    file.write_text("some-package==1.0\n", encoding="utf-8")

    def fail(python: Path) -> None:
        assert python.exists()
        raise TrainingError("no index")

    for _ in range(2):
        with pytest.raises(TrainingError, match="no index"):
            layers.with_requirements(file, fail, own=tmp_path / "own")


def test_torchrun_runs_the_script(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    commands, environments = list[list[str]](), list[dict[str, str]]()

    def run(command: list[str], *, environment: dict[str, str], **_: Any) -> None:
        commands.append(command)
        environments.append(environment)

    monkeypatch.setattr(script_process, "run", run)
    root = job({"train.py": ""}, sagemaker_torch_distributed_enabled=True)
    resources = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"], "network_interface_name": "lo"}
    (root / "input" / "config" / "resourceconfig.json").write_text(json.dumps(resources), encoding="utf-8")
    # A name that every machine knows stands for one that only a job's hosts know.
    monkeypatch.setattr(socket, "gethostbyname", lambda _: "127.0.0.1")
    pytorch.train(root)
    # https://github.com/aws/sagemaker-training-toolkit, torch_distributed.py
    torchrun = (
        "-m torch.distributed.run --nnodes 2 --nproc_per_node 1 --master_addr algo-1 --master_port 7777 --node_rank 1"
    )
    assert commands[0][1:] == [*torchrun.split(), "train.py", "--epochs", "2"]
    assert (environments[0]["MASTER_ADDR"], environments[0]["GLOO_SOCKET_IFNAME"]) == ("algo-1", "lo")


def test_a_program_of_a_jobs_own_has_an_environment_above_the_images(tmp_path: Path) -> None:
    code = "import pytest, sys; print(sys.prefix)"
    command = [
        sys.executable,
        "-m",
        own_program.__name__,
        str(tmp_path / "own"),
        "/bin/sh",
        "-c",
        f"python3 -c '{code}'",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(tmp_path / "own")]
    missing = subprocess.run([*command[:4], "there-is-no-such-program"], capture_output=True, text=True, check=False)
    assert (missing.returncode, missing.stderr) == (
        127,
        "cannot start there-is-no-such-program: No such file or directory\n",
    )


def test_a_layer_has_what_lies_below_and_what_is_put_into_it(tmp_path: Path) -> None:
    python = layers.make(tmp_path / "layer")
    (layers.packages(python) / "tiny.py").write_text("VALUE = 7", encoding="utf-8")
    code = "import tiny, pytest, sys; print(tiny.VALUE, sys.prefix)"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", str(tmp_path / "layer")]
