"""Where the bare repositories lie: each has a folder of its own below the state folder."""

import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.repositories.git import Bare

Kind = Literal["connection", "codecommit"]
_DEFAULT_BRANCH = "main"
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,99}", re.ASCII)
_HOOK = Path(__file__).with_name("hook.py")
# The newest commits are in branches that the hook tells of; the server finds the others when it starts.
_HOOK_TEXT = """#!/bin/sh
# Tells the local cloud of a push; without one the push is as good, and its next start finds what changed.
[ -x {python} ] && exec {python} -I {hook} {root}
exit 0
"""


class RepositoryNameError(LocalCloudError):
    """A repository cannot have a name."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A repository by what it is called.

    Args:
        kind: whether it stands for one of a connection's provider, or is CodeCommit's.
        account: of the connection, or of the repository.
        region: of CodeCommit's; empty for a connection's.
        name: ``owner/name`` of a connection's, or CodeCommit's name.
    """

    kind: Kind
    account: str
    region: str
    name: str

    def path(self, state_dir: Path) -> Path:
        """Of its folder.

        Raises:
            RepositoryNameError: nothing can be called so.
        """
        parts = self.name.split("/")
        count = 2 if self.kind == "connection" else 1
        if len(parts) != count or not all(_is_name(part) for part in parts):
            form = "owner/name" if self.kind == "connection" else "a name"
            raise RepositoryNameError(
                f"a repository is {form} of letters, digits, dots, dashes and underscores, got {self.name!r}"
            )
        if not _ACCOUNT.fullmatch(self.account):
            raise RepositoryNameError(f"an account has 12 digits, got {self.account!r}")
        if self.kind == "connection":
            return root(state_dir) / "connections" / self.account / parts[0] / f"{parts[1]}.git"
        if not _REGION.fullmatch(self.region):
            raise RepositoryNameError(f"a region is one like us-east-1, got {self.region!r}")
        return root(state_dir) / "codecommit" / self.account / self.region / f"{self.name}.git"

    def bare(self, state_dir: Path) -> Bare:
        """The repository, which may not be there."""
        return Bare(self.path(state_dir))


def root(state_dir: Path) -> Path:
    """Where all of them lie."""
    return state_dir / "repositories"


def connection(account: str, full_repository_id: str) -> Place:
    """The repository of a connection's provider.

    Args:
        account: of the connection.
        full_repository_id: ``owner/name``.
    """
    return Place(kind="connection", account=account, region="", name=full_repository_id)


def codecommit(account: str, region: str, name: str) -> Place:
    """A repository of CodeCommit."""
    return Place(kind="codecommit", account=account, region=region, name=name)


def make(place: Place, state_dir: Path) -> Bare:
    """Make a repository unless it is there, with the hook that tells of pushes.

    Raises:
        RepositoryNameError: nothing can be called so.
        GitError: git cannot.
    """
    found = place.bare(state_dir)
    if not found.exists:
        found.make(_DEFAULT_BRANCH)
    install_hook(found, state_dir)
    return found


def install_hook(found: Bare, state_dir: Path) -> None:
    """Write the hook anew: the interpreter and the state folder may have moved."""
    hook = found.path / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    text = _HOOK_TEXT.format(
        python=shlex.quote(sys.executable), hook=shlex.quote(str(_HOOK)), root=shlex.quote(str(root(state_dir)))
    )
    if not hook.exists() or hook.read_text(encoding="utf-8") != text:
        hook.write_text(text, encoding="utf-8")
        hook.chmod(0o755)


def every(state_dir: Path) -> Iterator[Place]:
    """All that there are."""
    for path in sorted(root(state_dir).glob("connections/*/*/*.git")):
        yield connection(path.parts[-3], f"{path.parts[-2]}/{path.stem}")
    for path in sorted(root(state_dir).glob("codecommit/*/*/*.git")):
        yield codecommit(path.parts[-3], path.parts[-2], path.stem)


def of_path(path: Path, state_dir: Path) -> Place | None:
    """The repository of a folder; None for a folder that is none of ours."""
    return next((place for place in every(state_dir) if place.path(state_dir).resolve() == path.resolve()), None)


def _is_name(part: str) -> bool:
    return bool(_NAME.fullmatch(part)) and not part.endswith(".git")
