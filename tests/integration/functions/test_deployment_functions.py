"""The deployment workflow's functions: plan, stage, prove, record."""

import hashlib
import json
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from contract import container, keys
from contract.catalogue import Approvals, Model
from contract.container import Container
from contract.family import BEFORE, Artifact, Family
from contract.history import Kind
from contract.manifest import Manifest, ServedModel
from deployment.adapters import endpoint
from deployment.adapters.endpoint import Serving
from deployment.errors import (
    DeploymentNotProvenError,
    DigestMismatchError,
    EndpointBusyError,
    ForeignVersionError,
    RegistryNotReadableError,
    UnsafeArtifactError,
)
from deployment.handlers import find_endpoints, plan_deployment, prove_deployment, record_deployment, stage_deployment
from local_cloud.testing.archives import Touch, member, packed
from local_cloud.testing.roles import make_role
from shared import catalogue
from shared.adapters import endpoint_names, registry, s3, tables
from tests.integration.functions.conftest import IMAGE, Workspace

Models = Callable[..., None]
OTHER = Family(
    name="other",
    title="Other",
    shares_endpoint=False,
    content_type="application/json",
    accept="application/jsonlines",
    answer="/predictions/0/score",
    tolerance=0.01,
    artifact=Artifact(file="weights.bin", begins_with="504b0304", most_bytes=1_000_000),
)
# Ids as deployments have them, by which what they made is known.
D1, D2, D3 = (f"2026030112345{number}-0fe4e5" for number in (1, 2, 3))


def _archive(content: bytes = b"") -> bytes:
    return packed(member("xgboost-model", b"{" + content))


def _register(
    workspace: Workspace,
    model: str,
    *,
    artifact: bytes | None = None,
    digest: str = "",
    status: str = "Approved",
    folder: str = "",
    algorithm: str = "",
) -> str:
    """One more version; returns its ARN."""
    artifact = _archive() if artifact is None else artifact
    group = f"{workspace.app}-{model}"
    registry.ensure_group(workspace.aws.sagemaker, group, description="d", tags={}, policy=None)
    key = f"models/{folder}{model}/{hashlib.sha256(artifact).hexdigest()[:8]}/model.tar.gz"
    evaluation = workspace.put(
        f"evaluations/{hashlib.sha256(artifact).hexdigest()[:8]}/{model}.json",
        {"golden": {"request": "1,2", "answer": 0.25}},
    )
    return registry.register(
        workspace.aws.sagemaker,
        {
            "ModelPackageGroupName": group,
            "ModelApprovalStatus": status,
            "InferenceSpecification": {
                "Containers": [{"Image": IMAGE, "ModelDataUrl": workspace.put(key, artifact)}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            "CustomerMetadataProperties": {
                "digest": digest or hashlib.sha256(artifact).hexdigest(),
                "evaluation": evaluation,
                **({"algorithm": algorithm} if algorithm else {}),
            },
        },
    )


def _stage(
    deployment_id: str,
    versions: dict[str, str],
    *,
    current: str = "",
    watched: bool = False,
    families: Mapping[str, Family] = MappingProxyType({}),
    endpoint_name: str = "",
) -> dict[str, Any]:
    """Stage versions of configured models, of XGBoost unless their families are given."""
    app = os.environ["APP"]
    name = endpoint_name or app
    served = [replace(families.get(model, BEFORE), image=IMAGE) for model in versions]
    event: dict[str, Any] = {
        "endpoint_name": name,
        "deployment_id": deployment_id,
        "versions": versions,
        "model_data_prefix": current,
        "alarm_prefix": f"{name}-rollback-",
        "container": container.of(served[0]).to_json(),
        "watch": {
            "topic_arn": "arn:aws:sns:us-east-1:111111111111:failures",
            "variant_name": "AllTraffic",
            "max_latency_ms": 1000,
            "tags": {"perennial:app": app},
        },
    }
    if watched:
        event["roll_back"] = {
            "alarms": {kind: f"{app}-rollback-{deployment_id}-{kind}" for kind in ("errors", "latency")},
            "endpoint_config": f"{app}-{deployment_id}",
            "variant_name": "AllTraffic",
            "max_latency_ms": 1000,
            "tags": {"perennial:app": app},
        }
    with pytest.MonkeyPatch.context() as patched:
        known = {model: _model(model, name, family) for model, family in zip(versions, served, strict=True)}
        patched.setattr(catalogue, "model", known.__getitem__)
        return stage_deployment.lambda_handler(event, None)


def _model(name: str, endpoint_name: str, family: Family) -> Model:
    approval = Approvals(sandbox="automatic", qa="manual", prod="manual")
    return Model(name=name, approval=approval, when_unapproved="keep", endpoint=endpoint_name, family=family)


def _manifest(workspace: Workspace, deployment_id: str) -> dict[str, Any]:
    return s3.read_json(workspace.aws.s3, f"s3://{workspace.bucket}/deployments/{deployment_id}/manifest.json")


def test_a_first_deployment_fetches_every_model(workspace: Workspace) -> None:
    versions = {
        "a": _register(workspace, "a", artifact=_archive(b"A")),
        "b": _register(workspace, "b", artifact=_archive(b"B")),
    }
    staged = _stage("d1", versions)
    assert staged == {
        "model_data_prefix": f"s3://{workspace.bucket}/deployments/d1/",
        "copied": [],
        "fetched": ["a", "b"],
        "container": {
            "Image": IMAGE,
            "Mode": "MultiModel",
            "ModelDataUrl": f"s3://{workspace.bucket}/deployments/d1/",
        },
    }
    assert workspace.keys("deployments/d1/") == [
        f"deployments/d1/{name}" for name in ("a.tar.gz", "b.tar.gz", "manifest.json")
    ]
    assert (
        s3.digest(workspace.aws.s3, f"s3://{workspace.bucket}/deployments/d1/b.tar.gz")
        == hashlib.sha256(_archive(b"B")).hexdigest()
    )
    entry = _manifest(workspace, "d1")["models"]["a"]
    assert (entry["model_package_arn"], entry["golden_request"], entry["golden_answer"]) == (versions["a"], "1,2", 0.25)


def test_a_following_deployment_copies_what_serves_and_fetches_what_is_new(workspace: Workspace) -> None:
    first = {
        "a": _register(workspace, "a", artifact=_archive(b"A")),
        "b": _register(workspace, "b", artifact=_archive(b"B")),
    }
    before = _stage("d1", first)
    second = {**first, "a": _register(workspace, "a", artifact=_archive(b"A2"))}
    # What serves is copied from where it serves, not from the registry.
    workspace.client("s3").delete_object(
        Bucket=workspace.bucket, Key=s3.split(_manifest(workspace, "d1")["models"]["b"]["source"])[1]
    )
    staged = _stage("d2", second, current=before["model_data_prefix"])
    assert (staged["copied"], staged["fetched"]) == (["b"], ["a"])
    bodies = {
        name: workspace.client("s3")
        .get_object(Bucket=workspace.bucket, Key=f"deployments/d2/{name}.tar.gz")["Body"]
        .read()
        for name in ("a", "b")
    }
    assert bodies == {"a": _archive(b"A2"), "b": _archive(b"B")}


def test_a_version_is_checked_and_served_as_its_algorithm_has_it(workspace: Workspace) -> None:
    artifact = packed(member("weights.bin", b"PK\x03\x04..."))
    arn = _register(workspace, "a", artifact=artifact, algorithm="other")
    before = _register(workspace, "b")
    _stage("d1", {"b": before, "a": arn}, families={"a": OTHER, "b": BEFORE})
    models = _manifest(workspace, "d1")["models"]
    # A version that does not say what trained it was registered before there were several algorithms.
    assert {name: model["family"]["name"] for name, model in models.items()} == {"a": "other", "b": BEFORE.name}
    wrong = _register(workspace, "a", artifact=_archive(), algorithm="other")
    with pytest.raises(UnsafeArtifactError, match=r"one regular file 'weights.bin' only, got 'xgboost-model'"):
        _stage("d2", {"a": wrong}, families={"a": OTHER})


def test_a_version_of_another_algorithm_than_its_model_has_is_refused(workspace: Workspace) -> None:
    arn = _register(workspace, "a", algorithm="other")
    with pytest.raises(ForeignVersionError, match=f"{arn} was trained by other, and model a is of xgboost now; reject"):
        _stage("d1", {"a": arn})


def test_what_is_copied_is_served_as_it_was(workspace: Workspace) -> None:
    artifact = packed(member("weights.bin", b"PK\x03\x04..."))
    versions = {"a": _register(workspace, "a", artifact=artifact, algorithm="other")}
    staged = _stage("d1", versions, families={"a": OTHER})
    changed = replace(OTHER, content_type="text/plain")
    _stage("d2", versions, current=staged["model_data_prefix"], families={"a": changed})
    family = Family.from_json(_manifest(workspace, "d2")["models"]["a"]["family"])
    assert family == replace(OTHER, image=IMAGE)


def test_the_only_model_of_a_further_endpoint_is_staged_in_its_folder_and_watched(workspace: Workspace) -> None:
    name, client = f"{workspace.app}-a", workspace.client("cloudwatch")
    artifact = packed(member("weights.bin", b"PK\x03\x04..."))
    versions = {"a": _register(workspace, "a", artifact=artifact, algorithm="other")}
    family = replace(OTHER, environment={"MODE": "fast"})
    for _ in range(2):
        staged = _stage("d1", versions, families={"a": family}, endpoint_name=name)
    prefix = f"s3://{workspace.bucket}/deployments/{name}/d1/"
    assert (staged["model_data_prefix"], staged["container"]) == (
        prefix,
        {"Image": IMAGE, "ModelDataUrl": f"{prefix}a.tar.gz", "Environment": {"MODE": "fast"}},
    )
    assert workspace.keys(f"deployments/{name}/") == [
        f"deployments/{name}/d1/{file}" for file in ("a.tar.gz", "manifest.json")
    ]
    made = client.describe_alarms(AlarmNamePrefix=f"{name}-")["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in made] == [f"{name}-{kind}" for kind in ("errors", "latency", "unapproved")]
    # Whoever looks for what serves finds it there.
    assert endpoint_names.read(workspace.aws.dynamodb, workspace.state) == [name]


def test_the_first_endpoint_is_watched_by_the_stack(workspace: Workspace) -> None:
    _stage("d1", {"a": _register(workspace, "a")})
    assert _alarms(workspace) == {}
    assert endpoint_names.read(workspace.aws.dynamodb, workspace.state) == []


def test_a_removed_model_is_left_behind(workspace: Workspace) -> None:
    first = {"a": _register(workspace, "a"), "b": _register(workspace, "b")}
    before = _stage("d1", first)
    _stage("d2", {"b": first["b"]}, current=before["model_data_prefix"])
    assert set(_manifest(workspace, "d2")["models"]) == {"b"}
    assert "deployments/d2/a.tar.gz" not in workspace.keys("deployments/d2/")
    assert "deployments/d1/a.tar.gz" in workspace.keys("deployments/d1/")


def test_a_version_that_an_earlier_deployment_still_has_is_copied_from_there(workspace: Workspace) -> None:
    first = {"a": _register(workspace, "a", artifact=_archive(b"A"))}
    _stage("d1", first)
    _record(workspace, "d1", first)
    second = {"a": _register(workspace, "a", artifact=_archive(b"A2"))}
    serving = _stage("d2", second, current=f"s3://{workspace.bucket}/deployments/d1/")["model_data_prefix"]
    _record(workspace, "d2", second)
    # A roll-back of one model while another one is new: no earlier deployment is the same.
    third = {**first, "b": _register(workspace, "b")}
    staged = _stage("d3", third, current=serving)
    assert (staged["copied"], staged["fetched"]) == (["a"], ["b"])
    digest = s3.digest(workspace.aws.s3, f"s3://{workspace.bucket}/deployments/d3/a.tar.gz")
    assert digest == hashlib.sha256(_archive(b"A")).hexdigest()


def _alarms(workspace: Workspace) -> dict[str, dict[str, Any]]:
    found = workspace.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{workspace.app}-")["MetricAlarms"]
    return {alarm["AlarmName"].removeprefix(f"{workspace.app}-"): alarm for alarm in found}


def test_an_update_has_alarms_on_its_own_configuration_while_it_lasts(workspace: Workspace) -> None:
    client, app = workspace.client("cloudwatch"), workspace.app
    common = {"Namespace": "N", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    # The stack's own, which tells people.
    client.put_metric_alarm(AlarmName=f"{app}-errors", Threshold=0, ComparisonOperator="GreaterThanThreshold", **common)
    first = {"a": _register(workspace, "a", artifact=_archive(b"A"))}
    before = _stage(D1, first, watched=True)["model_data_prefix"]
    # A first deployment has nothing to go back to.
    assert set(_alarms(workspace)) == {"errors"}
    _record(workspace, D1, first)
    second = {"a": _register(workspace, "a", artifact=_archive(b"A2"))}
    for _ in range(2):
        _stage(D2, second, current=before, watched=True)
    made = _alarms(workspace)
    assert set(made) == {"errors", f"rollback-{D2}-errors", f"rollback-{D2}-latency"}
    for name in (f"rollback-{D2}-errors", f"rollback-{D2}-latency"):
        assert {"Name": "EndpointConfigName", "Value": f"{app}-{D2}"} in made[name]["Dimensions"]
        assert made[name]["StateValue"] != "ALARM"
        tags = client.list_tags_for_resource(ResourceARN=made[name]["AlarmArn"])["Tags"]
        assert tags == [{"Key": "perennial:app", "Value": app}]
    # It failed, or died: those of the next one take the place of its alarms.
    _stage(D3, second, current=before, watched=True)
    assert set(_alarms(workspace)) == {"errors", f"rollback-{D3}-errors", f"rollback-{D3}-latency"}
    assert _record(workspace, D3, second)[:2] == [f"{app}-rollback-{D3}-errors", f"{app}-rollback-{D3}-latency"]
    assert set(_alarms(workspace)) == {"errors"}


def test_what_updates_that_waited_left_is_removed_when_they_wait_no_more(workspace: Workspace) -> None:
    first = {"a": _register(workspace, "a")}
    before = _stage(D1, first)["model_data_prefix"]
    _stage(D2, first, current=before, watched=True)
    assert _alarms(workspace)
    _stage(D3, first, current=before)
    assert _alarms(workspace) == {}


def test_a_repeated_call_stages_the_same(workspace: Workspace) -> None:
    versions = {"a": _register(workspace, "a")}
    assert _stage("d1", versions) == _stage("d1", versions)


def test_an_artifact_that_is_not_the_registered_one_is_refused_before_anything_is_complete(
    workspace: Workspace,
) -> None:
    versions = {
        "a": _register(workspace, "a"),
        "b": _register(workspace, "b", artifact=_archive(b"changed"), digest="0" * 64),
    }
    with pytest.raises(DigestMismatchError, match="reject that version") as raised:
        _stage("d1", versions)
    assert versions["b"] in str(raised.value)
    assert "deployments/d1/manifest.json" not in workspace.keys("deployments/d1/")
    assert "deployments/d1/b.tar.gz" not in workspace.keys("deployments/d1/")


@pytest.mark.security("hostile input")
def test_a_registered_pickle_is_refused_and_not_run(workspace: Workspace, tmp_path: Path) -> None:
    trap = Touch(tmp_path / "ran")
    versions = {"a": _register(workspace, "a", artifact=packed(member("xgboost-model", pickle.dumps(trap))))}
    with pytest.raises(
        UnsafeArtifactError, match=r"of model a is not served: xgboost-model must begin with b'\{'"
    ) as raised:
        _stage("d1", versions)
    assert f"reject {versions['a']}" in str(raised.value)
    assert workspace.keys("deployments/") == []
    assert not (tmp_path / "ran").exists()


@pytest.mark.security("hostile input")
@pytest.mark.parametrize("folder", ["ü ß", "a+b", "100%", "%41%2Fx", "a?b#c", "'\"`", "a;b=c&d"])
def test_an_artifact_is_fetched_and_copied_whatever_its_key(workspace: Workspace, folder: str) -> None:
    versions = {"a": _register(workspace, "a", artifact=_archive(folder.encode()), folder=f"{folder}/")}
    before = _stage(folder, versions)
    assert before["fetched"] == ["a"]
    assert _stage("d2", versions, current=before["model_data_prefix"])["copied"] == ["a"]
    for deployment_id in (folder, "d2"):
        body = workspace.client("s3").get_object(Bucket=workspace.bucket, Key=f"deployments/{deployment_id}/a.tar.gz")
        assert body["Body"].read() == _archive(folder.encode())


def _retained(workspace: Workspace, deployment_id: str, versions: dict[str, str]) -> dict[str, Any]:
    return {
        "deployment_id": deployment_id,
        "endpoint_config": f"{workspace.app}-{deployment_id}",
        "serving_model": f"{workspace.app}-{deployment_id}",
        "versions": versions,
        "model_data_prefix": f"s3://{workspace.bucket}/deployments/{deployment_id}/",
        "shape": "ml.m5.large x 1",
    }


def _record(workspace: Workspace, deployment_id: str, versions: dict[str, str]) -> list[str]:
    return _record_serving(workspace, _retained(workspace, deployment_id, versions))


def _record_serving(workspace: Workspace, serving: dict[str, Any], *, endpoint_name: str = "") -> list[str]:
    name = endpoint_name or workspace.app
    answer = record_deployment.lambda_handler(
        {
            "endpoint_name": name,
            "deployment_id": f"run-{serving.get('deployment_id', 'none')}",
            "recorded_at": "2026-03-01T12:00:00Z",
            "execution": "arn:execution",
            "action": "deployed",
            "changes": {"a": "1 -> 2"},
            "serving": serving,
            "alarm_prefix": f"{name}-rollback-",
        },
        None,
    )
    removed: list[str] = answer["removed"]
    return removed


def test_what_nothing_uses_is_removed_and_a_failed_deployment_too(workspace: Workspace) -> None:
    client, app = workspace.client("sagemaker"), workspace.app
    role = make_role(workspace.cloud, f"{app}-serving", [], trust={"Service": "sagemaker.amazonaws.com"})
    ids = [f"2026030112345{number}-0fe4e5" for number in range(4)]

    def make(name: str) -> None:
        prefix = workspace.put(f"deployments/{name}/manifest.json", {}).removesuffix("manifest.json")
        _make(client, f"{app}-{name}-0", role=role, prefix=prefix)

    def record(number: int) -> list[str]:
        make(ids[number])
        serving = _retained(workspace, ids[number], {"a": str(number)})
        made = f"{app}-{ids[number]}-0"
        return _record_serving(workspace, {**serving, "endpoint_config": made, "serving_model": made})

    # Somebody made this by hand.
    _make(client, f"{app}-by-hand-0", role=role, prefix=f"s3://{workspace.bucket}/hand/")
    assert record(0) == []
    # The second one failed: it was made, and never recorded. Two are kept, the serving one included.
    make(ids[1])
    assert record(2) == [f"{app}-{ids[1]}-0", f"{app}-{ids[1]}-0", f"deployments/{ids[1]}/"]
    assert record(3) == [f"{app}-{ids[0]}-0", f"{app}-{ids[0]}-0", f"deployments/{ids[0]}/"]
    left = {f"{app}-{name}-0" for name in (ids[2], ids[3], "by-hand")}
    configs = client.list_endpoint_configs(NameContains=f"{app}-")["EndpointConfigs"]
    assert {item["EndpointConfigName"] for item in configs} == left
    assert {item["ModelName"] for item in client.list_models(NameContains=f"{app}-")["Models"]} == left
    assert not workspace.keys(f"deployments/{ids[0]}/")
    assert not workspace.keys(f"deployments/{ids[1]}/")
    assert workspace.keys(f"deployments/{ids[2]}/")


def _make(client: Any, name: str, *, role: str, prefix: str) -> None:
    container = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": prefix}
    client.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def test_a_deployment_is_remembered_and_appended_once(workspace: Workspace) -> None:
    for _ in range(2):
        _record(workspace, "d1", {"a": "arn/1"})
    (row,) = tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.DEPLOYMENT, subject=workspace.app)
    assert (row["sk"], row["action"], row["changes"], row["versions"]) == (
        "run-d1",
        "deployed",
        {"a": "1 -> 2"},
        {"a": "arn/1"},
    )
    state = tables.read_state(workspace.aws.dynamodb, workspace.state, keys.DEPLOYMENTS.of(workspace.app))
    assert state is not None
    assert state["retained"] == [_retained(workspace, "d1", {"a": "arn/1"})]


def test_a_removed_endpoint_is_appended_to_the_history_and_what_served_is_kept(workspace: Workspace) -> None:
    _record(workspace, "d1", {"a": "arn/1"})
    event = {
        "endpoint_name": workspace.app,
        "deployment_id": "run-d2",
        "recorded_at": "2026-03-02T12:00:00Z",
        "execution": "arn:execution",
        "action": "removed",
        "changes": {"a": "1 -> none"},
        "unapproved": ["a"],
        "serving": {},
        "alarm_prefix": f"{workspace.app}-rollback-",
    }
    for _ in range(2):
        assert record_deployment.lambda_handler(event, None) == {"removed": []}
    row, _ = tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.DEPLOYMENT, subject=workspace.app)
    assert (row["action"], row["changes"], row["versions"], row["unapproved"]) == (
        "removed",
        {"a": "1 -> none"},
        {},
        ["a"],
    )
    state = tables.read_state(workspace.aws.dynamodb, workspace.state, keys.DEPLOYMENTS.of(workspace.app))
    assert state is not None
    assert (state["removed"], [item["deployment_id"] for item in state["retained"]]) == (True, ["d1"])
    _record(workspace, "d3", {"a": "arn/3"})
    assert "removed" not in (
        tables.read_state(workspace.aws.dynamodb, workspace.state, keys.DEPLOYMENTS.of(workspace.app)) or {}
    )


def test_what_is_gone_already_is_no_error(workspace: Workspace) -> None:
    for number in range(3):
        _record(workspace, f"d{number}", {"a": str(number)})


@pytest.mark.parametrize(("failed", "remembered"), [({"a": "2"}, {}), ({"a": "3"}, {"a": "3"})])
def test_a_failure_is_forgotten_when_these_versions_serve(
    failed: dict[str, str], remembered: dict[str, str], workspace: Workspace
) -> None:
    tables.write_state(
        workspace.aws.dynamodb, workspace.state, keys.FAILED.of(workspace.app), {"versions": json.dumps(failed)}
    )
    _record(workspace, "d2", {"a": "2"})
    state = tables.read_state(workspace.aws.dynamodb, workspace.state, keys.FAILED.of(workspace.app))
    assert state is not None
    assert json.loads(state["versions"]) == remembered


class Endpoint:
    """What the plan finds serving."""

    def __init__(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.serving: Serving | None = None
        self._workspace = workspace
        monkeypatch.setattr(endpoint, "serving", lambda _client, _name: self.serving)

    def serve(self, deployment_id: str, versions: dict[str, str], *, status: str = "InService") -> None:
        """Serve a deployment, which is recorded too."""
        model = ServedModel(model_package_arn="", source="", digest="", golden_request="", golden_answer=0)
        served = {name: ServedModel(**{**model.__dict__, "model_package_arn": arn}) for name, arn in versions.items()}
        content = Manifest(deployment_id=deployment_id, models=served).as_dict()
        uri = self._workspace.put(f"deployments/{deployment_id}/manifest.json", content)
        _record(self._workspace, deployment_id, versions)
        self.serving = Serving(
            status=status,
            endpoint_config=f"{self._workspace.app}-{deployment_id}",
            serving_model=f"{self._workspace.app}-{deployment_id}",
            model_data_prefix=uri.removesuffix("manifest.json"),
            container=Container(image=IMAGE, multi_model=True),
            instances="ml.m5.large x 1",
        )


@pytest.fixture
def serving(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    return Endpoint(workspace, monkeypatch)


def _plan(workspace: Workspace, **event: Any) -> dict[str, Any]:
    asked = {"endpoint_name": workspace.app, "run_id": "r", "shape": "ml.m5.large x 1", **event}
    return plan_deployment.lambda_handler(asked, None)


def _decide(workspace: Workspace, arn: str, status: str) -> None:
    workspace.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)


def test_a_plan_is_of_the_models_of_its_endpoint(workspace: Workspace, models: Models, serving: Endpoint) -> None:
    other = f"{workspace.app}-b"
    models(a={}, b={"endpoint": other})
    versions = {name: _register(workspace, name) for name in ("a", "b")}
    assert _plan(workspace)["versions"] == {"a": versions["a"]}
    assert _plan(workspace, endpoint_name=other)["versions"] == {"b": versions["b"]}


def test_a_model_leaves_once_its_own_endpoint_serves_it(
    workspace: Workspace, models: Models, serving: Endpoint
) -> None:
    other = f"{workspace.app}-b"
    versions = {name: _register(workspace, name) for name in ("a", "b")}
    serving.serve("d1", versions)
    models(a={}, b={"endpoint": other})
    assert _plan(workspace)["action"] == "up to date"
    # A newer version is for the endpoint that it moves to.
    newer = _register(workspace, "b", artifact=_archive(b"newer"))
    assert _plan(workspace)["action"] == "up to date"
    _record_serving(workspace, _retained(workspace, "d2", {"b": newer}), endpoint_name=other)
    plan = _plan(workspace)
    assert (plan["action"], plan["versions"], plan["changes"]) == ("deployed", {"a": versions["a"]}, {"b": "1 -> none"})


def test_a_version_of_another_algorithm_holds_up_no_other_model(
    workspace: Workspace, models: Models, serving: Endpoint
) -> None:
    # Its model's algorithm was changed, and nothing was trained since: there is nothing of it to serve here.
    models(a={}, b={})
    first = _register(workspace, "a")
    _register(workspace, "b", algorithm="other")
    assert _plan(workspace)["versions"] == {"a": first}
    fitting = _register(workspace, "b", artifact=_archive(b"fits"))
    _register(workspace, "b", artifact=_archive(b"newest"), algorithm="other")
    assert _plan(workspace)["versions"] == {"a": first, "b": fitting}


def test_what_serves_goes_on_as_it_is_until_there_is_a_version_of_the_model_s_new_algorithm(
    workspace: Workspace, models: Models, serving: Endpoint
) -> None:
    # An endpoint of its own keeps its name when the algorithm changes, and gets another container.
    models(a={"family": replace(BEFORE, image="another", shares_endpoint=False).to_json()})
    old = _register(workspace, "a", algorithm="other")
    serving.serve("d1", {"a": old})
    assert _plan(workspace)["action"] == "up to date"
    _decide(workspace, old, "Rejected")
    plan = _plan(workspace)
    assert (plan["unapproved"], plan["versions"]) == (["a"], {"a": old})
    _decide(workspace, old, "Approved")
    fitting = _register(workspace, "a", artifact=_archive(b"fits"))
    plan = _plan(workspace)
    assert (plan["action"], plan["versions"], plan["container"]["image"]) == ("deployed", {"a": fitting}, "another")


def test_the_input_of_an_execution_leads_to_its_endpoints(workspace: Workspace, models: Models) -> None:
    other = f"{workspace.app}-b"
    models(a={}, b={"endpoint": other})

    def found(**given: Any) -> list[str]:
        answer = find_endpoints.lambda_handler({"run_id": "r", "input": given}, None)
        return [item["name"] for item in answer["endpoints"]]

    assert found(reason="schedule") == [workspace.app, other]
    assert found(model="b") == [other]
    gone = f"{workspace.app}-gone"
    endpoint_names.add(workspace.aws.dynamodb, workspace.state, gone)
    assert found() == [workspace.app, other, gone]
    models(b={"endpoint": other})
    assert found() == [other, gone]
    # The first one serves, though no model needs it any more.
    _record(workspace, "d1", {"a": "arn/1"})
    assert found() == [workspace.app, other, gone]


def test_nothing_is_left_of_an_endpoint_that_no_model_needs(workspace: Workspace, models: Models) -> None:
    name, client = f"{workspace.app}-a", workspace.client("cloudwatch")
    models(a={"endpoint": name})
    versions = {"a": _register(workspace, "a")}
    role = make_role(workspace.cloud, f"{workspace.app}-alone", [], trust={"Service": "sagemaker.amazonaws.com"})
    _stage(D1, versions, endpoint_name=name)
    _make(workspace.client("sagemaker"), f"{name}-{D1}", role=role, prefix=f"s3://{workspace.bucket}/deployments/")
    made = {**_retained(workspace, D1, versions), "endpoint_config": f"{name}-{D1}", "serving_model": f"{name}-{D1}"}
    assert _record_serving(workspace, made, endpoint_name=name) == []
    # Taken off because no version is approved: it comes back with what it had, and only its alarms go.
    alarms = [f"{name}-{kind}" for kind in ("errors", "latency", "unapproved")]
    assert _record_serving(workspace, {}, endpoint_name=name) == alarms
    assert client.describe_alarms(AlarmNamePrefix=f"{name}-")["MetricAlarms"] == []
    assert endpoint_names.read(workspace.aws.dynamodb, workspace.state) == [name]
    models(b={})
    assert _plan(workspace, endpoint_name=name)["action"] == "removed"
    removed = _record_serving(workspace, {}, endpoint_name=name)
    assert removed == [*alarms, f"{name}-{D1}", f"{name}-{D1}", f"deployments/{name}/{D1}/"]
    assert workspace.keys("deployments/") == []
    assert endpoint_names.read(workspace.aws.dynamodb, workspace.state) == []


def test_endpoints_do_not_remove_each_others_deployments(workspace: Workspace) -> None:
    name = f"{workspace.app}-a"
    versions = {"a": _register(workspace, "a")}
    _stage(D1, versions)
    _stage(D2, versions, endpoint_name=name)
    _record(workspace, D1, versions)
    _record_serving(workspace, _retained(workspace, D2, versions), endpoint_name=name)
    # Each has a failed one that goes.
    _stage(D3, versions)
    _stage(D3, versions, endpoint_name=name)
    assert _record(workspace, D1, versions) == [f"deployments/{D3}/"]
    again = _record_serving(workspace, _retained(workspace, D2, versions), endpoint_name=name)
    assert again == [f"deployments/{name}/{D3}/"]
    assert {key.rpartition("/")[0] for key in workspace.keys("deployments/")} == {
        f"deployments/{D1}",
        f"deployments/{name}/{D2}",
    }


def test_without_a_version_there_is_nothing_to_serve(workspace: Workspace, models: Models, serving: Endpoint) -> None:
    models(a={}, b={})
    plan = _plan(workspace)
    assert (plan["action"], plan["versions"], "serving" in plan, "restore" in plan) == (
        "nothing to serve",
        {},
        False,
        False,
    )


def test_a_promotion_a_rejection_and_a_second_approval(workspace: Workspace, models: Models, serving: Endpoint) -> None:
    models(a={"approval": {"sandbox": "manual", "qa": "manual", "prod": "manual"}})
    first, second = (
        _register(workspace, "a", artifact=_archive(body), status="PendingManualApproval") for body in (b"1", b"2")
    )
    assert _plan(workspace)["action"] == "nothing to serve"
    _decide(workspace, first, "Approved")
    assert _plan(workspace)["versions"] == {"a": first}
    serving.serve("d1", {"a": first})
    assert _plan(workspace)["action"] == "up to date"
    _decide(workspace, second, "Approved")
    plan = _plan(workspace)
    assert (plan["action"], plan["changes"], plan["serving"]["endpoint_config"]) == (
        "deployed",
        {"a": "1 -> 2"},
        f"{workspace.app}-d1",
    )
    serving.serve("d2", {"a": second})
    _decide(workspace, second, "Rejected")
    back = _plan(workspace)
    assert (back["action"], back["restore"]["deployment_id"]) == ("restored", "d1")
    serving.serve("d1", {"a": first})
    _decide(workspace, second, "Approved")
    forth = _plan(workspace)
    assert (forth["action"], forth["restore"]["deployment_id"]) == ("restored", "d2")
    serving.serve("d2", {"a": second})
    # The older one is approved again while the newer one stays approved.
    _decide(workspace, first, "Rejected")
    _decide(workspace, first, "Approved")
    assert _plan(workspace)["versions"] == {"a": first}


@pytest.mark.parametrize(("environment", "served"), [("sandbox", True), ("qa", False), ("prod", False)])
def test_pending_versions_serve_in_sandbox_only(
    environment: str,
    served: bool,
    workspace: Workspace,
    models: Models,
    serving: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENVIRONMENT", environment)
    # Even where the run approves by itself, qa and prod look at the status and at nothing else.
    models(a={"approval": dict.fromkeys(("sandbox", "qa", "prod"), "automatic")})
    arn = _register(workspace, "a", status="PendingManualApproval")
    assert _plan(workspace)["versions"] == ({"a": arn} if served else {})


@pytest.mark.parametrize(("when", "action"), [("keep", "up to date"), ("remove", "removed")])
def test_the_last_version_that_is_rejected_is_told_and_counted(
    when: str, action: str, workspace: Workspace, models: Models, serving: Endpoint
) -> None:
    models(a={"when_unapproved": when})
    arn = _register(workspace, "a")
    serving.serve("d1", {"a": arn})
    _decide(workspace, arn, "Rejected")
    plan = _plan(workspace)
    assert (plan["action"], plan["unapproved"]) == (action, ["a"])
    (metric,) = workspace.client("cloudwatch").list_metrics(
        Namespace="Perennial",
        MetricName="ModelsWithoutApprovedVersion",
        Dimensions=[{"Name": "EndpointName", "Value": workspace.app}],
    )["Metrics"]
    assert metric["MetricName"] == "ModelsWithoutApprovedVersion"


def test_versions_that_failed_are_tried_again_only_by_force(
    workspace: Workspace, models: Models, serving: Endpoint
) -> None:
    models(a={})
    first, second = (
        _register(workspace, "a", artifact=_archive(b"1")),
        _register(workspace, "a", artifact=_archive(b"2")),
    )
    serving.serve("d1", {"a": first})
    failed = {"pk": {"S": keys.FAILED.of(workspace.app)}, "versions": {"S": json.dumps({"a": second})}}
    workspace.client("dynamodb").put_item(TableName=workspace.state, Item=failed)
    assert _plan(workspace)["action"] == "known to fail"
    assert _plan(workspace, force=False)["action"] == "known to fail"
    assert _plan(workspace, force=True)["action"] == "deployed"


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
def test_an_endpoint_that_changes_is_left_alone(
    status: str, workspace: Workspace, models: Models, serving: Endpoint
) -> None:
    models(a={})
    serving.serve("d1", {"a": "arn/1"}, status=status)
    with pytest.raises(EndpointBusyError, match=status):
        _plan(workspace)


@pytest.mark.parametrize(("status", "config"), [("InService", "not-recorded"), ("UpdateRollbackFailed", "")])
def test_what_serves_without_a_proof_is_never_up_to_date(
    status: str, config: str, workspace: Workspace, models: Models, serving: Endpoint
) -> None:
    models(a={})
    arn = _register(workspace, "a")
    serving.serve("d1", {"a": arn}, status=status)
    assert serving.serving is not None
    serving.serving = replace(serving.serving, endpoint_config=config or serving.serving.endpoint_config)
    assert _plan(workspace)["action"] in {"deployed", "restored"}


def test_the_way_back_leads_to_what_was_proven_last(workspace: Workspace, models: Models, serving: Endpoint) -> None:
    models(a={})
    arn = _register(workspace, "a")
    serving.serve("d1", {"a": arn})
    assert _plan(workspace)["serving"]["endpoint_config"] == f"{workspace.app}-d1"
    assert serving.serving is not None
    serving.serving = replace(serving.serving, endpoint_config="of-a-deployment-that-died")
    assert _plan(workspace)["serving"]["endpoint_config"] == f"{workspace.app}-d1"


def test_an_endpoint_that_could_not_be_created_serves_nothing(
    workspace: Workspace, models: Models, serving: Endpoint
) -> None:
    models(a={})
    arn = _register(workspace, "a")
    serving.serve("d1", {"a": arn}, status="Failed")
    plan = _plan(workspace)
    assert (plan["action"], plan["changes"], plan["serving"]["status"]) == ("deployed", {"a": "none -> 1"}, "Failed")


def test_a_registry_that_refuses_a_served_model_stops_the_plan(
    workspace: Workspace, models: Models, serving: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    models(a={})
    serving.serve("d1", {"a": _register(workspace, "a")})

    def refuse(_client: object, _group: str, **_: object) -> Iterator[Any]:
        raise registry.NotReadableError("AccessDeniedException: no")
        yield

    monkeypatch.setattr(registry, "candidates", refuse)
    with pytest.raises(RegistryNotReadableError, match="AccessDeniedException: no"):
        _plan(workspace)


def test_an_endpoint_that_does_not_exist_serves_nothing(workspace: Workspace) -> None:
    assert endpoint.serving(workspace.aws.sagemaker, f"{workspace.app}-none") is None


def _proof(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]) -> dict[str, Any]:
    model = ServedModel(model_package_arn="arn", source="", digest="", golden_request="1,2", golden_answer=0.25)
    content = Manifest(deployment_id="d", models=dict.fromkeys(("a", "b"), model)).as_dict()
    uri = workspace.put("deployments/d/manifest.json", content)
    asked: dict[str, tuple[str, str]] = {}

    def invoke(_client: object, name: str, *, request: dict[str, str]) -> str:
        asked[request["TargetModel"]] = (name, request["Body"])
        return answers[request["TargetModel"]]

    monkeypatch.setattr(endpoint, "invoke", invoke)
    result = prove_deployment.lambda_handler(
        {"endpoint_name": "e", "deployment_id": "d", "model_data_prefix": uri.removesuffix("manifest.json")}, None
    )
    assert asked == {"a.tar.gz": ("e", "1,2"), "b.tar.gz": ("e", "1,2")}
    return result


def test_every_model_answers_its_golden_request(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _proof(workspace, monkeypatch, {"a.tar.gz": "0.25", "b.tar.gz": "0.25000001\n"}) == {"proven": 2}


def test_one_wrong_answer_is_no_proof(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeploymentNotProvenError, match="model b answered"):
        _proof(workspace, monkeypatch, {"a.tar.gz": "0.25", "b.tar.gz": "0.26"})


def test_a_model_is_asked_as_its_algorithm_has_it(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ServedModel(
        model_package_arn="arn", source="", digest="", golden_request="{}", golden_answer=0.25, family=OTHER
    )
    uri = workspace.put("deployments/d/manifest.json", Manifest(deployment_id="d", models={"a": model}).as_dict())
    asked: list[dict[str, str]] = []

    def invoke(_client: object, _name: str, *, request: dict[str, str]) -> str:
        asked.append(request)
        return '{"predictions": [{"score": 0.251}]}'

    monkeypatch.setattr(endpoint, "invoke", invoke)
    event = {"endpoint_name": "e", "deployment_id": "d", "model_data_prefix": uri.removesuffix("manifest.json")}
    assert prove_deployment.lambda_handler(event, None) == {"proven": 1}
    assert asked == [{"ContentType": "application/json", "Accept": "application/jsonlines", "Body": "{}"}]
