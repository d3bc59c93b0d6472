"""Who follows a promotion answers what a person is asked, and nothing that answers itself."""

from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from perennial.account import promotion_facts
from perennial.account.promotion import ActionRun, Progress, Promotion, StageRun
from perennial.account.promotion_approval import Answer, Question
from perennial.demo import promotion_watch
from perennial.demo.promotion_watch import CONFIRM, Watch

_COMMIT = "a" * 40


class _Check:
    """The security check of a promotion, which goes on between any two questions to CodePipeline.

    Args:
        message: what it says in the end; the confirmation is open from then on.
    """

    def __init__(self, message: str) -> None:
        self._message = message
        self._asked = 0
        self.answers: list[Answer] = []

    def read(self, *_: Any) -> Promotion:
        self._asked += 1
        has_ended = self._asked > 2
        check = ActionRun(
            name="Permissions.Check",
            provider="CodeBuild",
            run_order=1,
            progress=Progress.SUCCEEDED if has_ended else Progress.RUNNING,
            variables={"MESSAGE": self._message} if has_ended else {},
        )
        return Promotion(
            pipeline="promotion",
            execution_id="1",
            status="Succeeded" if self._asked > 6 else "InProgress",
            revision=_COMMIT,
            message="Change",
            stages=(StageRun(name="Prod", actions=(check,)),),
        )

    def open_question(self, *_: Any) -> Question | None:
        self._asked += 1
        return Question(stage=CONFIRM[0], action=CONFIRM[1], token="1") if 2 < self._asked <= 6 else None

    def answer(self, *_: Any, status: Answer, **__: Any) -> None:
        self.answers.append(status)


def _at_once(look: Callable[[], Any], **_: Any) -> Any:
    return next(found for found in iter(look, object()) if found is not None)


def _followed(check: _Check, monkeypatch: pytest.MonkeyPatch, decisions: dict[promotion_watch.Place, Answer]) -> None:
    monkeypatch.setattr(promotion_watch, "wait_for", _at_once)
    monkeypatch.setattr(promotion_facts, "of_commit", lambda *_: "1")
    monkeypatch.setattr(promotion_facts, "read", check.read)
    monkeypatch.setattr(promotion_watch, "open_question", check.open_question)
    monkeypatch.setattr(promotion_watch, "answer", check.answer)
    Watch(None, "promotion", console=Console(quiet=True)).follow(_COMMIT, decisions)  # type: ignore[arg-type]  # nobody is called


def test_a_check_that_confirms_by_itself_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    check = _Check("No security-impacting changes detected.")

    _followed(check, monkeypatch, {})

    assert not check.answers


def test_growing_permissions_are_answered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    check = _Check("Deployment would make security-impacting changes. Click the link below to inspect them.")

    _followed(check, monkeypatch, {CONFIRM: Answer.REJECTED})

    assert check.answers == [Answer.REJECTED]
