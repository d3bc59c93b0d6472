"""What the training account must have, whatever its template looks like in detail."""

from typing import Any

import pytest

from tests.infrastructure import templates

Template = dict[str, Any]


def test_each_service_has_one_role_that_only_it_may_take(sandbox: Template) -> None:
    services = [
        role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
        for role in templates.of_type(sandbox, "AWS::IAM::Role")
    ]

    assert sorted(services) == [
        "glue.amazonaws.com",
        "lambda.amazonaws.com",
        "sagemaker.amazonaws.com",
        "scheduler.amazonaws.com",
        "states.amazonaws.com",
    ]


def test_roles_act_only_for_their_own_account(sandbox: Template) -> None:
    for role in templates.of_type(sandbox, "AWS::IAM::Role"):
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        condition = statement["Condition"]["StringEquals"]
        assert condition["aws:SourceAccount"] in ({"Ref": "AWS::AccountId"}, "111111111111")


def test_no_role_has_a_managed_policy(sandbox: Template) -> None:
    assert all("ManagedPolicyArns" not in role["Properties"] for role in templates.of_type(sandbox, "AWS::IAM::Role"))


def test_a_star_resource_stands_only_where_the_service_knows_no_other(sandbox: Template) -> None:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/: these actions have no resource type.
    without_resource_type = {
        "sagemaker:ListEndpoints",
        "cloudwatch:PutMetricData",
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    }

    for _, statement in templates.statements(sandbox):
        if statement["Resource"] == "*":
            assert set(templates.actions(statement)) <= without_resource_type, statement


def test_roles_are_passed_to_sagemaker_only(sandbox: Template) -> None:
    passing = [item for _, item in templates.statements(sandbox) if "iam:PassRole" in templates.actions(item)]

    assert passing
    for statement in passing:
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_the_workflow_may_run_training_jobs_to_their_end(sandbox: Template) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
    granted = {action for item in templates.policy_of(sandbox, "RolesWorkflow") for action in templates.actions(item)}

    assert {
        "sagemaker:CreateTrainingJob",
        "sagemaker:DescribeTrainingJob",
        "sagemaker:StopTrainingJob",
        "sagemaker:AddTags",
        "events:PutTargets",
        "events:PutRule",
        "events:DescribeRule",
        "glue:StartJobRun",
        "glue:GetJobRun",
        "glue:GetJobRuns",
        "glue:BatchStopJobRun",
    } <= granted


def test_the_events_rule_is_the_managed_one(sandbox: Template) -> None:
    (statement,) = [
        item for item in templates.policy_of(sandbox, "RolesWorkflow") if "events:PutRule" in templates.actions(item)
    ]

    assert "StepFunctionsGetEventsForSageMakerTrainingJobsRule" in str(statement["Resource"])


def test_the_etl_role_reads_raw_data_and_writes_runs_only(sandbox: Template) -> None:
    writing = [item for item in templates.policy_of(sandbox, "RolesEtl") if "s3:PutObject" in templates.actions(item)]

    assert [str(item["Resource"]).count("/runs/*") for item in writing] == [1]


def test_jobs_run_on_glue_5_1(sandbox: Template) -> None:
    jobs = templates.of_type(sandbox, "AWS::Glue::Job")

    assert {job["Properties"]["GlueVersion"] for job in jobs} == {"5.1"}
    assert {job["Properties"]["Name"] for job in jobs} == {"perennial-flight-delay", "perennial-rain-tomorrow"}


def test_each_schedule_names_its_model_and_gives_up_within_the_hour(sandbox: Template) -> None:
    schedules = {
        item["Properties"]["Name"]: item["Properties"]
        for item in templates.of_type(sandbox, "AWS::Scheduler::Schedule")
    }

    assert set(schedules) == {"flight-delay", "rain-tomorrow"}
    for name, schedule in schedules.items():
        target = schedule["Target"]
        assert target["Input"] == f'{{"model":"{name}"}}'
        assert 2 <= target["RetryPolicy"]["MaximumRetryAttempts"] <= 3
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] < 3600
        assert "DeadLetterConfig" in target
    assert schedules["flight-delay"]["ScheduleExpression"] == "rate(1 hour)"


def test_data_is_encrypted_with_our_key_and_kept(sandbox: Template) -> None:
    (bucket,) = templates.of_type(sandbox, "AWS::S3::Bucket")
    (table,) = templates.of_type(sandbox, "AWS::DynamoDB::Table")
    (key,) = templates.of_type(sandbox, "AWS::KMS::Key")
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert "KMSMasterKeyID" in rule["ServerSideEncryptionByDefault"]
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert key["Properties"]["EnableKeyRotation"] is True
    assert {item["DeletionPolicy"] for item in (bucket, table, key)} == {"Retain"}


def test_buckets_refuse_plain_http(sandbox: Template) -> None:
    (policy,) = templates.of_type(sandbox, "AWS::S3::BucketPolicy")
    denied = [item for item in policy["Properties"]["PolicyDocument"]["Statement"] if item["Effect"] == "Deny"]

    assert {"Bool": {"aws:SecureTransport": "false"}} in [item["Condition"] for item in denied]


def test_the_gate_is_a_choice_named_after_the_configuration(sandbox: Template) -> None:
    states = templates.definition(sandbox)["States"]

    assert states["Accuracy > 90%"]["Type"] == "Choice"
    assert states["Model Accuracy Too Low"]["Type"] == "Fail"


@pytest.mark.parametrize(
    "state",
    ["Extract, Transform, Load", "Data changed?", "Model Training", "Query Training Results", "Save Model"],
)
def test_the_run_has_its_named_steps(state: str, sandbox: Template) -> None:
    assert state in templates.definition(sandbox)["States"]


@pytest.mark.parametrize(
    "construct", ["RolesScheduler", "RolesWorkflow", "RolesEtl", "RolesFunctions", "SageMakerRole"]
)
def test_whoever_writes_encrypted_data_may_use_the_key(construct: str, sandbox: Template) -> None:
    granted = {action for item in templates.policy_of(sandbox, construct) for action in templates.actions(item)}

    assert {"kms:GenerateDataKey*", "kms:Decrypt"} <= granted
