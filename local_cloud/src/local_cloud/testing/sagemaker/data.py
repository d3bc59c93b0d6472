"""A real, small data set in S3, and the calls that train on it."""

from collections.abc import Sequence
from typing import Any

from sklearn.datasets import load_breast_cancer

from local_cloud.api import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

BUCKET = "sagemaker-test"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
FEATURES = 30
HYPERPARAMETERS = {
    "objective": "binary:logistic",
    "eval_metric": "accuracy,logloss,auc",
    "num_round": "20",
    "max_depth": "3",
    "seed": "7",
}
S3_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:ListBucket")


def lines() -> list[str]:
    """Wisconsin's breast cancer data as the container takes it: label first, no header."""
    features, labels = load_breast_cancer(return_X_y=True)
    return [
        ",".join([str(int(label)), *(repr(float(value)) for value in row)])
        for row, label in zip(features, labels, strict=True)
    ]


def upload(cloud: RunningCloud) -> None:
    """Every fifth row validates."""
    s3, rows = cloud.client("s3", ACCOUNT), lines()
    s3.create_bucket(Bucket=BUCKET)
    parts = {"validation": rows[::5], "train": [row for number, row in enumerate(rows) if number % 5]}
    for name, part in parts.items():
        s3.put_object(Bucket=BUCKET, Key=f"data/{name}/part-0.csv", Body="\n".join(part).encode())


def role(cloud: RunningCloud, name: str, *, without: str = "", more: Sequence[str] = ()) -> str:
    """What SageMaker needs on the bucket; one action can be left out, and others added."""
    statement = {
        "Effect": "Allow",
        "Action": [action for action in (*S3_ACTIONS, *more) if action != without],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    return make_role(cloud, name, [statement, logs], trust={"Service": "sagemaker.amazonaws.com"})


def train(
    cloud: RunningCloud,
    name: str,
    role_arn: str,
    *,
    files: str = "",
    spot: int | None = None,
    checkpoints: str | None = None,
    image: str = IMAGE,
    **changes: str,
) -> None:
    """Start a job on the files of both channels whose names begin with ``files``.

    Args:
        cloud: where.
        name: of the job.
        role_arn: its role.
        files: begin of the files' names.
        spot: MaxWaitTimeInSeconds of a job on spot instances.
        checkpoints: prefix in the bucket for its checkpoints, if it keeps some.
        image: its TrainingImage.
        changes: of the hyperparameters.
    """
    optional: dict[str, Any] = {"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/{checkpoints}"}} if checkpoints else {}
    wait = {} if spot is None else {"MaxWaitTimeInSeconds": spot}
    cloud.client("sagemaker", ACCOUNT).create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        RoleArn=role_arn,
        HyperParameters=HYPERPARAMETERS | changes,
        InputDataConfig=[
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/{channel}/{files}"},
                },
            }
            for channel in ("train", "validation")
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300, **wait},
        EnableManagedSpotTraining=spot is not None,
        **optional,
    )


def ended(cloud: RunningCloud, name: str) -> dict[str, Any]:
    """The job's description once it is over."""

    def check() -> dict[str, Any] | None:
        job: dict[str, Any] = cloud.client("sagemaker", ACCOUNT).describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"} else None

    return until(check, seconds=90)
