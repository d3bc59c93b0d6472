from typing import Any

import pytest

from config.errors import UnknownRegionError
from config.images import xgboost_image_uri
from config.schema import Gate, Training


@pytest.mark.parametrize(
    ("metric", "threshold", "title"),
    [
        ("validation:accuracy", 0.9, "Accuracy > 90%"),
        ("validation:accuracy", 0.925, "Accuracy > 92.5%"),
        ("train:accuracy", 0.07, "Accuracy > 7%"),
        ("validation:auc", 0.9, "AUC > 0.9"),
        ("validation:f1", 0.5, "F1 > 0.5"),
    ],
)
def test_a_gate_is_named_as_one_would_say_it(metric: str, threshold: float, title: str) -> None:
    assert Gate(metric=metric, threshold=threshold).title() == title


def test_sagemaker_takes_hyperparameters_as_strings() -> None:
    parameters: dict[str, Any] = {"num_round": 60, "eta": 0.2, "objective": "binary:logistic"}
    training = Training(instance_type="ml.m5.large", max_runtime_minutes=1, hyperparameters=parameters)
    assert training.sagemaker_hyperparameters() == {"num_round": "60", "eta": "0.2", "objective": "binary:logistic"}


# Account of the registry: https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/ecr-us-east-1.html
def test_the_image_lies_in_the_registry_of_its_region() -> None:
    assert xgboost_image_uri("us-east-1") == "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"


@pytest.mark.parametrize("region", ["us-gov-west-1", "moon-1", ""])
def test_a_region_without_a_registry_is_told_with_those_that_have_one(region: str) -> None:
    with pytest.raises(UnknownRegionError, match="choose one of") as raised:
        xgboost_image_uri(region)
    assert repr(region) in str(raised.value)
    assert "'eu-central-1'" in str(raised.value)
