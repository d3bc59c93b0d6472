"""A server that is stopped, killed and started again, and schedules on its clock."""

import json
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.lambda_ import functions
from local_cloud.__main__ import main
from local_cloud.kernel import lifecycle
from local_cloud.kernel.errors import ServerError
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.kernel.spawning import NURSERY
from local_cloud.testing.processes import runs
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

_TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
_DEFINITION = {"QueryLanguage": "JSONata", "StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
_OF_AWS = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def _fill(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a", Body=b"x" * 100_000)
    role = make_role(cloud, "kept", [], trust={"Service": "states.amazonaws.com"})
    iam = cloud.client("iam", ACCOUNT)
    iam.attach_role_policy(RoleName="kept", PolicyArn=_OF_AWS)
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_policy(PolicyName="own", PolicyDocument=document)
    dynamodb = cloud.client("dynamodb", ACCOUNT)
    dynamodb.create_table(**_TABLE)
    dynamodb.put_item(TableName="t", Item={"pk": {"S": "a"}})
    machine = cloud.client("stepfunctions", ACCOUNT).create_state_machine(
        name="m", definition=json.dumps(_DEFINITION), roleArn=role
    )["stateMachineArn"]
    cloud.client("stepfunctions", ACCOUNT).start_execution(stateMachineArn=machine, name="e", input="{}")
    cloud.client("lambda", ACCOUNT).list_functions()


def _check(cloud: RunningCloud) -> None:
    assert cloud.client("s3", ACCOUNT).get_object(Bucket="kept", Key="a")["Body"].read() == b"x" * 100_000
    assert cloud.client("iam", ACCOUNT).get_role(RoleName="kept")["Role"]["RoleName"] == "kept"
    iam = cloud.client("iam", ACCOUNT)
    assert [item["PolicyName"] for item in iam.list_policies(Scope="Local")["Policies"]] == ["own"]
    attached = iam.list_attached_role_policies(RoleName="kept")["AttachedPolicies"]
    assert [item["PolicyArn"] for item in attached] == [_OF_AWS]
    assert iam.get_policy(PolicyArn=_OF_AWS)["Policy"]["PolicyName"] == "ReadOnlyAccess"
    found = cloud.client("dynamodb", ACCOUNT).get_item(TableName="t", Key={"pk": {"S": "a"}})
    assert found["Item"]["pk"]["S"] == "a"
    client = cloud.client("stepfunctions", ACCOUNT)
    machine = client.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    (execution,) = client.list_executions(stateMachineArn=machine)["executions"]
    history = client.get_execution_history(executionArn=execution["executionArn"])["events"]
    assert (execution["status"], history[-1]["type"]) == ("SUCCEEDED", "ExecutionSucceeded")


def _wait(condition: Any, what: str) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        _fill(cloud)

        with cloud.restart() as again:
            _check(again)


def test_a_server_is_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # All other tests fork theirs from one that has imported everything.
    monkeypatch.delenv(NURSERY, raising=False)
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        command = Path(f"/proc/{cloud.pid}/cmdline").read_bytes().split(b"\0")
        assert command[1:4] == [b"-m", b"local_cloud", b"serve"]
        assert cloud.client("s3", ACCOUNT).list_buckets()["Buckets"] == []


def test_a_crash_loses_nothing_that_was_saved(tmp_path: Path) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        _fill(cloud)
        cloud.save()
        cloud.kill()

    with lifecycle.start(cloud.settings) as again:
        _check(again)


def test_versions_of_an_object_are_listed(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    written = [s3.put_object(Bucket="versions", Key="k", Body=body)["VersionId"] for body in (b"1", b"22")]
    found = s3.list_object_versions(Bucket="versions")["Versions"]
    assert [(item["VersionId"], item["Size"], item["IsLatest"]) for item in found] == [
        (written[1], 2, True),
        (written[0], 1, False),
    ]


def test_a_server_that_crashes_starts_again_on_its_port_and_its_jobs_are_gone(tmp_path: Path) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        s3 = cloud.client("s3", ACCOUNT)
        s3.create_bucket(Bucket="jobs")
        s3.put_object(
            Bucket="jobs", Key="code/sleep.py", Body=b"print('asleep', flush=True)\nimport time\ntime.sleep(600)\n"
        )
        # An upload that was given up leaves a body behind that is closed.
        upload = s3.create_multipart_upload(Bucket="jobs", Key="k")["UploadId"]
        s3.upload_part(Bucket="jobs", Key="k", UploadId=upload, PartNumber=1, Body=b"1")
        s3.abort_multipart_upload(Bucket="jobs", Key="k", UploadId=upload)
        everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
        role = make_role(cloud, "sleeper", everything, trust={"Service": "glue.amazonaws.com"})
        glue = cloud.client("glue", ACCOUNT)
        command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": "s3://jobs/code/sleep.py"}
        glue.create_job(Name="sleep", Role=role, Command=command, GlueVersion="5.1")
        run = glue.start_job_run(JobName="sleep")["JobRunId"]
        until(lambda: _job_processes(cloud) or None)
        processes = _job_processes(cloud)
        cloud.save()

        with cloud.restart(crash=True) as again:
            assert again.endpoint_url == cloud.endpoint_url
            assert not [pid for pid in processes if runs(pid)]
            found = again.client("glue", ACCOUNT).get_job_run(JobName="sleep", RunId=run)["JobRun"]
            assert found["JobRunState"] == "FAILED"


def _job_processes(cloud: RunningCloud) -> list[int]:
    return [int(file.name) for file in cloud.settings.run_dir.glob("*")]


def _printed(*arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.setattr(sys, "argv", ["local_cloud", *arguments])
    assert main() == 0
    return capsys.readouterr().out.splitlines()


def test_the_variables_name_the_region_that_it_was_started_for_and_a_stopped_server_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud = lifecycle.start(Settings(state_dir=tmp_path, port=0, region="eu-west-1"))

    asked = ("env", "--account", "222222222222", "--state-dir", str(tmp_path))
    lines = _printed(*asked, monkeypatch=monkeypatch, capsys=capsys)
    elsewhere = _printed(*asked, "--region", "eu-north-1", monkeypatch=monkeypatch, capsys=capsys)
    cloud.stop()

    *lines, sdk = lines
    assert lines == [
        f"export AWS_ENDPOINT_URL={cloud.endpoint_url}",
        "export AWS_ACCESS_KEY_ID=222222222222",
        "export AWS_SECRET_ACCESS_KEY=local",
        "export AWS_REGION=eu-west-1",
        "export AWS_DEFAULT_REGION=eu-west-1",
    ]
    assert "export AWS_REGION=eu-north-1" in elsewhere
    # One file each, so that two shells do not change each other's.
    for line, region in ((sdk, "eu-west-1"), (elsewhere[-1], "eu-north-1")):
        name, _, file = line.removeprefix("export ").partition("=")
        assert name == "SAGEMAKER_USER_CONFIG_OVERRIDE"
        assert yaml.safe_load(Path(file).read_text(encoding="utf-8")) == {
            "SchemaVersion": "1.0",
            "SageMaker": {
                "PythonSDK": {
                    "Modules": {
                        "Session": {"DefaultS3Bucket": f"sagemaker-{region}-222222222222"},
                        "TelemetryOptOut": True,
                    }
                }
            },
        }

    with pytest.raises(ProcessLookupError):
        os.kill(cloud.pid, 0)
    assert lifecycle.find(tmp_path) is None
    assert list((tmp_path / "run").glob("*")) == []


@pytest.mark.parametrize("variable", ["", "AWS_REGION", "AWS_DEFAULT_REGION"])
def test_without_a_region_of_its_own_the_sdk_s_bucket_lies_in_the_shell_s(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "eu-west-1")
    monkeypatch.setattr(lifecycle, "find", lambda _: RunningCloud(Settings(state_dir=tmp_path, region=None), pid=0))

    lines = _printed("env", "--state-dir", str(tmp_path), monkeypatch=monkeypatch, capsys=capsys)

    assert [line for line in lines if "REGION" in line] == []
    files = [line for line in lines if line.startswith("export SAGEMAKER_USER_CONFIG_OVERRIDE=")]
    assert [Path(line).parent.name for line in files] == (["111111111111-eu-west-1"] if variable else [])


def test_a_second_server_on_the_same_state_is_refused(cloud: RunningCloud) -> None:
    with pytest.raises(ServerError, match="already runs"):
        lifecycle.start(cloud.settings)


def test_a_schedule_fires_when_the_clock_reaches_it(cloud: RunningCloud) -> None:
    sqs = cloud.client("sqs", ACCOUNT)
    url = sqs.create_queue(QueueName="target")["QueueUrl"]
    role = make_role(
        cloud,
        "sender",
        [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}],
        trust={"Service": "scheduler.amazonaws.com"},
    )
    _schedule(cloud, "hourly", role, "target", {"time": "<aws.scheduler.scheduled-time>"})

    fires_at = _advance(cloud, "hourly")["fires_at"]

    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"][0]
    assert json.loads(message["Body"])["time"][:13] == fires_at[:13]


@pytest.mark.parametrize(
    ("action", "update", "is_kept"),
    [("DELETE", None, False), ("NONE", None, True), ("NONE", "DELETE", False), ("DELETE", "NONE", True)],
)
def test_a_schedule_that_fires_once_is_deleted_if_it_says_so(
    cloud: RunningCloud, action: str, update: str | None, is_kept: bool
) -> None:
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html
    name = f"once-{action.lower()}-{update}"
    sqs, scheduler = cloud.client("sqs", ACCOUNT), cloud.client("scheduler", ACCOUNT)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    role = make_role(cloud, name, [allowed], trust={"Service": "scheduler.amazonaws.com"})
    now = datetime.fromisoformat(cloud.control("clock", {"advance_seconds": 0})["now"])
    schedule = {
        "Name": name,
        "ScheduleExpression": f"at({now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%S})",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}", "RoleArn": role, "Input": "{}"},
    }
    scheduler.create_schedule(**schedule, ActionAfterCompletion=action)
    if update:
        scheduler.update_schedule(**schedule, ActionAfterCompletion=update)
        assert scheduler.get_schedule(Name=name)["State"] == "ENABLED"

    _advance(cloud, name)

    assert until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))
    names = [item["Name"] for item in scheduler.list_schedules(NamePrefix=name)["Schedules"]]
    assert names == ([name] if is_kept else [])


def test_what_a_role_may_not_send_goes_to_the_dead_letter_queue(cloud: RunningCloud) -> None:
    sqs = cloud.client("sqs", ACCOUNT)
    sqs.create_queue(QueueName="forbidden")
    url = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    allowed = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead-letters"
    role = make_role(
        cloud,
        "half",
        [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": allowed}],
        trust={"Service": "scheduler.amazonaws.com"},
    )
    _schedule(cloud, "denied", role, "forbidden", {}, dead_letters=allowed)

    _advance(cloud, "denied")

    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"])["Messages"][0]
    assert "AccessDenied" in message["MessageAttributes"]["ERROR_CODE"]["StringValue"]


def test_a_schedule_that_does_not_exist_cannot_be_reached(cloud: RunningCloud) -> None:
    with pytest.raises(ServerError, match="no schedule default/nobody"):
        _advance(cloud, "nobody")


def _schedule(
    cloud: RunningCloud, name: str, role: str, queue: str, content: dict[str, str], dead_letters: str | None = None
) -> None:
    target: dict[str, Any] = {
        "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{queue}",
        "RoleArn": role,
        "Input": json.dumps(content),
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3000},
    }
    if dead_letters:
        target["DeadLetterConfig"] = {"Arn": dead_letters}
    cloud.client("scheduler", ACCOUNT).create_schedule(
        Name=name, ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
    )


def _advance(cloud: RunningCloud, name: str) -> dict[str, Any]:
    wanted = {"account_id": ACCOUNT, "region": "us-east-1", "group": "default", "name": name}
    return cloud.control("clock", {"advance_to_next_firing_of": wanted})


def test_another_account_still_reads_a_bucket_that_lets_it_after_a_restart(tmp_path: Path) -> None:
    reader = "222222222222"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{reader}:root"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shared/*",
    }
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        s3 = cloud.client("s3", ACCOUNT)
        s3.create_bucket(Bucket="shared")
        s3.put_object(Bucket="shared", Key="a", Body=b"1")
        s3.put_bucket_policy(Bucket="shared", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

        with cloud.restart() as again:
            assert again.client("s3", reader).get_object(Bucket="shared", Key="a")["Body"].read() == b"1"


def test_a_reset_ends_what_runs_and_forgets_everything(tmp_path: Path) -> None:
    cloud = lifecycle.start(Settings(state_dir=tmp_path / "state", port=0))
    role = make_role(cloud, "warm", [], trust={"Service": "lambda.amazonaws.com"})
    code = "def handle(event, context):\n    return 1\n"
    functions.create(cloud, "warm", role=role, handler="f.handle", files={"f.py": code}).invoke(FunctionName="warm")
    processes = _job_processes(cloud)

    lifecycle.reset(cloud.settings.state_dir)

    assert processes
    assert not [pid for pid in (*processes, cloud.pid) if runs(pid)]
    assert not cloud.settings.state_dir.exists()
