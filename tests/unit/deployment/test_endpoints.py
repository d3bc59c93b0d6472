"""Which endpoints a deployment is about."""

from typing import Any

import pytest

from contract.catalogue import Approvals, Model
from contract.family import BEFORE
from deployment.logic import endpoints
from shared.errors import InvalidEventError, UnknownModelError

FIRST = "perennial-qa"
GROUPS = "arn:aws:sagemaker:us-east-1:111111111111:model-package-group/perennial-"
PACKAGES = "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-"


def _model(name: str, endpoint: str) -> Model:
    approval = Approvals(sandbox="manual", qa="manual", prod="manual")
    return Model(name=name, approval=approval, when_unapproved="keep", endpoint=endpoint, family=BEFORE)


MODELS = {
    name: _model(name, endpoint)
    for name, endpoint in {"a": FIRST, "b": FIRST, "c": f"{FIRST}-linear-learner", "d": f"{FIRST}-d"}.items()
}


def _asked(given: dict[str, Any]) -> list[str] | None:
    return endpoints.asked_for(given, models=MODELS, first=FIRST, group_arn_prefix=GROUPS)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, None),
        ({"reason": "schedule", "force": True}, None),
        ({"endpoint": FIRST}, [FIRST]),
        # It may be there for models that left the configuration.
        ({"endpoint": f"{FIRST}-gone", "model_package": f"{PACKAGES}a/1"}, [f"{FIRST}-gone"]),
        ({"model": "a"}, [FIRST]),
        ({"model": "d"}, [f"{FIRST}-d"]),
        ({"reason": "approval", "model_package": f"{PACKAGES}c/12"}, [f"{FIRST}-linear-learner"]),
        ({"model_package": [f"{PACKAGES}a/1", f"{PACKAGES}b/2", f"{PACKAGES}d/3"]}, [FIRST, f"{FIRST}-d"]),
        # Of a model that is not configured, and of another app whose name begins alike.
        ({"model_package": f"{PACKAGES}x/1"}, [FIRST]),
        ({"model_package": "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennials/1"}, [FIRST]),
    ],
)
def test_the_input_says_what_it_is_about(given: dict[str, Any], found: list[str] | None) -> None:
    assert _asked(given) == found


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"endpoint": "other-qa"}, InvalidEventError, "endpoint must be perennial-qa or begin with perennial-qa-"),
        ({"endpoint": 1}, InvalidEventError, "got 1"),
        ({"model": "e"}, UnknownModelError, "no model named 'e' is configured; choose one of a, b, c, d"),
        ({"model": ["a"]}, UnknownModelError, "no model named"),
        ({"model_package": 3}, InvalidEventError, "model_package must be the ARN of a version"),
        ({"model_package": [None]}, InvalidEventError, "or a list of such"),
    ],
)
def test_what_is_no_endpoint_of_the_account_is_refused(
    given: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error) as raised:
        _asked(given)
    assert said in str(raised.value)


def _every(*names: str, others: tuple[str, ...] = (), first_is_there: bool = False) -> list[str]:
    models = [MODELS[name] for name in names]
    return endpoints.every(models, first=FIRST, others=others, first_is_there=first_is_there)


def test_all_endpoints_are_those_of_the_models_and_those_that_are_there() -> None:
    assert _every("d", "c", "a") == [FIRST, f"{FIRST}-d", f"{FIRST}-linear-learner"]
    assert _every("a", others=(f"{FIRST}-gone",)) == [FIRST, f"{FIRST}-gone"]


def test_the_first_endpoint_is_looked_at_while_it_is_needed_or_there() -> None:
    assert _every("d") == [f"{FIRST}-d"]
    assert _every("d", first_is_there=True) == [FIRST, f"{FIRST}-d"]
    # An execution is about one endpoint at least.
    assert _every() == [FIRST]
