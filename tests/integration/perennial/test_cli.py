"""The command line from its arguments to what it prints."""

import json
from pathlib import Path

import pytest

from perennial import cleanup, cli
from perennial.aws import Aws
from perennial.stack import Stack
from tests.integration.perennial.conftest import MODEL
from tests.integration.perennial.test_cleanup import EVERYTHING


@pytest.fixture
def deployed(aws: Aws, stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Both stacks exist, and a profile for another account."""
    for name, role in (("PerennialSandbox", "Retraining"), ("PerennialProd", "Nothing")):
        outputs = {
            "ArtifactBucketName": stack.bucket,
            "EndpointName": "perennial-sandbox" if role == "Retraining" else "perennial-prod",
            "DeploymentStateMachineArn": stack.deployment_arn,
            "ScheduleGroupName": stack.app,
            "StateTableName": stack.table,
            "HistoryTableName": stack.history_table,
            f"{role}StateMachineArn": stack.deployment_arn,
        }
        template = {
            "Resources": {
                "Queue": {"Type": "AWS::SQS::Queue"},
                "Data": {
                    "Type": "AWS::S3::Bucket",
                    "DeletionPolicy": "RetainExceptOnCreate",
                    "Properties": {"BucketName": f"{name.lower()}-data"},
                },
            },
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
        aws.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    profiles = tmp_path / "credentials"
    profiles.write_text("[prod]\naws_access_key_id = x\naws_secret_access_key = y\n", encoding="utf-8")
    for name, value in {
        "AWS_SHARED_CREDENTIALS_FILE": str(profiles),
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("deployed", "versions")
def test_a_version_is_rejected_with_its_reason(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reject", MODEL, "2", "--reason", "drifts"]) == 0
    said = capsys.readouterr().out
    assert "flight-delay version 2 is Rejected" in said
    # The other one is pending, which serves in sandbox only.
    assert "sandbox: version 1 serves next" in said
    assert "qa, prod: whatever serves goes on serving, although no version is approved" in said
    assert cli.main(["history", MODEL, "--kind", "decision", "--csv"]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading == "datetime,outcome,by,subject,reason"
    assert row.endswith(",version 2,drifts")


@pytest.mark.usefixtures("deployed", "versions")
def test_an_unknown_version_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["approve", MODEL, "7"]) == 1
    assert capsys.readouterr().err.startswith("error: model flight-delay has no version 7")


@pytest.mark.usefixtures("deployed", "versions")
def test_other_accounts_endpoints_are_looked_at_with_their_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["versions", MODEL, "--also", "prod", "PerennialProd"]) == 0
    assert "PendingManualApproval" in capsys.readouterr().out
    assert cli.main(["versions", MODEL, "--also", "nobody", "PerennialProd"]) == 1
    assert "nobody" in capsys.readouterr().err


@pytest.mark.usefixtures("deployed", "versions")
def test_only_the_training_account_knows_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--stack", "PerennialProd", "versions", MODEL]) == 1
    assert "stack PerennialProd only serves" in capsys.readouterr().err


@pytest.mark.usefixtures("deployed", "endpoint")
def test_destroy_only_tells_what_it_would_remove_unless_it_is_meant(
    aws: Aws, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["destroy"]) == 0
    told = capsys.readouterr().out
    assert f"{len(EVERYTHING)} things would be removed; nothing was" in told
    assert "stays: AWS::S3::Bucket perennialsandbox-data\n" in told
    assert "before PerennialSandbox is deployed here again, run `adopt`" in told
    assert "AWS::SQS::Queue" not in told
    assert cleanup.find(aws, stack) == EVERYTHING
    assert cli.main(["destroy", "--yes"]) == 0
    assert "run `cdk destroy PerennialSandbox`" in capsys.readouterr().out
    assert cleanup.find(aws, stack) == []
