"""Bare git repositories, by the machine's ``git``, which sees no user's or system's configuration.

Reference: https://git-scm.com/docs
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_cloud.kernel.errors import LocalCloudError

NOTHING = "0" * 40
BRANCHES, TAGS = "refs/heads/", "refs/tags/"
_AUTHOR = ("AUTHOR", "COMMITTER")
_FORMAT = "%x00".join(("%H", "%T", "%P", "%an", "%ae", "%ad", "%cn", "%ce", "%cd", "%B"))


class GitError(LocalCloudError):
    """A git command failed."""


class UnknownRevisionError(GitError):
    """A repository has no such commit, branch or tag."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who wrote a commit.

    Args:
        name: of the person.
        email: of the person.
        date: seconds since 1970 and offset from UTC, as git keeps them: ``1700000000 +0100``.
    """

    name: str
    email: str
    date: str


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit.

    Args:
        id: SHA-1.
        tree: SHA-1 of its tree.
        parents: their ids.
        author: who wrote it.
        committer: who put it here.
        message: with all of its lines.
    """

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What lies in a tree.

    Args:
        mode: ``100644``, ``100755``, ``120000`` (a link), ``040000`` (a folder) or ``160000`` (another repository).
        kind: ``blob``, ``tree`` or ``commit``.
        id: SHA-1.
        path: from the root.
    """

    mode: str
    kind: str
    id: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One file of a new commit.

    Args:
        path: from the root.
        content: of the file; None removes it.
        mode: as git has it.
    """

    path: str
    content: bytes | None
    mode: str = "100644"


class Bare:
    """One bare repository.

    Args:
        path: of its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self, branch: str) -> None:
        """Make it, with a name for its first branch.

        Raises:
            GitError: git cannot.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self._run("init", "--quiet", "--bare", f"--initial-branch={branch}", ".", is_made=False)
        # A folder of hooks in the configuration of whoever pushes would win otherwise.
        self._run("config", "core.hooksPath", "hooks")

    @property
    def exists(self) -> bool:
        """Whether it is there."""
        return (self.path / "HEAD").is_file()

    def refs(self) -> dict[str, str]:
        """Branches and tags by their whole names, with the commits that they lead to."""
        told = self._text("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", BRANCHES, TAGS)
        lines = (line.split(" ") for line in told.splitlines())
        # What a tag with a message leads to comes last.
        return {name: peeled or direct for name, direct, peeled in lines}

    def head(self) -> str:
        """Name of the default branch, which may not be there yet."""
        return self._text("symbolic-ref", "HEAD").strip().removeprefix(BRANCHES)

    def set_head(self, branch: str) -> None:
        """Make another branch the default."""
        self._run("symbolic-ref", "HEAD", f"{BRANCHES}{branch}")

    def resolve(self, revision: str) -> str:
        """The commit behind a branch, tag or id.

        Raises:
            UnknownRevisionError: there is none.
        """
        for name in (f"{BRANCHES}{revision}", f"{TAGS}{revision}", revision):
            if name.startswith("-"):
                continue
            done = self._try("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
            if done.returncode == 0:
                return done.stdout.decode().strip()
        raise UnknownRevisionError(f"{self.path.name} has no branch, tag or commit {revision}")

    def commit(self, revision: str) -> Commit:
        """What is known of a commit.

        Raises:
            UnknownRevisionError: there is none.
        """
        told = self._text("show", "--no-patch", "--date=raw", f"--format={_FORMAT}", self.resolve(revision))
        name, tree, parents, *people, message = told.split("\0", 9)
        author, committer = (Person(name=who[0], email=who[1], date=who[2]) for who in (people[:3], people[3:]))
        return Commit(
            id=name,
            tree=tree,
            parents=tuple(parents.split()),
            author=author,
            committer=committer,
            message=message.rstrip("\n"),
        )

    def branches_of(self, commit: str) -> list[str]:
        """Branches that a commit is part of."""
        told = self._text("for-each-ref", "--format=%(refname)", f"--contains={commit}", BRANCHES)
        return [line.removeprefix(BRANCHES) for line in told.splitlines()]

    def entries(self, commit: str, folder: str = "", *, deep: bool = False) -> list[Entry]:
        """What a folder of a commit holds, or all below it."""
        options = ["-r", "-t"] if deep else []
        told = self._text("ls-tree", "-z", "--full-tree", *options, f"{commit}:{folder}" if folder else commit)
        below = f"{folder}/" if folder else ""
        found = []
        for line in told.split("\0")[:-1]:
            about, path = line.split("\t", 1)
            mode, kind, name = about.split(" ")
            found.append(Entry(mode=mode, kind=kind, id=name, path=below + path))
        return found

    def entry(self, commit: str, path: str) -> Entry | None:
        """A file or folder of a commit; None when there is none."""
        folder = path.rpartition("/")[0]
        done = self._try("rev-parse", "--quiet", "--verify", f"{commit}:{folder}")
        if done.returncode:
            return None
        found: list[Entry] = []
        if self._text("cat-file", "-t", done.stdout.decode().strip()).strip() == "tree":
            found = self.entries(commit, folder)
        return next((each for each in found if each.path == path), None)

    def content(self, blob: str) -> bytes:
        """Of a file."""
        return self._run("cat-file", "blob", blob)

    def changed_paths(self, old: str | None, new: str) -> tuple[str, ...]:
        """Files that differ between two commits; all of the new one's where there is no old one."""
        if old is None:
            return tuple(entry.path for entry in self.entries(new, deep=True) if entry.kind != "tree")
        told = self._text("diff-tree", "-r", "-z", "--no-renames", "--name-only", old, new)
        return tuple(told.split("\0")[:-1])

    def check_out(self, commit: str, folder: Path) -> None:
        """Write the files of a commit into an empty folder, without history."""
        index = folder.with_name(f"{folder.name}.index")
        more = {"GIT_INDEX_FILE": str(index)}
        try:
            self._run(f"--work-tree={folder}", "read-tree", commit, more=more)
            self._run(f"--work-tree={folder}", "checkout-index", "--all", "--force", more=more)
        finally:
            index.unlink(missing_ok=True)

    def write(
        self,
        *,
        branch: str,
        parent: str | None,
        changes: Sequence[Change],
        message: str,
        author: Person,
        index: Path,
    ) -> str:
        """Make a commit, and let a branch lead to it; returns its id.

        Args:
            branch: it is put on, made if there is none.
            parent: that the branch leads to now; None for a branch that is not there.
            changes: to the files of the parent.
            message: of the commit.
            author: of it, who is its committer too.
            index: a file that is not there, for this commit alone.

        Raises:
            GitError: the branch leads elsewhere, or git cannot.
        """
        more = {"GIT_INDEX_FILE": str(index)} | {
            f"GIT_{role}_{part}": value
            for role in _AUTHOR
            for part, value in (("NAME", author.name), ("EMAIL", author.email), ("DATE", author.date))
        }
        try:
            self._run("read-tree", *([parent] if parent else ["--empty"]), more=more)
            for change in changes:
                self._stage(change, more)
            tree = self._run("write-tree", more=more).decode().strip()
        finally:
            index.unlink(missing_ok=True)
        parents = ["-p", parent] if parent else []
        made = self._run("commit-tree", tree, *parents, given=message.encode(), more=more).decode().strip()
        self.move(f"{BRANCHES}{branch}", made, old=parent)
        return made

    def move(self, ref: str, commit: str | None, *, old: str | None) -> None:
        """Let a branch or tag lead to a commit; None removes it.

        Args:
            ref: its whole name.
            commit: it leads to then.
            old: it leads to now; None for one that is not there.

        Raises:
            GitError: it leads elsewhere.
        """
        if commit is None:
            self._run("update-ref", "-d", ref, old or NOTHING)
        else:
            self._run("update-ref", ref, commit, old or NOTHING)

    def is_branch_name(self, name: str) -> bool:
        """Whether git takes a name for a branch."""
        return self._try("check-ref-format", f"{BRANCHES}{name}").returncode == 0

    def _stage(self, change: Change, more: Mapping[str, str]) -> None:
        if change.content is None:
            # As git writes what is gone.
            mode, blob = "0", NOTHING
        else:
            mode, blob = change.mode, self._run("hash-object", "-w", "--stdin", given=change.content).decode().strip()
        listed = f"{mode} {blob}\t{change.path}\0".encode()
        self._run("update-index", "--add", "--replace", "-z", "--index-info", given=listed, more=more)

    def _text(self, *arguments: str) -> str:
        return self._run(*arguments).decode(errors="replace")

    def _run(
        self, *arguments: str, given: bytes = b"", more: Mapping[str, str] | None = None, is_made: bool = True
    ) -> bytes:
        done = self._try(*arguments, given=given, more=more, is_made=is_made)
        if done.returncode:
            raise GitError(f"git {arguments[0]} in {self.path}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def _try(
        self, *arguments: str, given: bytes = b"", more: Mapping[str, str] | None = None, is_made: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        where = [f"--git-dir={self.path}"] if is_made else []
        variables = environment(self.path) | dict(more or {})
        try:
            return subprocess.run(
                ["git", *where, *arguments],  # noqa: S607  # of the machine, wherever it lies
                cwd=self.path,
                env=variables,
                input=given,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise GitError(f"git cannot be started, or {self.path} is gone: {error}") from error


def environment(home: Path) -> dict[str, str]:
    """Variables of a git command that does the same on every machine.

    Args:
        home: a folder without configuration of anybody's.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
