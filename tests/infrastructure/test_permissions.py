"""Least privilege, in every account."""

from typing import Any

import pytest

from contract import keys
from tests.infrastructure.templates import (
    Template,
    actions,
    definition,
    granted,
    of_type,
    policy_of,
    resources,
    statements,
)

pytestmark = pytest.mark.security("permissions")

_SERVING = [
    # Functions, endpoint, scheduler, events, deployment workflow.
    "events.amazonaws.com",
    "lambda.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
]
_TRAINING = ["glue.amazonaws.com", "lambda.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com"]

# https://docs.aws.amazon.com/service-authorization/latest/reference/: these actions have no resource type.
_WITHOUT_RESOURCE_TYPE = {
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "sagemaker:ListEndpointConfigs",
    "sagemaker:ListModels",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def _service_roles(template: Template) -> list[dict[str, Any]]:
    """All roles but the pipeline's smoke role, which no service takes; its test is in test_promotion_pipeline.py."""
    return [
        item
        for name, item in template["Resources"].items()
        if item["Type"] == "AWS::IAM::Role" and not name.startswith("SmokeRole")
    ]


def _services(template: Template) -> list[str]:
    return sorted(
        role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
        for role in _service_roles(template)
    )


def test_each_service_and_use_has_a_role_that_only_it_may_take(sandbox: Template) -> None:
    assert _services(sandbox) == sorted([*_SERVING, *_TRAINING])


def test_qa_and_prod_have_the_roles_of_serving_only(serving: Template) -> None:
    assert _services(serving) == _SERVING


def test_roles_act_only_for_their_own_account(each: Template) -> None:
    for role in _service_roles(each):
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_no_role_has_a_managed_policy(each: Template) -> None:
    assert all("ManagedPolicyArns" not in role["Properties"] for role in of_type(each, "AWS::IAM::Role"))


def test_a_star_resource_stands_only_where_the_service_knows_no_other(each: Template) -> None:
    for _, statement in statements(each):
        if "*" in resources(statement):
            assert set(actions(statement)) <= _WITHOUT_RESOURCE_TYPE, statement


def test_no_action_is_a_wildcard_except_what_cdk_grants_on_assets(each: Template) -> None:
    # Reading an asset is CDK's own grant; each of its patterns stays within one kind of reading.
    known = {"s3:GetBucket*", "s3:GetObject*", "s3:List*"}
    for _, statement in statements(each):
        wild = {action for action in actions(statement) if "*" in action}
        assert wild <= known
        if wild & {"s3:GetBucket*", "s3:GetObject*", "s3:List*"}:
            assert all("cdk-hnb659fds-assets" in resource for resource in resources(statement))


def test_metrics_are_written_to_known_namespaces_only(each: Template) -> None:
    for _, statement in statements(each):
        if "cloudwatch:PutMetricData" in actions(statement):
            assert set(statement["Condition"]["StringEquals"]["cloudwatch:namespace"]) <= {
                "Perennial",
                "/aws/sagemaker/TrainingJobs",
                "/aws/sagemaker/ProcessingJobs",
                "/aws/sagemaker/TransformJobs",
                "/aws/sagemaker/Endpoints",
            }


def test_jobs_log_into_their_own_groups_only(each: Template, sandbox: Template) -> None:
    endpoint = next(
        name for name in ("sandbox", "qa", "prod") if f"perennial-{name}" in each["Outputs"]["EndpointName"]["Value"]
    )
    logs = "arn:aws:logs:us-east-1:{account}:log-group:{name}"
    account = {"sandbox": "111111111111", "qa": "222222222222", "prod": "333333333333"}[endpoint]
    of_endpoint = {f"/aws/sagemaker/Endpoints/perennial-{endpoint}{ending}" for ending in (":*", "-*")}
    kinds = ("TrainingJobs", "ProcessingJobs", "TransformJobs") if each is sandbox else ()
    of_jobs = {f"/aws/sagemaker/{kind}*" for kind in kinds}
    assert granted(each, "SageMakerRole")["logs:PutLogEvents"] == {
        logs.format(account=account, name=name) for name in of_endpoint | of_jobs
    }
    if each is sandbox:
        assert granted(each, "EtlRole")["logs:PutLogEvents"] == {
            logs.format(account=account, name="/aws-glue/perennial/*")
        }


def test_roles_are_passed_to_sagemaker_only_and_only_its_own(each: Template) -> None:
    passing = [item for _, item in statements(each) if "iam:PassRole" in actions(item)]
    assert passing
    for statement in passing:
        assert actions(statement) == ["iam:PassRole"]
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        assert [resource.startswith("${SageMakerRole") for resource in resources(statement)] == [True]


def test_nobody_changes_or_deletes_what_is_in_the_history(each: Template) -> None:
    (history,) = [
        name for name, item in each["Resources"].items() if item["Type"] == "AWS::DynamoDB::Table" and "History" in name
    ]
    granted_on_history = {
        action
        for _, statement in statements(each)
        if f"${{{history}.Arn}}" in resources(statement)
        for action in actions(statement)
    }
    assert granted_on_history <= {"dynamodb:PutItem", "dynamodb:Query"}


def test_only_the_deployment_changes_the_endpoint(each: Template) -> None:
    changing = {
        policy.removesuffix(policy[policy.index("DefaultPolicy") :])[:14]
        for policy, statement in statements(each)
        if any(action.endswith("Endpoint") and "Update" in action for action in actions(statement))
    }
    assert changing == {"DeploymentRole"}


def test_nobody_approves_versions(each: Template) -> None:
    # A decision is made by people with roles of their own.
    assert not [item for _, item in statements(each) if "sagemaker:UpdateModelPackage" in actions(item)]


def test_the_workflow_may_run_every_kind_of_job_to_its_end(sandbox: Template) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html and connect-glue.html
    found = granted(sandbox, "RetrainingRole")
    for kind in ("TrainingJob", "HyperParameterTuningJob", "ProcessingJob"):
        assert {f"sagemaker:{verb}{kind}" for verb in ("Create", "Describe", "Stop")} <= set(found)
    assert {"glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"} <= set(found)
    assert {"events:PutTargets", "events:PutRule", "events:DescribeRule", "sagemaker:AddTags"} <= set(found)


def test_evaluations_may_pull_the_built_in_image_and_no_other(sandbox: Template) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
    pull = granted(sandbox, "SageMakerRole", "ecr:")
    # The registry of us-east-1: https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/ecr-us-east-1.html
    image = {"arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-xgboost"}
    assert pull == {
        "ecr:BatchCheckLayerAvailability": image,
        "ecr:BatchGetImage": image,
        "ecr:GetDownloadUrlForLayer": image,
        "ecr:GetAuthorizationToken": {"*"},
    }


def test_accounts_that_only_serve_pull_nothing_by_themselves(serving: Template) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createmodel-perms
    assert granted(serving, "SageMakerRole", "ecr:") == {}


def test_whoever_looks_at_alarms_may_look_at_all_of_the_account(stacks: dict[str, Template]) -> None:
    # CloudWatch asks for alarm:*, whichever alarms a request names.
    everywhere = {"arn:aws:cloudwatch:us-east-1:333333333333:alarm:*"}
    prod = stacks["PerennialProd"]
    assert granted(prod, "SageMakerRole")["cloudwatch:DescribeAlarms"] == everywhere
    changing = granted(prod, "DeploymentRole", "cloudwatch:")
    assert changing.pop("cloudwatch:DescribeAlarms", everywhere) == everywhere
    assert all(
        resource != "*" and not resource.endswith("alarm:*") for found in changing.values() for resource in found
    )


def test_the_events_rules_are_those_that_step_functions_manages(sandbox: Template) -> None:
    prefix = "arn:aws:events:us-east-1:111111111111:rule/StepFunctionsGetEventsForSageMaker"
    assert granted(sandbox, "RetrainingRole")["events:PutRule"] == {
        f"{prefix}TrainingJobsRule",
        f"{prefix}TuningJobsRule",
        f"{prefix}ProcessingJobsRule",
    }


@pytest.mark.parametrize(
    ("role", "reads", "writes", "deletes"),
    [
        ("EtlRole", {"raw", "runs"}, {"runs"}, {"runs"}),
        (
            "SageMakerRole",
            {"runs", "models", "evaluations", "deployments", "transforms"},
            {"models", "evaluations", "transforms"},
            set(),
        ),
        ("RetrainingRole", {"runs"}, set(), set()),
        ("RetrainingFunctionsRole", {"runs", "models", "evaluations"}, {"evaluations"}, set()),
        ("DeploymentFunctionsRole", {"models", "evaluations", "deployments"}, {"deployments"}, {"deployments"}),
        ("DispatcherRole", set(), set(), set()),
        ("SchedulerRole", set(), set(), set()),
        ("EventsRole", set(), set(), set()),
        ("DeploymentRole", set(), set(), set()),
    ],
)
def test_roles_read_and_write_their_own_prefixes_only(
    role: str, reads: set[str], writes: set[str], deletes: set[str], sandbox: Template
) -> None:
    def prefixes(action: str) -> set[str]:
        return {
            resource.rpartition("}/")[2].removesuffix("/*")
            for resource in granted(sandbox, role).get(action, set())
            if "cdk-hnb659fds-assets" not in resource
        }

    assert prefixes("s3:GetObject") == reads
    assert prefixes("s3:PutObject") == writes
    assert prefixes("s3:DeleteObject") == deletes


def test_the_functions_of_a_run_list_what_they_look_at_only(sandbox: Template) -> None:
    conditions = [
        item["Condition"]
        for item in policy_of(sandbox, "RetrainingFunctionsRole")
        if actions(item) == ["s3:ListBucket"]
    ]
    assert conditions == [{"StringLike": {"s3:prefix": f"{prefix}/*"}} for prefix in ("raw", "runs", "models")]


def test_the_functions_of_a_run_touch_no_lease(sandbox: Template) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    found = [
        (action, key)
        for item in policy_of(sandbox, "RetrainingFunctionsRole")
        for action in actions(item)
        if action.startswith("dynamodb:") and not any("History" in resource for resource in resources(item))
        for operator, given in item["Condition"].items()
        if operator.startswith("ForAllValues:")
        for key in given["dynamodb:LeadingKeys"]
    ]
    allowed = [
        ("dynamodb:GetItem", keys.INPUTS.pattern),
        ("dynamodb:GetItem", keys.MODEL.pattern),
        ("dynamodb:GetItem", keys.NAMED.of("perennial-sandbox")),
        ("dynamodb:GetItem", keys.NAMED.of("perennial-sandbox-*")),
        ("dynamodb:PutItem", keys.INPUTS.pattern),
    ]
    assert sorted(found) == sorted(allowed)


@pytest.mark.parametrize(
    "role",
    [
        "SchedulerRole",
        "RetrainingRole",
        "RetrainingFunctionsRole",
        "DeploymentRole",
        "DeploymentFunctionsRole",
        "DispatcherRole",
        "EtlRole",
        "SageMakerRole",
    ],
)
def test_whoever_writes_encrypted_data_may_use_the_key(role: str, sandbox: Template) -> None:
    # To write to an encrypted bucket, table, topic or queue takes GenerateDataKey and Decrypt:
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    assert {"kms:GenerateDataKey", "kms:Decrypt"} <= set(granted(sandbox, role))


def test_every_function_that_a_workflow_calls_may_be_called_by_it(each: Template, sandbox: Template) -> None:
    workflows = ["Deployment", "Retraining"] if each is sandbox else ["Deployment"]
    for workflow in workflows:
        states = definition(each, workflow)["States"].values()
        called = {
            state["Arguments"]["FunctionName"]
            for state in states
            if state.get("Resource", "").endswith("lambda:invoke")
        }
        assert called
        assert granted(each, f"{workflow}Role")["lambda:InvokeFunction"] == called
