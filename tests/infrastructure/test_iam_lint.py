"""Every policy document of every template: it means something to AWS, and nothing that an attacker would like."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cloudsplaining.scan.policy_document import PolicyDocument

from tests.infrastructure import foreign_accounts, iam_lint, nag, variants
from tests.infrastructure.policy_documents import Document, Statement, documents
from tests.infrastructure.test_foreign_accounts import agreed_on

pytestmark = pytest.mark.security("iam lint")
_ALL = pytest.mark.parametrize("name", variants.configurations())

# What AWS's own lists do not know, by a part of the problem.
EXPLAINED = {
    "kms:EncryptionContext:aws:logs:arn": "the condition and the actions are those that CloudWatch Logs documents: "
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    "codestar-connections:UseConnection takes none": "CDK grants the older prefix, and the stack the ARN's own beside it",
}

# Risks by policy and finding.
_PASSES_ONE_ROLE = (
    "running jobs is what the workflow is for; it may pass one role, to SageMaker only, and what that role may do the "
    "workflow's own rows and artifacts are made with"
)
ACCEPTED = {
    ("RetrainingRole", "PassExistingRoleToNewSageMakerTrainingJob"): _PASSES_ONE_ROLE,
    ("RetrainingRole", "PassExistingRoleToNewSageMakerProcessingJob"): _PASSES_ONE_ROLE,
    ("SageMakerRole", "credentials_exposure"): "ecr:GetAuthorizationToken knows no resources; the token opens what the "
    "role may pull, which is one image of AWS's own",
    ("PipelinePipelinesSecurityCheckCDKSecurityCheckRole", "credentials_exposure"): "sts:AssumeRole on *, if the role "
    "is tagged by bootstrap as a deploy role: the check compares what is deployed in every account",
    (
        "PipelinePipelinesSecurityCheckCDKSecurityCheckRole",
        "write_actions_without_constraints",
    ): "the same sts:AssumeRole, under the same condition",
    (
        "PipelinePipelinesSecurityCheckCDKPipelinesAutoApproveServiceRole",
        "write_actions_without_constraints",
    ): "codepipeline:PutApprovalResult needs a token that only the pipeline's execution has; CDK's function has the tag",
    ("PipelineAssetsFileRole", "write_actions_without_constraints"): "CDK Pipelines lets its role for publishing start "
    "builds of any project; whoever may change the build specification may do more anyhow",
}
_WITHOUT_CONSTRAINTS = (
    "allows_data_exfiltration_actions",
    "permissions_management_without_constraints",
    "credentials_exposure",
    "service_wildcard",
    "write_actions_without_constraints",
    "tagging_actions_without_constraints",
)


def _documents(report: nag.Report) -> list[Document]:
    return [
        document
        for template in variants.templates(report.folder)
        for document in documents(json.loads(template.read_text(encoding="utf-8")))
    ]


def _risks(document: Document) -> list[str]:
    """What cloudsplaining finds: escalation whatever the resource, all else where no resource limits it."""
    policy = {"Version": "2012-10-17", "Statement": list(document.statements)}
    limited = PolicyDocument(policy, flag_conditional_statements=True, flag_resource_arn_statements=True)
    unlimited = PolicyDocument(policy, flag_conditional_statements=True)
    found = [item["type"] for item in limited.allows_privilege_escalation]
    return found + [risk for risk in _WITHOUT_CONSTRAINTS if getattr(unlimited, risk)]


@_ALL
def test_policies_mean_what_they_say(name: str, nagged: dict[str, nag.Report]) -> None:
    problems = [problem for document in _documents(nagged[name]) for problem in iam_lint.problems(document)]
    assert not [problem for problem in problems if not any(known in problem for known in EXPLAINED)]


@_ALL
def test_no_account_is_let_in_but_the_agreed_ones(name: str, nagged: dict[str, nag.Report]) -> None:
    config = variants.configurations()[name]
    for stack, account, template in foreign_accounts.deployed(nagged[name].folder):
        assert foreign_accounts.strangers(template, account=account, agreed=agreed_on(stack, config)) == [], stack


@_ALL
def test_no_grant_is_a_risk_that_nobody_accepted(name: str, nagged: dict[str, nag.Report]) -> None:
    found = {
        (document.resource.partition("DefaultPolicy")[0], risk)
        for document in _documents(nagged[name])
        if document.grants
        for risk in _risks(document)
    }
    assert not found - ACCEPTED.keys()


def test_no_exception_is_stale(nagged: dict[str, nag.Report], record_property: Callable[[str, object], None]) -> None:
    everything = [document for report in nagged.values() for document in _documents(report)]
    problems = [problem for document in everything for problem in iam_lint.problems(document)]
    risks = {
        (document.resource.partition("DefaultPolicy")[0], risk)
        for document in everything
        if document.grants
        for risk in _risks(document)
    }
    exceptions = len(EXPLAINED) + len(ACCEPTED)
    record_property("figure", f"{len(everything)} policy documents, {exceptions} exceptions")

    assert len(everything) > 100
    assert all(any(known in problem for problem in problems) for known in EXPLAINED)
    assert not ACCEPTED.keys() - risks


def test_nobody_is_let_in_without_a_condition(nagged: dict[str, nag.Report]) -> None:
    for document in _documents(nagged["everything"]):
        for statement in document.statements:
            principal = statement.get("Principal", {})
            anybody = principal == "*" or (isinstance(principal, dict) and "*" in principal.values())
            if statement["Effect"] == "Allow" and anybody:
                assert statement.get("Condition"), document.resource


def _document(*statements: Statement) -> Document:
    return Document(resource="Policy", grants=True, statements=statements)


def _allow(action: Any, resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (_allow("sagemaker:CreateTraining"), "is no action"),
        (_allow("s3:GetObject", "arn:aws:s3:::bucket"), "takes none"),
        (_allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::b/*", "arn:aws:sqs:us-east-1:111111111111:q"]), "is taken by none"),
        (_allow("cloudwatch:PutMetricData", "arn:aws:cloudwatch:us-east-1:111111111111:alarm:a"), "takes none"),
        (_allow("sns:Publish", Condition={"StringEquals": {"s3:prefix": "x"}}), "knows no condition key"),
        (_allow("kms:CreateGrant", Condition={"ArnEquals": {"kms:GrantIsForAWSResource": "true"}}), "does not compare"),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "NotAction"),
    ],
)  # fmt: skip
def test_the_linter_finds(statement: Statement, problem: str) -> None:
    assert any(problem in found for found in iam_lint.problems(_document(statement)))


@pytest.mark.parametrize(
    ("statement", "risk"),
    [
        (_allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]), "PassExistingRoleToNewLambdaThenInvoke"),
        (_allow("iam:PutRolePolicy", "arn:aws:iam::111111111111:role/r"), "PutRolePolicy"),
        (_allow("s3:GetObject"), "allows_data_exfiltration_actions"),
        (_allow("s3:PutBucketPolicy"), "permissions_management_without_constraints"),
        (_allow("s3:*", "arn:aws:s3:::b/*"), "service_wildcard"),
    ],
)  # fmt: skip
def test_a_risk_is_found(statement: Statement, risk: str) -> None:
    assert risk in _risks(_document(statement))
