"""The command line from its arguments to what it prints."""

import json
from pathlib import Path

import pytest

from contract import keys
from perennial import cli
from perennial.account import cleanup, records, registry
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.account.target import Target
from perennial.commands import place, status
from tests.integration.perennial.conftest import MODEL
from tests.integration.perennial.test_cleanup import EVERYTHING

# moto's account; without an endpoint of our own it looks like a real one.
HERE = "account 123456789012, region us-east-1, endpoint AWS"


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
    assert cli.main(["reject", MODEL, "2", "--reason", "drifts", "--yes"]) == 0
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
    target, error = capsys.readouterr().err.splitlines()
    assert target == HERE
    assert error.startswith("error: model flight-delay has no version 7")


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
@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ([], "add --yes --account 123456789012 if you mean it"),
        (["--yes"], "add --account 123456789012 if you mean it"),
        (["--yes", "--account", "111111111111"], "--account says 111111111111"),
    ],
)
def test_destroy_removes_nothing_from_a_real_account_unless_that_one_is_meant(
    arguments: list[str], advice: str, aws: Aws, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["destroy", *arguments]) == 1
    told = capsys.readouterr()
    assert all(name in told.out for _, name in EVERYTHING)
    assert "stays: AWS::S3::Bucket perennialsandbox-data\n" in told.out
    assert "before PerennialSandbox is deployed here again, run `adopt`" in told.out
    assert "AWS::SQS::Queue" not in told.out
    assert advice in told.err
    assert told.err.endswith("nothing was done\n")
    assert cleanup.find(aws, stack) == EVERYTHING
    assert records.state(aws, stack.table, keys.ENDPOINT_LEASE.of("perennial-sandbox")) is None


@pytest.mark.usefixtures("deployed", "endpoint")
def test_destroy_removes_what_is_meant(aws: Aws, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["destroy", "--yes", "--account", "123456789012"]) == 0
    assert "run `cdk destroy PerennialSandbox`" in capsys.readouterr().out
    assert cleanup.find(aws, stack) == []


@pytest.mark.usefixtures("deployed", "endpoint")
def test_destroy_needs_less_in_a_local_cloud(aws: Aws, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    local = Target(account_id="123456789012", region="us-east-1", endpoint="http://127.0.0.1:1", is_local=True)
    monkeypatch.setattr(place, "announce", lambda _: local)
    assert cli.main(["destroy"]) == 1
    assert cleanup.find(aws, stack) == EVERYTHING
    assert cli.main(["destroy", "--yes"]) == 0
    assert cleanup.find(aws, stack) == []


@pytest.mark.usefixtures("deployed", "versions")
@pytest.mark.parametrize("arguments", [["reject", MODEL, "2"], ["deploy", "--force"]])
def test_what_takes_something_away_wants_an_answer(
    arguments: list[str], aws: Aws, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 1
    assert "there is no terminal; add --yes if you mean it; nothing was done" in capsys.readouterr().err
    assert {version.status for version in registry.versions(aws, stack, model=MODEL)} == {"PendingManualApproval"}
    assert not list(aws.executions(stack.deployment_arn))


@pytest.mark.usefixtures("deployed", "versions")
@pytest.mark.parametrize(
    "arguments", [["status"], ["versions", MODEL], ["approve", MODEL, "2"], ["smoke"], ["picture", "x"]]
)
def test_every_command_tells_once_where_it_acts(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(arguments)
    assert capsys.readouterr().err.splitlines().count(HERE) == 1


@pytest.mark.usefixtures("deployed")
def test_a_stack_that_lies_where_the_configuration_says_is_pointed_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--region", "eu-west-1"]) == 1
    assert capsys.readouterr().err.endswith("the configuration says us-east-1: try --region us-east-1\n")
    assert cli.main(["status", "--stack", "Nope"]) == 1
    assert "--region" not in capsys.readouterr().err


@pytest.mark.usefixtures("deployed", "versions")
def test_the_other_accounts_that_a_command_looks_at_are_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["versions", MODEL, "--also", "prod", "PerennialProd"]) == 0
    assert capsys.readouterr().err.splitlines() == [HERE, HERE]


@pytest.mark.usefixtures("deployed")
def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "show", interrupt)
    assert cli.main(["status"]) == 130
    assert capsys.readouterr().err.splitlines() == [HERE, "interrupted"]
