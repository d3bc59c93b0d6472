"""A small model that was never trained here, and transform jobs that ask it."""

import io
import tarfile
from typing import Any

import numpy as np
import xgboost as xgb

from local_cloud.api import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker.data import BUCKET, IMAGE
from local_cloud.testing.waiting import until

FEATURES = 3
ENDED = {"Completed", "Failed", "Stopped"}
_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


def booster() -> xgb.Booster:
    """A regression of three features."""
    generator = np.random.default_rng(5)
    features = generator.uniform(-1, 1, size=(200, FEATURES))
    rows = xgb.DMatrix(features, label=features @ np.array([3.0, -2.0, 0.5]))
    return xgb.train({"max_depth": 3, "nthread": 1, "seed": 1}, rows, num_boost_round=10)


def rows(count: int, *, seed: int = 1) -> list[list[float]]:
    """Rows that it can be asked about, as short as a text of a CSV."""
    found = np.random.default_rng(seed).uniform(-1, 1, size=(count, FEATURES)).round(3)
    return [[float(value) for value in row] for row in found]


def predictions(model: xgb.Booster, asked: list[list[float]]) -> list[str]:
    """What the model itself says of rows, in the spelling of the container."""
    return [str(value) for value in model.predict(xgb.DMatrix(np.array(asked))).tolist()]


def upload(cloud: RunningCloud, model: xgb.Booster) -> None:
    """The bucket, and the model's artifact in it."""
    archive = io.BytesIO()
    content = bytes(model.save_raw("ubj"))
    with tarfile.open(fileobj=archive, mode="w:gz") as file:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(content)
        file.addfile(member, io.BytesIO(content))
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="models/linear/model.tar.gz", Body=archive.getvalue())


def role(cloud: RunningCloud, name: str, *, without: str = "", more: tuple[str, ...] = ()) -> str:
    """What a model's execution role needs; one action can be left out, but for what concerns the artifact."""
    objects = [action for action in ("s3:GetObject", "s3:PutObject", "s3:ListBucket") if action != without]
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": objects, "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/models/*"},
        {"Effect": "Allow", "Action": [*_LOGS, *more], "Resource": "*"},
    ]
    return make_role(cloud, name, statements, trust={"Service": "sagemaker.amazonaws.com"})


def create_model(cloud: RunningCloud, name: str, role_arn: str) -> None:
    """A model of one container."""
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/models/linear/model.tar.gz"}
    cloud.client("sagemaker", ACCOUNT).create_model(
        ModelName=name, ExecutionRoleArn=role_arn, PrimaryContainer=container
    )


def request(name: str, model: str, *, source: str, **changes: Any) -> dict[str, Any]:
    """CreateTransformJob's input: rows of CSV below a prefix, results below the job's name.

    Args:
        name: of the job.
        model: its name.
        source: prefix in the bucket.
        changes: other members.
    """
    return {
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{source}"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"s3://{BUCKET}/results/{name}",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    } | changes


def ended(cloud: RunningCloud, name: str) -> dict[str, Any]:
    """The job's description once it is over."""

    def check() -> dict[str, Any] | None:
        job: dict[str, Any] = cloud.client("sagemaker", ACCOUNT).describe_transform_job(TransformJobName=name)
        return job if job["TransformJobStatus"] in ENDED else None

    return until(check, seconds=60)


def results(cloud: RunningCloud, name: str) -> dict[str, str]:
    """All results of a job by their names."""
    s3, prefix = cloud.client("s3", ACCOUNT), f"results/{name}/"
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {
        item["Key"].removeprefix(prefix): s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read().decode()
        for item in found
    }
