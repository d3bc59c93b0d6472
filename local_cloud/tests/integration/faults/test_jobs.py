"""Faults of jobs, as the clients of SageMaker and Glue see them."""

import io
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integration.faults.conftest import Add, hits
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker import data, tuning
from local_cloud.testing.waiting import until

pytestmark = pytest.mark.security("faults")

BUCKET = "faults-of-jobs"
# Four files, and a line on the standard output before and after them.
SCRIPT = """
import os, pathlib, sys
output = sys.argv[sys.argv.index("--output") + 1]
# Spark would find the bucket's folder through its configuration, and take seconds to start.
buckets = os.path.abspath("../buckets") + "/"
folder = pathlib.Path(output.replace("s3://", buckets))
print("at work", flush=True)
folder.mkdir(parents=True, exist_ok=True)
for number in range(4):
    (folder / f"part-{number}").write_text("x" * 100)
"""
CAPACITY = "CapacityError: Unable to provision requested ML compute capacity."


@pytest.fixture(scope="module")
def training_role(cloud: RunningCloud) -> str:
    data.upload(cloud)
    return data.role(cloud, "training-with-faults")


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=BUCKET)
    cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key="code/script.py", Body=SCRIPT.encode())
    everything = [{"Effect": "Allow", "Action": ["s3:*", "logs:*"], "Resource": "*"}]
    make_role(cloud, "glue-with-faults", everything, trust={"Service": "glue.amazonaws.com"})
    return make_role(cloud, "processing-with-faults", everything, trust={"Service": "sagemaker.amazonaws.com"})


@pytest.fixture
def fast(cloud: RunningCloud) -> Iterator[None]:
    """A clock on which an idle job reaches its limit after the ten real seconds that real work is always given."""
    cloud.control("clock", {"scale": 1000})
    yield
    cloud.control("clock", {"scale": 1})


def train(cloud: RunningCloud, name: str, role_arn: str) -> dict[str, Any]:
    data.train(cloud, name, role_arn)
    return data.ended(cloud, name)


def archive(cloud: RunningCloud, job: dict[str, Any]) -> bytes | None:
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    s3 = cloud.client("s3", ACCOUNT)
    if not s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"]:
        return None
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def process(cloud: RunningCloud, name: str, role_arn: str, *, seconds: int = 300) -> dict[str, Any]:
    root = "/opt/ml/processing"
    cloud.client("sagemaker", ACCOUNT).create_processing_job(
        ProcessingJobName=name,
        RoleArn=role_arn,
        AppSpecification={
            "ImageUri": data.IMAGE,
            "ContainerEntrypoint": ["python3", f"{root}/code/script.py"],
            "ContainerArguments": ["--output", f"{root}/output"],
        },
        ProcessingInputs=[
            {
                "InputName": "code",
                "S3Input": {
                    "S3Uri": f"s3://{BUCKET}/code/script.py",
                    "LocalPath": f"{root}/code",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "o",
                    "S3Output": {
                        "S3Uri": f"s3://{BUCKET}/{name}",
                        "LocalPath": f"{root}/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
        StoppingCondition={"MaxRuntimeInSeconds": seconds},
    )

    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = cloud.client("sagemaker", ACCOUNT).describe_processing_job(ProcessingJobName=name)
        return job if job["ProcessingJobStatus"] in {"Completed", "Failed", "Stopped"} else None

    return until(ended, seconds=90)


def run_glue(cloud: RunningCloud, name: str, *, minutes: int = 5) -> dict[str, Any]:
    glue = cloud.client("glue", ACCOUNT)
    command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{BUCKET}/code/script.py"}
    role_arn = f"arn:aws:iam::{ACCOUNT}:role/glue-with-faults"
    glue.create_job(Name=name, Role=role_arn, Command=command, GlueVersion="5.1", Timeout=minutes)
    run = glue.start_job_run(JobName=name, Arguments={"--output": f"s3://{BUCKET}/{name}/"})["JobRunId"]

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = glue.get_job_run(JobName=name, RunId=run)["JobRun"]
        return found if found["JobRunState"] in {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"} else None

    return until(ended, seconds=90)


def keys(cloud: RunningCloud, prefix: str) -> list[str]:
    listed = cloud.client("s3", ACCOUNT).list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/")
    return [item["Key"].removeprefix(f"{prefix}/") for item in listed.get("Contents", [])]


@pytest.mark.parametrize(
    ("cause", "reason"),
    [("capacity", CAPACITY), ("internal", "InternalServerError: "), ("algorithm", "AlgorithmError: ")],
)
def test_a_training_job_fails_as_aws_says_it(
    cause: str, reason: str, cloud: RunningCloud, training_role: str, add: Add
) -> None:
    add("job_failure", job="training", name=f"failing-{cause}", cause=cause)

    job = train(cloud, f"failing-{cause}", training_role)

    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason)
    assert archive(cloud, job) is None


def test_a_killed_training_job_tells_the_signal(cloud: RunningCloud, training_role: str, add: Add) -> None:
    made = add("job_crash", job="training", times=1)

    job = train(cloud, "killed", training_role)

    # A shell's convention, which SageMaker follows: 128 + SIGKILL.
    assert job["FailureReason"].endswith("exit code: 137")
    assert archive(cloud, job) is None
    assert hits(cloud, made) == 1
    assert train(cloud, "after-killed", training_role)["TrainingJobStatus"] == "Completed"


def test_a_training_jobs_model_arrives_incomplete(cloud: RunningCloud, training_role: str, add: Add) -> None:
    add("partial_upload", job="training")

    job = train(cloud, "incomplete", training_role)

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("InternalServerError: ")
    content = archive(cloud, job)
    assert content
    with pytest.raises((EOFError, tarfile.TarError)), tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as opened:
        opened.extractfile(opened.getmembers()[0]).read()  # type: ignore[union-attr]  # raises before


def test_a_hanging_training_job_is_stopped(cloud: RunningCloud, training_role: str, add: Add) -> None:
    add("job_hang", job="training")
    data.train(cloud, "hanging", training_role)
    sagemaker = cloud.client("sagemaker", ACCOUNT)
    until(lambda: sagemaker.describe_training_job(TrainingJobName="hanging")["SecondaryStatus"] == "Training" or None)

    sagemaker.stop_training_job(TrainingJobName="hanging")

    assert data.ended(cloud, "hanging")["TrainingJobStatus"] == "Stopped"


def test_a_trial_fails_and_its_tuning_job_goes_on(cloud: RunningCloud, training_role: str, add: Add) -> None:
    made = add("job_failure", job="trial", name="tuned-.*", times=1)
    request = tuning.request("tuned", training_role, trials=2, parallel=1)
    cloud.client("sagemaker", ACCOUNT).create_hyper_parameter_tuning_job(**request)

    job = tuning.ended(cloud, "tuned")

    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert job["TrainingJobStatusCounters"]["Completed"] == 1
    assert hits(cloud, made) == 1


def test_a_processing_job_fails_is_killed_or_loses_its_outputs(cloud: RunningCloud, role: str, add: Add) -> None:
    for kind in ("job_failure", "job_crash", "partial_upload"):
        add(kind, job="processing", name=f"with-{kind.replace('_', '-')}")

    failed, killed, partial = (
        process(cloud, f"with-{kind}", role) for kind in ("job-failure", "job-crash", "partial-upload")
    )

    assert [job["ProcessingJobStatus"] for job in (failed, killed, partial)] == ["Failed"] * 3
    assert failed["FailureReason"].startswith("AlgorithmError: ")
    assert killed["FailureReason"].endswith("exit code: 137")
    assert (keys(cloud, "with-job-failure"), keys(cloud, "with-job-crash")) == ([], [])
    assert keys(cloud, "with-partial-upload") == ["part-0", "part-1"]
    assert process(cloud, "without", role)["ProcessingJobStatus"] == "Completed"
    assert len(keys(cloud, "without")) == 4


def test_a_glue_run_fails_is_killed_or_loses_its_outputs(cloud: RunningCloud, role: str, add: Add) -> None:
    add("job_failure", job="glue", name="glue-failure", cause="capacity")
    add("job_crash", job="glue", name="glue-crash")
    add("partial_upload", job="glue", name="glue-partial", reason="Internal service error")

    failed, killed, partial = (run_glue(cloud, name) for name in ("glue-failure", "glue-crash", "glue-partial"))

    assert [run["JobRunState"] for run in (failed, killed, partial)] == ["FAILED"] * 3
    assert failed["ErrorMessage"] == "Resource unavailable"
    assert killed["ErrorMessage"] == "Command failed with exit code 137"
    assert partial["ErrorMessage"] == "Internal service error"
    assert (keys(cloud, "glue-failure"), keys(cloud, "glue-crash")) == ([], [])
    assert keys(cloud, "glue-partial") == ["part-0", "part-1"]


def test_hanging_jobs_run_into_their_limits_on_the_virtual_clock(
    cloud: RunningCloud, role: str, fast: None, add: Add
) -> None:
    add("job_hang", job="processing")
    add("job_hang", job="glue")

    with ThreadPoolExecutor() as pool:
        processing = pool.submit(process, cloud, "idle", role, seconds=3600)
        run = run_glue(cloud, "glue-idle", minutes=60)

    assert processing.result()["ProcessingJobStatus"] == "Stopped"
    assert (run["JobRunState"], run["ErrorMessage"]) == ("TIMEOUT", "Job run exceeded its timeout of 60 minutes")
