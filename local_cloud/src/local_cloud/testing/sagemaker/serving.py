"""Models that answer one known number each, and endpoints that serve them."""

from typing import Any

import boto3
import numpy as np
import xgboost as xgb
from botocore.config import Config

from local_cloud.api import RunningCloud
from local_cloud.testing.archives import member, packed
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker.data import IMAGE
from local_cloud.testing.waiting import until

BUCKET = "serving-test"
VARIANT = "AllTraffic"


def put_model(cloud: RunningCloud, key: str, answer: float) -> None:
    """A regression on constant labels predicts that constant."""
    features = np.zeros((4, 1), dtype=np.float32)
    booster = xgb.train({"base_score": answer}, xgb.DMatrix(features, label=[answer] * 4), num_boost_round=1)
    body = packed(member("xgboost-model.ubj", bytes(booster.save_raw("ubj"))))
    cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key=key, Body=body)


def role(cloud: RunningCloud, name: str, *, without: str = "", more: tuple[str, ...] = ()) -> str:
    """What a model's execution role needs; one action can be left out, and others added."""
    needed = ("s3:GetObject", "s3:ListBucket", "cloudwatch:DescribeAlarms", *more)
    actions = [action for action in needed if action != without]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return make_role(cloud, name, [statement], trust={"Service": "sagemaker.amazonaws.com"})


def config(
    cloud: RunningCloud, name: str, role_arn: str, *, prefix: str, instances: int = 2, variant: str = VARIANT
) -> None:
    """A model and an endpoint configuration of the same name."""
    client = cloud.client("sagemaker", ACCOUNT)
    container = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": f"s3://{BUCKET}/{prefix}"}
    client.create_model(ModelName=name, ExecutionRoleArn=role_arn, PrimaryContainer=container)
    client.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {
                "VariantName": variant,
                "ModelName": name,
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": instances,
                "InitialVariantWeight": 1.0,
            }
        ],
    )


def describe(cloud: RunningCloud, name: str) -> dict[str, Any]:
    """DescribeEndpoint."""
    return dict(cloud.client("sagemaker", ACCOUNT).describe_endpoint(EndpointName=name))


def settled(cloud: RunningCloud, name: str) -> dict[str, Any]:
    """The endpoint once nothing is under way."""

    def check() -> dict[str, Any] | None:
        found = describe(cloud, name)
        return found if found["EndpointStatus"] in {"InService", "Failed"} else None

    return until(check)


def runtime(cloud: RunningCloud) -> Any:
    """A client that hides no failure by trying again."""
    return boto3.client(
        "sagemaker-runtime",
        endpoint_url=cloud.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="local",  # noqa: S106  # every secret is right in a local cloud
        config=Config(retries={"total_max_attempts": 1}),
    )


def ask(client: Any, name: str, target: str = "m.tar.gz") -> float:
    """A model's answer."""
    answer = client.invoke_endpoint(
        EndpointName=name, TargetModel=target, ContentType="text/csv", Accept="text/csv", Body="0"
    )
    return float(answer["Body"].read())


def alarm(cloud: RunningCloud, name: str, **changes: Any) -> None:
    """An alarm on a metric of its own, which more than 5 in a minute trips."""
    request = {
        "AlarmName": name,
        "Namespace": "Test",
        "MetricName": name,
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    cloud.client("cloudwatch", ACCOUNT).put_metric_alarm(**request | changes)
