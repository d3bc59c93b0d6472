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


@pytest.mark.parametrize(
    ("objective", "metric", "warns"),
    [
        ("binary:logistic", "accuracy", True),
        ("binary:logistic", "f1", True),
        ("binary:logistic", "auc", False),
        ("binary:logistic", "error", False),
        ("binary:hinge", "accuracy", False),
    ],
)
def test_a_metric_that_the_image_computes_wrongly_is_told(
    folder: Path, objective: str, metric: str, warns: bool
) -> None:
    # https://github.com/aws/sagemaker-xgboost-container, v3.0-5: custom_metric gets probabilities, taken for log-odds.
    _change(folder, MODEL, "training.hyperparameters.objective", objective)
    _change(folder, MODEL, "training.hyperparameters.eval_metric", "accuracy,f1,auc,error")
    _change(folder, MODEL, "tuning.metric", f"validation:{metric}")

    others, found = (model.warnings for model in loader.load(folder).models)

    assert not others
    assert [warning.partition("; ")[2] for warning in found] == warns * [
        "choose one of ['validation:auc', 'validation:error', 'validation:logloss'] as tuning.metric"
    ]
    assert all(
        f"model 'flight-delay': the image of built-in XGBoost computes 'validation:{metric}'" in w for w in found
    )


def test_it_is_frozen(folder: Path) -> None:
    model = loader.load(folder).models[0]
    with pytest.raises(ValueError, match="frozen"):
        model.name = "other"


@pytest.mark.parametrize(
    ("name", "path", "value", "said"),
    [
        (MODEL, "colour", "blue", "colour: there is no such field; choose one of ['algorithm', 'approval', "),
        (MODEL, "training.gpu", 1, "training.gpu: there is no such field; choose one of ['hyperparameters', "),
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
            "must belong to the pipeline's account_id 555555555555, got arn:",
        ),
        (ACCOUNTS, "pipeline.source", None, "pipeline.source: Field required"),
        (
            ACCOUNTS,
            "pipeline.source.type",
            "github",
            "pipeline.source.type: got 'github', choose one of ['codecommit', 'connection']",
        ),
        (ACCOUNTS, "pipeline.source.repository", "perennial", "pipeline.source.repository: String should"),
        (
            ACCOUNTS,
            "pipeline.source.connection_arn",
            "arn:aws:iam::1:role/r",
            "source.connection_arn: String",
        ),
        (ACCOUNTS, "pipeline.source.branch", "", "pipeline.source.branch: String should have at least 1"),
        (ACCOUNTS, "pipeline.test_command", "", "pipeline.test_command: String should have at least 1"),
        (ACCOUNTS, "pipeline.variables", {"A-B": "1"}, "pipeline.variables.A-B"),
        (ACCOUNTS, "pipeline.variables", {"CODEBUILD_A": "1"}, "names that begin with CODEBUILD_ are CodeBuild's"),
        (ACCOUNTS, "pipeline.variables", {"TEST_COMMAND": "true"}, "it is what test_command sets; set that"),
        (
            ACCOUNTS,
            "pipeline.stages",
            ["qa"],
            "pipeline.stages: there is no such field; choose one of ['account_id', 'source', 'test_command', 'variables']",
        ),
        (MODEL, "training.hyperparameters.num_round", None, "training.hyperparameters: it must have num_round"),
        (MODEL, "training.spot.max_wait_minutes", 29, "must be at least max_runtime_minutes (30), got 29"),
        (
            MODEL,
            "training.spot.max_wait_minutes",
            61,
            "max_wait_minutes: it must be at most 60, got 61: a spot job of built-in XGBoost",
        ),
        (MODEL, "training.instance_type", "m5.xlarge", "training.instance_type: String should match"),
        (MODEL, "trainning", {}, "trainning: there is no such field; did you mean 'training'?"),
        (MODEL, "gate.treshold", 0.9, "gate.treshold: there is no such field; did you mean 'threshold'?"),
        (MODEL, "schedule.expresion", "x", "schedule.expresion: there is no such field; did you mean 'expression'?"),
        (
            MODEL,
            "tuning.ranges.eta.maximum",
            1,
            "tuning.ranges.eta.maximum: there is no such field; did you mean 'max'?",
        ),
        (MODEL, "when_unapproved", "remov", "'remove', got 'remov'; did you mean 'remove'?"),
        (
            ACCOUNTS,
            "environments.prod.serving.instances",
            2,
            "serving.instances: there is no such field; did you mean 'inst",
        ),
        (
            ACCOUNTS,
            "pipeline.source.branche",
            "x",
            "pipeline.source.branche: there is no such field; did you mean 'branch'?",
        ),
        (
            MODEL,
            "training.hyperparameters.max_dept",
            6,
            "hyperparameters.max_dept: built-in XGBoost has no such hyperparameter; did you mean 'max_depth'?",
        ),
        (MODEL, "training.hyperparameters.learning_rate", 0.1, "hyperparameter; did you mean 'eta'?"),
        (MODEL, "training.hyperparameters.reg_lambda", 1, "hyperparameter; did you mean 'lambda'?"),
        (MODEL, "training.hyperparameters._kfold", 5, "has no such hyperparameter; see https://docs.aws.amazon.com/"),
        (
            MODEL,
            "training.hyperparameters.eta",
            {"a": 1},
            "hyperparameters.eta: Input should be a text or a number, got a mapping",
        ),
        (MODEL, "training.hyperparameters.eval_metric", "auk,logloss", "has no metric 'auk'; did you mean 'auc"),
        (
            MODEL,
            "training.hyperparameters.objective",
            "reg:squarederror",
            "training.hyperparameters.objective: the objective of a binary_classification (problem_type) is one of ['binary:hinge', 'binary:logistic'], got 'reg:squarederror'",
        ),
        (MODEL, "training.hyperparameters.objective", "multi:softmax", "'binary:logistic'], got 'multi:softmax'"),
        (
            MODEL,
            "training.hyperparameters.objective",
            None,
            "training.hyperparameters: the objective of a binary_classification (problem_type) is one of ['binary:hinge', 'binary:logistic'], got the default of built-in XGBoost",
        ),
        (
            OTHER,
            "training.hyperparameters.objective",
            "binary:logistic",
            "the objective of a regression (problem_type) is one of ['count:poisson', ",
        ),
        (
            MODEL,
            "tuning.metric",
            "validation:rmse",
            "tuning.metric: of a binary_classification (problem_type) it is one of ['validation:accuracy', ",
        ),
        (MODEL, "tuning.metric", "validation:merror", "it is one of ['validation:accuracy', "),
        (
            MODEL,
            "tuning.ranges.max_dept",
            {"type": "integer", "min": 1, "max": 2},
            "tuning.ranges.max_dept: built-in XGBoost cannot tune it; did you mean 'max_depth'?",
        ),
        (
            MODEL,
            "gate.threshold",
            85,
            "gate.threshold: auc must exceed it and lies between 0 and 1, so it must be from 0 to below 1, got 85; write 0.85 for 85%",
        ),
        (MODEL, "gate.threshold", 1, "so it must be from 0 to below 1, got 1"),
        (MODEL, "gate.threshold", -0.1, "so it must be from 0 to below 1, got -0.1"),
        (
            OTHER,
            "gate.threshold",
            0,
            "gate.threshold: rmse must be less and is never below 0, so it must be above 0, got 0",
        ),
        (OTHER, "gate.threshold", -12, "so it must be above 0, got -12"),
        (MODEL, "training.instance_type", "ml.m5d.xlarge", "ml.m5d.xlarge has local NVMe storage, which the instance"),
        (MODEL, "training.instance_type", "ml.g99.xlarge", "ml.g99.xlarge is of a family that is not known here"),
        (ACCOUNTS, "environments.prod.serving.instance_type", "ml.m7g.large", "ml.m7g.large has an Arm processor"),
        (ACCOUNTS, "environments.prod.serving.instance_type", "ml.g5.xlarge", "ml.g5.xlarge has local NVMe storage"),
        (MODEL, "training.max_runtime_minutes", 0, "training.max_runtime_minutes: Input should be greater than or eq"),
        (MODEL, "training.max_runtime_minutes", None, "training.max_runtime_minutes: Field required"),
        (MODEL, "schedule.expression", "hourly", "schedule.expression: 'hourly' is no schedule"),
        (MODEL, "schedule.expression", "cron(0 17-8 * * ? *)", "hours '17-8' is not between 0 and 23 in rising order"),
        (MODEL, "schedule.enabled", "maybe", "schedule.enabled: Input should be a valid boolean"),
        (MODEL, "stale_after_days", 0, "stale_after_days: Input should be greater than or equal to 1"),
        (MODEL, "problem_type", "ranking", "problem_type: built-in XGBoost has no problem 'ranking'; choose"),
        (MODEL, "problem_type", None, "problem_type: Field required"),
        (
            MODEL,
            "problem_type",
            "regression",
            "gate.metric: of a regression (problem_type) it is one of ['error_std', 'mae', 'rmse'], got 'auc'",
        ),
        (MODEL, "source", {"type": "ftp"}, "source.type: got 'ftp', choose one of ['s3', 'warehouse']"),
        (
            MODEL,
            "source",
            FROM_WAREHOUSE,
            "source.warehouse 'sales' is not one of the warehouses of accounts.yaml; there is none",
        ),
        (MODEL, "source", {**FROM_WAREHOUSE, "query": "../q.sql"}, "source.query: String should match"),
        (MODEL, "source", {**FROM_WAREHOUSE, "window_days": 0}, "source.window_days: Input should be"),
        (MODEL, "etl.script", "../flight.py", "etl.script: String should match"),
        (MODEL, "etl.worker_type", "Standard", "etl.worker_type: Input should be 'G.1X'"),
        (MODEL, "etl.number_of_workers", 1, "etl.number_of_workers: Input should be greater than or equal to 2"),
        (MODEL, "etl.arguments", {"source": "s3://x"}, "arguments must not have ['source']"),
        (MODEL, "etl.arguments", {"--target": "x"}, "etl.arguments.--target: String should match"),
        (
            MODEL,
            "tuning.metric",
            "validation:rmsle",
            "built-in XGBoost cannot optimise 'validation:rmsle'; did you mean 'validation:rmse'?",
        ),
        (MODEL, "tuning.metric", "train:auc", "built-in XGBoost cannot optimise 'train:auc'; did you mean"),
        (MODEL, "tuning.metric", "validation:error", "add 'error' to it"),
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
        (MODEL, "tuning.ranges.eta", {"min": 0, "max": 1}, "tuning.ranges.eta.type: Field required"),
        (MODEL, "gate.metric", "validation:auc", "the evaluation does not know 'validation:auc'; "),
        (
            MODEL,
            "gate.metric",
            "rmse",
            "gate.metric: of a binary_classification (problem_type) it is one of ['accuracy', 'auc', ",
        ),
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
        (
            ACCOUNTS,
            "warehouses",
            {"sales": {**WAREHOUSE, "password": "x"}},
            "warehouses.sales.password: there is no such field; choose one of ['database', ",
        ),
        (ACCOUNTS, "warehouses", {"sales": {**WAREHOUSE, "port": 0}}, "warehouses.sales.port: Input should be greater"),
        (ACCOUNTS, "warehouses", {"sales": {**WAREHOUSE, "host": "a/b"}}, "warehouses.sales.host: String should match"),
        (MODEL, "algorithm", "xgbost", "algorithm: there is no algorithm 'xgbost'; did you mean 'xgboost'?"),
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
    # No mapping is dumped, as Python would.
    assert "{'" not in str(raised.value)


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


def test_each_problem_has_a_line_of_its_own_in_the_order_of_the_file(folder: Path) -> None:
    text = (folder / MODEL).read_text(encoding="utf-8")
    text = text.replace("max_depth: 6", "max_dept: 6").replace(
        "objective: binary:logistic", "objektive: binary:logistic"
    )
    text = text.replace("threshold: 0.85", "threshold: 85")
    (folder / MODEL).write_text(text, encoding="utf-8")
    lines = text.splitlines()
    expected = [
        (next(number for number, line in enumerate(lines, 1) if word in line), word)
        for word in ("objektive", "max_dept:", "threshold: 85")
    ]
    with pytest.raises(InvalidConfigError) as raised:
        loader.load(folder)
    told = str(raised.value).split("\n")
    assert [line.split(": ")[:2] for line in told] == [
        [str(folder / MODEL), f"line {number}"] for number, _ in expected
    ]
    assert "did you mean 'objective'?" in told[0]
    assert "write 0.85 for 85%" in told[2]


def test_the_line_of_an_alternative_is_that_of_its_field(folder: Path) -> None:
    # The alternative is called warehouse, as one of its fields is.
    source = "source:\n  type: warehouse\n  warehouse: sales\n  query: flights.sql\n  window_days: 0\n"
    text = (folder / MODEL).read_text(encoding="utf-8")
    (folder / MODEL).write_text(source + text, encoding="utf-8")
    with pytest.raises(
        InvalidConfigError, match=r"line 5: source\.window_days: Input should be greater than or equal to 1"
    ):
        loader.load(folder)


def test_what_must_fit_together_is_told_where_it_stands(folder: Path) -> None:
    text = (folder / MODEL).read_text(encoding="utf-8").replace("binary_classification", "regression")
    (folder / MODEL).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidConfigError) as raised:
        loader.load(folder)
    lines = text.splitlines()
    told = [line.split(": ")[1:3] for line in str(raised.value).split("\n")]
    assert [place for _, place in told] == ["training.hyperparameters.objective", "tuning.metric", "gate.metric"]
    for number, place in told:
        assert lines[int(number.removeprefix("line ")) - 1].strip().startswith(place.rpartition(".")[2])


@pytest.mark.parametrize("name", ["error@0.7", "aucpr", " logloss "])
def test_metrics_of_the_container_may_be_evaluated(folder: Path, name: str) -> None:
    _change(folder, MODEL, "training.hyperparameters.eval_metric", f"auc,{name}")
    loader.load(folder)
