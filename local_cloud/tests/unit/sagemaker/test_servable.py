"""What an endpoint can serve is told from its configuration, before anything starts."""

from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import servable
from local_cloud.services.sagemaker.servable import MissingModelError

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
CONTAINER = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/models/"}


def backend(
    *, primary: dict[str, Any] | None = None, containers: list[dict[str, Any]] | None = None, variants: int = 1
) -> Any:
    model = SimpleNamespace(model_name="m", primary_container=primary, containers=containers or [])
    config = SimpleNamespace(production_variants=[{"VariantName": f"v{n}", "ModelName": "m"} for n in range(variants)])
    return SimpleNamespace(
        endpoint_configs={"c": config}, _models={"m": model}, account_id="111111111111", region_name="us-east-1"
    )


@pytest.mark.parametrize(
    "made",
    [
        backend(primary=CONTAINER),
        backend(containers=[CONTAINER]),
        backend(
            primary=CONTAINER
            | {
                "Environment": {"A": "b"},
                "ContainerHostname": "h",
                "MultiModelConfig": {"ModelCacheSetting": "Enabled"},
                "ImageConfig": {"RepositoryAccessMode": "Platform"},
                "AdditionalModelDataSources": [],
            }
        ),
    ],
)
def test_one_multi_model_container_is_served(made: Any) -> None:
    _, container = servable.container_of(made, "c")

    assert container["ModelDataUrl"] == "s3://bucket/models/"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (backend(primary=CONTAINER, variants=2), "serves one variant, got 2 in c"),
        (backend(containers=[CONTAINER, CONTAINER]), "models of one container, got 2 in m"),
        (backend(primary={"Image": IMAGE, "ModelDataUrl": "s3://b/m.tar.gz"}), "MultiModel, got SingleModel in m"),
        (backend(primary=CONTAINER | {"Image": "1.dkr.ecr.us-east-1.amazonaws.com/other:1"}), "no image 'other:1'"),
        (backend(primary={"ModelPackageName": "p"}), r"name an Image, got \['ModelPackageName'\] in m"),
        (backend(primary=CONTAINER | {"InferenceSpecificationName": "i"}), "with InferenceSpecificationName, got i"),
        (
            backend(primary=CONTAINER | {"MultiModelConfig": {"ModelCacheSetting": "Disabled"}}),
            "with MultiModelConfig",
        ),
    ],
)
def test_what_cannot_be_served_is_named(made: Any, words: str) -> None:
    with pytest.raises(NotEmulatedError, match=words):
        servable.container_of(made, "c")


def test_what_is_gone_is_named() -> None:
    made = backend(primary=CONTAINER)
    made._models.clear()

    with pytest.raises(
        MissingModelError, match=r'Could not find model "arn:aws:sagemaker:us-east-1:111111111111:model/m"'
    ):
        servable.container_of(made, "c")
    with pytest.raises(MissingModelError, match="configuration other was deleted"):
        servable.container_of(made, "other")
