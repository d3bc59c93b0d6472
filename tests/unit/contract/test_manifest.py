"""The manifest of a deployment."""

import json

from contract import manifest
from contract.manifest import Manifest, ServedModel


def _model(name: str, version: int = 1) -> ServedModel:
    return ServedModel(
        model_package_arn=f"arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-{name}/{version}",
        source=f"s3://artifacts/models/{name}/job-{version}/output/model.tar.gz",
        digest="d" * 64,
        golden_request="1,2,3",
        golden_answer=0.25,
    )


BOTH = Manifest(deployment_id="d1", models={"a": _model("a"), "b": _model("b", 7)})


def test_an_artifact_lies_under_the_prefix_of_its_deployment() -> None:
    assert BOTH.prefix == "deployments/d1/"
    assert BOTH.key("a") == "deployments/d1/a.tar.gz"
    assert manifest.prefix("d1") == BOTH.prefix


def test_the_target_model_is_the_key_relative_to_the_prefix() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/invoke-multi-model-endpoint.html
    assert BOTH.prefix + manifest.target_model("a") == BOTH.key("a")


def test_versions_are_told_by_model() -> None:
    assert BOTH.versions() == {"a": _model("a").model_package_arn, "b": _model("b", 7).model_package_arn}


def test_two_deployments_share_no_key() -> None:
    other = Manifest(deployment_id="d2", models=BOTH.models)
    assert {BOTH.key(name) for name in BOTH.models}.isdisjoint({other.key(name) for name in other.models})


def test_a_manifest_survives_json() -> None:
    assert manifest.from_dict(json.loads(json.dumps(BOTH.as_dict()))) == BOTH


def test_a_first_deployment_follows_an_empty_one() -> None:
    assert Manifest(deployment_id="").versions() == {}
