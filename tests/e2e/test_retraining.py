"""One retraining run, deployed by the CDK CLI and run for real: every branch, and what goes wrong."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from perennial import datasets
from tests.e2e.conftest import ACCOUNT, REGION, Run, Sandbox


def test_a_model_that_passes_the_gate_is_registered_and_serves(sandbox: Sandbox, deployed: Run) -> None:
    assert deployed.status == "SUCCEEDED", deployed.cause
    assert deployed.output["outcome"] == "deployed"
    assert deployed.output["value"] > deployed.output["threshold"] == 0.9
    assert sandbox.leases() == []

    endpoint = sandbox.client("sagemaker").describe_endpoint(EndpointName=sandbox.outputs["EndpointName"])
    assert endpoint["EndpointStatus"] == "InService"
    assert endpoint["EndpointConfigName"] == deployed.output["endpoint_config"]


def test_the_training_job_has_the_metrics_that_its_log_shows(sandbox: Sandbox, deployed: Run) -> None:
    job = sandbox.client("sagemaker").describe_training_job(TrainingJobName=deployed.output["training_job"])
    metrics = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}

    assert job["TrainingJobStatus"] == "Completed"
    assert metrics["validation:accuracy"] == pytest.approx(deployed.output["value"])
    assert {"train:accuracy", "train:auc", "validation:auc", "validation:logloss"} <= set(metrics)


def test_the_registered_version_carries_its_lineage(sandbox: Sandbox, deployed: Run) -> None:
    package = sandbox.client("sagemaker").describe_model_package(ModelPackageName=deployed.output["model_package_arn"])

    assert package["ModelApprovalStatus"] == "Approved"
    assert package["CustomerMetadataProperties"]["training_job"] == deployed.output["training_job"]
    assert package["CustomerMetadataProperties"]["execution"] == deployed.arn


def test_plain_boto3_gets_a_probability(sandbox: Sandbox, deployed: Run) -> None:
    report = _report(sandbox, deployed)

    response = sandbox.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=sandbox.outputs["EndpointName"],
        TargetModel="flight-delay.tar.gz",
        ContentType="text/csv",
        Body=report["golden_request"],
    )

    assert 0.0 <= float(response["Body"].read()) <= 1.0


def test_an_unknown_target_model_is_a_validation_error(sandbox: Sandbox, deployed: Run) -> None:
    with pytest.raises(ClientError) as caught:
        sandbox.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=sandbox.outputs["EndpointName"],
            TargetModel="nobody.tar.gz",
            ContentType="text/csv",
            Body="1,2",
        )

    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert "Failed to download model data" in caught.value.response["Error"]["Message"]


def test_the_schedule_itself_starts_a_run_which_finds_nothing_new(sandbox: Sandbox, deployed: Run) -> None:
    client, machine = sandbox.client("stepfunctions"), sandbox.outputs["RetrainingStateMachineArn"]
    before = {item["executionArn"] for item in client.list_executions(stateMachineArn=machine)["executions"]}

    sandbox.cloud.control(
        "clock",
        {
            "advance_to_next_firing_of": {
                "account_id": ACCOUNT,
                "region": REGION,
                "group": sandbox.outputs["ScheduleGroupName"],
                "name": "flight-delay",
            }
        },
    )
    run = sandbox.wait(_new_execution(sandbox, before))

    assert run.status == "SUCCEEDED"
    assert run.output["outcome"] == "nothing new"
    assert "Model Training" not in run.states
    assert sandbox.leases() == []


def test_a_second_run_of_a_model_does_not_start_while_one_runs(sandbox: Sandbox, deployed: Run) -> None:
    sandbox.client("dynamodb").put_item(
        TableName=sandbox.outputs["StateTableName"],
        Item={
            "pk": {"S": "lease#flight-delay"},
            "owner": {"S": "somebody else"},
            # Far ahead of the virtual clock.
            "expires_at": {"N": str(int(time.time()) + 7 * 24 * 3600)},
        },
    )
    try:
        run = sandbox.run("flight-delay")
    finally:
        sandbox.client("dynamodb").delete_item(
            TableName=sandbox.outputs["StateTableName"], Key={"pk": {"S": "lease#flight-delay"}}
        )

    assert run.status == "SUCCEEDED"
    assert run.output["outcome"] == "already running"
    assert "Extract, Transform, Load" not in run.states


def test_a_model_below_the_gate_is_not_registered(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.upload("rain-tomorrow", datasets.write_weather(tmp_path))

    run = sandbox.run("rain-tomorrow")

    assert (run.status, run.error) == ("FAILED", "ModelAccuracyTooLow")
    assert run.states[-1] == "Model Accuracy Too Low"
    assert "it must be greater than 0.9" in run.cause
    assert "Save Model" not in run.states
    assert sandbox.leases() == []


def test_an_unknown_model_fails_with_the_names_that_exist(sandbox: Sandbox) -> None:
    run = sandbox.run("nobody")

    assert (run.status, run.error) == ("FAILED", "UnknownModel")
    assert "flight-delay, rain-tomorrow" in run.cause


def test_a_malformed_file_fails_the_run_and_names_the_column(sandbox: Sandbox, deployed: Run, tmp_path: Path) -> None:
    weather = datasets.write_weather(tmp_path)
    weather.write_text(weather.read_text(encoding="utf-8").replace("precipitation", "rainfall", 1), encoding="utf-8")
    sandbox.upload("rain-tomorrow", weather)

    run = sandbox.run("rain-tomorrow")

    assert run.status == "FAILED"
    assert "precipitation" in run.cause
    assert "Model Training" not in run.states
    assert sandbox.leases() == []


def test_a_role_without_a_grant_is_denied_by_name(sandbox: Sandbox, deployed: Run, tmp_path: Path) -> None:
    sandbox.upload("rain-tomorrow", datasets.write_weather(tmp_path))
    iam = sandbox.client("iam")
    role, policy, document = _policy_of_role(sandbox, "RolesEtl")
    kept = [item for item in document["Statement"] if "/raw/*" not in json.dumps(item)]
    assert len(kept) < len(document["Statement"])
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps({**document, "Statement": kept}))
    try:
        run = sandbox.run("rain-tomorrow")
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))

    assert run.status == "FAILED"
    assert role in run.cause
    assert "is not authorized to perform: s3:" in run.cause
    assert sandbox.leases() == []


def test_a_training_job_that_crashes_fails_the_run(sandbox: Sandbox, deployed: Run, tmp_path: Path) -> None:
    sandbox.upload("rain-tomorrow", datasets.write_weather(tmp_path))
    client, machine = sandbox.client("stepfunctions"), sandbox.outputs["RetrainingStateMachineArn"]
    definition = client.describe_state_machine(stateMachineArn=machine)["definition"]
    client.update_state_machine(
        stateMachineArn=machine, definition=definition.replace("binary:logistic", "binary:nonsense")
    )
    try:
        run = sandbox.run("rain-tomorrow")
    finally:
        client.update_state_machine(stateMachineArn=machine, definition=definition)

    assert (run.status, run.error) == ("FAILED", "States.TaskFailed")
    assert "AlgorithmError" in run.cause
    assert "Save Model" not in run.states
    assert sandbox.leases() == []


def test_cdk_finds_no_difference_to_what_it_deployed(sandbox: Sandbox) -> None:
    sandbox.cdk.run("diff", "PerennialSandbox", "--fail", "--app", str(sandbox.assembly))


def test_an_operation_that_is_not_emulated_says_so(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError) as caught:
        sandbox.client("sagemaker").list_labeling_jobs()

    assert caught.value.response["Error"]["Code"] == "NotEmulated"
    assert "ListLabelingJobs" in caught.value.response["Error"]["Message"]


def test_destroy_keeps_data_and_versions(sandbox: Sandbox, deployed: Run) -> None:
    # The last test of this session's stack.
    sandbox.cdk.run("destroy", "PerennialSandbox", "--force", "--app", str(sandbox.assembly))

    with pytest.raises(ClientError, match="does not exist"):
        sandbox.client("cloudformation").describe_stacks(StackName="PerennialSandbox")
    assert sandbox.client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert sandbox.client("glue").list_jobs()["JobNames"] == []
    assert sandbox.client("s3").list_objects_v2(Bucket=sandbox.outputs["ArtifactBucketName"])["KeyCount"] > 0
    versions = sandbox.client("sagemaker").list_model_packages(ModelPackageGroupName="perennial-flight-delay")
    assert len(versions["ModelPackageSummaryList"]) == 1


def _report(sandbox: Sandbox, run: Run) -> dict[str, Any]:
    bucket, _, key = run.output["report"].removeprefix("s3://").partition("/")
    body = sandbox.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return dict(json.loads(body))


def _new_execution(sandbox: Sandbox, before: set[str]) -> str:
    client, machine = sandbox.client("stepfunctions"), sandbox.outputs["RetrainingStateMachineArn"]
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = {item["executionArn"] for item in client.list_executions(stateMachineArn=machine)["executions"]}
        if found - before:
            return str(next(iter(found - before)))
        time.sleep(0.2)
    pytest.fail("the schedule started no execution")


def _policy_of_role(sandbox: Sandbox, construct: str) -> tuple[str, str, dict[str, Any]]:
    iam = sandbox.client("iam")
    (role,) = [item["RoleName"] for item in iam.list_roles()["Roles"] if construct in item["RoleName"]]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return str(role), str(policy), iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
