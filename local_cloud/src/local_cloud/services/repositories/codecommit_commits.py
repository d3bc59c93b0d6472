"""Commits that CodeCommit's API makes, in a repository that git can read.

Reference: https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateCommit.html
"""

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local_cloud.kernel import runtime
from local_cloud.services.repositories import pushes
from local_cloud.services.repositories.codecommit_store import CodeCommitError, Repository
from local_cloud.services.repositories.git import BRANCHES, Change, GitError, Person, UnknownRevisionError

MODES = {"NORMAL": "100644", "EXECUTABLE": "100755", "SYMLINK": "120000"}
# Git tells no other mode of a file, whatever an old version wrote.
MODE_NAMES = {mode: name for name, mode in MODES.items()}
_MOST_FILES, _MOST_BYTES = 100, 6 * 1024 * 1024
_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Order:
    """A commit to make.

    Args:
        branch: it is put on.
        parent: commit that the branch leads to; None for a branch of an empty repository.
        changes: its files.
        message: of it; empty for none.
        author: name; empty for the caller.
        email: of the author; empty for none.
        caller: ARN of who asks.
    """

    branch: str
    parent: str | None
    changes: Sequence[Change]
    message: str
    author: str
    email: str
    caller: str


def make(repository: Repository, order: Order) -> str:
    """Make a commit; returns its id.

    Raises:
        CodeCommitError: the branch is elsewhere, or nothing would change.
    """
    with _lock:
        return _make(repository, order)


def _make(repository: Repository, order: Order) -> str:
    bare = repository.bare
    if not order.branch or not bare.is_branch_name(order.branch):
        raise CodeCommitError("InvalidBranchNameException", f"The branch name {order.branch!r} is not valid.")
    head = bare.refs().get(f"{BRANCHES}{order.branch}")
    _check_parent(repository, order, head)
    _check_files(repository, order.changes, head)
    now = runtime.current().clock.now()
    caller = order.caller.rpartition("/")[2] or order.caller.rpartition(":")[2]
    person = Person(name=order.author or caller, email=order.email, date=f"{int(now.timestamp())} +0000")
    with tempfile.TemporaryDirectory() as folder:
        try:
            made = bare.write(
                branch=order.branch,
                parent=head,
                changes=order.changes,
                message=order.message,
                author=person,
                index=Path(folder) / "index",
            )
        except GitError as error:
            # Somebody may have pushed meanwhile.
            _check_parent(repository, order, bare.refs().get(f"{BRANCHES}{order.branch}"))
            raise CodeCommitError("InvalidPathException", f"The commit cannot be made: {error}") from error
    if not bare.refs().get(f"{BRANCHES}{bare.head()}"):
        # The first branch becomes the default.
        bare.set_head(order.branch)
    pushes.tell(repository.place, f"{BRANCHES}{order.branch}", caller=order.caller)
    return made


def _check_parent(repository: Repository, order: Order, head: str | None) -> None:
    is_empty = not repository.bare.refs()
    if head is None:
        if not is_empty:
            raise CodeCommitError("BranchDoesNotExistException", f"The branch {order.branch} does not exist.")
        if order.parent:
            raise CodeCommitError("ParentCommitDoesNotExistException", f"The commit {order.parent} does not exist.")
        return
    if not order.parent:
        raise CodeCommitError(
            "ParentCommitIdRequiredException",
            f"A parent commit ID is required: the branch {order.branch} is not empty, its tip is {head}.",
        )
    try:
        known = repository.bare.resolve(order.parent)
    except UnknownRevisionError as error:
        raise CodeCommitError(
            "ParentCommitDoesNotExistException", f"The commit {order.parent} does not exist."
        ) from error
    if known != head:
        raise CodeCommitError(
            "ParentCommitIdOutdatedException",
            f"The parent commit ID {order.parent} is outdated: the tip of the branch {order.branch} is {head}.",
        )


def _check_files(repository: Repository, changes: Sequence[Change], head: str | None) -> None:
    if len(changes) > _MOST_FILES:
        raise CodeCommitError(
            "MaximumFileEntriesExceededException",
            f"The number of files in the request exceeds the maximum of {_MOST_FILES}.",
        )
    if len({change.path for change in changes}) < len(changes):
        raise CodeCommitError("PutFileEntryConflictException", "The same file path is in the request more than once.")
    for change in changes:
        check_path(change.path)
        if change.content is not None and len(change.content) > _MOST_BYTES:
            raise CodeCommitError(
                "FileContentSizeLimitExceededException", f"{change.path} has more than the maximum of 6 MB."
            )
        found = repository.bare.entry(head, change.path) if head and change.content is None else None
        # A folder is none, nor is another repository.
        if change.content is None and (found is None or found.kind != "blob"):
            raise CodeCommitError("FileDoesNotExistException", f"The file {change.path} does not exist.")


def check_path(path: str) -> None:
    """Look at the path of a file.

    Raises:
        CodeCommitError: it is not valid.
    """
    if not path:
        raise CodeCommitError("PathRequiredException", "The file path is required.")
    parts = path.split("/")
    if any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts):
        raise CodeCommitError("InvalidPathException", f"The path {path} is not valid.")


def is_nothing(repository: Repository, changes: Sequence[Change], head: str | None) -> bool:
    """Whether every file is so in a commit already."""
    if head is None:
        return not changes
    for change in changes:
        found = repository.bare.entry(head, change.path)
        if change.content is None or found is None or found.kind != "blob" or found.mode != change.mode:
            return False
        if repository.bare.content(found.id) != change.content:
            return False
    return True
