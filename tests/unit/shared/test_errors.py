"""Errors of the functions, and the look-up that most of them are told by."""

from typing import Any

import pytest

import deployment.errors
import retraining.errors
from shared import catalogue
from shared.errors import FunctionError, UnknownModelError


@pytest.mark.parametrize("name", ["a", "", "null"])
def test_an_unknown_model_is_told_with_those_there_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "content", lambda: {"rain": {}, "flight-delay": {}})
    with pytest.raises(UnknownModelError, match=r"choose one of flight-delay, rain") as raised:
        catalogue.model(name)
    assert repr(name) in str(raised.value)


@pytest.mark.parametrize("module", [deployment.errors, retraining.errors])
def test_every_error_has_the_common_base_and_is_in_the_overview(module: Any) -> None:
    errors = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Exception)]
    assert len(errors) > 2
    assert all(issubclass(item, FunctionError) for item in errors)
    assert all(item.__name__ in module.__doc__ for item in errors if item.__module__ == module.__name__)
