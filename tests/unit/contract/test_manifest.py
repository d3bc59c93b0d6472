"""The manifest of a deployment."""

import json
from dataclasses import replace

from contract import manifest
from contract.family import BEFORE, Artifact
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
    prefix = manifest.prefix("d1", endpoint_name="app-qa", first="app-qa")
    assert prefix == "deployments/d1/"
    assert manifest.artifact_uri(f"s3://b/{prefix}", "a") == "s3://b/deployments/d1/a.tar.gz"


def test_deployments_of_a_further_endpoint_lie_in_its_own_folder() -> None:
    assert manifest.folder("app-qa", first="app-qa") == "deployments/"
    assert manifest.folder("app-qa-text", first="app-qa") == "deployments/app-qa-text/"
    assert manifest.prefix("d1", endpoint_name="app-qa-text", first="app-qa") == "deployments/app-qa-text/d1/"


def test_the_target_model_is_the_key_relative_to_the_prefix() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/invoke-multi-model-endpoint.html
    prefix = "s3://b/deployments/d1/"
    assert prefix + manifest.target_model("a") == manifest.artifact_uri(prefix, "a")


def test_versions_are_told_by_model() -> None:
    assert BOTH.versions() == {"a": _model("a").model_package_arn, "b": _model("b", 7).model_package_arn}


def test_a_manifest_survives_json() -> None:
    assert manifest.from_dict(json.loads(json.dumps(BOTH.as_dict()))) == BOTH


def test_a_manifest_of_another_family_survives_json() -> None:
    family = replace(
        BEFORE, name="other", answer="/score", artifact=Artifact(file="model", begins_with="504b0304", most_bytes=9)
    )
    mixed = Manifest(deployment_id="d", models={"a": replace(_model("a"), family=family), "b": _model("b")})
    assert manifest.from_dict(json.loads(json.dumps(mixed.as_dict()))) == mixed


# As version 0.1 of the app wrote it.
_STORED = """{"deployment_id": "20260301123456-0fe4e5", "models": {"flight-delay": {
"model_package_arn": "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-flight-delay/7",
"source": "s3://perennial-sandbox-artifacts/models/flight-delay/job/output/model.tar.gz",
"digest": "cafe", "golden_request": "1,2,3", "golden_answer": 0.25}}}"""


def test_a_manifest_of_before_means_what_it_meant() -> None:
    read = manifest.from_dict(json.loads(_STORED))
    model = read.models["flight-delay"]
    assert read.versions() == {"flight-delay": model.model_package_arn}
    assert (model.digest, model.golden_answer, model.family) == ("cafe", 0.25, BEFORE)
    # What every request was, and every artifact: built-in XGBoost's behind a multi-model endpoint.
    assert model.family.request(target_model=manifest.target_model("flight-delay"), body=model.golden_request) == {
        "TargetModel": "flight-delay.tar.gz",
        "ContentType": "text/csv",
        "Accept": "text/csv",
        "Body": "1,2,3",
    }
    assert model.family.to_json() == {
        "name": "xgboost",
        "title": "built-in XGBoost",
        "shares_endpoint": True,
        "content_type": "text/csv",
        "accept": "text/csv",
        "answer": "",
        "tolerance": 1e-5,
        "artifact": {"file": "xgboost-model", "begins_with": "7b", "most_bytes": 536870912, "holds": []},
        "image": "",
        "environment": {},
    }


def test_a_model_with_an_endpoint_of_its_own_names_no_target() -> None:
    request = replace(BEFORE, shares_endpoint=False).request(target_model="a.tar.gz", body="1")
    assert request == {"ContentType": "text/csv", "Accept": "text/csv", "Body": "1"}


def test_a_first_deployment_follows_an_empty_one() -> None:
    assert Manifest(deployment_id="").versions() == {}
