"""What is asked before something is taken away, by kind of account and by what was said beforehand."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from perennial.account.target import Target
from perennial.commands.confirmation import Confirmation
from perennial.errors import OperatorError

REAL = Target(account_id="123456789012", region="eu-west-1")
LOCAL = replace(REAL, endpoint="http://127.0.0.1:5600", is_local=True)


class _Person:
    """Gives one answer, and remembers the questions."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.questions: list[str] = []

    def __call__(self, question: str) -> str:
        self.questions.append(question)
        return self.answer


def _asked(confirm: Callable[[Confirmation], None], target: Target, answer: str) -> str:
    """The one question that was asked, when the answer let it go on."""
    person = _Person(answer)
    confirm(Confirmation(target, ask=person))
    (question,) = person.questions
    return question


def _of(confirmation: Confirmation) -> None:
    confirmation.of("reject a 2")


def _of_removal(confirmation: Confirmation) -> None:
    confirmation.of_removal("remove these 4 things")


def test_a_local_cloud_needs_no_question_for_what_can_be_taken_back() -> None:
    _of(Confirmation(LOCAL))


def test_another_account_is_named_in_the_question() -> None:
    question = _asked(_of, REAL, "y\n")
    assert question == "reject a 2, in account 123456789012, region eu-west-1, endpoint AWS? [y/N] "


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "yeah\n", "123456789012\n"])
def test_only_yes_confirms(answer: str) -> None:
    with pytest.raises(OperatorError, match="nothing was done"):
        _asked(_of, REAL, answer)


def test_yes_answers_beforehand() -> None:
    _of(Confirmation(REAL, yes=True))


def test_without_a_terminal_nothing_is_taken_for_granted() -> None:
    with pytest.raises(OperatorError, match="there is no terminal; add --yes if"):
        _of(Confirmation(REAL))
    with pytest.raises(OperatorError, match="there is no terminal; add --yes --account 123456789012 if"):
        _of_removal(Confirmation(REAL))
    with pytest.raises(OperatorError, match="there is no terminal; add --yes if"):
        _of_removal(Confirmation(LOCAL))


def test_a_removal_from_a_local_cloud_is_a_question_of_yes_or_no() -> None:
    assert _asked(_of_removal, LOCAL, "yes\n").endswith("(local cloud)? [y/N] ")
    _of_removal(Confirmation(LOCAL, yes=True))


def test_a_removal_from_a_real_account_wants_its_id() -> None:
    assert _asked(_of_removal, REAL, "123456789012\n").endswith("Type the account's id to go on: ")
    for answer in ("y\n", "\n", "123456789013\n"):
        with pytest.raises(OperatorError, match="that is not 123456789012; nothing was done"):
            _asked(_of_removal, REAL, answer)


def test_yes_alone_removes_nothing_from_a_real_account_even_at_a_terminal() -> None:
    person = _Person("123456789012\n")
    with pytest.raises(OperatorError, match="add --account 123456789012 if you mean it; nothing was done"):
        _of_removal(Confirmation(REAL, yes=True, ask=person))
    assert not person.questions
    _of_removal(Confirmation(REAL, yes=True, account_id="123456789012"))


@pytest.mark.parametrize("target", [REAL, LOCAL])
def test_credentials_of_another_account_than_the_one_that_is_meant_remove_nothing(target: Target) -> None:
    with pytest.raises(OperatorError, match="credentials of account 123456789012, and --account says 210987654321"):
        _of_removal(Confirmation(target, yes=True, account_id="210987654321"))
