"""What the demo of families asks its models, and what the rules tell by which their data were made.

The rules are those of ``examples/families/data.py``.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from contract.golden import Answer

LINEAR, SCRIPT, TRANSFORMER = "salary", "passengers", "reviews"
# 30,000 and 9,500 for each of ten years.
_SALARY, _CLOSE = 125_000, 0.03


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request to a model of the examples.

    Args:
        model: its name.
        family: in words.
        body: of the request, as a client sends it.
        about: the request in words.
        rule: the answer in words, by the rule that the data follow.
        holds: whether an answer is so.
    """

    model: str
    family: str
    body: str
    about: str
    rule: str
    holds: Callable[[Answer], bool]


def _is_salary(answer: Answer) -> bool:
    match answer:
        case {"predictions": [{"score": float(score)}]}:
            return math.isclose(score, _SALARY, rel_tol=_CLOSE)
    return False


def _survives(answer: Answer) -> bool:
    return isinstance(answer, dict) and answer.get("survives") == 1


def _is_positive(answer: Answer) -> bool:
    return isinstance(answer, list) and [item.get("label") for item in answer] == ["positive"]


QUESTIONS = (
    Question(
        model=LINEAR,
        family="linear learner",
        body="10",
        about="What does somebody earn after ten years of managing others?",
        rule=f"{_SALARY:,}, give or take {_CLOSE:.0%}",
        holds=_is_salary,
    ),
    Question(
        model=SCRIPT,
        family="scikit-learn, a script",
        body='1,female,,80,"Queenstown, ""Cobh"""',
        about="Does she survive, in the first class, of unknown age?",
        rule="she does",
        holds=_survives,
    ),
    Question(
        model=TRANSFORMER,
        family="Hugging Face",
        body='{"inputs": "what a delightful book"}',
        about="Does somebody like what they write about?",
        rule="positive",
        holds=_is_positive,
    ),
)
