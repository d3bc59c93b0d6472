"""The promotion pipeline, deployed by the CLI: a commit's way through all accounts, with what goes wrong on it.

One commit is promoted. QA's manifest is wrong when it comes there, and the key of the artifacts is closed to prod when
it comes to that; each time what failed is tried again, and in the end prod has it.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from contract import keys
from perennial.account.promotion import Progress, Promotion
from perennial.account.promotion_approval import Question
from tests.e2e import promoting
from tests.e2e.cloud import REGION, Fleet
from tests.e2e.promoting import Pipeline, Pushed

_CONFIRM, _PREPARE = ("Prod", "Permissions.Confirm"), ("Prod", "PerennialProd.Prepare")


@pytest.fixture(scope="module")
def pipeline(promoted: Fleet, assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return promoting.deploy(promoted.sandbox.cloud, assembly, tmp_path_factory.mktemp("pipeline"))


@pytest.fixture(scope="module")
def manifest(promoted: Fleet) -> tuple[str, str]:
    """Bucket and key of what QA's endpoint serves."""
    bucket, _, key = f"{promoted.qa.prefix()}manifest.json".removeprefix("s3://").partition("/")
    return bucket, key


@pytest.fixture(scope="module")
def prod_before(promoted: Fleet) -> datetime:
    return _changed(promoted)


@pytest.fixture(scope="module")
def pushed(
    pipeline: Pipeline,
    promoted: Fleet,
    manifest: tuple[str, str],
    prod_before: datetime,
    tmp_path_factory: pytest.TempPathFactory,
) -> Pushed:
    """The commit; QA's manifest says another answer than the evaluated one."""
    assert prod_before
    _change_answer(promoted, manifest, by=0.01)
    return pipeline.push(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="module")
def stopped(pushed: Pushed, promoted: Fleet, prod_before: datetime) -> tuple[Promotion, str]:
    """How it ended in QA, and what the smoke test wrote; prod stays as it was."""
    ended = pushed.wait_for_end()
    assert _changed(promoted) == prod_before
    return ended, pushed.log("Qa", "Smoke")


@pytest.fixture(scope="module")
def asked(pushed: Pushed, stopped: tuple[Promotion, str], promoted: Fleet, manifest: tuple[str, str]) -> Question:
    """The first question, after QA was set right and tried again."""
    assert stopped
    _change_answer(promoted, manifest, by=-0.01)
    pushed.retry("Qa")
    return pushed.wait_for_question(*_CONFIRM)


@pytest.fixture(scope="module")
def denied(pushed: Pushed, asked: Question) -> Promotion:
    """How it ended in prod, after both approvals: the artifacts' key does not know prod's deploy role any more."""
    kms, (key,) = pushed.pipeline.client("kms"), _keys(pushed.pipeline)
    kept = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    closed = {**kept, "Statement": [item for item in kept["Statement"] if "333333333333" not in json.dumps(item)]}
    assert len(closed["Statement"]) < len(kept["Statement"])
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(closed))
    try:
        pushed.approve(asked)
        pushed.approve(pushed.wait_for_question("Prod", "Promote"))
        return pushed.wait_for_end()
    finally:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(kept))


@pytest.fixture(scope="module")
def finished(pushed: Pushed, denied: Promotion) -> Promotion:
    """The end, after prod was tried again."""
    assert denied
    pushed.retry("Prod")
    return pushed.wait_for_end()


@pytest.fixture(scope="module")
def tester(pipeline: Pipeline) -> Callable[[str], Any]:
    """Clients of qa's smoke role, taken on by the role of the pipeline's smoke step."""
    given = pipeline.credentials(pipeline.project("Qa", "Smoke")["serviceRole"])
    found = _assume(pipeline, given, "arn:aws:iam::222222222222:role/perennial-smoke")
    session = boto3.Session(
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
        region_name=REGION,
    )

    def client(service: str) -> Any:
        create: Any = session.client
        return create(service, endpoint_url=pipeline.cloud.endpoint_url)

    return client


def test_the_pipeline_is_there_as_it_was_defined(pipeline: Pipeline) -> None:
    names = [item["name"] for item in pipeline.client("codepipeline").list_pipelines()["pipelines"]]
    stages = [stage["name"] for stage in pipeline.definition["stages"]]
    projects = pipeline.client("codebuild").list_projects()["projects"]

    assert names == [promoting.NAME]
    assert stages == ["Source", "Build", "UpdatePipeline", "Assets", "Sandbox", "Qa", "Prod"]
    assert pipeline.definition["pipelineType"] == "V2"
    assert len(projects) == 7
    assert pipeline.project("Build", "Synth")["environment"]["image"] == "aws/codebuild/standard:7.0"


def test_an_answer_that_is_not_the_evaluated_one_stops_the_promotion(stopped: tuple[Promotion, str]) -> None:
    ended, log = stopped

    assert (ended.status, ended.reached) == ("Failed", ("Qa", "Smoke"))
    assert "flight-delay.tar.gz in perennial-qa answered" in log
    assert "temperature-tomorrow" not in log.partition("answered")[2]
    assert {action.progress for action in ended.stages[-1].actions} == {Progress.NOT_REACHED}


def test_the_pipeline_updates_itself_first(stopped: tuple[Promotion, str], pushed: Pushed) -> None:
    assert stopped
    events = [line.split("|") for line in pushed.log("UpdatePipeline", "SelfMutate").splitlines() if " | " in line]
    changed = {event[4].strip() for event in events if event[0].strip() == "PerennialPipeline"}
    # What the CLI adds of its own; what the tests deployed was synthesised without it, and is the same otherwise.
    assert changed == {"AWS::CDK::Metadata", "AWS::CloudFormation::Stack"}


def test_the_security_check_asks_when_the_pipeline_adopts_a_stack(asked: Question, pushed: Pushed) -> None:
    assert asked.token
    found = pushed.look().action("Prod", "Permissions.Check")
    assert found.variables["MESSAGE"].startswith("Deployment would make security-impacting changes")
    # The statements' ids name the place of their rules in the app; nothing else differs.
    log = pushed.log("Prod", "Permissions.Check")
    changes = [line for line in log.splitlines() if line[:3] in {"│ +", "│ -"}]
    assert changes
    assert all("Notifications/DeadLetterQueue.Arn" in line for line in changes), changes


def test_without_the_keys_statement_prods_deployment_fails_by_name(denied: Promotion) -> None:
    assert (denied.status, denied.reached) == ("Failed", _PREPARE)
    said = denied.action(*_PREPARE).summary
    assert "kms:Decrypt" in said
    assert "role/cdk-hnb659fds-deploy-role-333333333333-us-east-1" in said or "cdk-hnb659fds-deploy-role" in said
    assert denied.action("Prod", "PerennialProd.Deploy").progress is Progress.NOT_REACHED


def test_what_failed_is_tried_again_and_reaches_prod(
    finished: Promotion, promoted: Fleet, prod_before: datetime
) -> None:
    assert finished.status == "Succeeded"
    assert {action.progress for stage in finished.stages for action in stage.actions} == {Progress.SUCCEEDED}
    assert _changed(promoted) > prod_before


@pytest.mark.parametrize("environment", ["sandbox", "qa", "prod"])
def test_the_smoke_step_proves_that_the_endpoint_serves(
    environment: str, finished: Promotion, pushed: Pushed, promoted: Fleet
) -> None:
    assert finished
    log = pushed.log(environment.title(), "Smoke")

    assert f"endpoint perennial-{environment} is InService and serves 2 models" in log
    for model, version in getattr(promoted, environment).versions().items():
        (row,) = [line.split() for line in log.splitlines() if line.startswith(model)]
        assert row[1] == str(version)
        assert float(row[2]) == pytest.approx(float(row[3]), rel=1e-5)


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("s3", "put_object", {"Key": "deployments/x/manifest.json", "Body": b"{}"}),
        ("s3", "get_object", {"Key": "models/flight-delay/x/model.tar.gz"}),
        ("s3", "get_object", {"Key": "deployments/x/flight-delay.tar.gz"}),
        ("s3", "list_objects_v2", {}),
        ("sagemaker", "delete_endpoint", {"EndpointName": "perennial-qa"}),
        ("sagemaker", "describe_endpoint", {"EndpointName": "another"}),
        ("sagemaker", "list_models", {}),
        (
            "dynamodb",
            "get_item",
            {"TableName": "StateTableName", "Key": {"pk": {"S": keys.ENDPOINT_LEASE.of("perennial-qa")}}},
        ),
        (
            "dynamodb",
            "put_item",
            {"TableName": "StateTableName", "Item": {"pk": {"S": keys.DEPLOYMENTS.of("perennial-qa")}}},
        ),
        ("dynamodb", "scan", {"TableName": "StateTableName"}),
        ("stepfunctions", "start_execution", {"stateMachineArn": "DeploymentStateMachineArn"}),
        ("cloudformation", "delete_stack", {"StackName": "PerennialQa"}),
        ("iam", "list_roles", {}),
    ],
)
def test_the_smoke_role_does_nothing_else(
    service: str, operation: str, request_: dict[str, Any], tester: Callable[[str], Any], promoted: Fleet
) -> None:
    outputs = promoted.qa.outputs
    known = {key: outputs.get(value, value) if isinstance(value, str) else value for key, value in request_.items()}
    bucket = {"Bucket": outputs["ArtifactBucketName"]} if service == "s3" else {}

    with pytest.raises(ClientError) as refused:
        getattr(tester(service), operation)(**bucket, **known)

    assert refused.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}


def test_the_smoke_role_reads_what_its_endpoint_served(tester: Callable[[str], Any], promoted: Fleet) -> None:
    found = tester("dynamodb").get_item(
        TableName=promoted.qa.outputs["StateTableName"], Key={"pk": {"S": keys.DEPLOYMENTS.of("perennial-qa")}}
    )

    assert found["Item"]["retained"]["L"]


def test_nobody_else_takes_the_smoke_role(pipeline: Pipeline) -> None:
    role = "arn:aws:iam::333333333333:role/perennial-smoke"
    other = pipeline.credentials(pipeline.project("Qa", "Smoke")["serviceRole"])
    with pytest.raises(ClientError, match="AccessDenied"):
        _assume(pipeline, other, role)
    with pytest.raises(ClientError, match="AccessDenied"):
        pipeline.client("sts").assume_role(RoleArn=role, RoleSessionName="test")


def _assume(pipeline: Pipeline, given: dict[str, str], role_arn: str) -> dict[str, str]:
    sts = boto3.client(
        "sts",
        endpoint_url=pipeline.cloud.endpoint_url,
        region_name=REGION,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    return dict(sts.assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"])


def _changed(fleet: Fleet) -> datetime:
    """When prod's stack changed last."""
    (found,) = fleet.prod.client("cloudformation").describe_stacks(StackName=fleet.prod.stack)["Stacks"]
    changed: datetime = found.get("LastUpdatedTime", found["CreationTime"])
    return changed


def _change_answer(fleet: Fleet, place: tuple[str, str], *, by: float) -> None:
    (bucket, key), s3 = place, fleet.qa.client("s3")
    content = json.loads(fleet.qa.read(f"s3://{bucket}/{key}"))
    content["models"]["flight-delay"]["golden_answer"] += by
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(content).encode())


def _keys(pipeline: Pipeline) -> list[str]:
    """The key of the artifacts."""
    return [str(pipeline.definition["artifactStore"]["encryptionKey"]["id"])]
