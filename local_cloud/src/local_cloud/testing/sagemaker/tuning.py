"""A small tuning job's request."""

from typing import Any

from local_cloud.api import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker.data import BUCKET, IMAGE
from local_cloud.testing.waiting import until

STATIC = {"objective": "binary:logistic", "eval_metric": "logloss", "seed": "7", "num_round": "10"}
ENVIRONMENT = {"LOG_LEVEL": "debug"}
RANGES = {
    "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}],
    "ContinuousParameterRanges": [
        {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.5", "ScalingType": "Logarithmic"},
        {"Name": "subsample", "MinValue": "0.5", "MaxValue": "1"},
    ],
}


def request(name: str, role_arn: str, *, trials: int = 4, parallel: int = 2, **static: str) -> dict[str, Any]:
    """CreateHyperParameterTuningJob's input."""
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": parallel},
            "ParameterRanges": RANGES,
            "TrainingJobEarlyStoppingType": "Off",
            "RandomSeed": 11,
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": STATIC | static,
            "Environment": ENVIRONMENT,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": role_arn,
            "InputDataConfig": [
                {
                    "ChannelName": channel,
                    "ContentType": "text/csv",
                    "DataSource": {
                        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/{channel}/"}
                    },
                }
                for channel in ("train", "validation")
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 300},
        },
        "Tags": [{"Key": "app", "Value": "test"}],
    }


def warm(*parents: str, kind: str = "IdenticalDataAndAlgorithm") -> dict[str, Any]:
    """WarmStartConfig."""
    return {
        "WarmStartType": kind,
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": parent} for parent in parents],
    }


def ended(cloud: RunningCloud, name: str) -> dict[str, Any]:
    """The job's description once it is over."""

    def check() -> dict[str, Any] | None:
        client = cloud.client("sagemaker", ACCOUNT)
        job: dict[str, Any] = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        return job if job["HyperParameterTuningJobStatus"] in {"Completed", "Failed", "Stopped"} else None

    return until(check, seconds=120)
