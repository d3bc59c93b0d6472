"""Clients of endpoints: one that asks what a person would, and one that goes on asking while something else changes."""

import threading
from collections import Counter
from collections.abc import Mapping

from contract import golden
from contract.golden import Answer
from contract.manifest import target_model
from perennial.account import answers
from perennial.account.aws import Aws
from perennial.account.serving import Served
from perennial.demo.family_questions import Question
from perennial.errors import OperatorError

_PAUSE_SECONDS = 0.5


def ask(aws: Aws, served: Served, question: Question) -> Answer:
    """What a model says to a question.

    Raises:
        OperatorError: it refuses, or says something else than the rule of its data tells.
    """
    target = target_model(question.model)
    request = served.family.request(target_model=target, body=question.body)
    said = aws.invoke(served.endpoint, model=target, request=request)
    try:
        found = golden.read(said, family=served.family)
    except ValueError as error:
        raise OperatorError(f"{question.model} answered {error}") from error
    if not question.holds(found):
        raise OperatorError(
            f"{question.model} was asked {question.body}, and expected to say: {question.rule}; it said: {said}"
        )
    return found


def check_golden(aws: Aws, model: str, served: Served) -> None:
    """A model answers the row of its evaluation as it did then.

    Raises:
        OperatorError: it does not, or it refuses.
    """
    found = answers.ask(aws, endpoint=served.endpoint, model=model, about=served.golden, family=served.family)
    answers.check([found], where=served.endpoint)


def go_on(aws: Aws, models: Mapping[str, Served], stop: threading.Event) -> Counter[str]:
    """Ask models in turn until somebody says stop; returns the number of right answers by model.

    Args:
        aws: of this thread alone.
        models: what serves, by name.
        stop: is set when it is enough.

    Raises:
        OperatorError: an endpoint refused, or answered otherwise than in the evaluation.
    """
    found: Counter[str] = Counter()
    while True:
        for model, served in models.items():
            check_golden(aws, model, served)
            found[model] += 1
        if stop.wait(_PAUSE_SECONDS):
            return found
