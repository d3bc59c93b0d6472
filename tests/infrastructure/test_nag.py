"""cdk-nag's AwsSolutions and NIST 800-53 R5 on every stack: nothing open, nothing acknowledged without a finding."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from mlops_constructs.acknowledge import acknowledge
from tests.infrastructure import nag

pytestmark = pytest.mark.security("cdk-nag")


def test_nothing_is_found_that_nobody_acknowledged(
    nagged: nag.Report, record_property: Callable[[str, object], None]
) -> None:
    record_property("figure", f"{len(nagged.open)} findings, {len(nagged.acknowledged)} acknowledged")
    assert not nagged.open


def test_every_stack_was_looked_at(nagged: nag.Report) -> None:
    stacks = {path.name.removesuffix(".template.json") for path in nagged.folder.glob("*.template.json")}
    assert {finding.path.split("/")[0] for finding in nagged.acknowledged} == stacks
    assert stacks >= {"PerennialSandbox", "PerennialQa", "PerennialProd"}


def test_no_acknowledgement_is_stale(nagged: nag.Report) -> None:
    # A construct that several stacks have is acknowledged in all of them, though the finding may be in one only.
    used = {(finding.rule, _in_stack(finding.at)) for finding in nagged.acknowledged}
    made = {(rule, _in_stack(path)) for rule, path in nagged.acknowledgements}
    assert not made - used


def _in_stack(path: str) -> str:
    return path.partition("/")[2]


def test_every_reason_is_a_sentence_of_its_own(nagged: nag.Report) -> None:
    rules: dict[str, set[str]] = {}
    for finding in nagged.acknowledged:
        rules.setdefault(finding.reason, set()).add(finding.rule.partition("[")[0])
        assert len(finding.reason) > 30, finding
    # A reason that answers two different rules answers neither.
    assert not {reason: names for reason, names in rules.items() if len(names) > 1}


def test_acknowledgements_stand_at_constructs_never_at_stacks(nagged: nag.Report) -> None:
    assert all("/" in path for _, path in nagged.acknowledgements)


def _nag(build: Callable[[cdk.Stack], None], folder: Path) -> list[str]:
    def app(application: cdk.App) -> None:
        build(cdk.Stack(application, "Stack", env=cdk.Environment(account="111111111111", region="us-east-1")))

    return [finding.rule for finding in nag.check(app, folder).open]


def _role(stack: cdk.Stack) -> iam.Role:
    return iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))


def test_a_new_wildcard_is_found_beside_one_that_is_acknowledged(tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        role = _role(stack)
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::known/*"]))
        acknowledge(role, "AwsSolutions-IAM5[Resource::arn:aws:s3:::known/*]", reason="known")
        role.add_to_policy(iam.PolicyStatement(actions=["s3:*"], resources=["arn:aws:s3:::new/*"]))

    found = _nag(build, tmp_path)

    assert {rule for rule in found if "IAM5" in rule} == {
        "AwsSolutions-IAM5[Action::s3:*]",
        "AwsSolutions-IAM5[Resource::arn:aws:s3:::new/*]",
    }


def test_a_plain_bucket_is_found_by_both_packs(tmp_path: Path) -> None:
    found = _nag(lambda stack: s3.Bucket(stack, "Bucket") and None, tmp_path)

    assert {"AwsSolutions-S1", "AwsSolutions-S10", "NIST.800.53.R5-S3BucketLoggingEnabled"} <= set(found)
