"""A local cloud with what a retrained model leaves behind, and the SDK in the environment that examples/ asks for."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import data, tuning
from local_cloud.testing.waiting import until

ROOT = Path(__file__).parents[3]
SDK = Path(sys.executable).parent
GROUP = "perennial-flight-delay"
ENDPOINT = "perennial-sandbox"
TARGET = "flight-delay.tar.gz"
TRAINING_JOB = "first-job"
TUNING_JOB = "tuning-job"
REQUEST = ",".join(data.lines()[0].split(",")[1:])
# As the evaluation job writes it; the numbers are not the point here.
EVALUATION = {
    "problem_type": "binary_classification",
    "rows": 114,
    "candidate": {"metrics": {"accuracy": 0.9474, "auc": 0.9814}, "slices": {}},
    "champion": None,
    "difference": None,
    "golden": {"request": REQUEST, "answer": 0.01},
}

Sdk = Callable[[str], Any]


@dataclass(frozen=True)
class Artefacts:
    """What the tests ask the SDK about: version 1 was trained, version 2 is the best trial of a tuning job."""

    cloud: RunningCloud
    folder: Path
    training_jobs: tuple[str, str]

    def client(self, service: str) -> Any:
        return self.cloud.client(service, ACCOUNT)

    def environment(self) -> dict[str, str]:
        """A data scientist's shell: where the cloud is, and a home of its own."""
        return {
            **self.cloud.environment(ACCOUNT),
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(ROOT / "examples" / "sagemaker-config.yaml"),
        }


@pytest.fixture(scope="package")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Artefacts]:
    """A training and a tuning job, a version of each that waits for approval, and an endpoint that serves the first."""
    with api.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as cloud:
        data.upload(cloud)
        role = data.role(cloud, "sagemaker")
        request = tuning.request(TUNING_JOB, role, trials=3)
        cloud.client("sagemaker", ACCOUNT).create_hyper_parameter_tuning_job(**request)
        data.train(cloud, TRAINING_JOB, role)
        assert data.ended(cloud, TRAINING_JOB)["TrainingJobStatus"] == "Completed"
        tuned = tuning.ended(cloud, TUNING_JOB)
        assert tuned["HyperParameterTuningJobStatus"] == "Completed", tuned
        jobs = (TRAINING_JOB, tuned["BestTrainingJob"]["TrainingJobName"])
        made = Artefacts(cloud, tmp_path_factory.mktemp("home"), jobs)
        _serve(made, role)
        _register(made)
        yield made


@pytest.fixture(scope="package")
def shell(artefacts: Artefacts) -> Iterator["subprocess.Popen[str]"]:
    """A program that has imported the SDK, and forks itself for each piece of code."""
    with (artefacts.folder / "sdk.log").open("wb") as log:
        process = subprocess.Popen(
            [str(SDK / "python"), "-c", _PROGRAM],
            env=artefacts.environment(),
            cwd=artefacts.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with process:
            yield process
            assert process.stdin is not None
            process.stdin.close()


@pytest.fixture
def sdk(shell: "subprocess.Popen[str]", artefacts: Artefacts) -> Sdk:
    """Run code with the SDK's resources; returns what it assigned to ``result``, through JSON."""

    def run(code: str) -> Any:
        assert shell.stdin is not None
        assert shell.stdout is not None
        shell.stdin.write(f"{json.dumps(dedent(code))}\n")
        shell.stdin.flush()
        told = next((line for line in shell.stdout if line.startswith((_ANSWER, _FAILURE))), _FAILURE)
        assert told.startswith(_ANSWER), (artefacts.folder / "sdk.log").read_text(encoding="utf-8")
        return json.loads(told.removeprefix(_ANSWER))

    return run


def run_in_sdk(
    artefacts: Artefacts, command: list[str], *, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run a program of the SDK's environment."""
    program = SDK / command[0]
    assert program.exists(), f"{program} is missing, run `make install`"
    finished = subprocess.run(
        [str(program), *command[1:]],
        env=environment,
        cwd=artefacts.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_SECONDS,
    )
    assert finished.returncode == 0, finished.stderr
    return finished


_ANSWER, _FAILURE = "answer ", "failure"
_LONGEST_SECONDS = 1800
_PROGRAM = f"""
import json, os, signal, sys
from sagemaker.core.resources import *
while line := sys.stdin.readline():
    pid = os.fork()
    if not pid:
        signal.alarm({_LONGEST_SECONDS})
        exec(json.loads(line))
        print("{_ANSWER}" + json.dumps(result), flush=True)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        print("{_FAILURE}", flush=True)
"""


def _artifact(job: str) -> str:
    return f"models/{job}/output/model.tar.gz"


def _serve(made: Artefacts, role: str) -> None:
    client = made.client("sagemaker")
    made.client("s3").copy_object(
        Bucket=data.BUCKET, Key=f"served/{TARGET}", CopySource={"Bucket": data.BUCKET, "Key": _artifact(TRAINING_JOB)}
    )
    container = {"Image": data.IMAGE, "Mode": "MultiModel", "ModelDataUrl": f"s3://{data.BUCKET}/served/"}
    client.create_model(ModelName="model", ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": "model",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    client.create_endpoint_config(EndpointConfigName="config", ProductionVariants=[variant])
    client.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="config")
    until(lambda: client.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "InService" or None)


def _register(made: Artefacts) -> None:
    client = made.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    for job, tuning_job in zip(made.training_jobs, ("none", TUNING_JOB), strict=True):
        key = f"evaluations/{job}/evaluation.json"
        made.client("s3").put_object(Bucket=data.BUCKET, Key=key, Body=json.dumps(EVALUATION).encode())
        uri = f"s3://{data.BUCKET}/{key}"
        client.create_model_package(
            ModelPackageGroupName=GROUP,
            ModelApprovalStatus="PendingManualApproval",
            InferenceSpecification={
                "Containers": [{"Image": data.IMAGE, "ModelDataUrl": f"s3://{data.BUCKET}/{_artifact(job)}"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            ModelMetrics={"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": uri}}},
            CustomerMetadataProperties={"training_job": job, "tuning_job": tuning_job},
        )
