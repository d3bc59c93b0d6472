"""What an endpoint can serve is told from its configuration, before anything starts."""

from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import servable
from local_cloud.services.sagemaker.model_data import ModelData
from local_cloud.services.sagemaker.servable import MissingModelError, Served

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
MANY = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/models/"}
ONE = {"Image": IMAGE, "ModelDataUrl": "s3://bucket/model.tar.gz"}
PACKAGE = "arn:aws:sagemaker:us-east-1:111111111111:model-package/group/1"


def backend(
    *, primary: dict[str, Any] | None = None, containers: list[dict[str, Any]] | None = None, variants: int = 1
) -> Any:
    model = SimpleNamespace(
        model_name="m",
        primary_container=primary,
        containers=containers or [],
        execution_role_arn="arn:aws:iam::1:role/r",
    )
    config = SimpleNamespace(production_variants=[{"VariantName": f"v{n}", "ModelName": "m"} for n in range(variants)])
    package = SimpleNamespace(
        inference_specification={"Containers": [ONE | {"Environment": {"A": "1", "B": "1"}, "Framework": "XGBOOST"}]},
        additional_inference_specifications=[{"Name": "two", "Containers": [ONE, ONE]}],
    )
    return SimpleNamespace(
        endpoint_configs={"c": config},
        _models={"m": model},
        model_packages={PACKAGE: package, f"{PACKAGE}0": SimpleNamespace(inference_specification=None)},
        account_id="111111111111",
        region_name="us-east-1",
    )


def served(made: Any) -> Served:
    variant = servable.variant_of(made, "c")
    assert variant.name == "v0"
    return variant.model


@pytest.mark.parametrize(
    "made",
    [
        backend(primary=MANY),
        backend(containers=[MANY]),
        backend(
            primary=MANY
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
def test_many_models_lie_below_a_prefix(made: Any) -> None:
    (container,) = served(made).containers
    assert (container.prefix, container.data) == ("s3://bucket/models/", None)


def test_containers_are_called_as_aws_calls_them_in_errors() -> None:
    # https://github.com/aws/amazon-sagemaker-examples/issues/729; the host name of a PrimaryContainer is ignored:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    assert [item.name for item in served(backend(primary=ONE | {"ContainerHostname": "h"})).containers] == ["primary"]
    assert [item.name for item in served(backend(containers=[ONE, ONE])).containers] == ["container-1", "container-2"]
    named = [ONE | {"ContainerHostname": name} for name in "ab"]
    assert [item.name for item in served(backend(containers=named)).containers] == ["a", "b"]


def test_containers_have_as_long_to_start_as_the_variant_gives_them() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
    made = backend(primary=ONE)
    assert servable.variant_of(made, "c").start_seconds == 8 * 60
    made.endpoint_configs["c"].production_variants[0]["ContainerStartupHealthCheckTimeoutInSeconds"] = 3600
    assert servable.variant_of(made, "c").start_seconds == 3600


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ({"S3Uri": "s3://b/k.tar.gz", "S3DataType": "S3Object", "CompressionType": "Gzip"}, "archive"),
        ({"S3Uri": "s3://b/k.json", "S3DataType": "S3Object", "CompressionType": "None"}, "file"),
        ({"S3Uri": "s3://b/k/", "S3DataType": "S3Prefix", "CompressionType": "None"}, "prefix"),
    ],
)
def test_a_model_lies_where_its_source_says(source: dict[str, str], kind: Any) -> None:
    (container,) = served(backend(primary={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}})).containers
    assert container.data == ModelData(uri=source["S3Uri"], kind=kind)


def test_a_version_of_the_registry_says_how_it_is_served() -> None:
    (container,) = served(backend(primary={"ModelPackageName": PACKAGE, "Environment": {"B": "2"}})).containers
    assert (container.image, container.data) == (IMAGE, ModelData(uri="s3://bucket/model.tar.gz"))
    assert container.environment == {"A": "1", "B": "2"}
    two = backend(containers=[{"ModelPackageName": PACKAGE, "InferenceSpecificationName": "two"}])
    assert [item.name for item in served(two).containers] == ["container-1", "container-2"]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (backend(primary=ONE, variants=2), "serves one variant, got 2 in c"),
        (backend(primary=ONE | {"Image": "1.dkr.ecr.us-east-1.amazonaws.com/other:1"}), "no image 'other:1'"),
        (backend(primary={"ModelDataUrl": "s3://b/k"}), "the primary container of m has none"),
        (
            backend(primary=MANY | {"ModelDataUrl": "s3://b/k"}),
            "ends with a slash, got 's3://b/k' as ModelDataUrl in m",
        ),
        (backend(primary=ONE | {"ContainerMetricsConfig": {"MetricsEndpoints": []}}), "with ContainerMetricsConfig"),
        (backend(primary=MANY | {"MultiModelConfig": {"ModelCacheSetting": "Disabled"}}), "with MultiModelConfig"),
    ],
)
def test_what_cannot_be_served_is_named(made: Any, words: str) -> None:
    with pytest.raises(NotEmulatedError, match=words):
        servable.variant_of(made, "c")


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"ModelPackageName": "other"}, "ModelPackage other does not exist"),
        ({"ModelPackageName": f"{PACKAGE}0"}, "has no InferenceSpecification"),
        (
            {"ModelPackageName": PACKAGE, "InferenceSpecificationName": "three"},
            r"no inference specification three, choose one of \['two'\]",
        ),
    ],
)
def test_a_version_that_cannot_be_served_is_named(container: dict[str, Any], words: str) -> None:
    with pytest.raises(MissingModelError, match=words):
        servable.variant_of(backend(primary=container), "c")


def test_what_is_gone_is_named() -> None:
    made = backend(primary=ONE)
    made._models.clear()

    with pytest.raises(
        MissingModelError, match=r'Could not find model "arn:aws:sagemaker:us-east-1:111111111111:model/m"'
    ):
        servable.variant_of(made, "c")
    with pytest.raises(MissingModelError, match="configuration other was deleted"):
        servable.variant_of(made, "other")
