"""What a model may say of its algorithm, family by family, and what every field that does not fit is told."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import loader
from config.errors import InvalidConfigError
from config.schema import Model
from tests.conftest import FLEET, ROOT
from tests.unit.config.test_network_schema import PRIVATE

EXAMPLES = ROOT / "examples" / "families"


def _load(folder: Path, *models: dict[str, Any], network: bool = False) -> tuple[Model, ...]:
    """Models as `cdk` reads them."""
    (folder / "models").mkdir(parents=True)
    accounts = yaml.safe_load((FLEET / "accounts.yaml").read_text(encoding="utf-8"))
    if network:
        accounts["environments"]["sandbox"]["network"] = PRIVATE
    (folder / "accounts.yaml").write_text(json.dumps(accounts), encoding="utf-8")
    for model in models:
        (folder / "models" / f"{model['name']}.yaml").write_text(yaml.safe_dump(model), encoding="utf-8")
    return loader.load(folder).models


def _example(example: str, **changes: Any) -> dict[str, Any]:
    """An example with other values at dotted paths; None takes one away."""
    content: dict[str, Any] = yaml.safe_load((EXAMPLES / "models" / f"{example}.yaml").read_text(encoding="utf-8"))
    for path, value in changes.items():
        place = content
        *parents, last = path.split("__")
        for parent in parents:
            place = place[parent]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return content


def _of_classes(**changes: Any) -> dict[str, Any]:
    """A model of three classes."""
    content = yaml.safe_load((FLEET / "models" / "air-time.yaml").read_text(encoding="utf-8"))
    return {
        **content,
        "problem_type": "multiclass_classification",
        "training": {
            **content["training"],
            "hyperparameters": {
                "objective": "multi:softprob",
                "num_class": 3,
                "num_round": 20,
                "eval_metric": "mlogloss,merror",
                **changes.pop("hyperparameters", {}),
            },
        },
        "gate": {"metric": "macro_f1", "threshold": 0.8},
        **changes,
    }


def test_the_examples_have_an_endpoint_a_family_and_one_of_its_own() -> None:
    models = {model.name: model for model in loader.load(EXAMPLES).models}
    assert {name: (model.endpoint, model.shares_endpoint) for name, model in models.items()} == {
        "passengers": ("passengers", False),
        "reviews": ("reviews", False),
        "salary": ("linear-learner", True),
    }
    assert {model.endpoint for model in loader.load(FLEET).models} == {""}


@pytest.mark.parametrize(
    ("changes", "endpoint"),
    [
        ({}, "passengers"),
        ({"algorithm__framework": "pytorch", "algorithm__version": "2.6.0"}, "pytorch-2-6-0"),
        (
            {"algorithm__framework": "pytorch", "algorithm__version": "2.6.0", "serving": {"endpoint": "own"}},
            "passengers",
        ),
        # The variables of a container are those of all models behind its endpoint.
        ({"algorithm__environment": {"LEVEL": "3"}}, "passengers"),
    ],
)
def test_a_model_shares_an_endpoint_unless_it_must_not(tmp_path: Path, changes: dict[str, Any], endpoint: str) -> None:
    (model,) = _load(tmp_path, _example("passengers", **changes))
    assert model.endpoint == endpoint


@pytest.mark.parametrize("version", ["1.7-1", "3.0-5", "3.2-0"])
def test_a_version_of_xgboost_is_chosen(tmp_path: Path, version: str) -> None:
    (model,) = _load(tmp_path, _of_classes(algorithm={"type": "xgboost", "version": version}))
    assert model.family.images.serving.tag == version
    assert model.endpoint == ("" if version == "3.0-5" else f"xgboost-{version.replace('.', '-')}")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"hyperparameters": {"num_class": 1}},
            "num_class: of a multiclass_classification (problem_type) it must be an",
        ),
        ({"hyperparameters": {"objective": "binary:logistic"}}, "is one of ['multi:softmax', 'multi:softprob']"),
        (
            {"hyperparameters": {"objective": "multi:softmax"}, "gate": {"metric": "log_loss", "threshold": 0.5}},
            "gate.metric: multi:softmax answers a class without its probability, which log_loss needs",
        ),
        (
            {"gate": {"metric": "auc", "threshold": 0.5}},
            "gate.metric: of a multiclass_classification (problem_type) it",
        ),
        ({"tuning": {"metric": "validation:auc"}}, "it is one of ['validation:merror', 'validation:mlogloss']"),
        (
            {"algorithm": {"type": "xgboost", "version": "3.0"}},
            "algorithm.version: Input should be '1.7-1', '3.0-5' or",
        ),
        (
            {"algorithm": {"type": "xgboost", "verson": "1.7-1"}},
            "algorithm.verson: there is no such field; did you mean",
        ),
    ],
)
def test_a_model_of_several_classes_says_how_many(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    _refused(tmp_path, _of_classes(**changes), said)


def test_the_number_of_classes_is_required(tmp_path: Path) -> None:
    content = _of_classes()
    del content["training"]["hyperparameters"]["num_class"]
    _refused(tmp_path, content, "it must have num_class: a multiclass_classification (problem_type) requires it")


LINEAR: list[tuple[dict[str, Any], str]] = [
    ({"num_class": 3}, "the linear learner has no such hyperparameter; did you mean 'num_classes'?"),
    ({"eta": 0.1}, "the linear learner has no such hyperparameter; did you mean 'learning_rate'?"),
    ({"loss": "logistic"}, "loss: of a regression (problem_type) it must be one of ['absolute_loss', 'auto', "),
    (
        {"predictor_type": "binary_classifier"},
        "the predictor_type of a regression (problem_type) is one of ['regressor']",
    ),
    ({"epochs": 0}, "hyperparameters.epochs: it must be an integer from 1, got 0"),
    ({"epochs": 1.5}, "hyperparameters.epochs: it must be an integer from 1, got 1.5"),
    ({"learning_rate": 0}, "learning_rate: it must be one of ['auto'] or a number above 0, got 0"),
    ({"beta_1": 1}, "beta_1: it must be one of ['auto'] or a number from 0 below 1, got 1"),
    ({"use_bias": "yes"}, "use_bias: it must be one of ['false', 'true'], got 'yes'"),
    # As AWS's algorithms read a number, which is stricter than Python.
    ({"epochs": 3.0}, "hyperparameters.epochs: it must be an integer from 1, got 3.0"),
    ({"epochs": "1_0"}, "hyperparameters.epochs: it must be an integer from 1, got '1_0'"),
    ({"epochs": " 3 "}, "hyperparameters.epochs: it must be an integer from 1, got ' 3 '"),
    ({"learning_rate": "inf"}, "learning_rate: it must be one of ['auto'] or a number above 0, got 'inf'"),
    ({"optimizer": "adamw"}, "optimizer: it must be one of ['adam', 'auto', 'rmsprop', 'sgd'], got 'adamw'"),
]


@pytest.mark.parametrize(("changes", "said"), LINEAR, ids=[f"{changes}" for changes, _ in LINEAR])
def test_hyperparameters_of_the_linear_learner_are_those_of_its_page(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    hyperparameters = {"predictor_type": "regressor", **changes}
    _refused(tmp_path, _example("salary", training__hyperparameters=hyperparameters), said)


@pytest.mark.parametrize(
    ("name", "range_", "said"),
    [
        ("mini_batch_size", {"type": "integer", "min": 0, "max": 5}, "it must be an integer from 1, got 0"),
        ("wd", {"type": "continuous", "min": -1, "max": 1}, "it must be one of ['auto'] or a number from 0, got -1"),
        ("use_bias", {"type": "categorical", "values": ["yes", "True"]}, "one of ['false', 'true'], got 'yes'"),
    ],
)
def test_a_range_has_values_that_the_linear_learner_takes(
    tmp_path: Path, name: str, range_: dict[str, Any], said: str
) -> None:
    message = _refused(tmp_path, _example("salary", tuning__ranges={name: range_}), said)
    assert f"tuning.ranges.{name}: " in message


def test_truth_is_written_as_on_its_page(tmp_path: Path) -> None:
    bias = {"use_bias": {"type": "categorical", "values": ["True", "False"]}}
    assert _load(tmp_path, _example("salary", tuning__ranges=bias))


@pytest.mark.parametrize("value", ["auto", 0.01, "0.01"])
def test_words_and_numbers_are_taken(tmp_path: Path, value: object) -> None:
    hyperparameters = {"predictor_type": "regressor", "learning_rate": value, "use_bias": True}
    (model,) = _load(tmp_path, _example("salary", training__hyperparameters=hyperparameters))
    written = model.training.sagemaker_hyperparameters()
    assert (written["learning_rate"], written["use_bias"]) == (str(value), "true")


SCRIPT: list[tuple[dict[str, Any], str]] = [
    (
        {"algorithm__framework": "sklearn"},
        "algorithm.framework: Input should be 'scikit-learn' or 'pytorch', got 'sklearn'",
    ),
    ({"algorithm__version": "2.6.0"}, "algorithm.version: there is no image of scikit-learn '2.6.0'; choose one of"),
    ({"algorithm__source": "../up"}, "algorithm.source: String should match pattern"),
    ({"algorithm__answer": {"accept": "text/csv"}}, "algorithm.answer: say where score, label or labelled_scores are"),
    ({"algorithm__answer": {"score": "0"}}, "algorithm.answer.score: String should match pattern"),
    ({"algorithm__answer": None}, "algorithm.answer: Field required"),
    ({"algorithm__environment": {"SAGEMAKER_PROGRAM": "x"}}, "algorithm.environment.SAGEMAKER_PROGRAM: SageMaker and"),
    ({"algorithm__metrics": [{"name": "a", "regex": "a=.*"}]}, "algorithm.metrics.0.regex: it must have one group"),
    (
        {"algorithm__metrics": [{"name": "a", "regex": "a=(.*"}]},
        "algorithm.metrics.0.regex: it is no regular expression",
    ),
    (
        {"algorithm__metrics": [{"name": "a", "regex": "(a)"}, {"name": "a", "regex": "(b)"}]},
        "algorithm.metrics: each name once, got ['a'] more than once; rename one",
    ),
    ({"training__hyperparameters__sagemaker_program": "x.py"}, "sagemaker_program: Perennial sets it itself"),
    (
        {"training__instance_type": "ml.p3.2xlarge"},
        "ml.p3.2xlarge has an accelerator that the training image of a script in scikit-learn 1.2-1 cannot use",
    ),
    (
        {"tuning": {"metric": "validation:auc"}},
        "tuning.ranges: a script in scikit-learn 1.2-1 has no ranges of its own; name at least one hyperparameter",
    ),
    (
        {
            "problem_type": "regression",
            "gate": {"metric": "rmse", "threshold": 1},
            "algorithm__answer": {"label": "/0"},
        },
        "algorithm.answer: a regression (problem_type) needs the place of its score",
    ),
    ({"algorithm": "script"}, "algorithm.framework: Field required"),
    (
        {"algorithm__answer": {"label": "/survives"}},
        "gate.metric: the answers have a class without its score, which auc needs; choose another metric, or",
    ),
    (
        {"algorithm__answer": {"labelled_scores": ""}, "gate": {"metric": "accuracy", "threshold": 0.5}},
        "algorithm.answer: a binary_classification (problem_type) needs the place of its score or its label",
    ),
    (
        {"algorithm__content_type": "application/json"},
        "gate.slices: test rows in application/jsonlines have no columns to slice by; leave it out",
    ),
    (
        {
            "tuning": {
                "metric": "validation:auc",
                "ranges": {"sagemaker_program": {"type": "categorical", "values": ["a"]}},
            }
        },
        "tuning.ranges.sagemaker_program: Perennial sets it itself",
    ),
    ({"algorithm__environment": {"A": "x" * 513}}, "algorithm.environment.A: String should have at most 512 char"),
    (
        {"algorithm__environment": {f"A{number}": "x" for number in range(99)}},
        "algorithm.environment: Dictionary should have at most 98 items",
    ),
]


@pytest.mark.parametrize(("changes", "said"), SCRIPT, ids=["-".join(changes) for changes, _ in SCRIPT])
def test_a_script_says_what_cannot_be_known_otherwise(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    message = _refused(tmp_path, _example("passengers", **changes), said)
    if said.startswith("algorithm.") and "(problem_type)" not in said:
        # What follows from a wrong algorithm is not told beside it.
        assert all(": algorithm" in line for line in message.splitlines())


def test_a_script_is_tuned_by_what_it_says_is_better(tmp_path: Path) -> None:
    tuning = {"metric": "validation:loss", "ranges": {"rate": {"type": "continuous", "min": 0.1, "max": 1}}}
    metric = {"name": "validation:loss", "regex": "loss=([0-9.]+)"}
    changes = {"algorithm__metrics": [metric], "tuning": tuning}
    _refused(tmp_path / "1", _example("passengers", **changes), "give 'validation:loss' a direction there")
    changes["algorithm__metrics"] = [{**metric, "direction": "Minimize"}]
    (model,) = _load(tmp_path / "2", _example("passengers", **changes))
    assert model.family.metrics.objectives == {"validation:loss": "Minimize"}


TRANSFORMER: list[tuple[dict[str, Any], str]] = [
    ({"algorithm__model": None}, "algorithm.model: Field required"),
    (
        {"algorithm__model": "s3://bucket/tiny"},
        "algorithm.model: a folder in S3 is written s3://bucket/folder/ with a slash at its end, got 's3://bucket/tiny'",
    ),
    (
        {"algorithm__model": "distil bert"},
        "algorithm.model: it is the name of a model on the Hugging Face Hub, with or without its owner, or s3://",
    ),
    ({"algorithm__model": "../up"}, "algorithm.model: it is the name of a model on the Hugging Face Hub"),
    ({"algorithm__environment": {"A": "x" * 513}}, "algorithm.environment.A: String should have at most 512 char"),
    (
        {"training__instance_count": 2},
        "training.instance_count: a Hugging Face transformer trains on one instance, got 2; write 1",
    ),
    (
        {"serving": {"endpoint": "shared"}},
        "each model of a Hugging Face transformer has an endpoint of its own; write own",
    ),
    ({"problem_type": "regression"}, "a Hugging Face transformer has no problem 'regression'; choose one of ['text_cl"),
    ({"training__hyperparameters": {"lr": 1}}, "has no such hyperparameter; did you mean 'learning_rate'?"),
    ({"training__hyperparameters": {"model": "x"}}, "hyperparameters.model: a Hugging Face transformer has no such"),
    ({"gate": {"metric": "log_loss", "threshold": 1}}, "the evaluation does not know 'log_loss'"),
    ({"training__instance_type": "ml.trn1.2xlarge"}, "ml.trn1.2xlarge has"),
]


@pytest.mark.parametrize(("changes", "said"), TRANSFORMER, ids=["-".join(changes) for changes, _ in TRANSFORMER])
def test_a_transformer_says_what_is_fine_tuned(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    _refused(tmp_path, _example("reviews", **changes), said)


def test_a_transformer_trains_in_another_image_without_a_gpu(tmp_path: Path) -> None:
    # There is none of Hugging Face's: image_uri_config/huggingface.json of SageMaker's SDK.
    hub = _example("reviews", algorithm__model="distilbert-base-uncased", training__instance_type="ml.m5.xlarge")
    (model,) = _load(tmp_path, hub)
    assert [image.repository for image in model.images_of_jobs] == [
        "pytorch-training",
        "sagemaker-xgboost",
        "huggingface-pytorch-inference",
    ]
    assert (model.family.inputs, model.family.hyperparameters.fixed) == ({}, {"model": '"distilbert-base-uncased"'})


def test_a_network_without_internet_reaches_no_hub(tmp_path: Path) -> None:
    hub = _example("reviews", algorithm__model="distilbert-base-uncased")
    _refused(
        tmp_path / "1",
        hub,
        "would fetch 'distilbert-base-uncased' from the Hugging Face Hub, and sandbox has a network without internet",
        network=True,
    )
    assert _load(tmp_path / "2", _example("reviews"), network=True)


def test_a_model_with_an_endpoint_of_its_own_is_not_called_like_one_that_others_share(tmp_path: Path) -> None:
    own = _example("reviews", name="linear-learner")
    said = (
        "the models of the linear learner share an endpoint that is named 'linear-learner', and 'linear-learner' needs"
    )
    _refused(tmp_path / "1", _example("salary"), said, own)
    assert len(_load(tmp_path / "2", own)) == 1


def test_a_model_with_the_name_of_its_family_s_endpoint_may_have_one_of_its_own(tmp_path: Path) -> None:
    own = _example("salary", name="linear-learner", serving={"endpoint": "own"})
    (model,) = _load(tmp_path / "1", own)
    assert (model.endpoint, model.shares_endpoint) == ("linear-learner", False)
    _refused(tmp_path / "2", _example("salary"), "needs one of its own; rename the model", own)


def _refused(folder: Path, model: dict[str, Any], said: str, *more: dict[str, Any], network: bool = False) -> str:
    with pytest.raises(InvalidConfigError) as refused:
        _load(folder, model, *more, network=network)
    assert said in str(refused.value)
    shutil.rmtree(folder / "models")
    return str(refused.value)
