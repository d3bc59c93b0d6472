"""What the functions read of each model, against SageMaker's own model."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from config import loader
from config.schema import Model
from contract import catalogue
from contract.catalogue import Cron, Rate, Retraining, Source, Tuning
from contract.family import BEFORE
from contract.names import Names
from stacks import model_catalogue

NAMES = Names(app="perennial", environment="sandbox", account_id="111111111111", region="us-east-1")
MODELS = {model.name: model for model in loader.load().models}
RANGES = {
    "eta": {"type": "continuous", "min": 0.05, "max": 0.5, "scaling": "Logarithmic"},
    "num_round": {"type": "integer", "min": 20, "max": 4000},
    "max_depth": {"type": "categorical", "values": ["4", "6"]},
}


def _model(**changes: Any) -> Model:
    content = MODELS["flight-delay"].model_dump()
    return Model.model_validate({**content, **changes})


def _catalogue(model: Model) -> dict[str, catalogue.Model]:
    return model_catalogue.build(
        [model],
        names=NAMES,
        serving_instance="ml.m5.large",
        code_uri=lambda code, _: f"s3://assets/{code.folder}.tar.gz",
        evaluation_uri=lambda name: f"s3://assets/{name}",
        script_uri=lambda name: f"s3://assets/{name}",
        library_uri="s3://assets/library.zip",
        query_uri=lambda name: f"s3://queries/{name}",
        extract_job_name=lambda name: f"perennial-{name}-extract",
    )


def _built(model: Model) -> Retraining:
    (entry,) = _catalogue(model).values()
    assert entry.retraining is not None
    assert (entry.name, entry.when_unapproved) == (model.name, model.when_unapproved)
    return entry.retraining


def _tuned(**ranges: Any) -> Tuning:
    tuning = {"metric": "validation:auc", "max_jobs": 6, "ranges": ranges or RANGES}
    found = _built(_model(tuning=tuning)).tuning
    assert found is not None
    return found


def test_ranges_are_as_the_service_takes_them() -> None:
    ranges = _tuned().parameter_ranges
    assert ranges == {
        "ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "0.05", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
        ],
        "IntegerParameterRanges": [{"Name": "num_round", "MinValue": "20", "MaxValue": "4000", "ScalingType": "Auto"}],
        "CategoricalParameterRanges": [{"Name": "max_depth", "Values": ["4", "6"]}],
    }
    model = botocore.session.get_session().get_service_model("sagemaker")
    operation: Any = model.operation_model("CreateHyperParameterTuningJob").input_shape
    shape = operation.members["HyperParameterTuningJobConfig"].members["ParameterRanges"]
    report = ParamValidator().validate(ranges, shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1, "1"), (1000, "1000"), (0.1, "0.1"), (1e-6, "1e-06"), (1 / 3, "0.333333333333333")]
)
def test_bounds_are_written_without_noise(value: float, text: str) -> None:
    ranges = _tuned(eta={"type": "continuous", "min": value, "max": 2000}).parameter_ranges
    assert ranges["ContinuousParameterRanges"][0]["MinValue"] == text


def test_what_is_tuned_is_not_static_too() -> None:
    configured = MODELS["flight-delay"].training.sagemaker_hyperparameters()
    tuning = _tuned()
    assert set(tuning.static_hyperparameters) == set(configured) - set(RANGES)
    assert all(configured[name] == value for name, value in tuning.static_hyperparameters.items())
    assert all(isinstance(value, str) for value in tuning.static_hyperparameters.values())


@pytest.mark.parametrize(("metric", "way"), [("validation:auc", "Maximize"), ("validation:logloss", "Minimize")])
def test_the_direction_follows_from_the_metric(metric: str, way: str) -> None:
    tuning = _built(_model(tuning={"metric": metric})).tuning
    assert tuning is not None
    assert tuning.direction == way


def test_a_model_without_tuning_says_so() -> None:
    assert _built(_model(tuning=None)).tuning is None


def _rate(name: str) -> Rate:
    found = _built(_model(name=name)).schedule
    assert isinstance(found, Rate)
    return found


def test_a_rate_is_spread_by_name_and_stays_where_it_is() -> None:
    offsets = {name: _rate(name) for name in ("a", "b", "flight-delay")}
    assert {item.rate_seconds for item in offsets.values()} == {3600}
    assert len({item.offset_seconds for item in offsets.values()}) == 3
    assert all(0 <= item.offset_seconds < 3600 for item in offsets.values())
    assert _rate("a") == offsets["a"]


def test_a_thousand_hourly_models_are_spread_over_the_hour() -> None:
    ticks = [_rate(f"model-{number}").offset_seconds // 300 for number in range(1000)]
    # Twelve ticks of five minutes; evenly would be 83 each.
    assert max(ticks.count(tick) for tick in range(12)) < 130


def test_a_cron_schedule_means_its_wall_clock() -> None:
    assert _built(_model(schedule={"expression": "cron(0 6 * * ? *)"})).schedule == Cron(hours=(6,), minutes=(0,))


def test_arguments_of_the_etl_are_those_of_a_job_run() -> None:
    etl = _built(MODELS["temperature-tomorrow"]).etl
    assert etl.script == "s3://assets/seattle_weather.py"
    assert etl.arguments == {"--target": "temp_max"}
    assert etl.timeout_seconds > etl.timeout_minutes * 60


def test_a_source_in_a_warehouse_names_its_job_and_query() -> None:
    source = {"type": "warehouse", "warehouse": "sales", "query": "flights.sql", "window_days": 30}
    assert _built(_model(source=source)).source == Source(
        type="warehouse", job="perennial-sales-extract", query="s3://queries/flights.sql", window_days=30
    )
    assert _built(_model()).source == Source(type="s3")


def test_a_job_is_waited_for_longer_than_it_may_take() -> None:
    for model in MODELS.values():
        training = _built(model).training
        assert training.timeout_seconds > max(training.stopping_condition.values())
        if model.training.spot.enabled:
            assert training.stopping_condition["MaxWaitTimeInSeconds"] == model.training.spot.max_wait_minutes * 60
        else:
            assert set(training.stopping_condition) == {"MaxRuntimeInSeconds"}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_catalogue_survives_json(name: str) -> None:
    entry = _built(MODELS[name])
    assert Retraining.from_json(json.loads(json.dumps(entry.to_json()))) == entry


def test_every_account_knows_the_decisions_and_how_versions_are_served() -> None:
    assert model_catalogue.decisions(MODELS["flight-delay"], names=NAMES, serving_instance="ml.m5.large").to_json() == {
        "name": "flight-delay",
        "approval": {"sandbox": "automatic", "qa": "manual", "prod": "manual"},
        "when_unapproved": "keep",
        "endpoint": "perennial-sandbox",
        # As versions of before that do not say it: a change of XGBoost's rules must leave those alone.
        "family": {
            **BEFORE.to_json(),
            "image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5",
        },
    }


def test_several_models_lie_behind_an_endpoint_without_gpus_only() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-support.html
    with pytest.raises(ValueError, match=r"'flight-delay' shares its endpoint, .* on ml.p3.2xlarge .*endpoint: own"):
        model_catalogue.decisions(MODELS["flight-delay"], names=NAMES, serving_instance="ml.p3.2xlarge")
    own = _model(serving={"endpoint": "own"})
    assert not model_catalogue.decisions(own, names=NAMES, serving_instance="ml.p3.2xlarge").family.shares_endpoint


def test_the_gate_is_named_when_all_models_share_one() -> None:
    flights, air = MODELS["flight-delay"], MODELS["air-time"]
    assert model_catalogue.gate_title([flights, flights]) == "AUC > 0.85"
    assert model_catalogue.gate_title([flights, air]) == "Accuracy Gate"
    assert model_catalogue.gate_title([]) == "Accuracy Gate"


def _answering(instance_type: str = "ml.m5.large") -> catalogue.BatchTransform | None:
    given = {"schedule": "rate(1 day)", "input": "in", "output": "out", "join": True, "instance_type": instance_type}
    (entry,) = _catalogue(_model(batch_transform=given)).values()
    return entry.batch_transform


def test_files_are_not_answered_in_the_second_in_which_the_model_is_retrained() -> None:
    found = _answering()
    assert found is not None
    assert isinstance(found.schedule, Rate)
    assert found.schedule != _built(_model(schedule={"expression": "rate(1 day)"})).schedule
    # Two hours, and half an hour for the start.
    assert (found.joins, found.timeout_seconds) == (True, 9000)
    assert next(iter(_catalogue(_model()).values())).batch_transform is None


def test_an_instance_that_cannot_run_the_registered_image_answers_nothing() -> None:
    with pytest.raises(ValueError, match=r"batch_transform.instance_type of model 'flight-delay' is ml.inf1.xlarge"):
        _answering("ml.inf1.xlarge")
