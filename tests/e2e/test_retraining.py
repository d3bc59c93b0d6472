"""One retraining run, deployed by the CDK CLI and run for real: every branch, and what goes wrong."""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from contract import keys
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.commands.transform import transform
from perennial.demo import datasets
from shared.transforms import Order
from tests.e2e.cloud import REGION, Account, Fleet, Run, until

RAIN = "rain-tomorrow"


def test_a_model_that_passes_the_gate_is_registered_and_serves(sandbox: Account, temperature: Run) -> None:
    assert temperature.output["outcome"] == "registered"
    assert temperature.output["value"] < temperature.output["threshold"] == 2.85
    assert temperature.output["approval_status"] == "PendingManualApproval"
    assert sandbox.leases() == []
    # Sandbox serves before anybody approves, so that data scientists can try it.
    assert sandbox.versions()["temperature-tomorrow"] >= 1


def test_the_training_job_has_the_metrics_that_its_log_shows(sandbox: Account, temperature: Run) -> None:
    job = sandbox.client("sagemaker").describe_training_job(TrainingJobName=temperature.output["training_job"])

    assert job["TrainingJobStatus"] == "Completed"
    assert {item["MetricName"] for item in job["FinalMetricDataList"]} >= {"train:rmse", "validation:rmse"}


def test_the_evaluation_scored_the_held_out_part(sandbox: Account, temperature: Run) -> None:
    evaluation = json.loads(sandbox.read(temperature.output["evaluation"]))
    report = json.loads(sandbox.read(temperature.output["report"]))

    assert evaluation["rows"] == report["rows"]["test"]
    assert set(evaluation["candidate"]["metrics"]) == {"mae", "rmse", "error_std"}
    assert temperature.output["value"] == pytest.approx(evaluation["candidate"]["metrics"]["rmse"])


def test_the_registered_version_carries_its_lineage(sandbox: Account, cold: Run) -> None:
    package = sandbox.client("sagemaker").describe_model_package(ModelPackageName=cold.output["model_package_arn"])
    metadata = package["CustomerMetadataProperties"]

    assert metadata["training_job"] == cold.output["training_job"]
    assert metadata["tuning_job"] == cold.output["tuning_job"]
    assert metadata["execution"] == cold.arn
    assert metadata["commit"] == "0" * 40
    assert len(metadata["digest"]) == len(metadata["data_fingerprint"]) == 64
    assert package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"] == cold.output["evaluation"]


def test_plain_boto3_gets_an_answer(sandbox: Account, temperature: Run) -> None:
    report = json.loads(sandbox.read(temperature.output["report"]))

    assert -20.0 < sandbox.invoke("temperature-tomorrow", report["golden_request"]) < 45.0


def test_a_file_is_answered_as_the_endpoint_answers_its_lines(sandbox: Account, temperature: Run) -> None:
    line = json.loads(sandbox.read(temperature.output["report"]))["golden_request"]
    stack = Stack.from_outputs(sandbox.outputs, stack_name=sandbox.stack)
    session = boto3.Session(
        aws_access_key_id=sandbox.account_id,
        aws_secret_access_key="local",  # guards nothing
        region_name=REGION,
    )
    aws, folder = Aws(session, endpoint_url=sandbox.cloud.endpoint_url), f"s3://{stack.bucket}/transforms"
    sandbox.client("s3").put_object(Bucket=stack.bucket, Key="transforms/in/a.csv", Body=f"{line}\n{line}\n".encode())
    order = Order(model="temperature-tomorrow", source=f"{folder}/in/", target=f"{folder}/out")

    assert transform(aws, stack, order, approval="automatic", console=Console(file=io.StringIO()))

    answers = sandbox.read(f"{folder}/out/a.csv.out").decode().splitlines()
    assert [float(answer) for answer in answers] == [sandbox.invoke("temperature-tomorrow", line)] * 2


def test_an_unknown_target_model_is_a_validation_error(sandbox: Account, temperature: Run) -> None:
    with pytest.raises(ClientError) as caught:
        sandbox.invoke("nobody", "1,2")

    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert "Failed to download model data" in caught.value.response["Error"]["Message"]


def test_the_one_schedule_starts_a_model_that_is_due(sandbox: Account, temperature: Run) -> None:
    sandbox.schedules("ENABLED")
    # The first tick ever only notes the time from which models are due, and starts what is due in these minutes.
    sandbox.cloud.control("clock", {"advance_seconds": 600})
    tick = {"TableName": sandbox.outputs["StateTableName"], "Key": {"pk": {"S": keys.LAST_TICK}}}
    until(lambda: "Item" in sandbox.client("dynamodb").get_item(**tick), "the first tick")
    # temperature-tomorrow is due once a day at 06:00; the jump passes it.
    before = set(sandbox.executions("RetrainingStateMachineArn"))
    for earlier in before:
        sandbox.wait(earlier)
    glue_runs = _glue_runs(sandbox, "temperature-tomorrow")
    sandbox.cloud.control("clock", {"advance_seconds": 24 * 3600})
    until(lambda: bool(_of_model(sandbox, before, "temperature-tomorrow")), "the dispatcher to start the model")
    sandbox.schedules("DISABLED")
    (arn,) = _of_model(sandbox, before, "temperature-tomorrow")
    run = sandbox.wait(arn)

    assert run.status == "SUCCEEDED", run.cause
    assert run.output["outcome"] == "nothing new"
    # Its files are those of the run before, which needs no job to be seen.
    assert "Extract, Transform, Load" not in run.states
    assert _glue_runs(sandbox, "temperature-tomorrow") == glue_runs > 0
    # A disabled model is not started.
    assert _of_model(sandbox, before, RAIN) == []
    for other in set(sandbox.executions("RetrainingStateMachineArn")) - before:
        sandbox.wait(other)


def test_a_test_run_registers_nothing(sandbox: Account, cold: Run) -> None:
    run = sandbox.run("flight-delay", test_run=True)
    rows = sandbox.history("tuning", "flight-delay")
    groups = sandbox.client("sagemaker").list_model_packages(ModelPackageGroupName="perennial-flight-delay")

    # One trial may well be worse than the champion.
    assert run.output.get("outcome") == "test run" or run.error == "ModelAccuracyTooLow", run.cause
    assert (rows[0]["test_run"]["BOOL"], rows[0]["trial_count"]["N"]) == (True, "1")
    assert all(run.arn not in str(item) for item in groups["ModelPackageSummaryList"])
    assert "Save Model" not in run.states


def test_a_second_run_of_a_model_does_not_start_while_one_runs(sandbox: Account, temperature: Run) -> None:
    table, key = sandbox.outputs["StateTableName"], {"pk": {"S": keys.MODEL_LEASE.of("temperature-tomorrow")}}
    sandbox.client("dynamodb").put_item(
        TableName=table,
        # Far ahead of the virtual clock.
        Item={**key, "owner": {"S": "somebody else"}, "expires_at": {"N": str(int(time.time()) + 7 * 24 * 3600)}},
    )
    try:
        run = sandbox.run("temperature-tomorrow")
    finally:
        sandbox.client("dynamodb").delete_item(TableName=table, Key=key)

    assert run.status == "SUCCEEDED"
    assert run.output["outcome"] == "already running"
    assert "Extract, Transform, Load" not in run.states


def test_a_model_below_the_gate_is_not_registered(sandbox: Account, tmp_path: Path) -> None:
    sandbox.upload(RAIN, datasets.write_weather(tmp_path))

    run = sandbox.run(RAIN)

    assert (run.status, run.error) == ("FAILED", "ModelAccuracyTooLow")
    assert run.states[-1] == "Model Accuracy Too Low"
    assert "it must be greater than 0.9" in run.cause
    assert "Save Model" not in run.states
    assert sandbox.leases() == []
    assert sandbox.history("decision", RAIN)[0]["outcome"]["S"] == "rejected"


def test_an_unknown_model_fails_with_the_names_that_exist(sandbox: Account) -> None:
    run = sandbox.run("nobody")

    assert (run.status, run.error) == ("FAILED", "UnknownModelError")
    assert "air-time, flight-delay, rain-tomorrow, temperature-tomorrow" in run.cause


def test_a_model_without_data_fails_before_any_job(sandbox: Account, temperature: Run) -> None:
    place = {"Bucket": sandbox.outputs["ArtifactBucketName"], "Prefix": "raw/temperature-tomorrow/"}
    (file,) = sandbox.client("s3").list_objects_v2(**place)["Contents"]
    with _hidden(sandbox, file["Key"]):
        run = sandbox.run("temperature-tomorrow", force=True)

    assert (run.status, run.error) == ("FAILED", "NoRawDataError")
    assert f"aws s3 cp <file> s3://{sandbox.outputs['ArtifactBucketName']}/raw/temperature-tomorrow/" in run.cause
    assert "Extract, Transform, Load" not in run.states
    assert sandbox.leases() == []


def test_a_champion_that_cannot_be_read_fails_the_run_before_any_job(promoted: Fleet) -> None:
    sandbox = promoted.sandbox
    group = "perennial-temperature-tomorrow"
    client = sandbox.client("sagemaker")
    found = client.list_model_packages(ModelPackageGroupName=group, ModelApprovalStatus="Approved")
    approved = [
        client.describe_model_package(ModelPackageName=item["ModelPackageArn"])
        for item in found["ModelPackageSummaryList"]
    ]
    # The champion is the one that was changed last; other scenarios may have approved another than the first.
    package = max(approved, key=lambda item: item.get("LastModifiedTime") or item["CreationTime"])
    artifact = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    with _hidden(sandbox, artifact.partition(f"{sandbox.outputs['ArtifactBucketName']}/")[2]):
        run = sandbox.run("temperature-tomorrow", force=True)

    assert (run.status, run.error) == ("FAILED", "ChampionNotReadableError")
    assert artifact in run.cause
    assert f"perennial reject temperature-tomorrow {package['ModelPackageVersion']}" in run.cause
    assert "Extract, Transform, Load" not in run.states
    assert sandbox.leases() == []


def test_a_malformed_file_fails_the_run_and_names_the_column(sandbox: Account, tmp_path: Path) -> None:
    weather = datasets.write_weather(tmp_path)
    weather.write_text(weather.read_text(encoding="utf-8").replace("precipitation", "rainfall", 1), encoding="utf-8")
    sandbox.upload(RAIN, weather)

    run = sandbox.run(RAIN)

    assert run.status == "FAILED"
    assert "precipitation" in run.cause
    assert "Model Training" not in run.states
    assert sandbox.leases() == []


def test_a_role_without_a_grant_is_denied_by_name(sandbox: Account, tmp_path: Path) -> None:
    sandbox.upload(RAIN, datasets.write_weather(tmp_path))
    iam = sandbox.client("iam")
    role, policy, document = _policy_of_role(sandbox, "EtlRole")
    kept = [item for item in document["Statement"] if "/raw/*" not in json.dumps(item)]
    assert len(kept) < len(document["Statement"])
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps({**document, "Statement": kept}))
    try:
        run = sandbox.run(RAIN)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))

    assert run.status == "FAILED"
    assert role in run.cause
    assert "is not authorized to perform: s3:" in run.cause
    assert sandbox.leases() == []


def test_a_training_job_that_crashes_fails_the_run(sandbox: Account, tmp_path: Path) -> None:
    sandbox.upload(RAIN, datasets.write_weather(tmp_path))
    client, machine = sandbox.client("stepfunctions"), sandbox.outputs["RetrainingStateMachineArn"]
    definition = client.describe_state_machine(stateMachineArn=machine)["definition"]
    broken = definition.replace(
        "'HyperParameters': $run.settings.training.hyperparameters,",
        "'HyperParameters': $merge([$run.settings.training.hyperparameters, {'objective': 'binary:nonsense'}]),",
    )
    assert broken != definition
    client.update_state_machine(stateMachineArn=machine, definition=broken)
    try:
        run = sandbox.run(RAIN)
    finally:
        client.update_state_machine(stateMachineArn=machine, definition=definition)

    assert (run.status, run.error) == ("FAILED", "States.TaskFailed")
    assert "AlgorithmError" in run.cause
    assert "Save Model" not in run.states
    assert sandbox.leases() == []


def test_cdk_finds_no_difference_to_what_it_deployed(sandbox: Account) -> None:
    sandbox.cdk.run("diff", "PerennialSandbox", "--fail", "--app", str(sandbox.assembly))


def test_an_operation_that_is_not_emulated_says_so(sandbox: Account) -> None:
    with pytest.raises(ClientError) as caught:
        sandbox.client("sagemaker").list_labeling_jobs()

    assert caught.value.response["Error"]["Code"] == "NotEmulated"
    assert "ListLabelingJobs" in caught.value.response["Error"]["Message"]


def test_the_region_is_the_configured_one(sandbox: Account) -> None:
    assert f":{REGION}:" in sandbox.outputs["RetrainingStateMachineArn"]


def _of_model(sandbox: Account, before: set[str], model: str) -> list[str]:
    """Executions since then that the dispatcher named after a model."""
    new = [arn for arn in sandbox.executions("RetrainingStateMachineArn") if arn not in before]
    return [arn for arn in new if arn.rpartition(":")[2].startswith(f"{model}-")]


def _glue_runs(sandbox: Account, model: str) -> int:
    pages = sandbox.client("glue").get_paginator("get_job_runs").paginate(JobName="perennial-etl")
    runs = [run for page in pages for run in page["JobRuns"]]
    return sum(f"/raw/{model}/" in run["Arguments"]["--source"] for run in runs)


@contextmanager
def _hidden(sandbox: Account, key: str) -> Iterator[None]:
    """An object of the bucket is deleted, and is back afterwards: the bucket keeps its versions."""
    client, place = sandbox.client("s3"), {"Bucket": sandbox.outputs["ArtifactBucketName"], "Key": key}
    client.head_object(**place)
    marker = client.delete_object(**place)["VersionId"]
    try:
        yield
    finally:
        client.delete_object(**place, VersionId=marker)
        client.head_object(**place)


def _policy_of_role(sandbox: Account, construct: str) -> tuple[str, str, dict[str, Any]]:
    iam = sandbox.client("iam")
    (role,) = [item["RoleName"] for item in iam.list_roles()["Roles"] if construct in item["RoleName"]]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return str(role), str(policy), iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
