"""cfn-lint on every template: schema, values, references, best practice."""

import functools
import json
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from cfnlint import lint_file
from cfnlint.config import ManualArgs

from tests.conftest import ROOT
from tests.infrastructure import nag, variants
from tests.infrastructure.templates import Template

pytestmark = pytest.mark.security("cfn-lint")

IGNORED = {
    # CDK writes DependsOn for the policy of a role beside the reference to the role itself.
    "W3005": "a dependency that a reference makes too is said twice; it changes nothing",
    # An app that is synthesised for one account and region names them; config/accounts.yaml chooses the zones.
    "W3010": "zones are chosen by configuration",
}
# Advice on style (I1022) is switched off, but comes as an error from within the actions of a pipeline (E3703).
_ADVICE = "Prefer using Fn::Sub"


@functools.cache
def _matches(template: Path) -> list[str]:
    settings = ManualArgs(regions=["us-east-1"])
    return [str(match) for match in lint_file(template, config=settings) if not match.message.startswith(_ADVICE)]


def _lint(template: Path, *, ignore: Collection[str]) -> list[str]:
    return [match for match in _matches(template) if not any(f"[{rule}" in match for rule in ignore)]


@pytest.mark.parametrize("name", variants.configurations())
def test_templates_have_no_match(
    name: str, nagged: dict[str, nag.Report], record_property: Callable[[str, object], None]
) -> None:
    templates = variants.templates(nagged[name].folder)
    record_property("figure", f"{name}: {len(templates)} templates")

    assert len(templates) >= 3
    assert not [match for template in templates for match in _lint(template, ignore=IGNORED)]


@pytest.mark.parametrize("template", sorted((ROOT / "bootstrap").glob("*.yaml")), ids=lambda file: file.name)
def test_templates_of_bootstrap_have_no_match(template: Path) -> None:
    assert not _lint(template, ignore=())


@pytest.mark.parametrize("rule", IGNORED)
def test_an_ignored_rule_still_has_a_match(rule: str, nagged: dict[str, nag.Report]) -> None:
    template = nagged["everything"].folder / "PerennialSandbox.template.json"
    assert any(f"[{rule}" in match for match in _lint(template, ignore=()))


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

    assert any(rule in match for match in _lint(template, ignore=IGNORED))
