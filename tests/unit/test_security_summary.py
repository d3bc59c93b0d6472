"""The table of `make security`, and when it fails a run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.security_summary import AREAS

_EVERY_AREA = "\n".join(
    f"@pytest.mark.security({area!r})\ndef test_{number}(record_property):\n    record_property('figure', 'n={number}')\n"
    for number, area in enumerate(AREAS)
)


def _run(folder: Path, tests: str, *more: str) -> tuple[int, str]:
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = security(area): x\n", encoding="utf-8")
    (folder / "test_it.py").write_text(f"import pytest\n\n{tests}", encoding="utf-8")
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.support.security_summary",
            "-p",
            "no:cacheprovider",
            *more,
            str(folder),
        ],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return finished.returncode, finished.stdout


@pytest.mark.parametrize("workers", [[], ["--numprocesses", "1"]])
def test_a_line_an_area_with_its_figure(tmp_path: Path, workers: list[str]) -> None:
    code, said = _run(tmp_path, f"{_EVERY_AREA}\ndef test_other():\n    assert False\n", "--security", *workers)

    assert code == 0, said
    assert [line.split()[-4:] for line in said.splitlines() if line.startswith("cdk-nag")] == [["1", "0", "0", "n=0"]]
    assert all(any(line.startswith(area) for line in said.splitlines()) for area in AREAS)


def test_without_the_option_nothing_is_left_out_and_no_table_printed(tmp_path: Path) -> None:
    code, said = _run(tmp_path, "def test_other():\n    pass\n")

    assert code == 0, said
    assert "1 passed" in said
    assert "cdk-nag" not in said


@pytest.mark.parametrize(
    "tests",
    [
        "def test_other():\n    pass\n",
        _EVERY_AREA.replace("'cdk-nag'", "'other'"),
        _EVERY_AREA.replace("@pytest.mark.security('cdk-nag')", "@pytest.mark.skip\n@pytest.mark.security('cdk-nag')"),
        f"{_EVERY_AREA}\n@pytest.mark.security('cdk-nag')\ndef test_wrong():\n    assert False\n",
        f"{_EVERY_AREA}\n@pytest.mark.security('cdk-nag')\ndef test_wrong(nonsense):\n    pass\n",
    ],
)
def test_a_failure_or_an_area_without_a_test_fails_the_run(tmp_path: Path, tests: str) -> None:
    code, said = _run(tmp_path, tests, "--security")

    assert code == 1, said
