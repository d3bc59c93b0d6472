import io
import re
import tarfile
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import data
from local_cloud.testing.waiting import until


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    data.upload(cloud)
    return data.role(cloud, "training")


@pytest.fixture(scope="module")
def completed(cloud: RunningCloud, role: str) -> dict[str, Any]:
    data.train(cloud, "completed", role)
    return data.ended(cloud, "completed")


def test_a_job_reports_metrics_that_it_measured(completed: dict[str, Any]) -> None:
    assert completed["TrainingJobStatus"] == "Completed", completed.get("FailureReason")
    metrics = {item["MetricName"]: item["Value"] for item in completed["FinalMetricDataList"]}
    assert set(metrics) == {
        f"{part}:{name}" for part in ("train", "validation") for name in ("accuracy", "logloss", "auc")
    }
    # Boosted trees are known to rank 90 % of the pairs rightly on this data; whoever guesses ranks half of them.
    assert 0.9 < metrics["validation:auc"] <= 1
    # AWS's container takes all probabilities for class 1, see its metrics.
    validation = data.lines()[::5]
    ones = sum(line.startswith("1,") for line in validation) / len(validation)
    assert metrics["validation:accuracy"] == pytest.approx(ones, abs=1e-5)
    assert metrics["train:logloss"] < metrics["validation:logloss"] < 0.6931


def test_the_artifact_holds_the_model_only_where_sagemaker_puts_it(
    cloud: RunningCloud, completed: dict[str, Any]
) -> None:
    uri = completed["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{data.BUCKET}/models/completed/output/model.tar.gz"
    key = uri.removeprefix(f"s3://{data.BUCKET}/")
    body = cloud.client("s3", ACCOUNT).get_object(Bucket=data.BUCKET, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as content:
        assert content.getnames() == ["xgboost-model"]


def test_the_steps_of_a_job_are_told_in_their_order(completed: dict[str, Any]) -> None:
    steps = [item["Status"] for item in completed["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert completed["TrainingStartTime"] <= completed["TrainingEndTime"]


def test_a_description_has_what_sdks_read_without_asking_whether_it_is_there(completed: dict[str, Any]) -> None:
    # estimator.py of the SDK 2.257.7, _prepare_init_params_from_job_description, and analytics.py.
    assert completed["OutputDataConfig"]["KmsKeyId"] == ""
    assert completed["ResourceConfig"] == {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    assert completed["StoppingCondition"]["MaxRuntimeInSeconds"] == 300
    assert completed["AlgorithmSpecification"]["TrainingInputMode"] == "File"
    names = {item["Name"] for item in completed["AlgorithmSpecification"]["MetricDefinitions"]}
    assert {item["MetricName"] for item in completed["FinalMetricDataList"]} <= names
    switches = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")
    assert [completed[switch] for switch in switches] == [False, False, False]


def test_the_time_of_a_job_begins_with_its_download(completed: dict[str, Any]) -> None:
    begins = {item["Status"]: item["StartTime"] for item in completed["SecondaryStatusTransitions"]}
    assert completed["TrainingStartTime"] == begins["Downloading"]


def test_every_round_is_in_cloudwatch_between_the_start_and_the_end(
    cloud: RunningCloud, completed: dict[str, Any]
) -> None:
    # As TrainingJobAnalytics of the SDK 2.257.7 asks.
    points = cloud.client("cloudwatch", ACCOUNT).get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="train:logloss",
        Dimensions=[{"Name": "TrainingJobName", "Value": "completed"}],
        StartTime=completed["TrainingStartTime"],
        EndTime=completed["TrainingEndTime"] + timedelta(minutes=1),
        Period=60,
        Statistics=["SampleCount", "Minimum", "Average"],
    )["Datapoints"]
    final = {item["MetricName"]: item["Value"] for item in completed["FinalMetricDataList"]}["train:logloss"]

    # One value a round, however many minutes they fell into; boosting lowers the loss on what it learns from.
    assert sum(point["SampleCount"] for point in points) == int(data.HYPERPARAMETERS["num_round"])
    assert min(point["Minimum"] for point in points) == final
    assert all(final <= point["Average"] < 0.6931 for point in points)


@pytest.mark.usefixtures("completed")
def test_a_name_is_used_once(cloud: RunningCloud, role: str) -> None:
    with pytest.raises(ClientError) as raised:
        data.train(cloud, "completed", role)
    assert raised.value.response["Error"]["Code"] == "ResourceInUse"


@pytest.mark.usefixtures("role")
@pytest.mark.parametrize("action", data.S3_ACTIONS)
def test_a_missing_grant_fails_the_job_and_is_named(cloud: RunningCloud, action: str) -> None:
    name = f"without-{action.removeprefix('s3:')}"
    role_arn = data.role(cloud, name, without=action)
    data.train(cloud, name, role_arn)
    job = data.ended(cloud, name)
    assert job["TrainingJobStatus"] == "Failed"
    assert "AccessDenied" in job["FailureReason"]
    assert f"assumed-role/{name}/" in job["FailureReason"]
    assert action in job["FailureReason"]
    # The SDK's TrainingJobAnalytics reads it of any job, also of one that did not get beyond its download.
    assert job["TrainingStartTime"] <= job["TrainingEndTime"]


@pytest.mark.parametrize(
    ("case", "changes", "said"),
    [
        ("unknown", {"colour": "blue"}, "Extraneous hyperparameter found: colour"),
        ("no-number", {"max_depth": "deep"}, "Hyperparameter max_depth: could not parse value (caused by ValueError)"),
        ("no-objective", {"objective": "binary:guess"}, "binary:guess"),
    ],
)
def test_a_wrong_hyperparameter_fails_the_job_with_the_algorithms_words(
    cloud: RunningCloud, role: str, case: str, changes: dict[str, Any], said: str
) -> None:
    data.train(cloud, case, role, **changes)
    job = data.ended(cloud, case)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ")
    assert said in job["FailureReason"]
    assert job["FailureReason"].endswith("exit code: 1")


def test_libsvm_by_a_url_needs_no_content_type(cloud: RunningCloud, role: str) -> None:
    rows = "\n".join(f"{row % 2} 0:{row} 1:{row * 7 % 13}" for row in range(20))
    cloud.client("s3", ACCOUNT).put_object(Bucket=data.BUCKET, Key="libsvm/rows", Body=rows.encode())
    client = cloud.client("sagemaker", ACCOUNT)
    uri = f"https://s3.us-east-1.amazonaws.com/{data.BUCKET}"
    for name, source in (("libsvm", "libsvm/"), ("untyped", "data/train/")):
        client.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": data.IMAGE, "TrainingInputMode": "FastFile"},
            RoleArn=role,
            HyperParameters={"num_round": "1", "learning_rate": "0.5"},
            Environment={"PURPOSE": "test"},
            InputDataConfig=[
                {
                    "ChannelName": "train",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{uri}/{source}"}},
                }
            ],
            OutputDataConfig={"S3OutputPath": f"s3://{data.BUCKET}/models"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 300},
        )
    trained, untyped = (data.ended(cloud, name) for name in ("libsvm", "untyped"))
    assert trained["TrainingJobStatus"] == "Completed", trained.get("FailureReason")
    assert trained["Environment"] == {"PURPOSE": "test"}
    assert re.match(
        r"AlgorithmError: First line '.*\.\.\.' of file 'part-0.csv' is not 'LIBSVM'", untyped["FailureReason"]
    )


def test_a_marker_of_spark_in_a_channel_fails_the_job_unless_the_prefix_leaves_it_out(
    cloud: RunningCloud, role: str
) -> None:
    marker = {"Bucket": data.BUCKET, "Key": "data/validation/_SUCCESS"}
    s3 = cloud.client("s3", ACCOUNT)
    s3.put_object(**marker, Body=b"")
    try:
        data.train(cloud, "with-marker", role)
        data.train(cloud, "without-marker", role, files="part", num_round="1")
        refused, trained = (data.ended(cloud, name) for name in ("with-marker", "without-marker"))
    finally:
        s3.delete_object(**marker)
    assert refused["FailureReason"].startswith(
        "AlgorithmError: Could not determine delimiter on line : _SUCCESS of channel validation has nothing"
    )
    assert trained["TrainingJobStatus"] == "Completed", trained.get("FailureReason")


def test_a_job_is_stopped(cloud: RunningCloud, role: str) -> None:
    data.train(cloud, "stopped", role, num_round="1000000")
    client = cloud.client("sagemaker", ACCOUNT)

    def trains() -> bool | None:
        return client.describe_training_job(TrainingJobName="stopped")["SecondaryStatus"] == "Training" or None

    until(trains)
    client.stop_training_job(TrainingJobName="stopped")
    assert data.ended(cloud, "stopped")["TrainingJobStatus"] == "Stopped"
