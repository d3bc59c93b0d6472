"""Follows commits through the promotion pipeline, a line for each action, and answers as a person would."""

from collections.abc import Callable, Mapping

from rich.console import Console
from rich.text import Text

from perennial.account import promotion_facts
from perennial.account.aws import Aws
from perennial.account.promotion import ActionRun, Progress, Promotion
from perennial.account.promotion_approval import Answer, Question, answer, open_question
from perennial.demo.account import wait_for
from perennial.errors import OperatorError
from perennial.screen import wording

# Stage and name of an action.
Place = tuple[str, str]
CONFIRM: Place = ("Prod", "Permissions.Confirm")
_CHECK: Place = ("Prod", "Permissions.Check")
# What CDK Pipelines' check says in the variable of its action.
_NOTHING_GROWS = "No security-impacting changes detected."
_PATIENCE_SECONDS = 900.0


class Watch:
    """Follows the executions of one pipeline.

    Args:
        aws: the pipeline's account.
        pipeline: its name.
        console: where to tell what ended.
    """

    def __init__(self, aws: Aws, pipeline: str, *, console: Console) -> None:
        self._aws = aws
        self._pipeline = pipeline
        self._console = console

    def follow(
        self,
        commit: str,
        decisions: Mapping[Place, Answer],
        *,
        ended: Callable[[str, ActionRun], None] = lambda _stage, _action: None,
    ) -> Promotion:
        """Follow a commit to the end of its execution.

        Args:
            commit: its id.
            decisions: what a person says, by the action that asks.
            ended: is told of each action's stage, and how it ended.

        Raises:
            OperatorError: somebody else is asked, or it does not end.
        """
        execution = wait_for(
            lambda: promotion_facts.of_commit(self._aws, self._pipeline, commit),
            seconds=_PATIENCE_SECONDS,
            what=f"the pipeline to take up commit {commit[:8]}",
        )
        told: set[Place] = set()
        answered: set[str] = set()

        def look() -> Promotion | None:
            # First, so that the check has ended in what is read next when its confirmation is asked for.
            question = open_question(self._aws, self._pipeline, execution)
            found = promotion_facts.read(self._aws, self._pipeline, execution)
            for stage in found.stages:
                for action in stage.actions:
                    if action.ended_at is not None and (stage.name, action.name) not in told:
                        told.add((stage.name, action.name))
                        self._tell(stage.name, action)
                        ended(stage.name, action)
            if question is not None and question.token not in answered and _is_asked(found, question):
                answered.add(question.token)
                self._answer(question, decisions)
            return found if found.has_ended else None

        return wait_for(look, seconds=_PATIENCE_SECONDS, what=f"the end of the promotion of commit {commit[:8]}")

    def _answer(self, question: Question, decisions: Mapping[Place, Answer]) -> None:
        place = (question.stage, question.action)
        if place not in decisions:
            raise OperatorError(f"nobody was expected to be asked at {'/'.join(place)}")
        answer(self._aws, self._pipeline, question, status=decisions[place], summary="the demo's owner decided so")

    def _tell(self, stage: str, action: ActionRun) -> None:
        style = "red" if action.progress is Progress.FAILED else ""
        spent = wording.duration(action.ended_at - action.started_at) if action.ended_at and action.started_at else ""
        line = Text.assemble(
            "    ", (f"{stage:<15} ", "bold"), f"{action.name:<26} ", (f"{action.progress!s:<10}", style)
        )
        self._console.print(line.append(f"{spent:>12}", "dim"), soft_wrap=True)


def _is_asked(found: Promotion, question: Question) -> bool:
    """Whether a person is asked: when no permission grows, the check confirms by itself."""
    if (question.stage, question.action) != CONFIRM:
        return True
    return found.action(*_CHECK).variables.get("MESSAGE") != _NOTHING_GROWS
