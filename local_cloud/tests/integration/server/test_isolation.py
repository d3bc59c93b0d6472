"""Programs of customers see what their container's image has, not the repository that the server was started in."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.lambda_ import functions
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

REPOSITORY = Path(__file__).parents[3]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
FOREIGN = [
    "config",
    "contract",
    "lambda_src",
    "local_cloud.kernel",
    "local_cloud.services",
    "moto",
    "perennial",
    "tests",
]
_LOOK = f"""
import importlib
def look(names):
    found = []
    for name in names:
        try:
            importlib.import_module(name)
            found.append(name)
        except ModuleNotFoundError:
            pass
    return found
FOREIGN = {FOREIGN!r}
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(REPOSITORY)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "lambda_src")]))
        with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
            running.client("s3", ACCOUNT).create_bucket(Bucket="code")
            yield running


def _role(cloud: RunningCloud, service: str) -> str:
    everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    return make_role(cloud, service, everything, trust={"Service": f"{service}.amazonaws.com"})


def test_a_processing_script_finds_the_images_packages_only(cloud: RunningCloud) -> None:
    script = f"{_LOOK}\nimport sys\nsys.exit(repr(look(FOREIGN + ['pytest', 'boto3', 'xgboost'])))"
    cloud.client("s3", ACCOUNT).put_object(Bucket="code", Key="look.py", Body=script.encode())
    client, path = cloud.client("sagemaker", ACCOUNT), "/opt/ml/processing/input"
    client.create_processing_job(
        ProcessingJobName="look",
        RoleArn=_role(cloud, "sagemaker"),
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", f"{path}/look.py"]},
        ProcessingInputs=[
            {
                "InputName": "code",
                "S3Input": {
                    "S3Uri": "s3://code/look.py",
                    "LocalPath": path,
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
    )

    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = client.describe_processing_job(ProcessingJobName="look")
        return job if job["ProcessingJobStatus"] == "Failed" else None

    assert until(ended)["FailureReason"] == "AlgorithmError: ['boto3', 'xgboost'], exit code: 1"


def test_a_glue_script_finds_glues_packages_only(cloud: RunningCloud) -> None:
    script = f"{_LOOK}\nraise ValueError(look(FOREIGN + ['pytest', 'boto3', 'awsglue', 'pyspark', 'xgboost']))"
    cloud.client("s3", ACCOUNT).put_object(Bucket="code", Key="glue.py", Body=script.encode())
    client = cloud.client("glue", ACCOUNT)
    command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": "s3://code/glue.py"}
    client.create_job(Name="look", Role=_role(cloud, "glue"), Command=command, GlueVersion="5.1")
    run_id = client.start_job_run(JobName="look")["JobRunId"]

    def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = client.get_job_run(JobName="look", RunId=run_id)["JobRun"]
        return run if run["JobRunState"] == "FAILED" else None

    assert until(ended)["ErrorMessage"] == "ValueError: ['boto3', 'awsglue', 'pyspark']"


def test_a_function_finds_the_runtimes_packages_only(cloud: RunningCloud) -> None:
    code = f"{_LOOK}\ndef handle(event, context):\n    return look(FOREIGN + ['pytest', 'boto3', 'numpy'])"
    client = functions.create(
        cloud, "look", role=_role(cloud, "lambda"), handler="look.handle", files={"look.py": code}
    )
    assert json.loads(client.invoke(FunctionName="look")["Payload"].read()) == ["boto3"]
