"""What proves that a served model is the registered one."""

from dataclasses import replace

import pytest

from contract.family import BEFORE
from deployment.errors import DeploymentNotProvenError
from deployment.logic import proof


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("0", 0.0),
        ("1", 1.0),
        ("0.25\n", 0.25),
        (" 1e-3 ", 0.001),
        ("-17.5", -17.5),
        # The spacing of 32-bit floats at 0.1 and at 12 (numpy.spacing): 7.45e-09 and 9.5e-07.
        ("0.10000001", 0.1),
        ("12.000001", 12.0),
        ("0.000001", 0.0),
    ],
)
def test_the_answer_of_the_evaluation_is_proof(answer: str, expected: float) -> None:
    assert proof.check_answer("a", answer, expected=expected, family=BEFORE) == float(answer)


@pytest.mark.parametrize(
    ("answer", "expected"), [("0.26", 0.25), ("0.2501", 0.25), ("-0.25", 0.25), ("12.001", 12.0), ("0", 0.0001)]
)
def test_another_number_is_no_proof_and_both_are_told(answer: str, expected: float) -> None:
    with pytest.raises(DeploymentNotProvenError, match="model a answered its golden request with") as raised:
        proof.check_answer("a", answer, expected=expected, family=BEFORE)
    assert f"{float(answer):g}" in str(raised.value)
    assert f"the registered version answers {expected:g}" in str(raised.value)


@pytest.mark.parametrize("answer", ["nan", "inf", "-inf"])
def test_what_is_no_finite_number_is_no_proof(answer: str) -> None:
    with pytest.raises(DeploymentNotProvenError):
        proof.check_answer("a", answer, expected=0.5, family=BEFORE)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("", "with '' instead of an answer in text/csv"),
        ("yes", 'with "yes", the registered version answers 0.5'),
        ("0.1,0.2", "with [0.1, 0.2], the registered version answers 0.5"),
        ("0.1\n0.2", 'with "0.1\\n0.2", the'),
        ('{"predictions": []}', r'with "{\"predictions\": []}", the'),
    ],
)
def test_what_is_not_the_number_is_quoted(answer: str, told: str) -> None:
    with pytest.raises(DeploymentNotProvenError, match="model a answered its golden request") as raised:
        proof.check_answer("a", answer, expected=0.5, family=BEFORE)
    assert told in str(raised.value)


_LABELS = replace(BEFORE, accept="application/json", answer="/0", tolerance=0.01)


@pytest.mark.parametrize(
    ("answer", "expected", "proven"),
    [
        ('[{"label": "late", "score": 0.905}]', {"label": "late", "score": 0.9}, True),
        ('[{"label": "early", "score": 0.9}]', {"label": "late", "score": 0.9}, False),
        ('["setosa"]', "setosa", True),
        ("[[0.1, 0.9]]", [0.1, 0.9], True),
        ("[[0.1, 0.9]]", [0.1], False),
    ],
)
def test_a_label_and_a_list_of_scores_are_proof_too(answer: str, expected: object, proven: bool) -> None:
    if proven:
        proof.check_answer("a", answer, expected=expected, family=_LABELS)
        return
    with pytest.raises(DeploymentNotProvenError, match="the registered version answers"):
        proof.check_answer("a", answer, expected=expected, family=_LABELS)


def test_a_long_answer_is_cut() -> None:
    with pytest.raises(DeploymentNotProvenError) as raised:
        proof.check_answer("a", "x" * 5000, expected=0.5, family=BEFORE)
    assert len(str(raised.value)) < 400
