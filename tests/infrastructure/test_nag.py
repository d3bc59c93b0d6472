"""cdk-nag's AwsSolutions and NIST 800-53 R5 on every stack: nothing open, nothing acknowledged without a finding."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from mlops_constructs.security.acknowledge import acknowledge
from tests.infrastructure import exceptions_page, nag, test_cfn_lint, test_checkov, test_iam_lint, variants
from tests.infrastructure.exceptions_page import in_stack

pytestmark = pytest.mark.security("cdk-nag")


_ALL = pytest.mark.parametrize("name", variants.configurations())


@_ALL
def test_nothing_is_found_that_nobody_acknowledged(name: str, nagged: dict[str, nag.Report]) -> None:
    assert not nagged[name].open


@_ALL
def test_every_stack_was_looked_at(name: str, nagged: dict[str, nag.Report]) -> None:
    report = nagged[name]
    stacks = {template.name.removesuffix(".template.json") for template in variants.templates(report.folder)}
    pipeline = {"PerennialPipeline"} if variants.configurations()[name].accounts.pipeline else set()
    assert stacks == {"PerennialSandbox", "PerennialQa", "PerennialProd"} | pipeline
    assert {finding.path.split("/")[0] for finding in report.acknowledged} == stacks


def test_no_acknowledgement_is_stale(
    nagged: dict[str, nag.Report], record_property: Callable[[str, object], None]
) -> None:
    # A construct that several stacks have is acknowledged in all of them, though the finding may be in one only.
    used = {(finding.rule, in_stack(finding.at)) for report in nagged.values() for finding in report.acknowledged}
    made = {(rule, in_stack(path)) for report in nagged.values() for rule, path in report.acknowledgements}
    stacks = sum(len(variants.templates(report.folder)) for report in nagged.values())
    found = sum(len(report.open) for report in nagged.values())
    record_property(
        "figure", f"{stacks} stacks in {len(nagged)} configurations: {found} findings, {len(used)} acknowledged"
    )

    assert not made - used


def test_every_reason_is_a_sentence_that_answers_one_rule(nagged: dict[str, nag.Report]) -> None:
    rules: dict[str, set[str]] = {}
    for finding in nagged["everything"].acknowledged:
        rules.setdefault(finding.reason, set()).add(finding.rule.partition("[")[0])
        assert len(finding.reason) > 30, finding
    assert not {reason: names for reason, names in rules.items() if len(names) > 1}


def test_the_page_lists_every_exception(nagged: dict[str, nag.Report], pytestconfig: pytest.Config) -> None:
    checkov = {f"{check} {part}".strip(): reason for (check, part), reason in test_checkov.ACCEPTED.items()}
    iam = {f"{policy}: {risk}": reason for (policy, risk), reason in test_iam_lint.ACCEPTED.items()}
    text = "\n\n".join(
        [
            "### cdk-nag, and checkov where it asks the same",
            # The page is about one fleet: the one of config/.
            exceptions_page.table(
                finding
                for name, report in nagged.items()
                if name != variants.EXAMPLE
                for finding in report.acknowledged
            ),
            "### checkov",
            exceptions_page.simple_table(checkov, title="check"),
            "### cfn-lint",
            exceptions_page.simple_table(test_cfn_lint.IGNORED, title="rule"),
            "### IAM lint",
            exceptions_page.simple_table({**iam, **test_iam_lint.EXPLAINED}, title="finding"),
        ]
    )
    if pytestconfig.getoption("--snapshot-update"):
        exceptions_page.write(text)

    assert exceptions_page.written() == text, "run `make snapshots`, and review what changed"


def test_acknowledgements_stand_at_constructs_never_at_stacks(nagged: dict[str, nag.Report]) -> None:
    assert all(in_stack(path) for report in nagged.values() for _, path in report.acknowledgements)


def _nag(build: Callable[[cdk.Stack], object], folder: Path) -> list[str]:
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
    found = _nag(lambda stack: s3.Bucket(stack, "Bucket"), tmp_path)

    assert {"AwsSolutions-S1", "AwsSolutions-S10", "NIST.800.53.R5-S3BucketLoggingEnabled"} <= set(found)
