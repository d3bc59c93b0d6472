"""Linear learner as a client meets it: a training job, answers of its model, a tuning job, a job that fails."""

import json
from typing import Any

import numpy as np
import pytest

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import data, serving, tuning
from local_cloud.testing.sagemaker.algorithms import csv, records

IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
NAME = "salaries"


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    """Salaries by years of experience in S3: 9,500 for each."""
    random = np.random.default_rng(0)
    years = random.uniform(0, 20, (1000, 1))
    wages = 30000 + 9500 * years[:, 0] + random.normal(0, 4000, 1000)
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=data.BUCKET)
    s3.put_object(Bucket=data.BUCKET, Key="data/train/part-00000", Body=records(years[:800], wages[:800]))
    s3.put_object(Bucket=data.BUCKET, Key="data/validation/part-00000", Body=csv(years[800:], wages[800:]))
    return cloud.client("sagemaker", ACCOUNT)


@pytest.fixture(scope="module")
def role(cloud: RunningCloud, client: Any) -> str:
    return data.role(cloud, NAME)


def _definition(role_arn: str) -> dict[str, Any]:
    places = {name: f"s3://{data.BUCKET}/data/{name}/" for name in ("train", "validation")}
    channels: list[dict[str, Any]] = [
        {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": place}}}
        for name, place in places.items()
    ]
    # The other one has no content type, as those that the SDK's record_set makes.
    channels[1]["ContentType"] = "text/csv"
    return {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": role_arn,
        "InputDataConfig": channels,
        "OutputDataConfig": {"S3OutputPath": f"s3://{data.BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
    }


def _train(cloud: RunningCloud, client: Any, name: str, role_arn: str, **changes: str) -> dict[str, Any]:
    hyperparameters = {"predictor_type": "regressor", "mini_batch_size": "100", **changes}
    client.create_training_job(TrainingJobName=name, HyperParameters=hyperparameters, **_definition(role_arn))
    return data.ended(cloud, name)


@pytest.fixture(scope="module")
def trained(cloud: RunningCloud, client: Any, role: str) -> dict[str, Any]:
    return _train(cloud, client, NAME, role)


def test_a_job_tells_the_metrics_of_the_algorithm(trained: dict[str, Any]) -> None:
    assert trained["TrainingJobStatus"] == "Completed", trained.get("FailureReason")
    found = {item["MetricName"]: item["Value"] for item in trained["FinalMetricDataList"]}
    # What the years do not explain is 4,000.
    assert 3500 < found["validation:rmse"] < 4500
    assert found["validation:objective_loss:final"] == found["validation:mse"]
    definitions = {item["Name"]: item["Regex"] for item in trained["AlgorithmSpecification"]["MetricDefinitions"]}
    assert set(found) <= set(definitions)
    assert definitions["validation:mse"] == r"#quality_metric: host=\S+, validation mse <loss>=(\S+)"
    assert "ObjectiveMetric" not in definitions


def test_its_model_answers_behind_an_endpoint(
    cloud: RunningCloud, client: Any, role: str, trained: dict[str, Any]
) -> None:
    uri = trained["ModelArtifacts"]["S3ModelArtifacts"]
    place = {"ModelDataUrl": uri.removesuffix("model.tar.gz"), "Mode": "MultiModel"}
    client.create_model(ModelName=NAME, ExecutionRoleArn=role, PrimaryContainer={"Image": IMAGE, **place})
    variant = {"VariantName": "v", "ModelName": NAME, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
    client.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    assert serving.settled(cloud, NAME)["EndpointStatus"] == "InService"
    runtime = serving.runtime(cloud)

    def ask(**request: Any) -> Any:
        answer = runtime.invoke_endpoint(EndpointName=NAME, TargetModel="model.tar.gz", **request)
        return json.loads(answer["Body"].read())

    body = '{"instances": [{"features": [0]}, {"features": [10]}]}'
    found = ask(ContentType="application/json", Body=body)
    slope = (found["predictions"][1]["score"] - found["predictions"][0]["score"]) / 10
    assert slope == pytest.approx(9500, rel=0.02)
    assert ask(ContentType="text/csv", Body="0\n10") == found
    with pytest.raises(runtime.exceptions.ModelError, match="unable to evaluate payload provided") as raised:
        ask(ContentType="text/csv", Body="0,1")
    assert raised.value.response["OriginalStatusCode"] == 400


def test_a_tuning_job_goes_by_the_metric_that_it_names(cloud: RunningCloud, client: Any, role: str) -> None:
    definition = _definition(role) | {
        "StaticHyperParameters": {"predictor_type": "regressor", "mini_batch_size": "100", "epochs": "2"}
    }
    objective = {"Type": "Minimize", "MetricName": "validation:objective_loss"}
    ranges = [{"Name": "learning_rate", "MinValue": "1e-5", "MaxValue": "1", "ScalingType": "Logarithmic"}]
    client.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=NAME,
        HyperParameterTuningJobConfig={
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": objective,
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"ContinuousParameterRanges": ranges},
            "RandomSeed": 1,
        },
        TrainingJobDefinition=definition,
    )
    job = tuning.ended(cloud, NAME)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    described = job["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert [item["Regex"] for item in described if item["Name"] == "ObjectiveMetric"] == [
        item["Regex"] for item in described if item["Name"] == "validation:objective_loss"
    ]
    trial = client.describe_training_job(TrainingJobName=job["BestTrainingJob"]["TrainingJobName"])
    found = {item["MetricName"]: item["Value"] for item in trial["FinalMetricDataList"]}
    best = job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert found["validation:objective_loss"] == found["ObjectiveMetric"] == best


def test_a_wrong_objective_is_refused(client: Any, role: str) -> None:
    config = {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:auc"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
        "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "wd", "MinValue": "0.1", "MaxValue": "1"}]},
    }
    with pytest.raises(client.exceptions.ClientError, match=r"isn't valid for the .* Choose a valid objective metric"):
        client.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="wrong",
            HyperParameterTuningJobConfig=config,
            TrainingJobDefinition=_definition(role),
        )


def test_a_mistake_of_the_customer_is_called_one(cloud: RunningCloud, client: Any, role: str) -> None:
    job = _train(cloud, client, "wrong", role, learningrate="0.1")
    assert job["FailureReason"] == (
        "ClientError: Additional hyperparameters are not allowed ('learningrate' was unexpected) (caused by"
        " ValidationError), exit code: 2"
    )
