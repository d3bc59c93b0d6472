"""Transform jobs: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html"""

import gzip
import io
import json
import tarfile
from typing import Any

import pytest
import xgboost as xgb
from botocore.exceptions import ClientError

from integration.events.conftest import Queue, put_rule
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role
from local_cloud.testing.sagemaker import transforms
from local_cloud.testing.sagemaker.data import BUCKET, IMAGE
from local_cloud.testing.waiting import until

GROUP = "/aws/sagemaker/TransformJobs"
# A user's code, which takes longer than anybody waits.
SLOW = b"""
import os, time
def model_fn(folder):
    if "LOADS_FOR_EVER" in os.environ:
        time.sleep(600)
def transform_fn(model, body, content_type, accept):
    print("asked", flush=True)
    time.sleep(600)
"""
# Another one, which takes the name off each row.
PREPARING = b"""
def model_fn(folder):
    return None
def transform_fn(model, body, content_type, accept):
    text = body if isinstance(body, str) else body.decode()
    return "".join(line.partition(",")[2] + "\\n" for line in text.splitlines()), "text/csv"
"""
ASKED = transforms.rows(20)
MORE = transforms.rows(5, seed=2)


def _csv(rows: list[list[float]], *, ids: bool = True) -> str:
    lines = (",".join([*([f"id-{number}"] if ids else []), *map(str, row)]) for number, row in enumerate(rows))
    return "".join(f"{line}\n" for line in lines)


@pytest.fixture(scope="module")
def model(cloud: RunningCloud) -> xgb.Booster:
    """Made known to SageMaker as linear; the input of all tests."""
    made = transforms.booster()
    transforms.upload(cloud, made)
    transforms.create_model(cloud, "linear", transforms.role(cloud, "transforming"))
    s3 = cloud.client("s3", ACCOUNT)
    objects = {
        "in/a.csv": _csv(ASKED),
        "in/deep/b.csv": _csv(MORE),
        "mixed/1-good.csv": _csv(MORE, ids=False),
        "mixed/2-header.csv": "x,y,z\n" + _csv(MORE, ids=False),
        "mixed/3-empty.csv": "",
        "mixed/4-good.csv": _csv(ASKED, ids=False),
        "lists/names.json": json.dumps([{"prefix": f"s3://{BUCKET}/packed/"}, "b.csv.gz"]),
    }
    for key, body in objects.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    for name in ("a", "b"):
        s3.put_object(Bucket=BUCKET, Key=f"packed/{name}.csv.gz", Body=gzip.compress(_csv(MORE, ids=False).encode()))
    return made


def _create(cloud: RunningCloud, name: str, *, source: str, model: str = "linear", **changes: Any) -> None:
    request = transforms.request(name, model, source=source, **changes)
    cloud.client("sagemaker", ACCOUNT).create_transform_job(**request)


def _by_code(cloud: RunningCloud, name: str, code: bytes) -> dict[str, Any]:
    """A container of the image that runs a user's code."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as file:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(code)
        file.addfile(member, io.BytesIO(code))
    cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key=f"models/{name}.tar.gz", Body=archive.getvalue())
    return {
        "Image": IMAGE,
        "ModelDataUrl": f"s3://{BUCKET}/models/{name}.tar.gz",
        "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
    }


def _streams(cloud: RunningCloud, name: str) -> dict[str, list[str]]:
    """The lines of each log stream by the end of its name."""
    logs = cloud.client("logs", ACCOUNT)
    found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=f"{name}/")["logStreams"]
    streams = {}
    for stream in (item["logStreamName"] for item in found):
        events = logs.get_log_events(logGroupName=GROUP, logStreamName=stream)["events"]
        streams["data-log" if stream.endswith("/data-log") else "container"] = [event["message"] for event in events]
    return streams


def test_all_objects_below_a_prefix_are_predicted_and_joined(cloud: RunningCloud, model: xgb.Booster) -> None:
    queue = Queue(cloud, "transforms")
    put_rule(
        cloud,
        "transforms",
        {"source": ["aws.sagemaker"], "detail": {"TransformJobName": ["joined"]}},
        {"Arn": queue.arn},
    )
    changes: dict[str, Any] = {
        "DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
        "MaxPayloadInMB": 1,
        "MaxConcurrentTransforms": 2,
        "BatchStrategy": "MultiRecord",
        "Environment": {"COLOUR": "blue"},
        "Tags": [{"Key": "app", "Value": "test"}],
    }
    _create(cloud, "joined", source="in/", **changes)

    job = transforms.ended(cloud, "joined")

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert {name: job[name] for name in changes if name != "Tags"} == {k: v for k, v in changes.items() if k != "Tags"}
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]
    assert transforms.results(cloud, "joined") == {
        f"{name}.out": "".join(
            f"id-{number},{value}\n" for number, value in enumerate(transforms.predictions(model, rows))
        )
        for name, rows in (("a.csv", ASKED), ("deep/b.csv", MORE))
    }
    client = cloud.client("sagemaker", ACCOUNT)
    assert client.list_tags(ResourceArn=job["TransformJobArn"])["Tags"] == changes["Tags"]
    (line,) = _streams(cloud, "joined")["data-log"]
    assert line.endswith(":[sagemaker logs]: MaxConcurrentTransforms=2, MaxPayloadInMB=1, BatchStrategy=MULTI_RECORD")
    told = [queue.next()["body"] for _ in range(2)]
    assert sorted(event["detail"]["TransformJobStatus"] for event in told) == ["Completed", "InProgress"]
    assert {event["detail-type"] for event in told} == {"SageMaker Transform Job State Change"}
    assert told[0]["resources"] == [job["TransformJobArn"]]
    assert told[0]["detail"]["Tags"] == {"app": "test"}


def test_an_object_with_a_bad_record_fails_the_job_and_the_others_have_their_results(
    cloud: RunningCloud, model: xgb.Booster
) -> None:
    _create(cloud, "mixed", source="mixed/")
    job = transforms.ended(cloud, "mixed")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert transforms.results(cloud, "mixed") == {
        "1-good.csv.out": "".join(f"{value}\n" for value in transforms.predictions(model, MORE)),
        "3-empty.csv.out": "",
        "4-good.csv.out": "".join(f"{value}\n" for value in transforms.predictions(model, ASKED)),
    }
    told = [line.partition(":[sagemaker logs]: ")[2] for line in _streams(cloud, "mixed")["data-log"]]
    assert told[1].startswith(f"{BUCKET}/mixed/2-header.csv: ClientError: 4")
    assert f"{BUCKET}/mixed/2-header.csv: Message:" in told


def test_a_manifest_of_packed_objects_is_asked_record_by_record(cloud: RunningCloud, model: xgb.Booster) -> None:
    key = str(cloud.client("kms", ACCOUNT).create_key()["KeyMetadata"]["Arn"])
    role = transforms.role(cloud, "packing", more=("kms:GenerateDataKey", "kms:Decrypt"))
    transforms.create_model(cloud, "packed", role)
    request = transforms.request("packed", "packed", source="lists/names.json", BatchStrategy="SingleRecord")
    request["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"
    request["TransformInput"]["CompressionType"] = "Gzip"
    request["TransformOutput"]["KmsKeyId"] = key
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_transform_job(**request)
    # What a job asks is what there was when it was made.
    client.delete_model(ModelName="packed")

    job = transforms.ended(cloud, "packed")

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert transforms.results(cloud, "packed") == {
        "b.csv.gz.out": "".join(f"{value}\n" for value in transforms.predictions(model, MORE))
    }
    answer = cloud.client("s3", ACCOUNT).head_object(Bucket=BUCKET, Key="results/packed/b.csv.gz.out")
    assert answer["SSEKMSKeyId"] == key


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
@pytest.mark.usefixtures("model")
def test_a_missing_grant_fails_the_job_and_is_named(cloud: RunningCloud, action: str) -> None:
    name = f"without-{action.removeprefix('s3:')}"
    transforms.create_model(cloud, name, transforms.role(cloud, name, without=action))
    _create(cloud, name, source="mixed/1-good", model=name)
    job = transforms.ended(cloud, name)
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert action in job["FailureReason"]


@pytest.mark.usefixtures("model")
def test_a_prefix_without_objects_fails_the_job(cloud: RunningCloud) -> None:
    _create(cloud, "nowhere", source="nowhere/")
    assert transforms.ended(cloud, "nowhere")["FailureReason"].startswith("ClientError: No S3 objects found under S3")


@pytest.mark.usefixtures("model")
def test_faults_befall_jobs_and_a_stopped_one_stores_nothing(cloud: RunningCloud) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    for kind in ("job_failure", "job_crash", "partial_upload", "job_hang"):
        fields = {"cause": "capacity"} if kind == "job_failure" else {}
        cloud.control("faults", {"add": {"kind": kind, "job": "transform", "name": kind.replace("_", "-"), **fields}})
        _create(
            cloud, kind.replace("_", "-"), source="mixed/", ModelClientConfig={"InvocationsMaxRetries": 0},
        )  # fmt: skip
    failure, crash, partial = (transforms.ended(cloud, name) for name in ("job-failure", "job-crash", "partial-upload"))
    assert failure["FailureReason"].startswith("CapacityError: ")
    assert crash["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert list(transforms.results(cloud, "job-crash")) == ["3-empty.csv.out"]
    assert partial["FailureReason"].startswith("InternalServerError: ")
    assert list(transforms.results(cloud, "partial-upload")) == ["1-good.csv.out"]

    until(lambda: client.describe_transform_job(TransformJobName="job-hang").get("TransformStartTime"))
    client.stop_transform_job(TransformJobName="job-hang")
    assert transforms.ended(cloud, "job-hang")["TransformJobStatus"] == "Stopped"
    assert transforms.results(cloud, "job-hang") == {}
    cloud.control("faults", {"clear": True})

    listed = client.list_transform_jobs(StatusEquals="Failed", NameContains="job", SortBy="Name", SortOrder="Ascending")
    assert [item["TransformJobName"] for item in listed["TransformJobSummaries"]] == ["job-crash", "job-failure"]
    assert all("TransformEndTime" in item and "FailureReason" in item for item in listed["TransformJobSummaries"])


def test_the_containers_of_a_pipeline_answer_one_after_the_other(cloud: RunningCloud, model: xgb.Booster) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    containers = [
        _by_code(cloud, "preparing", PREPARING),
        client.describe_model(ModelName="linear")["PrimaryContainer"],
    ]
    role = f"arn:aws:iam::{ACCOUNT}:role/transforming"
    client.create_model(ModelName="pipeline", ExecutionRoleArn=role, Containers=containers)
    _create(cloud, "pipeline", source="in/deep/", model="pipeline")
    job = transforms.ended(cloud, "pipeline")
    assert job["TransformJobStatus"] == "Completed", _streams(cloud, "pipeline")
    answers = "".join(f"{value}\n" for value in transforms.predictions(model, MORE))
    assert transforms.results(cloud, "pipeline") == {"b.csv.out": answers}


@pytest.mark.usefixtures("model")
def test_who_does_not_answer_in_time_is_asked_again_and_who_does_not_start_can_be_stopped(cloud: RunningCloud) -> None:
    client, role = cloud.client("sagemaker", ACCOUNT), f"arn:aws:iam::{ACCOUNT}:role/transforming"
    client.create_model(ModelName="slow", ExecutionRoleArn=role, PrimaryContainer=_by_code(cloud, "slow", SLOW))
    impatient = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 1}
    _create(cloud, "slow", source="mixed/1-good", model="slow", ModelClientConfig=impatient)
    _create(cloud, "starting", source="mixed/1-good", model="slow", Environment={"LOADS_FOR_EVER": "yes"})
    until(lambda: client.describe_transform_job(TransformJobName="starting").get("TransformStartTime"))
    client.stop_transform_job(TransformJobName="starting")
    assert transforms.ended(cloud, "starting")["TransformJobStatus"] == "Stopped"

    job = transforms.ended(cloud, "slow")

    assert job["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert transforms.results(cloud, "slow") == {}
    streams = _streams(cloud, "slow")
    assert sum("asked" in line for line in streams["container"]) == 2
    # Either the container says so, or it is too late too.
    assert any(f"{BUCKET}/mixed/1-good.csv: " in line for line in streams["data-log"])


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"ModelName": "nobody"}, "ValidationException", f"Could not find model \"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/nobody\"."),
        ({"ModelName": "many"}, "ValidationException", "Batch transform names no target model, and many has many"),
        ({"DataProcessing": {"InputFilter": "$.x"}}, "ValidationException", "by their index only"),
        ({"DataCaptureConfig": {"DestinationS3Uri": "s3://a/b"}}, "NotEmulated", "DataCaptureConfig"),
        ({"ExperimentConfig": {"TrialName": "t"}}, "NotEmulated", "ExperimentConfig"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("model")
def test_what_is_not_allowed_or_not_emulated_is_refused(
    cloud: RunningCloud, many: None, changes: dict[str, Any], code: str, said: str
) -> None:
    with pytest.raises(ClientError) as raised:
        _create(cloud, "refused", source="in/", **changes)
    assert raised.value.response["Error"]["Code"] == code
    assert said in raised.value.response["Error"]["Message"]


@pytest.fixture(scope="module")
def many(cloud: RunningCloud, model: xgb.Booster) -> None:
    """A model of many artifacts."""
    client = cloud.client("sagemaker", ACCOUNT)
    container = dict(client.describe_model(ModelName="linear")["PrimaryContainer"])
    container |= {"Mode": "MultiModel", "ModelDataUrl": f"s3://{BUCKET}/models/"}
    role = f"arn:aws:iam::{ACCOUNT}:role/transforming"
    client.create_model(ModelName="many", ExecutionRoleArn=role, PrimaryContainer=container)


def test_an_unknown_job_is_not_found_and_a_name_is_used_once(cloud: RunningCloud, model: xgb.Booster) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    with pytest.raises(ClientError, match="Could not find transform job"):
        client.describe_transform_job(TransformJobName="nobody")
    _create(cloud, "twice", source="nowhere/")
    with pytest.raises(ClientError) as raised:
        _create(cloud, "twice", source="nowhere/")
    assert raised.value.response["Error"]["Code"] == "ResourceInUse"
    transforms.ended(cloud, "twice")


@pytest.mark.usefixtures("model")
def test_a_policy_names_the_job_and_not_its_model(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html"""
    resource = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:transform-job/mine"
    statement = {"Effect": "Allow", "Action": "sagemaker:CreateTransformJob", "Resource": resource}
    client = as_role(cloud, make_role(cloud, "creator", [statement]), "sagemaker")
    request = transforms.request("mine", "linear", source="nowhere/")
    with pytest.raises(ClientError, match=r"AccessDenied.*sagemaker:CreateTransformJob"):
        client.create_transform_job(**request | {"TransformJobName": "yours"})
    with pytest.raises(ClientError, match=r"AccessDenied.*sagemaker:AddTags"):
        client.create_transform_job(**request | {"Tags": [{"Key": "app", "Value": "test"}]})
    client.create_transform_job(**request)
    transforms.ended(cloud, "mine")
