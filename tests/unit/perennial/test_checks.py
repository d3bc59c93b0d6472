"""The demo notices when something is not as it should be."""

from dataclasses import replace

import pytest

from contract.family import BEFORE
from perennial.account import answers
from perennial.account.answers import Answer
from perennial.demo import checks
from perennial.errors import OperatorError
from tests.unit.perennial import stories


def test_another_outcome_is_an_error_with_the_cause() -> None:
    checks.outcome(stories.run(outcome="registered"), "registered")
    failed = stories.run(outcome="", cause="0.7 is too low")
    with pytest.raises(OperatorError, match=r"'registered'.*'gate failed': ModelAccuracyTooLow: 0.7 is too low"):
        checks.outcome(failed, "registered")


def test_going_back_is_no_new_deployment() -> None:
    checks.restored({"qa": stories.delivery()})
    with pytest.raises(OperatorError, match=r"prod was expected to restore.*: deployed flight-delay 2 -> 1 in 42 s"):
        checks.restored({"qa": stories.delivery(), "prod": stories.delivery(action="deployed")})


def test_a_cold_start_has_trials_and_no_parents() -> None:
    checks.cold_start(stories.registered(tuned=stories.tuning()))
    for tuned in (None, stories.tuning(parents=("p",)), replace(stories.tuning(), trials=())):
        with pytest.raises(OperatorError, match="tuned without parents"):
            checks.cold_start(stories.registered(tuned=tuned))


def test_a_warm_start_learns_from_the_first_run_and_meets_its_champion() -> None:
    first = stories.registered(1, tuned=stories.tuning())
    warm = stories.tuning(parents=("tuning-0",))
    checks.warm_start(stories.registered(2, champion=True, tuned=warm), parent=first)
    with pytest.raises(OperatorError, match="TransferLearning from tuning-0"):
        checks.warm_start(stories.registered(2, champion=True, tuned=stories.tuning(parents=("else",))), parent=first)
    identical = replace(warm, warm_start="IdenticalDataAndAlgorithm")
    with pytest.raises(OperatorError, match="TransferLearning from tuning-0"):
        checks.warm_start(stories.registered(2, champion=True, tuned=identical), parent=first)
    with pytest.raises(OperatorError, match="compared with it"):
        checks.warm_start(stories.registered(2, tuned=warm), parent=first)


def test_an_answer_may_differ_in_the_last_digit_of_a_float_only() -> None:
    answers.check([Answer(target_model="m", value=0.1234567, expected=0.1234568, family=BEFORE)], where="qa")
    with pytest.raises(OperatorError, match=r"m in qa answered 0.1236, its version answers 0.1234"):
        answers.check([Answer(target_model="m", value=0.1236, expected=0.1234, family=BEFORE)], where="qa")
