"""What models that lie behind one endpoint have to agree on."""

from dataclasses import replace

import pytest

from contract.catalogue import Approvals, Model
from contract.family import BEFORE, Family
from stacks import serving_groups

SHARED = replace(BEFORE, image="xgboost:3.0-5")
OWN = replace(SHARED, shares_endpoint=False)


def _model(name: str, endpoint: str, family: Family = SHARED) -> Model:
    approval = Approvals(sandbox="manual", qa="manual", prod="manual")
    return Model(name=name, approval=approval, when_unapproved="keep", endpoint=endpoint, family=family)


def _check(*models: Model) -> None:
    serving_groups.check({model.name: model for model in models})


def test_models_of_one_container_share_an_endpoint_and_others_have_their_own() -> None:
    _check()
    _check(_model("a", "e"), _model("b", "e"), _model("c", "e-c", OWN), _model("d", "e-d", OWN))


@pytest.mark.parametrize(
    "other",
    [replace(SHARED, image="xgboost:1.7-1"), replace(SHARED, environment={"MODE": "fast"}), OWN],
)
def test_another_container_at_the_same_endpoint_is_refused(other: Family) -> None:
    with pytest.raises(ValueError, match=r"the models a and b are both to be served at e, by .*endpoint: own"):
        _check(_model("a", "e"), _model("b", "e", other))


def test_two_models_do_not_lie_behind_an_endpoint_of_one_model() -> None:
    with pytest.raises(ValueError, match="both to be served at e"):
        _check(_model("a", "e", OWN), _model("b", "e", OWN))
