"""The optimised integration's ``.sync``: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html"""

import json
from typing import Any

import pytest

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker import data, transforms, tuning
from local_cloud.testing.waiting import until

RESOURCE = "arn:aws:states:::sagemaker:create"


@pytest.fixture(scope="module")
def job_role(cloud: RunningCloud) -> str:
    data.upload(cloud)
    return data.role(cloud, "job")


@pytest.fixture(scope="module")
def role(cloud: RunningCloud, job_role: str) -> str:
    kinds = {
        "HyperParameterTuningJob": "hyper-parameter-tuning-job",
        "ProcessingJob": "processing-job",
        "TransformJob": "transform-job",
    }
    statements: list[dict[str, Any]] = [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": job_role}]
    statements += [
        {
            "Effect": "Allow",
            "Action": [f"sagemaker:{verb}{kind}" for verb in ("Create", "Describe", "Stop")] + ["sagemaker:AddTags"],
            "Resource": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{resource}/*",
        }
        for kind, resource in kinds.items()
    ]
    return make_role(cloud, "states", statements, trust={"Service": "states.amazonaws.com"})


def _run(cloud: RunningCloud, role: str, name: str, kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
    client = cloud.client("stepfunctions", ACCOUNT)
    state = {"Type": "Task", "Resource": f"{RESOURCE}{kind}.sync", "Arguments": arguments, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Job", "States": {"Job": state}}
    arn = client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=arn)["executionArn"]

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = client.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    return until(ended, seconds=90)


def _processing(role: str, program: str) -> dict[str, Any]:
    return {
        "ProcessingJobName": "job",
        "RoleArn": role,
        "AppSpecification": {"ImageUri": data.IMAGE, "ContainerEntrypoint": ["python3", "-c", program]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
    }


def test_a_tuning_jobs_description_is_the_output(cloud: RunningCloud, role: str, job_role: str) -> None:
    found = _run(cloud, role, "tune", "HyperParameterTuningJob", tuning.request("tune", job_role, trials=2))
    assert found["status"] == "SUCCEEDED", found.get("cause")
    output = json.loads(found["output"])
    assert output["HyperParameterTuningJobStatus"] == "Completed"
    assert output["ObjectiveStatusCounters"]["Succeeded"] == 2
    best = output["BestTrainingJob"]
    assert best["TrainingJobName"].startswith("tune-00")
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["MetricName"] == "validation:auc"


@pytest.mark.usefixtures("role")
def test_who_may_not_pass_the_role_tunes_nothing(cloud: RunningCloud, job_role: str) -> None:
    statement = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
    role = make_role(cloud, "no-pass", [statement], trust={"Service": "states.amazonaws.com"})
    found = _run(cloud, role, "no-pass", "HyperParameterTuningJob", tuning.request("no-pass", job_role))
    assert found["status"] == "FAILED"
    assert "iam:PassRole" in found["cause"]


@pytest.mark.parametrize(("program", "status"), [("print(1)", "SUCCEEDED"), ("raise SystemExit('broken')", "FAILED")])
def test_a_processing_job_ends_the_state(
    cloud: RunningCloud, role: str, job_role: str, program: str, status: str
) -> None:
    name = f"process-{status.lower()}"
    arguments = _processing(job_role, program) | {"ProcessingJobName": name}
    found = _run(cloud, role, name, "ProcessingJob", arguments)
    assert found["status"] == status, found.get("cause")
    told = json.loads(found["output"] if status == "SUCCEEDED" else found["cause"])
    assert told["ProcessingJobName"] == name
    if status == "FAILED":
        assert found["error"] == "States.TaskFailed"
        assert told["FailureReason"] == "AlgorithmError: broken, exit code: 1"


@pytest.mark.parametrize(("body", "status"), [("0.5,1,2\n", "SUCCEEDED"), ("a,b,c\n", "FAILED")])
def test_a_transform_job_ends_the_state(cloud: RunningCloud, role: str, job_role: str, body: str, status: str) -> None:
    name = f"transform-{status.lower()}"
    transforms.upload(cloud, transforms.booster())
    transforms.create_model(cloud, name, job_role)
    cloud.client("s3", ACCOUNT).put_object(Bucket=data.BUCKET, Key=f"{name}/a.csv", Body=body.encode())
    found = _run(cloud, role, name, "TransformJob", transforms.request(name, name, source=f"{name}/"))
    assert found["status"] == status, found.get("cause")
    told = json.loads(found["output"] if status == "SUCCEEDED" else found["cause"])
    assert told["TransformJobName"] == name
    assert isinstance(told["TransformEndTime"], int)
    assert list(transforms.results(cloud, name)) == (["a.csv.out"] if status == "SUCCEEDED" else [])
    if status == "FAILED":
        assert found["error"] == "States.TaskFailed"
        assert told["FailureReason"] == "ClientError: See job logs for more information"
