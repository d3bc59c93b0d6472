from typing import Any

import pytest

from config.algorithms.xgboost import ALGORITHM
from config.errors import UnknownRegionError
from config.gate_schema import Gate
from config.training_schema import Training, Tuning


@pytest.mark.parametrize(
    ("metric", "threshold", "title"),
    [
        ("accuracy", 0.9, "Accuracy > 90%"),
        ("accuracy", 0.925, "Accuracy > 92.5%"),
        ("accuracy", 0.07, "Accuracy > 7%"),
        ("auc", 0.9, "AUC > 0.9"),
        ("precision", 0.5, "Precision > 0.5"),
        ("rmse", 12, "RMSE < 12"),
        ("mae", 0.25, "MAE < 0.25"),
        ("error_std", 3, "Error std < 3"),
        ("log_loss", 0.4, "Log loss < 0.4"),
    ],
)
def test_a_gate_is_named_as_one_would_say_it(metric: str, threshold: float, title: str) -> None:
    assert Gate(metric=metric, threshold=threshold).title() == title


@pytest.mark.parametrize(
    ("metric", "greater"),
    [
        *((metric, True) for metric in ("accuracy", "auc", "precision", "recall")),
        *((metric, False) for metric in ("log_loss", "mae", "rmse", "error_std")),
    ],
)
def test_a_metric_has_its_direction(metric: str, greater: bool) -> None:
    assert Gate(metric=metric, threshold=0.5).greater_is_better is greater


def test_objectives_have_the_documented_direction() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
    minimised = {"error", "logloss", "mae", "merror", "mlogloss", "mse", "rmse"}
    assert {
        name.removeprefix("validation:") for name, way in ALGORITHM.metrics.objectives.items() if way == "Minimize"
    } == minimised
    assert {"validation:accuracy", "validation:auc", "validation:f1", "validation:map", "validation:ndcg"} <= {
        name for name, way in ALGORITHM.metrics.objectives.items() if way == "Maximize"
    }


def test_default_ranges_are_the_documented_ones() -> None:
    # The five with the greatest effect: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
    ranges = Tuning(metric="validation:auc").ranges
    assert {name: (item.type, item.min, item.max) for name, item in ranges.items() if item.type != "categorical"} == {
        "alpha": ("continuous", 0, 1000),
        "eta": ("continuous", 0.1, 0.5),
        "min_child_weight": ("continuous", 0, 120),
        "num_round": ("integer", 1, 4000),
        "subsample": ("continuous", 0.5, 1),
    }


def test_sagemaker_takes_hyperparameters_as_strings() -> None:
    parameters: dict[str, Any] = {"num_round": 60, "eta": 0.2, "objective": "binary:logistic"}
    training = Training(instance_type="ml.m5.large", max_runtime_minutes=1, hyperparameters=parameters)
    assert training.sagemaker_hyperparameters() == {"num_round": "60", "eta": "0.2", "objective": "binary:logistic"}


# Account of the registry: https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/ecr-us-east-1.html
def test_the_image_lies_in_the_registry_of_its_region() -> None:
    assert (
        ALGORITHM.images.serving.uri("us-east-1")
        == "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
    )


@pytest.mark.parametrize("region", ["us-gov-west-1", "moon-1", ""])
def test_a_region_without_a_registry_is_told_with_those_that_have_one(region: str) -> None:
    with pytest.raises(UnknownRegionError, match="choose one of") as raised:
        ALGORITHM.images.serving.uri(region)
    assert repr(region) in str(raised.value)
    assert "'eu-central-1'" in str(raised.value)
