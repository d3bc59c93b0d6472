"""What CodeCommit keeps of its repositories beside git."""

import re
import shutil
import threading
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from moto.core.exceptions import ServiceException

from local_cloud.kernel import runtime
from local_cloud.services.repositories import places, pushes
from local_cloud.services.repositories.git import Bare
from local_cloud.services.repositories.places import Place

_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)


class CodeCommitError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """A request that CodeCommit refuses: moto sends the code and the message that it is made of."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository.

    Args:
        place: of its git repository.
        id: random.
        description: of it; empty for none.
        created: when.
        modified: when its description or name was changed, or something was pushed.
        tags: by key.
    """

    place: Place
    id: str
    description: str
    created: datetime
    modified: datetime
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Of it."""
        return f"arn:aws:codecommit:{self.place.region}:{self.place.account}:{self.place.name}"

    @property
    def bare(self) -> Bare:
        """Its git repository."""
        return self.place.bare(runtime.current().settings.state_dir)


_lock = threading.RLock()
_repositories: dict[Place, Repository] = {}


def dump() -> dict[Place, Repository]:
    """What a snapshot keeps."""
    return dict(_repositories)


def load(kept: dict[Place, Repository]) -> None:
    """Take it back."""
    _repositories.update(kept)


def place(account: str, region: str, name: str) -> Place:
    """Of a name.

    Raises:
        CodeCommitError: it is no name.
    """
    if not name:
        raise CodeCommitError("RepositoryNameRequiredException", "The repository name is required.")
    if not _NAME.fullmatch(name) or name.endswith(".git") or name.startswith((".", "-")):
        raise CodeCommitError(
            "InvalidRepositoryNameException",
            "The repository name is not valid. Repository names can be any valid combination of letters, numbers, "
            "periods, underscores, and dashes between 1 and 100 characters in length. Names are case sensitive. "
            "For more information, see Limits in the AWS CodeCommit User Guide.",
        )
    return places.codecommit(account, region, name)


def create(where: Place, *, description: str, tags: dict[str, str]) -> Repository:
    """Make one.

    Raises:
        CodeCommitError: the name is taken.
    """
    with _lock:
        if where in _repositories:
            raise CodeCommitError("RepositoryNameExistsException", f"Repository named {where.name} already exists")
        places.make(where, runtime.current().settings.state_dir)
        now = runtime.current().clock.now()
        made = Repository(
            place=where, id=str(uuid.uuid4()), description=description, created=now, modified=now, tags=tags
        )
        _repositories[where] = made
        return made


def get(where: Place) -> Repository:
    """The repository of a name.

    Raises:
        CodeCommitError: there is none.
    """
    found = _repositories.get(where)
    if found is None or not found.bare.exists:
        raise CodeCommitError("RepositoryDoesNotExistException", f"{where.name} does not exist")
    return found


def every(account: str, region: str) -> list[Repository]:
    """All of an account and region, by name."""
    found = [
        each for each in list(_repositories.values()) if (each.place.account, each.place.region) == (account, region)
    ]
    return sorted(found, key=lambda each: each.place.name)


def change(where: Place, *, description: str | None = None, tags: dict[str, str] | None = None) -> Repository:
    """Change what is kept of one; None leaves something as it is.

    Raises:
        CodeCommitError: there is none.
    """
    with _lock:
        found = get(where)
        changed = replace(
            found,
            description=found.description if description is None else description,
            tags=found.tags if tags is None else tags,
            modified=runtime.current().clock.now(),
        )
        _repositories[where] = changed
        return changed


def delete(where: Place) -> Repository | None:
    """Remove one with all that was pushed to it; None when there is none."""
    with _lock:
        found = _repositories.pop(where, None)
        if found is not None:
            shutil.rmtree(found.bare.path, ignore_errors=True)
            pushes.forget(where)
        return found
