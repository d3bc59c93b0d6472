"""Spot interruptions, as the clients of SageMaker see them."""

import io
import tarfile
from typing import Any

import pytest
import xgboost as xgb

from integration.faults.conftest import Add, hits
from local_cloud.kernel.errors import ServerError
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import data, tuning
from local_cloud.testing.waiting import until

pytestmark = pytest.mark.security("faults")

ROUNDS = 20
OLDER = "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.2-2"
# Of https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
ONCE = ["Starting", "Downloading", "Training", "Interrupted", "Starting", "Downloading", "Training", "Uploading"]


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    data.upload(cloud)
    return data.role(cloud, "spot", more=["s3:DeleteObject"])


def train(cloud: RunningCloud, name: str, role_arn: str, *, checkpoints: str | None = None, wait: int = 600) -> Any:
    data.train(cloud, name, role_arn, spot=wait, checkpoints=checkpoints)
    return data.ended(cloud, name)


def keys(cloud: RunningCloud, prefix: str) -> set[str]:
    listed = cloud.client("s3", ACCOUNT).list_objects_v2(Bucket=data.BUCKET, Prefix=f"{prefix}/")
    return {item["Key"].removeprefix(f"{prefix}/") for item in listed.get("Contents", [])}


def statuses(job: dict[str, Any]) -> list[str]:
    return [item["Status"] for item in job["SecondaryStatusTransitions"]]


def logs(cloud: RunningCloud, name: str) -> list[list[str]]:
    """The lines of each of a job's streams, the oldest stream first."""
    client, group = cloud.client("logs", ACCOUNT), "/aws/sagemaker/TrainingJobs"
    streams = client.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
    return [
        [event["message"] for event in client.get_log_events(logGroupName=group, logStreamName=stream)["events"]]
        for stream in sorted(stream["logStreamName"] for stream in streams)
    ]


def rounds(lines: list[str]) -> int:
    return sum("#011train-" in line for line in lines)


def model(cloud: RunningCloud, name: str) -> xgb.Booster:
    stored = cloud.client("s3", ACCOUNT).get_object(Bucket=data.BUCKET, Key=f"models/{name}/output/model.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(stored["Body"].read()), mode="r:gz") as archive:
        file = archive.extractfile("xgboost-model")
        assert file
        return xgb.Booster(model_file=bytearray(file.read()))


def test_an_interrupted_job_goes_on_from_its_checkpoint(cloud: RunningCloud, role: str, add: Add) -> None:
    # As a container of XGBoost before 1.3 leaves it; see containers/sagemaker/xgboost/checkpointing.py.
    rows = data.lines()
    matrix = xgb.DMatrix(
        [[float(cell) for cell in row.split(",")[1:]] for row in rows], [row[0] == "1" for row in rows]
    )
    begun = xgb.train({"objective": "binary:logistic", "max_depth": 3}, matrix, num_boost_round=12)
    body = bytes(begun.save_raw("ubj"))
    cloud.client("s3", ACCOUNT).put_object(Bucket=data.BUCKET, Key="kept/xgboost-checkpoint.11", Body=body)
    made = add("spot_interruption", job="training", name="goes-on", line=r"\[3\].*", times=1)

    job = train(cloud, "goes-on", role, checkpoints="kept")

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert statuses(job) == [*ONCE, "Completed"]
    assert hits(cloud, made) == 1
    first, second = logs(cloud, "goes-on")
    assert first[0].endswith("/xgboost-checkpoint.11")
    assert first[1] == second[1] == "Resuming from iteration 12"
    assert rounds(second) == ROUNDS - 12
    assert 4 <= rounds(first) <= rounds(second)
    assert model(cloud, "goes-on").num_boosted_rounds() == ROUNDS
    assert job["CheckpointConfig"] == {"S3Uri": f"s3://{data.BUCKET}/kept"}
    assert 1 <= job["BillableTimeInSeconds"] <= job["TrainingTimeInSeconds"]


def test_a_container_before_1_3_goes_on_from_what_it_wrote_itself(cloud: RunningCloud, role: str, add: Add) -> None:
    made = add("spot_interruption", job="training", name="older", line=r"\[40\].*", times=1)

    data.train(cloud, "older", role, spot=600, checkpoints="older", image=OLDER, num_round="60", eval_metric="logloss")
    job = data.ended(cloud, "older")

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert hits(cloud, made) == 1
    first, second = logs(cloud, "older")
    resumed = int(second[1].removeprefix("Resuming from iteration "))
    # It may have told of a round whose checkpoint it could not write any more.
    assert rounds(first) - 1 <= resumed <= rounds(first)
    assert resumed >= 40
    assert rounds(second) == 60 - resumed
    # Five of each try.
    kept = {*range(resumed - 5, resumed), *range(max(55, resumed), 60)}
    assert keys(cloud, "older") == {f"xgboost-checkpoint.{index}" for index in kept}


def test_awss_container_does_not_go_on_from_what_it_wrote_itself(cloud: RunningCloud, role: str, add: Add) -> None:
    made = add("spot_interruption", job="training", name="anew", times=1)

    job = train(cloud, "anew", role, checkpoints="anew")

    assert statuses(job) == [*ONCE, "Completed"]
    assert hits(cloud, made) == 1
    assert keys(cloud, "anew") == {"xgboost-checkpoint_0.ubj"}
    first, second = logs(cloud, "anew")
    assert rounds(first) >= 1
    assert rounds(second) == ROUNDS


def test_linear_learner_trains_the_epochs_that_are_left(cloud: RunningCloud, role: str, add: Add) -> None:
    epochs = 300
    made = add("spot_interruption", job="training", name="line", line=r".*epoch=20, train.*", times=1)
    place = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{data.BUCKET}/data/train/"}
    cloud.client("sagemaker", ACCOUNT).create_training_job(
        TrainingJobName="line",
        AlgorithmSpecification={
            "TrainingImage": "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1",
            "TrainingInputMode": "File",
        },
        RoleArn=role,
        HyperParameters={
            "predictor_type": "binary_classifier",
            "epochs": str(epochs),
            "early_stopping_patience": str(epochs),
            "mini_batch_size": "5",
            "num_models": "1",
        },
        InputDataConfig=[
            {"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": place}},
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{data.BUCKET}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300, "MaxWaitTimeInSeconds": 600},
        EnableManagedSpotTraining=True,
        CheckpointConfig={"S3Uri": f"s3://{data.BUCKET}/line"},
    )

    job = data.ended(cloud, "line")

    assert statuses(job) == [*ONCE, "Completed"], job.get("FailureReason")
    assert hits(cloud, made) == 1
    assert keys(cloud, "line") == {"linear-learner.npz"}
    first, second = logs(cloud, "line")
    (told,) = [line for line in second if "Loaded checkpoint of epoch" in line]
    left = int(told.rpartition(", ")[2].split()[0])
    assert 0 < left < epochs - 20
    trained = [sum("#early_stopping_criteria_metric" in line for line in lines) for lines in (first, second)]
    assert trained[1] == left
    # An epoch may have been interrupted after its line and before its checkpoint, and then it is trained again.
    assert sum(trained) in {epochs, epochs + 1}


def test_a_job_that_waits_too_long_for_instances_is_stopped(cloud: RunningCloud, role: str, add: Add) -> None:
    add("spot_interruption", job="training", name="waits", line=r"\[0\].*", wait_seconds=1000)
    data.train(cloud, "waits", role, spot=600)
    sagemaker = cloud.client("sagemaker", ACCOUNT)
    until(lambda: sagemaker.describe_training_job(TrainingJobName="waits")["SecondaryStatus"] == "Interrupted" or None)
    cloud.control("clock", {"advance_seconds": 601})

    job = data.ended(cloud, "waits")

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert statuses(job)[-2:] == ["Interrupted", "MaxWaitTimeExceeded"]
    assert "FailureReason" not in job
    assert keys(cloud, "models/waits") == set()


def test_each_trial_keeps_its_own_checkpoints(cloud: RunningCloud, role: str, add: Add) -> None:
    made = add("spot_interruption", job="trial", name="searched-001-.*", times=1)
    request = tuning.request("searched", role, trials=2, parallel=1)
    definition = request["TrainingJobDefinition"]
    definition["EnableManagedSpotTraining"] = True
    definition["StoppingCondition"]["MaxWaitTimeInSeconds"] = 600
    definition["CheckpointConfig"] = {"S3Uri": f"s3://{data.BUCKET}/searched/"}
    cloud.client("sagemaker", ACCOUNT).create_hyper_parameter_tuning_job(**request)

    job = tuning.ended(cloud, "searched")

    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert hits(cloud, made) == 1
    trials = cloud.client("sagemaker", ACCOUNT).list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="searched"
    )["TrainingJobSummaries"]
    assert keys(cloud, "searched") == {f"{trial['TrainingJobName']}/xgboost-checkpoint_0.ubj" for trial in trials}


def test_a_job_that_may_not_write_its_checkpoints_fails(cloud: RunningCloud, role: str) -> None:
    reader = data.role(cloud, "spot-reader", without="s3:PutObject")

    job = train(cloud, "unwritten", reader, checkpoints="unwritten")

    assert job["TrainingJobStatus"] == "Failed"
    assert "AccessDenied" in job["FailureReason"]
    assert "unwritten/xgboost-checkpoint_0.ubj" in job["FailureReason"]


def test_a_job_on_demand_keeps_its_instances(cloud: RunningCloud, role: str, add: Add) -> None:
    made = add("spot_interruption", job="training", name="on-demand", line=".*")
    data.train(cloud, "on-demand", role, num_round="1")

    assert data.ended(cloud, "on-demand")["TrainingJobStatus"] == "Completed"
    assert hits(cloud, made) == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"job": "glue"}, r"job must be one of \['training', 'trial'\], got 'glue'"),
        ({"job": "training", "line": "("}, "line must be a regular expression"),
        ({"job": "training", "wait_seconds": 0}, "wait_seconds must be a positive number"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(cloud: RunningCloud, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ServerError, match=said):
        cloud.control("faults", {"add": {"kind": "spot_interruption", **fields}})
