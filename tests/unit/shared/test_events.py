from typing import Any

import pytest

from retraining import errors, events, settings
from retraining.errors import InvalidEventError


def test_a_text_is_returned() -> None:
    assert events.text({"model": "flight-delay"}, "model") == "flight-delay"


@pytest.mark.parametrize("event", [{}, {"model": ""}, {"model": None}, {"model": 3}, {"model": ["a"]}])
def test_anything_else_names_the_field_and_the_value(event: dict[str, Any]) -> None:
    with pytest.raises(InvalidEventError, match=r"model must be a non-empty string") as raised:
        events.text(event, "model")
    assert repr(event.get("model")) in str(raised.value)


def test_the_bucket_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACT_BUCKET", "artifacts")
    assert settings.from_environment().bucket_name == "artifacts"


def test_a_missing_bucket_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARTIFACT_BUCKET", raising=False)
    with pytest.raises(InvalidEventError, match="ARTIFACT_BUCKET is missing"):
        settings.from_environment()


@pytest.mark.parametrize("name", ["InvalidEventError", "MetricNotFoundError", "DeploymentNotProvenError"])
def test_every_error_has_the_common_base(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.RetrainingError)
