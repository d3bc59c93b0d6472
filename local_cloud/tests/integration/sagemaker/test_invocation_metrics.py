"""What CloudWatch knows of an endpoint's requests."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.errors import ServerError
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import serving

ENDPOINT = "measured"


def _statistics(cloud: RunningCloud, metric: str) -> dict[str, Any]:
    """Of the last virtual hour as one period."""
    now = datetime.fromisoformat(cloud.control("clock")["now"])
    points = cloud.client("cloudwatch", ACCOUNT).get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[
            {"Name": "EndpointName", "Value": ENDPOINT},
            {"Name": "VariantName", "Value": serving.VARIANT},
        ],
        StartTime=now - timedelta(minutes=30),
        EndTime=now + timedelta(minutes=30),
        Period=3600,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum", "Average"],
    )["Datapoints"]
    assert len(points) == 1
    return dict(points[0])


def test_requests_errors_and_latency_are_counted(cloud: RunningCloud) -> None:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=serving.BUCKET)
    serving.put_model(cloud, "models/m.tar.gz", 1.0)
    serving.config(cloud, "measured", serving.role(cloud, "serving"), prefix="models/")
    cloud.client("sagemaker", ACCOUNT).create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="measured")
    serving.settled(cloud, ENDPOINT)
    cloud.control("clock", {"advance_seconds": 86400})
    client = serving.runtime(cloud)
    for _ in range(7):
        serving.ask(client, ENDPOINT)
    for _ in range(2):
        with pytest.raises(ClientError, match=r"server error \(503\) from primary with message \"Prediction failed: "):
            client.invoke_endpoint(EndpointName=ENDPOINT, TargetModel="m.tar.gz", ContentType="text/csv", Body="1,2,3")
    with pytest.raises(ClientError, match="Failed to download model data"):
        client.invoke_endpoint(EndpointName=ENDPOINT, TargetModel="none.tar.gz", ContentType="text/csv", Body="0")
    place = {"account_id": ACCOUNT, "region": "us-east-1", "endpoint_name": ENDPOINT}
    cloud.control("endpoint_faults", {**place, "error_rate": 1})
    with pytest.raises(ClientError, match="server error"):
        serving.ask(client, ENDPOINT)
    sums = {
        name: _statistics(cloud, name)["Sum"] for name in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")
    }
    assert sums == {"Invocations": 11.0, "Invocation4XXErrors": 1.0, "Invocation5XXErrors": 3.0}
    # One sample a request, so that the average is a rate.
    assert _statistics(cloud, "Invocation5XXErrors")["Average"] == pytest.approx(3 / 11)
    latency = _statistics(cloud, "ModelLatency")
    # The container answered all but the one that failed on order and the one without a model; over loopback it takes 0.1 ms to 10 s.
    assert (latency["SampleCount"], latency["Unit"]) == (9.0, "Microseconds")
    assert 100 < latency["Minimum"] <= latency["Average"] <= latency["Maximum"] < 10e6


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"endpoint_name": "e"}, "missing"),
        ({"account_id": ACCOUNT, "region": "us-east-1", "endpoint_name": "e", "speed": 1}, "unknown"),
        ({"account_id": ACCOUNT, "region": "us-east-1", "endpoint_name": "e", "error_rate": 2}, "between 0 and 1"),
    ],
)
def test_a_wrong_order_of_faults_is_refused(cloud: RunningCloud, order: dict[str, Any], message: str) -> None:
    with pytest.raises(ServerError, match=message):
        cloud.control("endpoint_faults", order)
