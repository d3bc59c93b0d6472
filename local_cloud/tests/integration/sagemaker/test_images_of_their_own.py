"""Images that have an environment of their own: their jobs and endpoints run in it, and without it are refused.

Whoever runs these tests has the image: ``python -m local_cloud images install 0.90-2``.
"""

import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel import environments, interpreters, lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.services.sagemaker import images
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import data, serving, tuning
from local_cloud.testing.waiting import until

NAME = "sagemaker-xgboost:0.90-2-cpu-py3"
IMAGE = f"683313688378.dkr.ecr.us-east-1.amazonaws.com/{NAME}"
# What a notebook does with the artifact, in an environment that has that version.
_PREDICT = """
import json, pickle, sys
import numpy, xgboost
booster = pickle.load(open(sys.argv[1], "rb"))
rows = xgboost.DMatrix(numpy.array(json.loads(sys.argv[2])))
print(json.dumps([xgboost.__version__, booster.predict(rows, validate_features=False).tolist()]))
"""


@pytest.fixture(scope="module")
def installed() -> None:
    images.find(IMAGE).check_installed()


@pytest.fixture(scope="module")
def role(cloud: RunningCloud, installed: None) -> str:
    data.upload(cloud)
    return data.role(cloud, "of-their-own")


def _predicted(artifact: bytes, rows: list[list[float]], folder: Path) -> Any:
    with tarfile.open(fileobj=io.BytesIO(artifact)) as content:
        content.extractall(folder, filter="data")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(interpreters.SHARED, str(folder / "interpreters"))
        python = images.find(IMAGE).interpreter.python
    command = [python, "-c", _PREDICT, str(folder / "xgboost-model"), json.dumps(rows)]
    return json.loads(subprocess.run(command, env={}, capture_output=True, check=True).stdout)


def test_what_a_job_trains_by_the_images_version_an_endpoint_serves_by_it(
    cloud: RunningCloud, role: str, tmp_path: Path
) -> None:
    data.train(cloud, "old", role, image=IMAGE)
    job = data.ended(cloud, "old")
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    metrics = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}
    # What this version computes itself it computes rightly; boosted trees are known to be right for 9 of 10 here.
    assert 0.9 < metrics["validation:accuracy"] <= 1

    key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{data.BUCKET}/")
    artifact = cloud.client("s3", ACCOUNT).get_object(Bucket=data.BUCKET, Key=key)["Body"].read()
    rows = [[float(cell) for cell in line.split(",")[1:]] for line in data.lines()[:4]]
    version, expected = _predicted(artifact, rows, tmp_path)
    assert version == "0.90"

    client = cloud.client("sagemaker", ACCOUNT)
    prefix = key.removesuffix("model.tar.gz")
    container = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": f"s3://{data.BUCKET}/{prefix}"}
    client.create_model(ModelName="old", ExecutionRoleArn=role, PrimaryContainer=container)
    _endpoint(client, "old")
    described = serving.settled(cloud, "old")
    assert described["EndpointStatus"] == "InService", described["FailureReason"]
    answer = serving.runtime(cloud).invoke_endpoint(
        EndpointName="old",
        TargetModel="model.tar.gz",
        ContentType="text/csv",
        Body="\n".join(",".join(map(repr, row)) for row in rows),
    )
    assert json.loads(answer["Body"].read()) == pytest.approx(expected, rel=1e-6)


def test_a_processing_job_sees_the_packages_of_the_image_and_no_others(cloud: RunningCloud, role: str) -> None:
    script = (
        "import json, sys, xgboost, pandas\n"
        "try:\n    import moto\nexcept ModuleNotFoundError as error:\n    sys.exit(f'{xgboost.__version__} {error}')"
    )
    cloud.client("s3", ACCOUNT).put_object(Bucket=data.BUCKET, Key="code/look.py", Body=script.encode())
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_processing_job(**_processing("look", role))

    def ended() -> Any:
        job = client.describe_processing_job(ProcessingJobName="look")
        return job if job["ProcessingJobStatus"] in {"Completed", "Failed"} else None

    assert "0.90 No module named 'moto'" in until(ended)["FailureReason"]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A server of a user who installed no image."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(environments.IMAGES, str(tmp_path_factory.mktemp("no-images")))
        running = lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("bare"), port=0))
    with running:
        yield running


@pytest.fixture(scope="module")
def bare_role(bare: RunningCloud) -> str:
    bare.client("s3", ACCOUNT).create_bucket(Bucket=data.BUCKET)
    return data.role(bare, "of-their-own")


def _processing(name: str, role: str) -> dict[str, Any]:
    code = {"S3Uri": f"s3://{data.BUCKET}/code/", "LocalPath": "/opt/ml/processing/input/code"}
    return {
        "ProcessingJobName": name,
        "RoleArn": role,
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/look.py"],
        },
        "ProcessingInputs": [
            {"InputName": "code", "S3Input": {**code, "S3DataType": "S3Prefix", "S3InputMode": "File"}},
        ],
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
    }


def _tuning(name: str, role: str) -> dict[str, Any]:
    request = tuning.request(name, role)
    request["TrainingJobDefinition"]["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    return request


def _endpoint(client: Any, name: str) -> None:
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    client.create_endpoint(EndpointName=name, EndpointConfigName=name)


def _serve(cloud: RunningCloud, role: str) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    # To keep a model is bookkeeping.
    container = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": f"s3://{data.BUCKET}/models/"}
    client.create_model(ModelName="served", ExecutionRoleArn=role, PrimaryContainer=container)
    _endpoint(client, "served")


def _transform(cloud: RunningCloud, role: str) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    cloud.client("s3", ACCOUNT).put_object(Bucket=data.BUCKET, Key="alone/model.tar.gz", Body=b"any")
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{data.BUCKET}/alone/model.tar.gz"}
    client.create_model(ModelName="alone", ExecutionRoleArn=role, PrimaryContainer=container)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{data.BUCKET}/data/"}}
    client.create_transform_job(
        TransformJobName="t",
        ModelName="alone",
        TransformInput={"DataSource": source, "ContentType": "text/csv"},
        TransformOutput={"S3OutputPath": f"s3://{data.BUCKET}/transformed/"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )


ASKED: dict[str, Callable[[RunningCloud, str], Any]] = {
    "training": lambda cloud, role: data.train(cloud, "j", role, image=IMAGE),
    "tuning": lambda cloud, role: cloud.client("sagemaker", ACCOUNT).create_hyper_parameter_tuning_job(
        **_tuning("t", role)
    ),
    "processing": lambda cloud, role: cloud.client("sagemaker", ACCOUNT).create_processing_job(
        **_processing("p", role)
    ),
    "an endpoint": _serve,
    "a transform": _transform,
}


@pytest.mark.parametrize("asked", ASKED)
def test_without_the_image_it_is_refused_at_once_with_the_command_that_makes_it(
    bare: RunningCloud, bare_role: str, asked: str
) -> None:
    with pytest.raises(ClientError) as refused:
        ASKED[asked](bare, bare_role)
    assert refused.value.response["Error"] == {
        "Code": "NotEmulated",
        "Message": f"the image '{NAME}' is not installed here, make it with"
        f" `python -m local_cloud images install {NAME}`",
    }
