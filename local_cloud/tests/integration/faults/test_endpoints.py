"""Endpoints that cannot be created or updated."""

import pytest

from integration.faults.conftest import Add
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import serving
from local_cloud.testing.waiting import until

pytestmark = pytest.mark.security("faults")

OLD, NEW = 1.0, 2.0
UNDER_WAY = {"Creating", "Updating", "RollingBack"}


@pytest.fixture(scope="module")
def configs(cloud: RunningCloud) -> None:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=serving.BUCKET)
    role = serving.role(cloud, "serving-with-faults")
    for name, answer in (("old", OLD), ("new", NEW)):
        serving.put_model(cloud, f"{name}/m.tar.gz", answer)
        serving.config(cloud, name, role, prefix=f"{name}/")


def ended(cloud: RunningCloud, name: str) -> tuple[str, str]:
    def look() -> tuple[str, str] | None:
        found = serving.describe(cloud, name)
        over = found["EndpointStatus"] not in UNDER_WAY
        return (found["EndpointStatus"], found.get("FailureReason", "")) if over else None

    return until(look)


def test_an_endpoint_has_no_capacity(cloud: RunningCloud, configs: None, add: Add) -> None:
    add("endpoint_failure", operation="CreateEndpoint", endpoint="unborn", cause="capacity")
    cloud.client("sagemaker", ACCOUNT).create_endpoint(EndpointName="unborn", EndpointConfigName="old")

    status, reason = ended(cloud, "unborn")

    assert status == "Failed"
    assert "InsufficientInstanceCapacity" in reason


def test_an_update_fails_in_three_ways(cloud: RunningCloud, configs: None, add: Add) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    client.create_endpoint(EndpointName="faulty", EndpointConfigName="old")
    assert ended(cloud, "faulty") == ("InService", "")

    for fault, expected in [
        ({}, "InService"),
        ({"outcome": "UpdateRollbackFailed", "cause": "container"}, "UpdateRollbackFailed"),
    ]:
        add("endpoint_failure", operation="UpdateEndpoint", endpoint="faulty", times=1, **fault)
        client.update_endpoint(EndpointName="faulty", EndpointConfigName="new")

        status, reason = ended(cloud, "faulty")

        assert (status, bool(reason)) == (expected, True)
        assert serving.describe(cloud, "faulty")["EndpointConfigName"] == "old"
        assert serving.ask(serving.runtime(cloud), "faulty") == OLD

    # An endpoint whose roll-back failed serves, and is updated again.
    client.update_endpoint(EndpointName="faulty", EndpointConfigName="new")
    assert ended(cloud, "faulty") == ("InService", "")
    assert serving.ask(serving.runtime(cloud), "faulty") == NEW

    add("endpoint_failure", operation="UpdateEndpoint", endpoint="faulty", outcome="Failed", cause="internal")
    client.update_endpoint(EndpointName="faulty", EndpointConfigName="old")
    assert ended(cloud, "faulty")[0] == "Failed"
    client.delete_endpoint(EndpointName="faulty")
