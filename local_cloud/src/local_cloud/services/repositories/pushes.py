"""Pushes: whoever subscribes is told once of each branch and tag that changed, also while no server ran.

A repository's hook tells of a push as soon as it is there. At its start a server compares where branches and tags lead
with what it knew last, which a snapshot keeps.
"""

import functools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_cloud.kernel import runtime, unforeseen
from local_cloud.services.repositories import places
from local_cloud.services.repositories.git import BRANCHES, TAGS, Bare
from local_cloud.services.repositories.places import Place


@dataclass(frozen=True, kw_only=True)
class Push:
    """A branch or tag of a repository leads elsewhere now.

    Args:
        place: the repository.
        ref: whole name of the branch or tag.
        old: commit that it led to; None when it is new.
        new: commit that it leads to; None when it is gone.
        caller: ARN of who did it; empty for a push by git, which nobody signed.
        state_dir: of the local cloud.
    """

    place: Place
    ref: str
    old: str | None
    new: str | None
    caller: str
    state_dir: Path

    @property
    def branch(self) -> str | None:
        """Its name; None for a tag."""
        return self.ref.removeprefix(BRANCHES) if self.ref.startswith(BRANCHES) else None

    @property
    def tag(self) -> str | None:
        """Its name; None for a branch."""
        return self.ref.removeprefix(TAGS) if self.ref.startswith(TAGS) else None

    @property
    def bare(self) -> Bare:
        """The repository."""
        return self.place.bare(self.state_dir)

    @functools.cached_property
    def changed_paths(self) -> tuple[str, ...]:
        """Files that differ; all for a branch that is new."""
        return self.bare.changed_paths(self.old, self.new) if self.new else ()


Subscriber = Callable[[Push], object]


@dataclass
class _Heads:
    """Where branches and tags lead, as far as subscribers were told, by repository."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    subscribers: list[Subscriber] = field(default_factory=list)
    known: dict[Place, dict[str, str]] = field(default_factory=dict)
    is_restored: bool = False


_heads = _Heads()


def subscribe(take: Subscriber) -> None:
    """Tell somebody of each push from now on."""
    with _heads.lock:
        if take not in _heads.subscribers:
            _heads.subscribers.append(take)


def dump() -> dict[Place, dict[str, str]]:
    """What a snapshot keeps."""
    with _heads.lock:
        return {place: dict(refs) for place, refs in _heads.known.items()}


def load(known: dict[Place, dict[str, str]]) -> None:
    """Take it back."""
    _heads.known, _heads.is_restored = known, True


def start() -> None:
    """Take what is there as known, unless a snapshot says what was: whoever subscribes now missed nothing."""
    state_dir = runtime.current().settings.state_dir
    if not _heads.is_restored:
        _heads.known = {place: place.bare(state_dir).refs() for place in places.every(state_dir)}


def forget(place: Place) -> None:
    """A repository is gone."""
    with _heads.lock:
        _heads.known.pop(place, None)


def look_again() -> None:
    """Tell of what changed while no server looked."""
    state_dir = runtime.current().settings.state_dir
    for place in list(places.every(state_dir)):
        places.install_hook(place.bare(state_dir), state_dir)
        tell(place)


def take(order: dict[str, Any]) -> dict[str, Any]:
    """The order of a repository's hook: ``path`` of the repository, ``changes`` with ref, old and new commit of each.

    Raises:
        ValueError: it is no repository of ours.
    """
    state_dir = runtime.current().settings.state_dir
    place = places.of_path(Path(order["path"]), state_dir)
    if place is None:
        raise ValueError(f"{order['path']} is no repository below {places.root(state_dir)}")
    return {"told": tell(place, *(ref for ref, _, _ in order["changes"]))}


def tell(place: Place, *refs: str, caller: str = "") -> int:
    """Tell subscribers what branches and tags lead elsewhere than they were told last; how many do.

    Where each leads is read here, since whoever knows of two changes may come in either order.

    Args:
        place: the repository.
        refs: whole names of the branches and tags; all without any.
        caller: ARN of who changed them.
    """
    state_dir = runtime.current().settings.state_dir
    with _heads.lock:
        known, found = _heads.known.setdefault(place, {}), place.bare(state_dir).refs()
        told = [
            Push(place=place, ref=ref, old=known.get(ref), new=found.get(ref), caller=caller, state_dir=state_dir)
            for ref in refs or sorted(known.keys() | found.keys())
            if known.get(ref) != found.get(ref)
        ]
        for push in told:
            if push.new is None:
                del known[push.ref]
            else:
                known[push.ref] = push.new
        subscribers: Sequence[Subscriber] = list(_heads.subscribers)
    for push in told:
        for each in subscribers:
            try:
                each(push)
            except Exception:  # noqa: BLE001  # one who fails keeps it from nobody else, least of all from whoever pushed
                unforeseen.LOG.exception("%s of %s: a subscriber failed", push.ref, place)
    return len(told)
