"""cfn-lint on every template: schema, values, references, best practice."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cfnlint import lint_file
from cfnlint.config import ManualArgs

from tests.infrastructure.templates import Template

pytestmark = pytest.mark.security("cfn-lint")

_IGNORED = {
    # CDK writes DependsOn for the policy of a role beside the reference to the role itself.
    "W3005": "a dependency that a reference makes too is said twice; it changes nothing",
}


def _lint(template: Path, *, ignore: list[str]) -> list[str]:
    settings = ManualArgs(regions=["us-east-1"], ignore_checks=ignore)
    return [str(match) for match in lint_file(template, config=settings)]


def test_templates_have_no_match(assembly: Path, record_property: Callable[[str, object], None]) -> None:
    templates = sorted(assembly.glob("*.template.json"))
    record_property("figure", f"{len(templates)} templates, {len(_IGNORED)} rule ignored")

    assert len(templates) >= 3
    assert not [match for template in templates for match in _lint(template, ignore=list(_IGNORED))]


@pytest.mark.parametrize("rule", _IGNORED)
def test_an_ignored_rule_still_has_a_match(assembly: Path, rule: str) -> None:
    assert any(f"[{rule}" in match for match in _lint(assembly / "PerennialSandbox.template.json", ignore=[]))


@pytest.mark.parametrize(
    ("resource", "rule"),
    [
        ({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "UPPER_CASE"}}, "E3031"),
        ({"Type": "AWS::SQS::Queue", "Properties": {"Visible": 1}}, "E3002"),
        ({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Permit", "Action": "s3:GetObject", "Resource": "*"}]}}}, "E3510"),
        ({"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "x"}, "Role": "r", "Runtime": "python2.7", "Handler": "i.h"}}, "E2533"),
    ],
)  # fmt: skip
def test_it_finds_what_is_wrong(tmp_path: Path, resource: Template, rule: str) -> None:
    template = tmp_path / "wrong.template.json"
    template.write_text(json.dumps({"Resources": {"Wrong": resource}}), encoding="utf-8")

    assert any(rule in match for match in _lint(template, ignore=list(_IGNORED)))
