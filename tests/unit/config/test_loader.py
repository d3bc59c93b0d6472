"""Every way in which config/ can be wrong ends in a message that names file, field and value."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import loader
from config.errors import InvalidConfigError

MODEL = "models/flight-delay.yaml"
ACCOUNTS = "accounts.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the configuration that is checked in."""
    target = tmp_path / "config"
    (target / "models").mkdir(parents=True)
    for name in (ACCOUNTS, MODEL, "models/rain-tomorrow.yaml"):
        shutil.copy(loader.CONFIG_DIR / name, target / name)
    return target


def _change(folder: Path, name: str, path: str, value: Any) -> None:
    """Set a dotted path; None removes it."""
    content = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    place = content
    *parents, last = path.split(".")
    for parent in parents:
        place = place.setdefault(parent, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")


def test_the_checked_in_configuration_is_valid(folder: Path) -> None:
    found = loader.load(folder)
    assert [model.name for model in found.models] == ["flight-delay", "rain-tomorrow"]
    assert found.environment("qa").account_id == "222222222222"
    assert [found.environment(name).serving.instance_count for name in ("sandbox", "qa", "prod")] == [1, 1, 2]


def test_it_is_frozen(folder: Path) -> None:
    model = loader.load(folder).models[0]
    with pytest.raises(ValueError, match="frozen"):
        model.name = "other"


@pytest.mark.parametrize(
    ("name", "path", "value", "said"),
    [
        (MODEL, "colour", "blue", "colour: Extra inputs are not permitted, got 'blue'"),
        (MODEL, "training.gpu", 1, "training.gpu: Extra inputs are not permitted"),
        (ACCOUNTS, "environments.staging", {}, "environments.staging"),
        (ACCOUNTS, "environments.qa.account_id", "22222222222", "environments.qa.account_id: String should match"),
        (
            ACCOUNTS,
            "environments.qa.account_id",
            222222222222,
            "environments.qa.account_id: Input should be a valid st",
        ),
        (ACCOUNTS, "environments.qa.account_id", "111111111111", "account ids must differ"),
        (ACCOUNTS, "environments.qa.account_id", None, "environments.qa.account_id: Field required"),
        (ACCOUNTS, "environments.prod", None, "missing ['prod']"),
        (ACCOUNTS, "environments.prod.serving.instance_count", 0, "instance_count: Input should be greater than or eq"),
        (ACCOUNTS, "environments.prod.serving.instance_type", "m5.large", "instance_type: String should match"),
        (ACCOUNTS, "app", "thirteenchars", "app: String should have at most 12 characters, got 'thirteenchars'"),
        (ACCOUNTS, "app", "Perennial", "app: String should match"),
        (ACCOUNTS, "region", "us-east", "region: String should match"),
        (MODEL, "training.hyperparameters.num_round", None, "hyperparameters must have num_round"),
        (MODEL, "training.spot.max_wait_minutes", 29, "must be at least max_runtime_minutes (30), got 29"),
        (MODEL, "training.spot.max_wait_minutes", 61, "max_wait_minutes: Input should be less than or equal to 60"),
        (MODEL, "training.instance_type", "m5.xlarge", "training.instance_type: String should match"),
        (MODEL, "training.max_runtime_minutes", 0, "training.max_runtime_minutes: Input should be greater than or eq"),
        (MODEL, "training.max_runtime_minutes", None, "training.max_runtime_minutes: Field required"),
        (MODEL, "schedule.expression", "hourly", "schedule.expression: String should match"),
        (MODEL, "etl.script", "../flight.py", "etl.script: String should match"),
        (MODEL, "etl.worker_type", "Standard", "etl.worker_type: Input should be 'G.1X'"),
        (MODEL, "etl.number_of_workers", 1, "etl.number_of_workers: Input should be greater than or equal to 2"),
        (MODEL, "gate.metric", "accuracy", "gate.metric: String should match"),
        (MODEL, "gate.threshold", "high", "gate.threshold: Input should be a valid number"),
        (MODEL, "gate.threshold", None, "gate.threshold: Field required"),
        (MODEL, "gate", None, "gate: Field required"),
        (MODEL, "name", "flight_delay", "name: String should match"),
        (MODEL, "name", "flight--delay", "name: String should match"),
        (MODEL, "name", "a" * 25, "name: String should have at most 24 characters"),
        (MODEL, "name", "flights", "the file must be named as its model, got name 'flights'"),
    ],
)
def test_a_wrong_value_is_named_with_its_file_and_field(
    folder: Path, name: str, path: str, value: Any, said: str
) -> None:
    _change(folder, name, path, value)
    with pytest.raises(InvalidConfigError) as raised:
        loader.load(folder)
    assert str(folder / name) in str(raised.value)
    assert said in str(raised.value)


def test_all_wrong_values_of_a_file_are_told_at_once(folder: Path) -> None:
    _change(folder, MODEL, "colour", "blue")
    _change(folder, MODEL, "gate.threshold", None)
    with pytest.raises(InvalidConfigError) as raised:
        loader.load(folder)
    assert "colour:" in str(raised.value)
    assert "gate.threshold:" in str(raised.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / ACCOUNTS).unlink()
    with pytest.raises(InvalidConfigError, match=r"accounts\.yaml is missing"):
        loader.load(folder)


@pytest.mark.parametrize(("text", "said"), [("a: [", "is no yaml"), ("", "the file: "), ("- a", "the file: ")])
def test_a_file_that_is_no_mapping_is_named(folder: Path, text: str, said: str) -> None:
    (folder / MODEL).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidConfigError, match=said) as raised:
        loader.load(folder)
    assert str(folder / MODEL) in str(raised.value)


def test_spot_that_is_off_needs_no_waiting_time(folder: Path) -> None:
    _change(folder, MODEL, "training.spot", {"enabled": False})
    assert loader.load(folder).models[0].training.spot.max_wait_minutes == 0


def test_no_models_is_a_configuration(folder: Path) -> None:
    shutil.rmtree(folder / "models")
    assert loader.load(folder).models == ()
