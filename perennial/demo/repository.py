"""A repository of one's own with a copy of this project: what the promotion's story changes and pushes."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from perennial.errors import OperatorError

BRANCH = "main"
_WHO = ("-c", "user.name=demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A text in a file that is replaced by another one.

    Args:
        file: below the repository's folder.
        old: what is there once.
        new: what comes in its place.
    """

    file: str
    old: str
    new: str

    def made(self, text: str) -> str:
        """The file's text with it.

        Raises:
            OperatorError: what it replaces is not there once, since somebody changed the file.
        """
        if text.count(self.old) != 1:
            raise OperatorError(
                f"the demo expected the text {self.old!r} once in {self.file}, found it {text.count(self.old)} times"
            )
        return text.replace(self.old, self.new)


class Repository:
    """A working copy that is pushed to one other repository.

    Args:
        folder: of the working copy; what was in it is forgotten.
        origin: where it is pushed to.
    """

    def __init__(self, folder: Path, *, origin: Path) -> None:
        self.folder = folder
        self._origin = origin

    def copy(self, root: Path) -> None:
        """Begin with the files of a project, without what was made in it."""
        ignored = (root / ".gitignore").read_text(encoding="utf-8").split()
        made = shutil.ignore_patterns(".git", *(name.rstrip("/") for name in ignored))
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(root, self.folder, ignore=made, symlinks=True)
        self._git("init", "--quiet", f"--initial-branch={BRANCH}")
        self._git("remote", "add", "origin", str(self._origin))

    def make(self, change: Change) -> None:
        """Change a file."""
        path = self.folder / change.file
        path.write_text(change.made(path.read_text(encoding="utf-8")), encoding="utf-8")

    def commit(self, message: str) -> str:
        """Commit everything, and push it; returns the commit's id."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)
        self._git("push", "--quiet", "origin", BRANCH)
        return self._git("rev-parse", "HEAD")

    def revert(self) -> None:
        """Take the last commit back by another one; the next commit is pushed with it."""
        self._git("revert", "--no-edit", "HEAD")

    def _git(self, *arguments: str) -> str:
        git = shutil.which("git")
        if git is None:
            raise OperatorError("git is not on the PATH; install it, the demo pushes commits")
        finished = subprocess.run(
            [git, *_WHO, *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        if finished.returncode:
            raise OperatorError(f"`git {arguments[0]}` in {self.folder} failed: {finished.stderr.strip()}")
        return finished.stdout.strip()
