"""An error that nobody foresaw, in the thread of each kind of job: the job has failed, the log tells why, the server lives."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.processes import runs
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker import data, tuning
from local_cloud.testing.waiting import until

pytestmark = pytest.mark.unforeseen("nobody foresaw this")

# Serves as the command does, after the inner functions of the jobs were broken.
_SERVER = """
import sys
from pathlib import Path
from local_cloud.kernel import server
from local_cloud.kernel.settings import Settings

def broken(*_, **__):
    raise ZeroDivisionError("nobody foresaw this")

build = server.build

def build_broken(running):
    made = build(running)
    from local_cloud.cloudformation.engine import Operation
    from local_cloud.services.glue.staging import Stage
    from local_cloud.services.sagemaker import fleet_start, job_files, tuning
    Operation._converge = Stage.fetch = fleet_start.start = job_files.upload_folder = broken
    job_files.copy = tuning.Search = broken
    return made

server.build = build_broken
server.serve(Settings(state_dir=Path(sys.argv[1]), port=int(sys.argv[2])))
"""
SAGEMAKER = "InternalServerError: We encountered an internal error. Please try again."


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    settings = Settings(state_dir=tmp_path_factory.mktemp("state"), port=lifecycle.free_port())
    log = settings.state_dir / "server.log"
    with log.open("wb") as out:
        command = [sys.executable, "-c", _SERVER, str(settings.state_dir), str(settings.port)]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    running = RunningCloud(settings, process.pid)
    with running:
        until(lambda: _is_up(running), seconds=60)
        data.upload(running)
        yield running
        assert runs(process.pid)


def _is_up(cloud: RunningCloud) -> bool | None:
    try:
        return bool(cloud.control("health")["status"] == "ok")
    except OSError:
        return None


def _failed(cloud: RunningCloud, describe: Callable[[], dict[str, Any]], status: str, failed: str) -> dict[str, Any]:
    def check() -> dict[str, Any] | None:
        found = describe()
        return found if found[status] == failed else None

    found = until(check)
    text = (cloud.settings.state_dir / "server.log").read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "ZeroDivisionError: nobody foresaw this" in text
    return found


def _log_names(cloud: RunningCloud, name: str) -> bool:
    return f"{name}: unforeseen error" in (cloud.settings.state_dir / "server.log").read_text(encoding="utf-8")


def test_a_training_job(cloud: RunningCloud) -> None:
    data.train(cloud, "broken", data.role(cloud, "training"))
    client = cloud.client("sagemaker", ACCOUNT)
    job = _failed(cloud, lambda: client.describe_training_job(TrainingJobName="broken"), "TrainingJobStatus", "Failed")
    assert job["FailureReason"] == SAGEMAKER
    assert job["SecondaryStatusTransitions"][-1]["Status"] == "Failed"
    assert _log_names(cloud, job["TrainingJobArn"])


def test_a_tuning_job(cloud: RunningCloud) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_hyper_parameter_tuning_job(**tuning.request("broken", data.role(cloud, "tuning"), trials=2))
    job = _failed(
        cloud,
        lambda: client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="broken"),
        "HyperParameterTuningJobStatus",
        "Failed",
    )
    assert job["FailureReason"] == SAGEMAKER
    assert _log_names(cloud, job["HyperParameterTuningJobArn"])


def test_a_processing_job(cloud: RunningCloud) -> None:
    client, root = cloud.client("sagemaker", ACCOUNT), "/opt/ml/processing"
    client.create_processing_job(
        ProcessingJobName="broken",
        RoleArn=data.role(cloud, "processing"),
        AppSpecification={"ImageUri": data.IMAGE, "ContainerEntrypoint": ["python3", "-c", "pass"]},
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "out",
                    "S3Output": {
                        "S3Uri": f"s3://{data.BUCKET}/out",
                        "LocalPath": f"{root}/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
    )
    job = _failed(
        cloud, lambda: client.describe_processing_job(ProcessingJobName="broken"), "ProcessingJobStatus", "Failed"
    )
    assert job["FailureReason"] == SAGEMAKER
    assert _log_names(cloud, job["ProcessingJobArn"])


def test_a_glue_job_run(cloud: RunningCloud) -> None:
    client = cloud.client("glue", ACCOUNT)
    everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    role = make_role(cloud, "glue", everything, trust={"Service": "glue.amazonaws.com"})
    command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{data.BUCKET}/script.py"}
    client.create_job(Name="broken", Role=role, Command=command, GlueVersion="5.1")
    run_id = client.start_job_run(JobName="broken")["JobRunId"]
    run = _failed(cloud, lambda: client.get_job_run(JobName="broken", RunId=run_id)["JobRun"], "JobRunState", "FAILED")
    assert run["ErrorMessage"] == "fault in the local cloud: ZeroDivisionError('nobody foresaw this')"
    assert _log_names(cloud, run_id)


def test_an_endpoint(cloud: RunningCloud) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    container = {"Image": data.IMAGE, "Mode": "MultiModel", "ModelDataUrl": f"s3://{data.BUCKET}/models/"}
    client.create_model(ModelName="m", ExecutionRoleArn=data.role(cloud, "serving"), PrimaryContainer=container)
    variant = {"VariantName": "a", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    client.create_endpoint(EndpointName="broken", EndpointConfigName="c")
    found = _failed(cloud, lambda: client.describe_endpoint(EndpointName="broken"), "EndpointStatus", "Failed")
    assert found["FailureReason"] == SAGEMAKER
    assert _log_names(cloud, found["EndpointArn"])


def test_a_stack(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", ACCOUNT)
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    made = client.create_change_set(
        StackName="broken", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=json.dumps(template)
    )
    client.execute_change_set(StackName="broken", ChangeSetName="first")
    stack = _failed(
        cloud, lambda: client.describe_stacks(StackName="broken")["Stacks"][0], "StackStatus", "ROLLBACK_FAILED"
    )
    assert stack["StackStatusReason"] == "local cloud: nobody foresaw this"
    assert _log_names(cloud, made["StackId"])
