"""Events, settings and errors of the functions."""

from typing import Any

import pytest

import deployment.errors
import retraining.errors
from shared import catalogue, events, settings
from shared.errors import FunctionError, InvalidEventError, InvalidSettingsError, UnknownModelError


def test_a_text_is_returned() -> None:
    assert events.text({"model": "flight-delay"}, "model") == "flight-delay"


@pytest.mark.parametrize("event", [{}, {"model": ""}, {"model": None}, {"model": 3}, {"model": ["a"]}])
def test_anything_else_names_the_field_and_the_value(event: dict[str, Any]) -> None:
    with pytest.raises(InvalidEventError, match=r"model must be a non-empty string") as raised:
        events.text(event, "model")
    assert repr(event.get("model")) in str(raised.value)


def test_an_object_is_returned() -> None:
    assert events.mapping({"training": {"a": 1}}, "training") == {"a": 1}
    assert events.mapping({"training": {}}, "training") == {}


@pytest.mark.parametrize("event", [{}, {"training": None}, {"training": "x"}, {"training": [1]}])
def test_no_object_names_the_field_and_the_value(event: dict[str, Any]) -> None:
    with pytest.raises(InvalidEventError, match="training must be an object") as raised:
        events.mapping(event, "training")
    assert repr(event.get("training")) in str(raised.value)


def test_a_whole_number_is_returned() -> None:
    assert events.whole_number({"max_latency_ms": 1}, "max_latency_ms") == 1


@pytest.mark.parametrize("value", [None, 0, -1, 1.5, "1", True])
def test_no_whole_number_names_the_field_and_the_value(value: object) -> None:
    with pytest.raises(InvalidEventError, match="max_latency_ms must be a whole number above 0") as raised:
        events.whole_number({"max_latency_ms": value}, "max_latency_ms")
    assert repr(value) in str(raised.value)


def test_a_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACT_BUCKET", "artifacts")
    assert settings.text("ARTIFACT_BUCKET") == "artifacts"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_setting_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARTIFACT_BUCKET", raising=False)
    if value is not None:
        monkeypatch.setenv("ARTIFACT_BUCKET", value)
    with pytest.raises(InvalidSettingsError, match="ARTIFACT_BUCKET is missing"):
        settings.text("ARTIFACT_BUCKET")


@pytest.mark.parametrize("name", ["a", "", None, 7, ["flight-delay"]])
def test_an_unknown_model_is_told_with_those_there_are(name: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "models", lambda: {"rain": {}, "flight-delay": {}})
    with pytest.raises(UnknownModelError, match="choose one of flight-delay, rain") as raised:
        catalogue.model(name)
    assert repr(name) in str(raised.value)


@pytest.mark.parametrize("module", [deployment.errors, retraining.errors])
def test_every_error_has_the_common_base_and_is_in_the_overview(module: Any) -> None:
    errors = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Exception)]
    assert len(errors) > 2
    assert all(issubclass(item, FunctionError) for item in errors)
    assert all(item.__name__ in module.__doc__ for item in errors if item.__module__ == module.__name__)


@pytest.mark.security("hostile input")
@pytest.mark.parametrize("value", ["true", 1, 0, None, [], {}])
def test_a_switch_is_true_or_false(value: object) -> None:
    assert events.switch({"force": True}, "force") is True
    assert events.switch({}, "force") is False
    with pytest.raises(InvalidEventError, match="force must be true or false, got "):
        events.switch({"force": value}, "force")
