"""Kinds of rows, those that an earlier version of the app wrote included."""

from typing import Any

import jsonata
import pytest

from contract import history
from contract.history import Kind

# As the app wrote both before people's decisions were a kind of their own.
_GATE = {"pk": "decision#m", "outcome": "accepted", "eval_metric": "auc", "eval_value": 0.9}
_PERSON = {"pk": "decision#m", "outcome": "approved", "by": "arn:aws:iam::111111111111:user/ann", "version": 2}


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (_GATE, Kind.DECISION),
        (_PERSON, Kind.APPROVAL),
        ({**_PERSON, "pk": Kind.APPROVAL.of("m")}, Kind.APPROVAL),
        ({**_GATE, "pk": Kind.EVALUATION.of("m")}, Kind.EVALUATION),
    ],
)
def test_a_row_is_of_one_kind_whoever_wrote_it(row: dict[str, Any], kind: Kind) -> None:
    assert history.kind(row) is kind


@pytest.mark.parametrize("kind", Kind)
def test_a_state_machine_means_the_same_rows(kind: Kind) -> None:
    expression = jsonata.Jsonata(kind.jsonata("$model").removeprefix("{% ").removesuffix(" %}"))
    frame = expression.create_frame()
    frame.bind("model", "delays")
    assert expression.evaluate(None, frame) == kind.of("delays")
    assert history.kind({"pk": kind.of("delays")}) is kind
