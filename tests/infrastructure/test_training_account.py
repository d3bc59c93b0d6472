"""What the training account must have, whatever its template looks like in detail."""

import pytest

from tests.infrastructure.templates import Template, definition, of_type


def test_one_job_on_glue_5_1_runs_every_script(sandbox: Template) -> None:
    (job,) = of_type(sandbox, "AWS::Glue::Job")
    assert job["Properties"]["GlueVersion"] == "5.1"
    assert job["Properties"]["Name"] == "perennial-etl"
    assert job["Properties"]["MaxRetries"] == 0
    # A fleet that is due at once runs side by side.
    assert job["Properties"]["ExecutionProperty"]["MaxConcurrentRuns"] >= 50


def test_jobs_write_no_metrics_that_nobody_reads_and_log_into_the_apps_own_groups(sandbox: Template) -> None:
    # Each metric of each run is billed as a custom one: https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
    (job,) = of_type(sandbox, "AWS::Glue::Job")
    arguments = job["Properties"]["DefaultArguments"]
    assert not [name for name in arguments if name.startswith("--enable-") and "metrics" in name]
    assert arguments["--custom-logGroup-prefix"] == "/aws-glue/perennial"
    # Glue 5 has real-time logs without it.
    assert arguments.get("--enable-continuous-cloudwatch-log", "false") == "false"


@pytest.mark.parametrize(
    "state",
    [
        "Take Lease",
        "Look at Inputs",
        "Extract, Transform, Load",
        "Data changed?",
        "Model Training",
        "Hyperparameter Tuning",
        "Query Training Results",
        "Evaluate",
        "Accuracy Gate",
        "Save Model",
        "Start Deployment",
        "Model Accuracy Too Low",
    ],
)
def test_the_run_has_its_named_steps(state: str, sandbox: Template) -> None:
    assert state in definition(sandbox, "Retraining")["States"]


@pytest.mark.parametrize("step", ["Plan Deployment", "Stage Deployment", "Update Endpoint", "Prove Deployment"])
def test_a_deployment_has_its_named_steps(step: str, each: Template) -> None:
    assert step in definition(each, "Deployment")["States"]


def test_machines_are_standard_traced_and_log_every_event_without_its_data(each: Template) -> None:
    for machine in of_type(each, "AWS::StepFunctions::StateMachine"):
        assert machine["Properties"].get("StateMachineType", "STANDARD") == "STANDARD"
        assert machine["Properties"]["TracingConfiguration"] == {"Enabled": True}
        assert machine["Properties"]["LoggingConfiguration"]["Level"] == "ALL"
        assert not machine["Properties"]["LoggingConfiguration"].get("IncludeExecutionData", False)


def test_a_function_gives_up_before_the_state_that_calls_it(each: Template) -> None:
    timeouts = {
        name: item["Properties"]["Timeout"]
        for name, item in each["Resources"].items()
        if item["Type"] == "AWS::Lambda::Function"
    }
    for workflow in ("Deployment", "Retraining"):
        if not any(name.startswith(workflow + "Role") for name in each["Resources"]):
            continue
        for name, state in definition(each, workflow)["States"].items():
            if state.get("Resource", "").endswith("lambda:invoke"):
                function = state["Arguments"]["FunctionName"].removeprefix("${").removesuffix(".Arn}")
                assert timeouts[function] <= state["TimeoutSeconds"], name


def test_every_function_is_python_on_arm_with_a_log_that_ends(each: Template) -> None:
    for function in of_type(each, "AWS::Lambda::Function"):
        properties = function["Properties"]
        assert (properties["Runtime"], properties["Architectures"]) == ("python3.14", ["arm64"])
        assert properties["LoggingConfig"]["LogFormat"] == "JSON"
        log = each["Resources"][properties["LoggingConfig"]["LogGroup"]["Ref"]]
        assert log["Properties"]["RetentionInDays"] == 180


def test_outputs_are_what_operators_and_tests_need(each: Template, sandbox: Template) -> None:
    expected = {
        "ArtifactBucketName",
        "EndpointName",
        "DeploymentStateMachineArn",
        "ScheduleGroupName",
        "StateTableName",
        "HistoryTableName",
        "NotificationTopicArn",
        "DeadLetterQueueUrl",
    }
    assert set(each["Outputs"]) == expected | (
        {"RetrainingStateMachineArn", "SageMakerRoleArn"} if each is sandbox else set()
    )


def test_everything_that_can_be_tagged_carries_the_app(each: Template) -> None:
    for kind in ("AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine", "AWS::IAM::Role"):
        for resource in of_type(each, kind):
            assert {"Key": "perennial:app", "Value": "perennial"} in resource["Properties"]["Tags"], kind
