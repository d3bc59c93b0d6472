"""Who is told of a push, whenever its hook comes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.kernel import runtime
from local_cloud.services.repositories import places, pushes
from local_cloud.services.repositories.pushes import Push

MAIN = "refs/heads/main"
FIRST, SECOND, THIRD = "1" * 40, "2" * 40, "3" * 40


class Repository:
    """One whose refs the test moves."""

    def __init__(self) -> None:
        self.found = {MAIN: FIRST}

    def bare(self, _state_dir: Path) -> "Repository":
        return self

    def refs(self) -> dict[str, str]:
        return dict(self.found)


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository()
    heads: Any = pushes._Heads()  # the state of a server of its own
    heads.known[made] = made.refs()
    monkeypatch.setattr(pushes, "_heads", heads)
    monkeypatch.setattr(
        runtime, "current", lambda: SimpleNamespace(settings=SimpleNamespace(state_dir=Path("/nowhere")))
    )
    monkeypatch.setattr(places, "of_path", lambda *_: made)
    return made


def _hook(old: str, new: str) -> int:
    return int(pushes.take({"path": "/nowhere", "changes": [[MAIN, old, new]]})["told"])


def test_of_two_pushes_whose_hooks_come_the_other_way_round_the_last_commit_stays(repository: Repository) -> None:
    told = list[Push]()
    pushes.subscribe(told.append)
    repository.found[MAIN] = THIRD

    assert [_hook(SECOND, THIRD), _hook(FIRST, SECOND)] == [1, 0]

    assert [(push.old, push.new) for push in told] == [(FIRST, THIRD)]
    assert list(pushes.dump().values()) == [{MAIN: THIRD}]


def test_a_branch_that_is_gone_by_the_time_of_the_hook_is_gone(repository: Repository) -> None:
    told = list[Push]()
    pushes.subscribe(told.append)
    repository.found.clear()

    assert [_hook(SECOND, "0" * 40), _hook(FIRST, SECOND)] == [1, 0]

    assert [(push.old, push.new) for push in told] == [(FIRST, None)]
