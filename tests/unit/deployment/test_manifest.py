import json

from retraining.logic import manifest
from retraining.logic.manifest import Manifest, ServedModel

BUCKET = "artifacts"


def _model(name: str, version: int = 1) -> ServedModel:
    return ServedModel(
        model_package_arn=f"arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-{name}/{version}",
        source=f"s3://{BUCKET}/models/{name}/job-{version}/output/model.tar.gz",
        golden_request="1,2,3",
    )


def _first() -> Manifest:
    return manifest.successor(None, bucket_name=BUCKET, deployment_id="d1", name="a", model=_model("a"))


def test_the_first_deployment_has_the_new_model_only() -> None:
    assert _first() == Manifest(deployment_id="d1", models={"a": _model("a")})


def test_an_artifact_lies_under_the_prefix_of_its_deployment() -> None:
    assert _first().prefix == "deployments/d1/"
    assert _first().key("a") == "deployments/d1/a.tar.gz"


def test_the_target_model_is_the_key_relative_to_the_prefix() -> None:
    assert _first().prefix + manifest.target_model("a") == _first().key("a")


def test_other_models_come_from_where_they_serve_now() -> None:
    following = manifest.successor(_first(), bucket_name=BUCKET, deployment_id="d2", name="b", model=_model("b"))
    assert set(following.models) == {"a", "b"}
    assert following.models["b"] == _model("b")
    kept = following.models["a"]
    assert kept.source == "s3://artifacts/deployments/d1/a.tar.gz"
    assert kept.model_package_arn == _model("a").model_package_arn
    assert kept.golden_request == _model("a").golden_request


def test_the_same_model_is_replaced() -> None:
    following = manifest.successor(_first(), bucket_name=BUCKET, deployment_id="d2", name="a", model=_model("a", 2))
    assert following.models == {"a": _model("a", 2)}


def test_a_deployment_never_shares_a_prefix_with_the_one_it_follows() -> None:
    following = manifest.successor(_first(), bucket_name=BUCKET, deployment_id="d2", name="b", model=_model("b"))
    assert {following.key(name) for name in following.models}.isdisjoint({_first().key("a")})


def test_the_current_deployment_stays_as_it_is() -> None:
    current = _first()
    manifest.successor(current, bucket_name=BUCKET, deployment_id="d2", name="a", model=_model("a", 2))
    assert current == _first()


def test_a_manifest_survives_json() -> None:
    following = manifest.successor(_first(), bucket_name=BUCKET, deployment_id="d2", name="b", model=_model("b"))
    assert manifest.from_dict(json.loads(json.dumps(following.as_dict()))) == following
