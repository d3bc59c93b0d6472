"""Decisions of the registry reach any number of accounts."""

import json
from typing import Any


def test_more_accounts_than_a_rule_has_targets_are_all_told() -> None:
    # A rule has at most five targets: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    import aws_cdk as cdk
    from aws_cdk import assertions
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sqs as sqs

    from mlops_constructs.compute.approval_events import ApprovalEvents

    registry, readers = "111111111111", [str(number) * 4 for number in range(401, 412)]
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account=registry, region="us-east-1"))
    approvals = ApprovalEvents(
        stack,
        "Approvals",
        app="perennial",
        registry_account_id=registry,
        role=iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("events.amazonaws.com")),
        dead_letter_queue=sqs.Queue(stack, "Queue"),
    )

    approvals.forward(readers)

    rules: list[dict[str, Any]] = [
        rule["Properties"]
        for rule in assertions.Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
    ]
    assert sorted(len(rule["Targets"]) for rule in rules) == [1, 5, 5]
    told = sorted(account for account in readers for rule in rules if account in str(rule["Targets"]))
    assert told == readers


def test_a_deployment_is_told_which_version_it_is_about() -> None:
    import aws_cdk as cdk
    from aws_cdk import assertions
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sqs as sqs
    from aws_cdk import aws_stepfunctions as sfn

    from mlops_constructs.compute.approval_events import ApprovalEvents

    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="111111111111", region="us-east-1"))
    approvals = ApprovalEvents(
        stack,
        "Approvals",
        app="perennial",
        registry_account_id="111111111111",
        role=iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("events.amazonaws.com")),
        dead_letter_queue=sqs.Queue(stack, "Queue"),
    )

    arn = "arn:aws:states:us-east-1:111111111111:stateMachine:deployment"
    approvals.start(sfn.StateMachine.from_state_machine_arn(stack, "Machine", arn))

    (rule,) = assertions.Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
    (target,) = rule["Properties"]["Targets"]
    (name, path), *others = target["InputTransformer"]["InputPathsMap"].items()
    # https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    assert (path, others) == ("$.detail.ModelPackageArn", [])
    told = json.loads(target["InputTransformer"]["InputTemplate"].replace(f"<{name}>", '"arn"'))
    # What Identify Deployment reads: tests/unit/mlops_constructs/test_deployment_definition.py.
    assert told == {"reason": "approval", "model_package": "arn"}
