"""An app under cdk-nag's rules, and what they say."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag

from tests.infrastructure import variants

_PACKS = ("AwsSolutions", "NIST.800.53.R5")
# The only entry of CDK's metadata that acknowledgements make.
_ACKNOWLEDGED = "aws:cdk:acknowledged-rules"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that a rule says of a construct.

    Args:
        rule: its whole id.
        path: the construct's, with the stack first.
        reason: why it is acknowledged, empty when it is not.
        at: the construct that acknowledges it.
    """

    rule: str
    path: str
    reason: str = ""
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the rules say of an app.

    Args:
        folder: its cloud assembly.
        open: findings that nobody acknowledged.
        acknowledged: those with a reason.
        acknowledgements: every rule and the construct that acknowledges it, whether or not there is a finding.
    """

    folder: Path
    open: tuple[Finding, ...]
    acknowledged: tuple[Finding, ...]
    acknowledgements: frozenset[tuple[str, str]]


def check(build: Callable[[cdk.App], None], folder: Path) -> Report:
    """Synthesise an app into a folder under the rules of AwsSolutions and NIST 800-53 R5."""
    application = cdk.App(outdir=str(folder), context=variants.context())
    build(application)
    cdk.Validations.of(application).add_plugins(
        cdk_nag.AwsSolutionsChecks(application), cdk_nag.NIST80053R5Checks(application)
    )
    try:
        application.synth()
    except RuntimeError as error:
        if not str(error).startswith("ValidationFailed"):
            raise
    reports = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))["pluginReports"]
    assert {report["pluginName"] for report in reports} >= set(_PACKS)
    return Report(
        folder=folder,
        open=tuple(finding for report in reports for item in report["violations"] for finding in _findings(item)),
        acknowledged=tuple(
            finding
            for report in reports
            for item in report.get("suppressedViolations", [])
            for finding in _findings(item)
        ),
        acknowledgements=frozenset(
            (rule.partition("::")[2], path.removeprefix("/"))
            for file in folder.rglob("*.metadata.json")
            for path, entries in json.loads(file.read_text(encoding="utf-8")).items()
            for entry in entries
            if entry["type"] == _ACKNOWLEDGED
            for rule in entry["data"]
            if rule.startswith(_PACKS)
        ),
    )


def _findings(item: dict[str, Any]) -> list[Finding]:
    return [
        Finding(
            rule=item["ruleName"],
            path=construct["constructPath"],
            reason=item.get("reason", ""),
            at=item.get("acknowledgedAt", ""),
        )
        for construct in item["violatingConstructs"]
    ]


def places(report: Report) -> list[tuple[Finding, str, str]]:
    """Stack and logical id of the resource of each acknowledged finding."""
    ids = {
        (file.name.removesuffix(".metadata.json"), path.removeprefix("/")): str(entry["data"])
        for file in report.folder.glob("*.metadata.json")
        for path, entries in json.loads(file.read_text(encoding="utf-8")).items()
        for entry in entries
        if entry["type"] == "aws:cdk:logicalId"
    }
    stacks = {stack for stack, _ in ids}
    return [
        (finding, stack, ids[stack, finding.path])
        for finding in report.acknowledged
        for stack in stacks
        if (stack, finding.path) in ids
    ]
