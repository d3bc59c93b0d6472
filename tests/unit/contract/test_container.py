"""The container of a SageMaker model: as a deployment makes it, and as SageMaker describes it."""

from dataclasses import replace

import botocore.session
import pytest
from botocore.validate import ParamValidator

from contract import container
from contract.container import Container
from contract.family import BEFORE

PREFIX = "s3://artifacts/deployments/d1/"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
SHARED = container.of(replace(BEFORE, image=IMAGE))
OWN = container.of(replace(BEFORE, image=IMAGE, shares_endpoint=False, environment={"MODE": "fast"}))


def test_models_that_share_an_endpoint_are_loaded_from_below_their_prefix() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/create-multi-model-endpoint.html
    assert SHARED.definition(PREFIX, models=["a", "b"]) == {
        "Image": IMAGE,
        "Mode": "MultiModel",
        "ModelDataUrl": PREFIX,
    }


def test_the_only_model_of_an_endpoint_is_its_archive() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    assert OWN.definition(PREFIX, models=["a"]) == {
        "Image": IMAGE,
        "ModelDataUrl": f"{PREFIX}a.tar.gz",
        "Environment": {"MODE": "fast"},
    }


@pytest.mark.parametrize("models", [[], ["b", "a"]])
def test_an_endpoint_of_one_model_takes_no_other_number(models: list[str]) -> None:
    with pytest.raises(ValueError, match=r"serves one model, got (none|a, b)"):
        OWN.definition(PREFIX, models=models)


@pytest.mark.parametrize("made", [SHARED, OWN])
def test_what_was_made_is_read_back(made: Container) -> None:
    definition = made.definition(PREFIX, models=["a"])
    assert container.read(definition) == made
    assert container.model_data_prefix(definition) == PREFIX
    # What SageMaker describes has more members.
    assert container.read({**definition, "MultiModelConfig": {"ModelCacheSetting": "Enabled"}}) == made


@pytest.mark.parametrize("made", [SHARED, OWN])
def test_the_service_takes_it(made: Container) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.shape_for("ContainerDefinition")
    report = ParamValidator().validate(made.definition(PREFIX, models=["a"]), shape)
    assert not report.has_errors(), report.generate_report()
