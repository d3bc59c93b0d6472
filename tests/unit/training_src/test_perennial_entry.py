"""What a framework image starts: the user's script in the same process, and its files beside the model after it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.algorithm import Code
from stacks import script_archives
from tests.unit.stacks.test_script_archives import unpacked

TRAIN = """
import os, sys
from helper import VALUE
print(sys.argv[1:], VALUE, __name__, os.path.basename(sys.argv[0]))
open(os.path.join(os.environ["SM_MODEL_DIR"], "model"), "w").close()
{end}
"""


def _run(tmp_path: Path, *, end: str = "", inference: str | None = "inference.py") -> tuple[int, str, list[str]]:
    source = tmp_path / "source"
    source.mkdir()
    files = {"train.py": TRAIN.format(end=end), "helper.py": "VALUE = 5\n", "requirements.txt": ""}
    if inference:
        files[inference] = "def model_fn(model_dir): pass\n"
    for name, text in files.items():
        (source / name).write_text(text, encoding="utf-8")
    code, model = tmp_path / "code", tmp_path / "model"
    model.mkdir()
    packed = script_archives.pack(source, Code(folder="source", training="train.py", inference=inference))
    for name, content in unpacked(packed).items():
        code.mkdir(exist_ok=True)
        (code / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, script_archives.ENTRY, "--rate", "0.1"],
        cwd=code,
        env={**os.environ, "SM_MODEL_DIR": str(model)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, sorted(str(path.relative_to(model)) for path in model.rglob("*"))


@pytest.mark.parametrize("end", ["", "sys.exit(0)"])
def test_the_script_is_the_main_program_and_its_files_go_beside_the_model(tmp_path: Path, end: str) -> None:
    code, output, files = _run(tmp_path, end=end)
    assert (code, output.strip()) == (0, "['--rate', '0.1'] 5 __main__ train.py")
    assert files == ["code", "code/helper.py", "code/inference.py", "code/requirements.txt", "code/train.py", "model"]


@pytest.mark.parametrize(("end", "told"), [("sys.exit(3)", ""), ("raise KeyError('rate')", "KeyError: 'rate'")])
def test_a_script_that_fails_leaves_no_code(tmp_path: Path, end: str, told: str) -> None:
    code, output, files = _run(tmp_path, end=end)
    assert code == (1 if told else 3)
    assert told in output
    assert files == ["model"]


def test_where_the_image_answers_by_itself_the_model_stays_alone(tmp_path: Path) -> None:
    assert _run(tmp_path, inference=None)[2] == ["model"]
