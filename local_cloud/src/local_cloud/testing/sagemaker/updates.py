"""An endpoint whose answer tells which of two models serves, and updates from one to the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local_cloud.api import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import serving
from local_cloud.testing.waiting import until

ENDPOINT = "updated"
OLD, NEW = 1.0, 2.0


def put_models(cloud: RunningCloud) -> str:
    """Make the two models; returns the execution role of whatever serves them."""
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=serving.BUCKET)
    serving.put_model(cloud, "old/m.tar.gz", OLD)
    serving.put_model(cloud, "new/m.tar.gz", NEW)
    return serving.role(cloud, "serving")


def put_configs(cloud: RunningCloud, role: str) -> None:
    """Make an endpoint configuration of each model, ``old`` and ``new``."""
    serving.config(cloud, "old", role, prefix="old/")
    serving.config(cloud, "new", role, prefix="new/")


@contextmanager
def endpoint(cloud: RunningCloud) -> Iterator[str]:
    """An endpoint with two instances that answers 1."""
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="old")
    assert serving.settled(cloud, ENDPOINT)["EndpointStatus"] == "InService"  # noqa: S101  # an assertion of the test
    yield ENDPOINT
    serving.settled(cloud, ENDPOINT)
    client.delete_endpoint(EndpointName=ENDPOINT)


def update(cloud: RunningCloud, config: str = "new", **more: Any) -> None:
    """UpdateEndpoint."""
    cloud.client("sagemaker", ACCOUNT).update_endpoint(EndpointName=ENDPOINT, EndpointConfigName=config, **more)


def canary(percent: int, *, wait: int = 600, alarms: tuple[str, ...] = ()) -> dict[str, Any]:
    """DeploymentConfig that moves some of the capacity first, waits seconds, and goes back if an alarm rings."""
    config: dict[str, Any] = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "WaitIntervalInSeconds": wait,
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": percent},
            },
        }
    }
    if alarms:
        config["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return config


def baking(cloud: RunningCloud) -> dict[str, Any]:
    """The PendingDeploymentSummary, once the new fleet is watched."""

    def check() -> dict[str, Any] | None:
        pending = serving.describe(cloud, ENDPOINT).get("PendingDeploymentSummary")
        status = pending["ProductionVariants"][0]["VariantStatus"][0]["Status"] if pending else None
        return pending if status == "Baking" else None

    return until(check)
