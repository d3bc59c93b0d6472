"""A second algorithm is one module of config/algorithms: nothing else of the app must know of it.

The one here is made up, and differs from XGBoost in everything that an algorithm can say of itself.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import algorithms, loader
from config.errors import InvalidConfigError
from config.schema import Model
from contract import catalogue, container, manifest
from contract.calls.load_configuration import LoadConfiguration
from contract.family import Family
from contract.manifest import Manifest, ServedModel
from contract.names import Names
from contract.settings import LoadConfiguration as Settings
from deployment.errors import DeploymentNotProvenError, UnsafeArtifactError
from deployment.logic import artifact, proof
from local_cloud.testing.archives import member, packed
from retraining.logic import configuration, evaluation
from shared.versions import Version
from stacks import model_catalogue, serving_groups
from tests.conftest import FLEET

REGION = "eu-central-1"
NAMES = Names(app="perennial", environment="sandbox", account_id="111111111111", region=REGION)
MODULE = """
from typing import Literal

from config.algorithm import (
    Algorithm, Artifact, FamilySettings, GateMetric, Hyperparameters, Image, Images, Metrics, Objective, Problem,
    Requests,
)
from config.ranges import NumericRange

_REGISTRIES = {"eu-central-1": "444444444444"}


class Settings(FamilySettings):
    type: Literal["forecaster"]
    seasons: tuple[int, ...] = (7,)


def algorithm(settings: Settings) -> Algorithm:
  return Algorithm(
    name="forecaster",
    title="Forecaster",
    images=Images(
        training=Image(repository="forecaster-training", tag="2", registries=_REGISTRIES),
        evaluation=Image(repository="forecaster-tools", tag="3", registries=_REGISTRIES),
        serving=Image(repository="forecaster-serving", tag="4", registries=_REGISTRIES),
    ),
    evaluation="forecaster/evaluation.py",
    scoring="script",
    checkpoints=True,
    own_environment={"SEASONS": " ".join(map(str, settings.seasons))} if len(settings.seasons) > 1 else {},
    input_mode="FastFile",
    content_type="application/jsonlines",
    channels={"training": "train", "early-stopping": "validation"},
    objective=Objective(hyperparameter="loss", default=None),
    hyperparameters=Hyperparameters(
        known=frozenset({"horizon", "loss", "rate"}),
        required=frozenset({"horizon"}),
        aliases={"learning_rate": "rate"},
        tunable=frozenset({"rate"}),
        ranges={"rate": NumericRange(type="continuous", min=0.1, max=0.9)},
        page="https://example.com/forecaster",
    ),
    metrics=Metrics(
        objectives={"val:smape": "Minimize"},
        prefix="val:",
        hyperparameter=None,
        names=frozenset({"smape"}),
        with_threshold=frozenset(),
    ),
    problems={
        "forecast": Problem(
            objectives=frozenset({"pinball", "squared"}),
            tuning_metrics=frozenset({"val:smape"}),
            gate_metrics={
                "smape": GateMetric(greater_is_better=False, share=False, spoken="sMAPE"),
                "coverage": GateMetric(greater_is_better=True, share=True, spoken="Coverage", percent=True),
            },
        )
    },
    longest_spot_wait_minutes=2880,
    artifact=Artifact(file="weights.bin", begins_with=b"WGT\\x01", most_bytes=20_480),
    requests=Requests(
        content_type="application/json",
        accept="application/jsonlines",
        answer="/forecasts/0/mean",
        tolerance=0.01,
    ),
    shared_endpoint="forecaster",
)
"""
MODEL: dict[str, Any] = {
    "name": "sales",
    "description": "Sales of the next day.",
    "algorithm": "forecaster",
    "problem_type": "forecast",
    "etl": {"script": "shop_sales.py"},
    "training": {
        "instance_type": "ml.m5.large",
        "max_runtime_minutes": 60,
        "spot": {"enabled": True, "max_wait_minutes": 2880},
        "hyperparameters": {"horizon": 7, "loss": "pinball"},
    },
    "tuning": {"metric": "val:smape"},
    "gate": {"metric": "smape", "threshold": 12},
}


@pytest.fixture(autouse=True)
def _registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Its module lies where algorithms are looked for."""
    folder = tmp_path / "algorithms"
    folder.mkdir()
    (folder / "forecaster.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(algorithms, "__path__", [*algorithms.__path__, str(folder)])
    monkeypatch.setattr(algorithms, "FAMILIES", algorithms.found())
    yield
    del sys.modules["config.algorithms.forecaster"]


def _load(tmp_path: Path, **changes: Any) -> Model:
    """The model, read as `cdk` reads it, with other values at dotted paths."""
    content = json.loads(json.dumps(MODEL))
    for path, value in changes.items():
        place = content
        *parents, last = path.split("__")
        for parent in parents:
            place = place[parent]
        place[last] = value
    folder = tmp_path / "config"
    (folder / "models").mkdir(parents=True)
    shutil.copy(FLEET / "accounts.yaml", folder / "accounts.yaml")
    (folder / "models" / "sales.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    (model,) = loader.load(folder).models
    return model


def _catalogue(model: Model) -> catalogue.Model:
    """What the functions of the account that retrains read."""
    built = model_catalogue.build(
        [model],
        names=NAMES,
        serving_instance="ml.m5.large",
        code_uri=lambda code, _: f"s3://assets/{code.folder}.tar.gz",
        evaluation_uri=lambda name: f"s3://assets/{name}",
        script_uri=lambda name: f"s3://assets/{name}",
        library_uri="s3://assets/library.zip",
        query_uri=lambda name: f"s3://assets/{name}",
        extract_job_name=lambda name: name,
    )
    return catalogue.Model.from_json(json.loads(json.dumps(built["sales"].to_json())))


def _family(tmp_path: Path) -> Family:
    """What the functions of an account that only serves read."""
    model = model_catalogue.decisions(_load(tmp_path), names=NAMES, serving_instance="ml.m5.large")
    assert model.retraining is None
    return catalogue.Model.from_json(json.loads(json.dumps(model.to_json()))).family


def test_a_model_of_it_is_valid_and_xgboosts_stay_so(tmp_path: Path) -> None:
    model = _load(tmp_path)
    assert (model.family.title, model.gate.title(), model.gate.greater_is_better) == ("Forecaster", "sMAPE < 12", False)
    assert model.tuning is not None
    assert list(model.tuning.ranges) == ["rate"]
    assert {each.algorithm for each in loader.load(FLEET).models} == {"xgboost"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"training__hyperparameters__learning_rate": 1},
            "Forecaster has no such hyperparameter; did you mean 'rate'?",
        ),
        ({"training__hyperparameters": {"loss": "pinball"}}, "it must have horizon: Forecaster requires it"),
        (
            {"training__hyperparameters__loss": "reg:squarederror"},
            "training.hyperparameters.loss: the loss of a forecast (problem_type) is one of ['pinball', 'squared']",
        ),
        (
            {"training__hyperparameters": {"horizon": 7}},
            "training.hyperparameters: the loss of a forecast (problem_type) is one of ['pinball', 'squared'], got none",
        ),
        ({"problem_type": "regression"}, "Forecaster has no problem 'regression'; choose one of ['forecast']"),
        ({"gate": {"metric": "auc", "threshold": 0.5}}, "the evaluation does not know 'auc'; choose one of"),
        ({"gate": {"metric": "coverage", "threshold": 95}}, "coverage must exceed it and lies between 0 and 1"),
        ({"gate__threshold": 0}, "smape must be less and is never below 0"),
        ({"tuning__metric": "validation:auc"}, "Forecaster cannot optimise 'validation:auc'"),
        ({"tuning__ranges": {"horizon": {"type": "integer", "min": 1, "max": 2}}}, "Forecaster cannot tune it"),
        ({"training__spot__max_wait_minutes": 2881}, "it must be at most 2880, got 2881: a spot job of Forecaster"),
        ({"algorithm": "forcaster"}, "algorithm: there is no algorithm 'forcaster'; did you mean 'forecaster'?"),
        ({"algorithm": {"type": "forcaster"}}, "algorithm.type: there is no algorithm 'forcaster'; did you mean"),
        ({"algorithm": {"seasons": [7]}}, "algorithm.type: Field required; choose one of ['forecaster', "),
        (
            {"algorithm": {"type": "forecaster", "season": [7]}},
            "algorithm.season: there is no such field; did you mean 'seasons'?",
        ),
        (
            {"algorithm": {"type": "forecaster", "seasons": [7, "x"]}},
            "algorithm.seasons.1: Input should be a valid integer, got 'x'",
        ),
        ({"algorithm": 7}, "algorithm: write a name, or settings with a type, got 7"),
    ],
)
def test_a_model_of_it_is_held_to_its_own_rules(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError) as refused:
        _load(tmp_path, **changes)
    assert said in str(refused.value)


def test_a_run_begins_with_its_images_channels_and_script(tmp_path: Path) -> None:
    began = configuration.configure(
        LoadConfiguration(
            model="sales", run_id="20260301123456-0123ab", execution="e", started="2026-03-01T12:34:56Z", input={}
        ),
        model=_catalogue(_load(tmp_path)),
        settings=Settings(app="perennial", artifact_bucket="b", commit="c0ffee"),
    )
    algorithm, registry = began.settings.algorithm, f"444444444444.dkr.ecr.{REGION}.amazonaws.com"
    assert (algorithm.training_image, algorithm.evaluation_image, algorithm.serving_image) == (
        f"{registry}/forecaster-training:2",
        f"{registry}/forecaster-tools:3",
        f"{registry}/forecaster-serving:4",
    )
    assert (algorithm.input_mode, algorithm.evaluation_script) == ("FastFile", "s3://assets/forecaster/evaluation.py")
    assert [
        (channel["ChannelName"], channel["ContentType"], channel["DataSource"]["S3DataSource"]["S3Uri"])
        for channel in began.input_data_config
    ] == [
        (name, "application/jsonlines", f"{began.run_uri}{part}/part")
        for name, part in (("early-stopping", "validation"), ("training", "train"))
    ]
    assert (began.family.name, began.family.content_type, began.family.accept) == (
        "forecaster",
        "application/json",
        "application/jsonlines",
    )


def _version(algorithm: str | None) -> Version:
    return Version(
        arn="arn:aws:sagemaker:eu-central-1:111111111111:model-package/perennial-sales/1",
        number=1,
        status="Approved",
        since=datetime(2026, 1, 1, tzinfo=UTC),
        model_data_url="s3://b/k",
        metadata={} if algorithm is None else {"algorithm": algorithm},
    )


def test_it_is_compared_with_versions_of_its_own_only() -> None:
    # Versions of before do not say: they are all XGBoost's.
    assert evaluation.comparable(_version(None), algorithm="xgboost")
    assert evaluation.comparable(_version("forecaster"), algorithm="forecaster")
    assert evaluation.comparable(_version(None), algorithm="forecaster") is None
    assert evaluation.comparable(None, algorithm="forecaster") is None


def test_its_rules_come_to_the_manifest(tmp_path: Path) -> None:
    family = _family(tmp_path)
    served = ServedModel(
        model_package_arn="arn:aws:sagemaker:eu-central-1:111111111111:model-package/perennial-sales/1",
        source="s3://b/k",
        digest="d",
        golden_request='{"history": [1, 2]}',
        golden_answer=3.0,
        family=family,
    )
    written = json.dumps(Manifest(deployment_id="d", models={"sales": served}).as_dict())
    assert manifest.from_dict(json.loads(written)).models["sales"].family == family


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed(member("xgboost-model", b"{")), "it must hold one regular file 'weights.bin' only"),
        (packed(member("weights.bin", b"{}")), "weights.bin must begin with b'WGT"),
        (packed(member("weights.bin", b"WG")), "got b'WG': no model of Forecaster"),
        (packed(member("weights.bin", b"WGT\x01" + bytes(30_000))), "unpacks to more than 20480 bytes"),
    ],
)
def test_its_artifacts_are_held_to_its_rules(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "model.tar.gz").write_bytes(data)
    with pytest.raises(UnsafeArtifactError) as refused:
        artifact.check(tmp_path / "model.tar.gz", family=_family(tmp_path))
    assert said in str(refused.value)


def test_an_artifact_of_its_own_passes(tmp_path: Path) -> None:
    (tmp_path / "model.tar.gz").write_bytes(packed(member("weights.bin", b"WGT\x01...")))
    artifact.check(tmp_path / "model.tar.gz", family=_family(tmp_path))


def test_its_endpoint_is_asked_and_judged_as_it_says(tmp_path: Path) -> None:
    family = _family(tmp_path)
    assert family.request(target_model="sales.tar.gz", body="{}") == {
        "TargetModel": "sales.tar.gz",
        "ContentType": "application/json",
        "Accept": "application/jsonlines",
        "Body": "{}",
    }
    said = '{"forecasts": [{"mean": 3.02, "p90": 4}]}\n'
    assert proof.check_answer("sales", said, expected=3.0, family=family) == 3.02
    for wrong in ('{"forecasts": [{"mean": 3.1}]}', '{"forecasts": []}', "3.0"):
        with pytest.raises(DeploymentNotProvenError, match="model sales answered its golden request"):
            proof.check_answer("sales", wrong, expected=3.0, family=family)


def test_its_models_share_an_endpoint_of_their_own(tmp_path: Path) -> None:
    names = Names(app="perennial", environment="qa", account_id="222222222222", region=REGION)
    models = [_load(tmp_path), *loader.load(FLEET).models]
    known = {
        model.name: model_catalogue.decisions(model, names=names, serving_instance="ml.m5.large") for model in models
    }
    serving_groups.check(known)
    assert {model.endpoint for model in known.values()} == {"perennial-qa", "perennial-qa-forecaster"}
    served = container.of(known["sales"].family)
    assert (served.image.rpartition("/")[2], served.multi_model) == ("forecaster-serving:4", True)
