"""Says why CDK Pipelines' own roles may do what they may; a pattern that is not listed here stays a finding."""

import re
from collections.abc import Iterable
from typing import Any

from aws_cdk import Stack, pipelines
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from mlops_constructs.security.acknowledge import acknowledge, as_rules_write

# What a policy's path ends with, what it grants, and why.
_GRANTS = (
    ("", r"kms:(GenerateDataKey|ReEncrypt)\*", "CDK's grant on the pipeline's own key"),
    ("", r"s3:(Abort|DeleteObject|GetBucket|GetObject|List)\*", "CDK's grant on the pipeline's own artifact bucket"),
    ("", r"<Artifacts\w+\.Arn>/\*", "CodePipeline names the artifacts of an execution"),
    (
        "",
        r"arn:aws:codebuild:[^:]+:\d+:report-group/(<\w+>-)?\*",
        "CodeBuild names report groups when a build makes one",
    ),
    ("", r"arn:aws:logs:[^:]+:\d+:log-group:/aws/codebuild/(<\w+>:)?\*", "CodeBuild names the log streams of a build"),
    (
        "SelfMutation/Role",
        r"arn:\*:iam::\d+:role/\*",
        "the CLI takes on the bootstrap roles; a condition lets in only what bootstrap tagged as such",
    ),
    ("SelfMutation/Role", r"\*", "DescribeStacks and ListBucket: CDK Pipelines looks how the account is bootstrapped"),
    ("Assets/FileRole", r"\*", "the CLI looks how each account is bootstrapped before it publishes"),
    (
        "CDKSecurityCheck/Role",
        r"\*",
        "the check takes on deploy roles of all accounts; a condition lets in only what bootstrap tagged as such",
    ),
    (
        "CDKSecurityCheck/Role",
        r"<\w*AutoApprove\w+\.Arn>:\*",
        "CDK's grant on the function that approves for the check",
    ),
    (
        "CDKPipelinesAutoApprove/ServiceRole",
        r"\*",
        "CDK's function approves an action by its token; a tag limits which",
    ),
)


def acknowledge_pipeline(pipeline: pipelines.CodePipeline, *, roles: Iterable[IConstruct]) -> None:
    """Acknowledge what CDK Pipelines has no option for.

    Args:
        pipeline: built.
        roles: of its steps, which lie outside of it.
    """
    for construct in pipeline.node.find_all():
        if isinstance(construct, iam.Policy):
            acknowledge(
                construct,
                "NIST.800.53.R5-IAMNoInlinePolicy",
                reason="CDK Pipelines makes a role for each action, and its policy for this role alone",
            )
    for scope in (pipeline, *roles):
        for construct in scope.node.find_all():
            if isinstance(construct, iam.CfnPolicy):
                _acknowledge_grants(construct)
    _acknowledge_approval(pipeline)


def _acknowledge_grants(policy: iam.CfnPolicy) -> None:
    path = policy.node.path.removesuffix("/DefaultPolicy/Resource")
    document: dict[str, Any] = Stack.of(policy).resolve(policy.policy_document)
    for statement in document["Statement"]:
        for kind in ("Action", "Resource"):
            for granted in _list(statement[kind]):
                found = as_rules_write(granted)
                reasons = (
                    reason for end, pattern, reason in _GRANTS if path.endswith(end) and re.fullmatch(pattern, found)
                )
                if reason := next(reasons, None):
                    acknowledge(policy, f"AwsSolutions-IAM5[{kind}::{found}]", reason=reason)


def _acknowledge_approval(pipeline: pipelines.CodePipeline) -> None:
    """The function of ConfirmPermissionsBroadening is CDK's own, with its code, role and log."""
    function = pipeline.node.find_child("PipelinesSecurityCheck").node.find_child("CDKPipelinesAutoApprove")
    basic = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    for rule, reason in {
        f"AwsSolutions-IAM4[Policy::{basic}]": "CDK makes the function's role, which writes nothing but its log",
        "NIST.800.53.R5-LambdaConcurrency": "CDK makes the function; the check calls it once in a promotion",
        "NIST.800.53.R5-LambdaDLQ": "CDK makes the function; the check calls it and fails when it fails",
        "NIST.800.53.R5-LambdaInsideVPC": "CDK makes the function, which calls CodePipeline only",
        "NIST.800.53.R5-CloudWatchLogGroupEncrypted": "CDK makes the function's log; no data come into it",
    }.items():
        acknowledge(function, rule, reason=reason)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
