"""Processing jobs: https://docs.aws.amazon.com/sagemaker/latest/dg/processing-job.html"""

import io
import json
import pathlib
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel import opt_ml
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker.data import BUCKET, IMAGE, S3_ACTIONS
from local_cloud.testing.waiting import until

# Reads what was staged, and takes its paths from the arguments, as an evaluation script does.
SCRIPT = """
import argparse, json, os, pathlib, sys, tarfile, time
import boto3
parser = argparse.ArgumentParser()
parser.add_argument("--input", type=pathlib.Path)
parser.add_argument("--output", type=pathlib.Path)
parser.add_argument("--mode", default="work")
options = parser.parse_args()
print("mode", options.mode, flush=True)
if options.mode == "sleep":
    time.sleep(600)
if options.mode == "fail":
    sys.exit("no such slice: carrier_code")
if options.mode == "message":
    folder = pathlib.Path(os.environ["MESSAGES"])
    (folder / "message").write_text("x" * 2000)
    sys.exit(3)
rows = [line for part in sorted((options.input / "test").iterdir()) for line in part.read_text().split()]
with tarfile.open(options.input / "candidate" / "model.tar.gz") as content:
    names = content.getnames()
nested = options.output / "nested"
nested.mkdir()
(nested / "deep.txt").write_text("deep")
who = boto3.client("sts").get_caller_identity()["Arn"]
(options.output / "evaluation.json").write_text(json.dumps({"rows": rows, "model": names, "who": who, "colour": os.environ["COLOUR"], "waiting": os.environ["OMP_WAIT_POLICY"]}))
"""


@pytest.fixture(scope="module")
def key(cloud: RunningCloud) -> str:
    return str(cloud.client("kms", ACCOUNT).create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(scope="module")
def role(cloud: RunningCloud, key: str) -> str:
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="code/evaluation.py", Body=SCRIPT.encode())
    s3.put_object(Bucket=BUCKET, Key="runs/1/test/part-0.csv", Body=b"1,2\n")
    s3.put_object(Bucket=BUCKET, Key="runs/1/test/part-1.csv", Body=b"0,3\n")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as content:
        content.addfile(tarfile.TarInfo("xgboost-model"))
    s3.put_object(Bucket=BUCKET, Key="models/a/model.tar.gz", Body=archive.getvalue())
    return _role(cloud, "processing", key)


def _role(cloud: RunningCloud, name: str, key: str, *, without: str = "") -> str:
    statements = [
        {
            "Effect": "Allow",
            "Action": [action for action in S3_ACTIONS if action != without],
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        },
        {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        },
    ]
    return make_role(cloud, name, statements, trust={"Service": "sagemaker.amazonaws.com"})


def _request(name: str, role_arn: str, *, mode: str = "work", seconds: int = 300) -> dict[str, Any]:
    inputs = {"code": "code/evaluation.py", "test": "runs/1/test/", "candidate": "models/a/model.tar.gz"}
    root = "/opt/ml/processing"
    return {
        "ProcessingJobName": name,
        "RoleArn": role_arn,
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", f"{root}/input/code/evaluation.py"],
            "ContainerArguments": ["--input", f"{root}/input", f"--output={root}/output", "--mode", mode],
        },
        "Environment": {"COLOUR": "blue", "MESSAGES": "/opt/ml/output"},
        "ProcessingInputs": [
            {
                "InputName": input_name,
                "S3Input": {
                    "S3Uri": f"s3://{BUCKET}/{path}",
                    "LocalPath": f"{root}/input/{input_name}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                    "S3DataDistributionType": "FullyReplicated",
                },
            }
            for input_name, path in inputs.items()
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "evaluation",
                    "S3Output": {
                        "S3Uri": f"s3://{BUCKET}/evaluations/{name}",
                        "LocalPath": f"{root}/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": seconds},
    }


def _ended(cloud: RunningCloud, name: str) -> dict[str, Any]:
    def check() -> dict[str, Any] | None:
        job: dict[str, Any] = cloud.client("sagemaker", ACCOUNT).describe_processing_job(ProcessingJobName=name)
        return job if job["ProcessingJobStatus"] in {"Completed", "Failed", "Stopped"} else None

    return until(check, seconds=60)


def test_a_job_reads_its_inputs_and_its_outputs_are_uploaded_with_the_key(
    cloud: RunningCloud, role: str, key: str
) -> None:
    request = _request("completed", role)
    request["ProcessingOutputConfig"]["KmsKeyId"] = key
    cloud.client("sagemaker", ACCOUNT).create_processing_job(**request)
    job = _ended(cloud, "completed")
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert "ExitMessage" not in job
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert {name: job[name] for name in request} == request
    s3 = cloud.client("s3", ACCOUNT)
    answer = s3.get_object(Bucket=BUCKET, Key="evaluations/completed/evaluation.json")
    assert answer["ServerSideEncryption"] == "aws:kms"
    assert answer["SSEKMSKeyId"] == key
    assert json.loads(answer["Body"].read()) == {
        "rows": ["1,2", "0,3"],
        "model": ["xgboost-model"],
        "who": f"arn:aws:sts::{ACCOUNT}:assumed-role/processing/SageMaker",
        "colour": "blue",
        "waiting": "PASSIVE",
    }
    nested = s3.get_object(Bucket=BUCKET, Key="evaluations/completed/nested/deep.txt")
    assert nested["Body"].read() == b"deep"
    logs = cloud.client("logs", ACCOUNT)
    (stream,) = logs.describe_log_streams(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix="completed/"
    )["logStreams"]
    events = logs.get_log_events(logGroupName="/aws/sagemaker/ProcessingJobs", logStreamName=stream["logStreamName"])
    assert [event["message"] for event in events["events"]] == ["mode work"]


def test_a_script_that_names_its_paths_finds_its_own(cloud: RunningCloud, role: str) -> None:
    """Where the system allows no mounts it is refused instead; the machine's own /opt/ml is never touched."""
    script = (
        "import pathlib\n"
        "rows = pathlib.Path('/opt/ml/processing/input/test/part-0.csv').read_text()\n"
        "pathlib.Path('/opt/ml/processing/output/found.txt').write_text(rows)\n"
    )
    s3 = cloud.client("s3", ACCOUNT)
    s3.put_object(Bucket=BUCKET, Key="code/naming.py", Body=script.encode())
    before = _of_the_machine()
    request = _request("naming", role)
    request["ProcessingInputs"][0]["S3Input"]["S3Uri"] = f"s3://{BUCKET}/code/naming.py"
    request["AppSpecification"] = {
        "ImageUri": IMAGE,
        "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/naming.py"],
    }
    cloud.client("sagemaker", ACCOUNT).create_processing_job(**request)
    job = _ended(cloud, "naming")
    if opt_ml.is_own():
        assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
        assert s3.get_object(Bucket=BUCKET, Key="evaluations/naming/found.txt")["Body"].read() == b"1,2\n"
    else:
        assert "naming.py names /opt/ml/processing/input/test/part-0.csv in its text" in job["FailureReason"]
    assert _of_the_machine() == before


def _of_the_machine() -> list[str] | None:
    place = pathlib.Path("/opt/ml")
    return sorted(str(path) for path in place.rglob("*")) if place.exists() else None


def test_a_name_is_used_once(cloud: RunningCloud, role: str) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_processing_job(**_request("twice", role))
    with pytest.raises(ClientError) as raised:
        client.create_processing_job(**_request("twice", role))
    assert raised.value.response["Error"]["Code"] == "ResourceInUse"
    _ended(cloud, "twice")


def test_a_failing_script_fails_the_job_with_its_words_and_exit_code(cloud: RunningCloud, role: str) -> None:
    cloud.client("sagemaker", ACCOUNT).create_processing_job(**_request("failing", role, mode="fail"))
    job = _ended(cloud, "failing")
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: mode fail no such slice: carrier_code, exit code: 1"
    found = cloud.client("s3", ACCOUNT).list_objects_v2(Bucket=BUCKET, Prefix="evaluations/failing")
    assert found["KeyCount"] == 0


def test_the_first_kilobyte_of_the_message_is_told(cloud: RunningCloud, role: str) -> None:
    cloud.client("sagemaker", ACCOUNT).create_processing_job(**_request("message", role, mode="message"))
    job = _ended(cloud, "message")
    assert job["ExitMessage"] == "x" * 1024
    assert job["FailureReason"].endswith("exit code: 3")


@pytest.mark.parametrize("action", S3_ACTIONS)
@pytest.mark.usefixtures("role")
def test_a_missing_grant_fails_the_job_and_is_named(cloud: RunningCloud, key: str, action: str) -> None:
    name = f"processing-without-{action.removeprefix('s3:')}"
    role_arn = _role(cloud, name, key, without=action)
    cloud.client("sagemaker", ACCOUNT).create_processing_job(**_request(name, role_arn))
    job = _ended(cloud, name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert "AccessDenied" in job["FailureReason"]
    assert action in job["FailureReason"]


def test_an_input_without_objects_fails_the_job(cloud: RunningCloud, role: str) -> None:
    request = _request("empty", role)
    request["ProcessingInputs"][1]["S3Input"]["S3Uri"] = f"s3://{BUCKET}/nowhere/"
    cloud.client("sagemaker", ACCOUNT).create_processing_job(**request)
    assert "No S3 objects found" in _ended(cloud, "empty")["FailureReason"]


def test_a_job_whose_time_is_up_is_stopped(cloud: RunningCloud, role: str) -> None:
    cloud.client("sagemaker", ACCOUNT).create_processing_job(**_request("late", role, mode="sleep", seconds=1))
    assert _ended(cloud, "late")["ProcessingJobStatus"] == "Stopped"


def test_a_job_is_stopped_even_before_it_has_a_process(cloud: RunningCloud, role: str) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_processing_job(**_request("stopped", role, mode="sleep"))
    client.stop_processing_job(ProcessingJobName="stopped")
    assert _ended(cloud, "stopped")["ProcessingJobStatus"] == "Stopped"


def test_jobs_are_listed_by_page_filter_and_order(cloud: RunningCloud, role: str) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    for number in range(3):
        client.create_processing_job(**_request(f"listed-{number}", role))
        _ended(cloud, f"listed-{number}")
    pages = client.get_paginator("list_processing_jobs").paginate(
        NameContains="listed",
        StatusEquals="Completed",
        SortBy="Name",
        SortOrder="Descending",
        PaginationConfig={"PageSize": 2},
    )
    found = [[item["ProcessingJobName"] for item in part["ProcessingJobSummaries"]] for part in pages]
    assert found == [["listed-2", "listed-1"], ["listed-0"]]


@pytest.mark.parametrize(
    ("member", "value", "code", "said"),
    [
        ("ProcessingJobName", "under_score", "ValidationException", "regular expression pattern"),
        (
            "NetworkConfig",
            {"VpcConfig": {"Subnets": ["subnet-0a"], "SecurityGroupIds": ["sg-0a"]}},
            "ValidationException",
            "The subnet ID 'subnet-0a' does not exist",
        ),
        ("AppSpecification", {"ImageUri": "1.dkr.ecr.us-east-1.amazonaws.com/other:1"}, "NotEmulated", "no image 'other:1'"),
        ("AppSpecification", {"ImageUri": IMAGE}, "NotEmulated", "ContainerEntrypoint"),
        ("ProcessingInputs", [{"InputName": "a", "S3Input": {"S3Uri": "s3://a/b", "LocalPath": "/etc", "S3DataType": "S3Prefix"}}], "ValidationException", "'/etc'"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_or_not_emulated_is_refused(
    cloud: RunningCloud, role: str, member: str, value: Any, code: str, said: str
) -> None:
    with pytest.raises(ClientError) as raised:
        cloud.client("sagemaker", ACCOUNT).create_processing_job(**_request("refused", role) | {member: value})
    assert raised.value.response["Error"]["Code"] == code
    assert said in raised.value.response["Error"]["Message"]


def test_an_unknown_job_is_not_found(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="Could not find processing job"):
        cloud.client("sagemaker", ACCOUNT).describe_processing_job(ProcessingJobName="nobody")
