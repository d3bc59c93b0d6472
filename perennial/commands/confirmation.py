"""Asks before something is taken away in an account that is not local; docs/decisions/0049 says what asks for what."""

import argparse
import sys
from collections.abc import Callable

from rich.console import Console

from perennial.account.target import Target
from perennial.errors import OperatorError
from perennial.screen.asides import asides


class Confirmation:
    """Asks on stderr, and reads the answer from a terminal; whoever has none has to say it beforehand.

    Args:
        target: where the command acts.
        yes: the question was answered beforehand, with ``--yes``.
        account_id: the account that is meant, if ``--account`` says so.
        ask: shows a question and returns the answer; None without a terminal.
    """

    def __init__(
        self,
        target: Target,
        *,
        yes: bool = False,
        account_id: str | None = None,
        ask: Callable[[str], str] | None = None,
    ) -> None:
        self._target = target
        self._yes = yes
        self._account_id = account_id
        self._ask = ask

    def of(self, what: str) -> None:
        """Make sure that something which can be taken back is meant; a local cloud needs no question.

        Args:
            what: such as ``reject flight-delay 2``.

        Raises:
            OperatorError: it is not meant, or nobody can be asked.
        """
        if not self._yes and not self._target.is_local:
            self._question(what)

    def of_removal(self, what: str) -> None:
        """Make sure that a removal is meant, and in this account.

        Args:
            what: such as ``remove these 4 things``.

        Raises:
            OperatorError: it is not meant, the account is another one, or nobody can be asked.
        """
        target, here = self._target, self._target.account_id
        if self._account_id not in {None, here}:
            raise OperatorError(
                f"these are credentials of account {here}, and --account says {self._account_id}; nothing was done"
            )
        if target.is_local:
            if not self._yes:
                self._question(what)
        elif self._account_id is None and self._yes:
            raise OperatorError(
                f"--yes alone does not {what} outside of a local cloud, and this is {target}; "
                f"add --account {here} if you mean it; nothing was done"
            )
        elif not self._yes:
            self._typed_account(what)

    def _question(self, what: str) -> None:
        answer = self._read(f"{what}, in {self._target}? [y/N] ", what, needed="--yes")
        if answer.lower() not in {"y", "yes"}:
            raise OperatorError("not confirmed; nothing was done")

    def _typed_account(self, what: str) -> None:
        here = self._target.account_id
        question = f"{what}, in {self._target}? Type the account's id to go on: "
        if self._read(question, what, needed=f"--yes --account {here}") != here:
            raise OperatorError(f"that is not {here}; nothing was done")

    def _read(self, question: str, what: str, *, needed: str) -> str:
        if self._ask is None:
            raise OperatorError(
                f"nobody can be asked whether to {what}, in {self._target}: there is no terminal; "
                f"add {needed} if you mean it; nothing was done"
            )
        return self._ask(question).strip()


def by(options: argparse.Namespace, *, account_id: str | None = None) -> Confirmation:
    """Asks where a command acts, unless its options answer beforehand.

    Args:
        options: of a command that has been announced.
        account_id: the account that is meant, if an option says so.
    """
    return Confirmation(options.target, yes=options.yes, account_id=account_id, ask=asker(asides()))


def asker(console: Console) -> Callable[[str], str] | None:
    """Asks at the terminal, if there is one.

    Args:
        console: of stderr, so that a question is seen when the output goes elsewhere.
    """
    if not sys.stdin.isatty():
        return None

    def ask(question: str) -> str:
        console.print(question, style="bold", end="", markup=False, soft_wrap=True)
        # An empty answer confirms nothing, and neither does the end of the input.
        return sys.stdin.readline()

    return ask
