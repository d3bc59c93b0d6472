import pytest

from retraining.errors import DeploymentNotProvenError
from retraining.logic import proof


@pytest.mark.parametrize(("answer", "value"), [("0", 0.0), ("1", 1.0), ("0.25\n", 0.25), (" 1e-3 ", 0.001)])
def test_one_probability_is_proof(answer: str, value: float) -> None:
    assert proof.check_probability("a.tar.gz", answer) == value


@pytest.mark.parametrize("answer", ["", "yes", "0.1,0.2", "0.1\n0.2", '{"predictions": []}'])
def test_what_is_not_one_number_is_quoted(answer: str) -> None:
    with pytest.raises(DeploymentNotProvenError, match=r"a\.tar\.gz answered .* instead of one number") as raised:
        proof.check_probability("a.tar.gz", answer)
    assert repr(answer) in str(raised.value)


@pytest.mark.parametrize("answer", ["-0.01", "1.01", "nan", "inf", "-inf"])
def test_a_number_that_is_no_probability_is_no_proof(answer: str) -> None:
    with pytest.raises(DeploymentNotProvenError, match="a probability lies between 0 and 1"):
        proof.check_probability("a.tar.gz", answer)


def test_a_long_answer_is_cut() -> None:
    with pytest.raises(DeploymentNotProvenError) as raised:
        proof.check_probability("a.tar.gz", "x" * 5000)
    assert len(str(raised.value)) < 400
