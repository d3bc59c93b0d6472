"""What the stack writes into a function's environment is what the function reads there."""

import dataclasses

import pytest

from contract.record import kinds
from contract.settings import InvalidSettingsError, RecordDeployment, SaveModel, Settings

CLASSES = Settings.__subclasses__()
_VALUES = {str: "text", int: 3}


def _example(kind: type[Settings]) -> Settings:
    found = {name: _VALUES.get(hint, ("a", "b")) for name, hint in kinds(kind).items()}
    return kind(**found)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_settings_survive_the_environment(kind: type[Settings]) -> None:
    made = _example(kind)
    assert kind.from_env({**made.as_env(), "PATH": "/bin"}) == made
    assert set(made.as_env()) == {field.name.upper() for field in dataclasses.fields(kind)}


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_setting_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in _example(RecordDeployment).as_env().items():
        monkeypatch.setenv(name, text)
    monkeypatch.delenv("ARTIFACT_BUCKET")
    if value is not None:
        monkeypatch.setenv("ARTIFACT_BUCKET", value)
    with pytest.raises(InvalidSettingsError, match="ARTIFACT_BUCKET is missing or empty; the stack must set it"):
        RecordDeployment.from_env()


@pytest.mark.parametrize("value", ["two", "1.5", "-1", " "])
def test_what_is_no_whole_number_is_told(value: str) -> None:
    with pytest.raises(InvalidSettingsError, match="KEEP_DEPLOYMENTS must be a whole number, got"):
        RecordDeployment.from_env({**_example(RecordDeployment).as_env(), "KEEP_DEPLOYMENTS": value})


def test_a_list_may_be_empty() -> None:
    made = SaveModel(app="a", group_arn_prefix="arn")
    assert "REGISTRY_READERS" not in made.as_env()
    assert SaveModel.from_env(made.as_env()) == made
