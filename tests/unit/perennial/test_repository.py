"""The repository that the promotion's story changes and pushes."""

import subprocess
import sys
from pathlib import Path

import pytest

from perennial.demo.promotion import LOOSER_GATE, OTHER_MANIFEST, WIDER_PERMISSION
from perennial.demo.repository import Change, Repository
from perennial.errors import OperatorError
from tests.conftest import ROOT


@pytest.mark.parametrize("change", [LOOSER_GATE, WIDER_PERMISSION, OTHER_MANIFEST], ids=lambda change: change.file)
def test_what_the_story_changes_is_there(change: Change) -> None:
    text = (ROOT / change.file).read_text(encoding="utf-8")
    changed = change.made(text)
    assert changed != text
    if change.file.endswith(".py"):
        # The checks before a promotion are not what is to stop it.
        command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", change.file, "-"]
        checked = subprocess.run(command, input=changed, cwd=ROOT, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout


def test_a_text_that_is_not_there_is_an_error() -> None:
    change = Change(file="a.yaml", old="threshold: 1", new="threshold: 2")
    with pytest.raises(OperatorError, match=r"the text 'threshold: 1' once in a\.yaml, found it 2 times"):
        change.made("threshold: 1\nthreshold: 1\n")


def test_a_copy_has_no_more_than_the_project_and_its_commits_are_pushed(tmp_path: Path) -> None:
    root, origin = tmp_path / "root", tmp_path / "origin.git"
    (root / "node_modules").mkdir(parents=True)
    (root / "node_modules" / "a.js").touch()
    (root / ".gitignore").write_text("node_modules\nout/\n", encoding="utf-8")
    (root / "out").mkdir()
    (root / "a.yaml").write_text("a: 1\n", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", "--bare", str(origin)], check=True)  # noqa: S607  # the user's git

    repository = Repository(tmp_path / "copy", origin=origin)
    repository.copy(root)
    repository.commit("Begin")
    repository.make(Change(file="a.yaml", old="a: 1", new="a: 2"))
    changed = repository.commit("Change")
    repository.revert()

    log = subprocess.run(
        ["git", "-C", str(origin), "log", "--format=%H %s", "main"],  # noqa: S607  # the user's git
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.partition(" ")[2] for line in log.stdout.splitlines()] == ["Change", "Begin"]
    assert log.stdout.startswith(changed)
    assert sorted(path.name for path in repository.folder.iterdir()) == [".git", ".gitignore", "a.yaml"]
    assert (repository.folder / "a.yaml").read_text(encoding="utf-8") == "a: 1\n"
