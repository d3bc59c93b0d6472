"""checkov on every template, in an environment of its own; what it finds and cdk-nag too is acknowledged once."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.infrastructure import nag, variants

pytestmark = pytest.mark.security("checkov")

_CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"
# Checks that ask what a rule of cdk-nag asks: where that one is acknowledged, its reason holds.
_SAME = {
    "CKV_AWS_115": "NIST.800.53.R5-LambdaConcurrency",
    "CKV_AWS_116": "NIST.800.53.R5-LambdaDLQ",
    "CKV_AWS_117": "NIST.800.53.R5-LambdaInsideVPC",
    "CKV_AWS_158": "NIST.800.53.R5-CloudWatchLogGroupEncrypted",
    "CKV_AWS_195": "AwsSolutions-GL1",
}
_LOGS_THEMSELVES = "it is the bucket of access logs itself"
_NO_SECRETS = "variables hold names of resources and no secret; Lambda encrypts them with a key of AWS"
# All others, by check and the beginning of the resource's logical id.
ACCEPTED = {
    ("CKV_AWS_18", "AccessLogs"): _LOGS_THEMSELVES,
    ("CKV_AWS_18", "ArtifactsAccessLogs"): _LOGS_THEMSELVES,
    ("CKV_AWS_111", "PipelineAssetsFileRole"): "CDK Pipelines lets its role for publishing start builds of any project",
    ("CKV_AWS_173", "DeploymentFunctions"): _NO_SECRETS,
    ("CKV_AWS_173", "DispatcherDispatchRetraining"): _NO_SECRETS,
    ("CKV_AWS_173", "RetrainingFunctions"): _NO_SECRETS,
    ("CKV_AWS_173", "ScheduledTransformsFunctions"): _NO_SECRETS,
}
# So that a whole path would have 40 such characters: these twelve and /everything/PerennialSandbox.
_FOLDER = "templates-" + "a" * 12
_WRONG = {
    "Resources": {
        "Open": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "x",
                "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}],
            },
        },
        "Unknown": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": "x"},
                "Role": "arn:aws:iam::111111111111:role/r",
                "Environment": {"Variables": {"NAME": "value"}},
            },
        },
    }
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What checkov says.

    Args:
        passed: number of checks.
        failed: check, configuration, stack and logical id of each.
    """

    passed: int
    failed: frozenset[tuple[str, str, str, str]]


@pytest.fixture(scope="module")
def checked(nagged: dict[str, nag.Report], tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """One run over all templates and a wrong one, because starting takes longest."""
    assert _CHECKOV.exists(), f"{_CHECKOV} is missing; run `make install`"
    folder, home = tmp_path_factory.mktemp(_FOLDER, numbered=False), tmp_path_factory.mktemp("home")
    for name, report in nagged.items():
        target = folder / name.replace(" ", "-")
        target.mkdir()
        for template in variants.templates(report.folder):
            shutil.copy(template, target)
    shutil.copytree(ROOT / "bootstrap", folder / "bootstrap")
    (folder / "wrong.template.json").write_text(json.dumps(_WRONG), encoding="utf-8")
    finished = subprocess.run(
        [str(_CHECKOV), "--directory", ".", "--framework", "cloudformation", "--skip-download", "--quiet", "--output", "json"],
        # It writes each template's path among the variables of every function, and takes any 40 characters without a
        # hyphen or a dot for a secret key: paths must not depend on where this machine keeps its temporary files.
        cwd=folder,
        # Nothing leaves the machine: what tried would meet a closed port.
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LOG_LEVEL": "ERROR",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert finished.returncode == 1, finished.stdout[-2000:] + finished.stderr[-2000:]
    answer = json.loads(finished.stdout)
    assert answer["summary"]["parsing_errors"] == 0
    return Checked(
        passed=answer["summary"]["passed"],
        failed=frozenset(
            (item["check_id"], *_place(item["file_path"]), item["resource"].rpartition(".")[2])
            for item in answer["results"]["failed_checks"]
        ),
    )


def _place(file: str) -> tuple[str, str]:
    *_, configuration, name = ("", *Path(file).parts)
    return configuration.replace("-", " "), name.removesuffix(".template.json")


def _is_accepted(check: str, logical_id: str) -> bool:
    return any(check == known and logical_id.startswith(start) for known, start in ACCEPTED)


def test_all_findings_are_acknowledged_or_accepted(
    checked: Checked, nagged: dict[str, nag.Report], record_property: Callable[[str, object], None]
) -> None:
    found = {item for item in checked.failed if item[2] != "wrong"}
    acknowledged = {
        (finding.rule, name, stack, logical_id)
        for name, report in nagged.items()
        for finding, stack, logical_id in nag.places(report)
    }
    unknown = {
        (check, name, stack, logical_id)
        for check, name, stack, logical_id in found
        if (_SAME.get(check, ""), name, stack, logical_id) not in acknowledged and not _is_accepted(check, logical_id)
    }
    record_property("figure", f"{checked.passed} checks passed, {len(unknown)} findings, {len(found)} acknowledged")

    assert not unknown


def test_no_exception_is_stale(checked: Checked) -> None:
    found = {(check, logical_id) for check, _, _, logical_id in checked.failed}
    assert {check for check, _ in found} >= _SAME.keys()
    for known, start in ACCEPTED:
        assert any(check == known and logical_id.startswith(start) for check, logical_id in found), (known, start)


def test_it_finds_what_is_wrong(checked: Checked) -> None:
    found = {(check, logical_id) for check, _, stack, logical_id in checked.failed if stack == "wrong"}
    # CKV_AWS_24: no security group allows ingress from 0.0.0.0/0 to port 22. CKV_AWS_173: variables have a key.
    assert found >= {("CKV_AWS_24", "Open"), ("CKV_AWS_173", "Unknown")}
    assert not any(_is_accepted(check, logical_id) for check, logical_id in found)
