"""Every way in which config/ can be wrong ends in a message that names file, field and value."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import loader
from config.errors import InvalidConfigError
from tests.conftest import FLEET

MODEL = "models/flight-delay.yaml"
OTHER = "models/air-time.yaml"
ACCOUNTS = "accounts.yaml"
WAREHOUSE = {
    "engine": "redshift",
    "host": "warehouse.example.com",
    "port": 5439,
    "database": "dwh",
    "secret_name": "warehouse/reader",
}
FROM_WAREHOUSE = {"type": "warehouse", "warehouse": "sales", "query": "flights.sql", "window_days": 30}
CANARY = {"type": "canary", "step_percent": 20, "wait_seconds": 300}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the configuration that is checked in."""
    target = tmp_path / "config"
    (target / "models").mkdir(parents=True)
    for name in (ACCOUNTS, MODEL, OTHER):
        shutil.copy(FLEET / name, target / name)
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
    assert [model.name for model in found.models] == ["air-time", "flight-delay"]
    assert found.environment("qa").account_id == "222222222222"
    assert [found.environment(name).serving.instance_count for name in ("sandbox", "qa", "prod")] == [1, 1, 2]


def test_a_pipeline_may_be_left_out_and_may_take_its_code_from_codecommit(folder: Path) -> None:
    _change(folder, ACCOUNTS, "pipeline.source", {"type": "codecommit", "repository": "perennial"})
    pipeline = loader.load(folder).accounts.pipeline
    assert pipeline is not None
    assert (pipeline.source.type, pipeline.source.branch) == ("codecommit", "main")
    _change(folder, ACCOUNTS, "pipeline", None)
    assert loader.load(folder).accounts.pipeline is None


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
        (ACCOUNTS, "pipeline.account_id", "44444444444", "pipeline.account_id: String should match"),
        (
            ACCOUNTS,
            "pipeline.account_id",
            "555555555555",
            "must belong to the pipeline's account 555555555555, got arn:",
        ),
        (ACCOUNTS, "pipeline.source", None, "pipeline.source: Field required"),
        (ACCOUNTS, "pipeline.source.type", "github", "pipeline.source: Input tag 'github' found"),
        (ACCOUNTS, "pipeline.source.repository", "perennial", "pipeline.source.connection.repository: String should"),
        (
            ACCOUNTS,
            "pipeline.source.connection_arn",
            "arn:aws:iam::1:role/r",
            "source.connection.connection_arn: String",
        ),
        (ACCOUNTS, "pipeline.source.branch", "", "pipeline.source.connection.branch: String should have at least 1"),
        (ACCOUNTS, "pipeline.stages", ["qa"], "pipeline.stages: Extra inputs are not permitted"),
        (MODEL, "training.hyperparameters.num_round", None, "hyperparameters must have num_round"),
        (MODEL, "training.spot.max_wait_minutes", 29, "must be at least max_runtime_minutes (30), got 29"),
        (MODEL, "training.spot.max_wait_minutes", 61, "max_wait_minutes: Input should be less than or equal to 60"),
        (MODEL, "training.instance_type", "m5.xlarge", "training.instance_type: String should match"),
        (MODEL, "training.max_runtime_minutes", 0, "training.max_runtime_minutes: Input should be greater than or eq"),
        (MODEL, "training.max_runtime_minutes", None, "training.max_runtime_minutes: Field required"),
        (MODEL, "schedule.expression", "hourly", "schedule.expression: Value error, 'hourly' is no schedule"),
        (MODEL, "schedule.expression", "cron(0 17-8 * * ? *)", "hours '17-8' is not between 0 and 23 in rising order"),
        (MODEL, "schedule.enabled", "maybe", "schedule.enabled: Input should be a valid boolean"),
        (MODEL, "stale_after_days", 0, "stale_after_days: Input should be greater than or equal to 1"),
        (MODEL, "problem_type", "ranking", "problem_type: Input should be 'binary_classification' or 'regression'"),
        (MODEL, "problem_type", None, "problem_type: Field required"),
        (MODEL, "problem_type", "regression", "gate.metric of a regression is one of ['error_std', 'mae', 'rmse']"),
        (MODEL, "source", {"type": "ftp"}, "source: Input tag 'ftp' found"),
        (MODEL, "source", FROM_WAREHOUSE, "source.warehouse 'sales' is not one of the warehouses of accounts.yaml: []"),
        (MODEL, "source", {**FROM_WAREHOUSE, "query": "../q.sql"}, "source.warehouse.query: String should match"),
        (MODEL, "source", {**FROM_WAREHOUSE, "window_days": 0}, "source.warehouse.window_days: Input should be"),
        (MODEL, "etl.script", "../flight.py", "etl.script: String should match"),
        (MODEL, "etl.worker_type", "Standard", "etl.worker_type: Input should be 'G.1X'"),
        (MODEL, "etl.number_of_workers", 1, "etl.number_of_workers: Input should be greater than or equal to 2"),
        (MODEL, "etl.arguments", {"source": "s3://x"}, "arguments must not have ['source']"),
        (MODEL, "etl.arguments", {"--target": "x"}, "etl.arguments.--target.[key]: String should match"),
        (MODEL, "tuning.metric", "validation:rmsle", "xgboost can optimise ['validation:accuracy', "),
        (MODEL, "tuning.metric", "train:auc", "xgboost can optimise ["),
        (MODEL, "tuning.metric", "validation:rmse", "add 'rmse' to it"),
        (MODEL, "tuning.max_jobs", 0, "tuning.max_jobs: Input should be greater than or equal to 1"),
        (MODEL, "tuning.max_jobs", 751, "tuning.max_jobs: Input should be less than or equal to 750"),
        (MODEL, "tuning.max_parallel_jobs", 11, "tuning.max_parallel_jobs: Input should be less than or equal to 10"),
        (MODEL, "tuning.ranges", {}, "tuning.ranges: Dictionary should have at least 1 item"),
        (
            MODEL,
            "tuning.ranges.eta",
            {"type": "continuous", "min": 1, "max": 1},
            "min must be less than max, got 1 and 1",
        ),
        (MODEL, "tuning.ranges.eta", {"type": "integer", "min": 0.5, "max": 2}, "an integer range has whole bounds"),
        (
            MODEL,
            "tuning.ranges.eta",
            {"type": "continuous", "min": 0, "max": 1, "scaling": "Logarithmic"},
            "logarithmic scaling needs a min above 0, got 0",
        ),
        (
            MODEL,
            "tuning.ranges.eta",
            {"type": "continuous", "min": 0, "max": 1, "scaling": "ReverseLogarithmic"},
            "reverse logarithmic scaling needs a continuous range within [0, 1)",
        ),
        (
            MODEL,
            "tuning.ranges.eta",
            {"type": "categorical", "values": []},
            "values: Tuple should have at least 1 item",
        ),
        (MODEL, "tuning.ranges.eta", {"min": 0, "max": 1}, "tuning.ranges.eta: Unable to extract tag"),
        (MODEL, "gate.metric", "validation:auc", "the evaluation knows ['accuracy', 'auc', "),
        (MODEL, "gate.metric", "rmse", "gate.metric of a binary_classification is one of ['accuracy', 'auc', "),
        (MODEL, "gate.tolerance", -0.1, "gate.tolerance: Input should be greater than or equal to 0"),
        (MODEL, "approval", {"qa": "automatic"}, "qa and prod must have the same approval, got automatic and manual"),
        (MODEL, "approval", {"prod": "never"}, "approval.prod: Input should be 'manual' or 'automatic'"),
        (MODEL, "when_unapproved", "stop", "when_unapproved: Input should be 'keep' or 'remove'"),
        (
            ACCOUNTS,
            "environments.qa.serving.update_policy",
            CANARY,
            "update_policy canary needs at least 2 instances, got 1",
        ),
        (
            ACCOUNTS,
            "environments.prod.serving.update_policy",
            {**CANARY, "step_percent": 60},
            "step_percent: Input should be less than or equal to 50",
        ),
        (
            ACCOUNTS,
            "environments.prod.serving.update_policy",
            {**CANARY, "wait_seconds": 3601},
            "wait_seconds: Input should be less than or equal to 3600",
        ),
        (
            ACCOUNTS,
            "environments.prod.serving.update_policy",
            {"type": "linear", "step_percent": 10, "wait_seconds": 2521},
            "an update may wait 25200 seconds in all, got 10 x 2521 + 0",
        ),
        (
            ACCOUNTS,
            "environments.prod.serving.autoscaling",
            {"min_count": 3, "max_count": 2, "invocations_per_instance": 100},
            "min_count must not exceed max_count, got 3 and 2",
        ),
        (ACCOUNTS, "environments.prod.serving.keep_deployments", 0, "keep_deployments: Input should be greater than"),
        (ACCOUNTS, "warehouses", {"sales": {**WAREHOUSE, "engine": "oracle"}}, "warehouses.sales.engine: Input should"),
        (ACCOUNTS, "warehouses", {"sales": {**WAREHOUSE, "password": "x"}}, "password: Extra inputs are not permitted"),
        (ACCOUNTS, "warehouses", {"sales": {**WAREHOUSE, "port": 0}}, "warehouses.sales.port: Input should be greater"),
        (ACCOUNTS, "warehouses", {"sales": {**WAREHOUSE, "host": "a/b"}}, "warehouses.sales.host: String should match"),
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


def test_a_model_may_read_from_a_known_warehouse(folder: Path) -> None:
    _change(folder, ACCOUNTS, "warehouses", {"sales": WAREHOUSE})
    _change(folder, MODEL, "source", FROM_WAREHOUSE)
    # The folder's own, not that of config/.
    with pytest.raises(
        InvalidConfigError, match=f"source.query 'flights.sql' names no file of {folder}/queries; write it"
    ):
        loader.load(folder)
    (folder / "queries").mkdir()
    (folder / "queries" / "flights.sql").write_text("select 1", encoding="utf-8")
    found = loader.load(folder)
    (model,) = [model for model in found.models if model.name == "flight-delay"]
    assert model.source.type == "warehouse"
    assert found.queries == folder / "queries"


@pytest.mark.parametrize("wait", [300, 2520])
def test_an_update_that_waits_seven_hours_in_all_is_allowed(folder: Path, wait: int) -> None:
    policy = {"type": "linear", "step_percent": 10, "wait_seconds": wait}
    _change(folder, ACCOUNTS, "environments.prod.serving.update_policy", policy)
    assert loader.load(folder).environment("prod").serving.update_policy.wait_seconds == wait


def test_scaling_decides_how_many_instances_there_are_at_least(folder: Path) -> None:
    _change(folder, ACCOUNTS, "environments.qa.serving.update_policy", CANARY)
    scaling = {"min_count": 2, "max_count": 4, "invocations_per_instance": 100}
    _change(folder, ACCOUNTS, "environments.qa.serving.autoscaling", scaling)
    _change(folder, ACCOUNTS, "environments.qa.serving.instance_count", 2)
    assert loader.load(folder).environment("qa").serving.update_policy.type == "canary"


def test_what_is_not_said_has_the_careful_default(folder: Path) -> None:
    config = loader.load(folder)
    model = config.models[0]
    assert (model.approval.sandbox, model.approval.qa, model.approval.prod) == ("automatic", "manual", "manual")
    assert model.when_unapproved == "keep"
    assert model.tuning is None
    assert model.source.type == "s3"
    assert config.environment("qa").serving.update_policy.type == "all_at_once"


def test_the_environment_names_another_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "accounts.yaml").write_text(
        (folder / "accounts.yaml").read_text(encoding="utf-8").replace("app: perennial", "app: elsewhere"),
        encoding="utf-8",
    )
    monkeypatch.setenv("PERENNIAL_CONFIG", str(folder))

    assert loader.load().accounts.app == "elsewhere"

    monkeypatch.delenv("PERENNIAL_CONFIG")

    assert loader.load() == loader.load(loader.CONFIG_DIR)
