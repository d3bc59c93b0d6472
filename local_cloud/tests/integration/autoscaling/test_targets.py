"""Scalable targets of an endpoint's variant, over boto3."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role
from local_cloud.testing.sagemaker import serving
from local_cloud.testing.waiting import until

ENDPOINT = "scaled"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": f"endpoint/{ENDPOINT}/variant/{serving.VARIANT}",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING = {
    "TargetValue": 70.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
}


@pytest.fixture(scope="module", autouse=True)
def endpoint(cloud: RunningCloud) -> Iterator[None]:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=serving.BUCKET)
    serving.put_model(cloud, "models/m.tar.gz", 1.0)
    role = serving.role(cloud, "serving")
    for name in ("first", "second"):
        serving.config(cloud, name, role, prefix="models/", instances=1)
    cloud.client("sagemaker", ACCOUNT).create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="first")
    serving.settled(cloud, ENDPOINT)
    yield
    cloud.client("sagemaker", ACCOUNT).delete_endpoint(EndpointName=ENDPOINT)


@pytest.fixture
def client(cloud: RunningCloud) -> Iterator[Any]:
    made = cloud.client("application-autoscaling", ACCOUNT)
    yield made
    if made.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]:
        made.deregister_scalable_target(**TARGET)


def _has(cloud: RunningCloud, count: int) -> None:
    def check() -> bool | None:
        found = serving.describe(cloud, ENDPOINT)
        variant = found["ProductionVariants"][0]
        now = (found["EndpointStatus"], variant["CurrentInstanceCount"], variant["DesiredInstanceCount"])
        return now == ("InService", count, count) or None

    until(check)


def test_bounds_move_the_count_and_survive_an_update(cloud: RunningCloud, client: Any) -> None:
    client.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=4)
    _has(cloud, 2)
    client.register_scalable_target(**TARGET, MinCapacity=3)
    _has(cloud, 3)
    found = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    # What Terraform asks next.
    assert client.list_tags_for_resource(ResourceARN=found[0]["ScalableTargetARN"])["Tags"] == {}
    assert [(item["ResourceId"], item["MinCapacity"], item["MaxCapacity"]) for item in found] == [
        (TARGET["ResourceId"], 3, 4)
    ]
    # The new configuration has one instance, which is below the minimum.
    cloud.client("sagemaker", ACCOUNT).update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="second")
    until(lambda: serving.describe(cloud, ENDPOINT)["EndpointConfigName"] == "second" or None)
    _has(cloud, 3)
    client.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)
    _has(cloud, 2)


def test_policies_live_and_go_with_their_target(client: Any) -> None:
    with pytest.raises(client.exceptions.ObjectNotFoundException):
        client.put_scaling_policy(PolicyName="p", PolicyType="TargetTrackingScaling", **TARGET, TargetTrackingScalingPolicyConfiguration=TRACKING)  # fmt: skip
    client.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)
    arn = client.put_scaling_policy(PolicyName="p", PolicyType="TargetTrackingScaling", **TARGET, TargetTrackingScalingPolicyConfiguration=TRACKING)["PolicyARN"]  # fmt: skip
    found = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert [(item["PolicyARN"], item["TargetTrackingScalingPolicyConfiguration"]) for item in found] == [
        (arn, TRACKING)
    ]
    client.deregister_scalable_target(**TARGET)
    assert client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    with pytest.raises(client.exceptions.ObjectNotFoundException):
        client.deregister_scalable_target(**TARGET)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ResourceId": "endpoint/missing/variant/AllTraffic"}, "doesn't exist"),
        ({"ResourceId": f"endpoint/{ENDPOINT}/variant/missing"}, "doesn't exist"),
        ({"MaxCapacity": 0, "MinCapacity": 0}, "at least 1"),
        ({"MaxCapacity": 1, "MinCapacity": 2}, "cannot be less than"),
        ({"ServiceNamespace": "dynamodb"}, "Unsupported service namespace"),
    ],
)
def test_wrong_targets_are_refused(client: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as raised:
        client.register_scalable_target(**{**TARGET, "MinCapacity": 1, "MaxCapacity": 2, **changes})
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_targets_of_another_service_are_not_emulated(client: Any) -> None:
    of_a_table = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/t",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    with pytest.raises(ClientError, match=r"\(NotEmulated\).*emulates scalable targets of"):
        client.register_scalable_target(**of_a_table, MinCapacity=1, MaxCapacity=2)


def test_a_new_target_needs_both_bounds(client: Any) -> None:
    with pytest.raises(ClientError, match="are required"):
        client.register_scalable_target(**TARGET, MinCapacity=1)


def test_scheduled_actions_are_refused(client: Any) -> None:
    with pytest.raises(ClientError, match="does not emulate application-autoscaling:PutScheduledAction"):
        client.put_scheduled_action(**TARGET, ScheduledActionName="a", Schedule="rate(1 day)")


def test_permissions_are_on_scalable_targets(cloud: RunningCloud, client: Any) -> None:
    targets = f"arn:aws:application-autoscaling:us-east-1:{ACCOUNT}:scalable-target/*"
    role = make_role(
        cloud,
        "scaler",
        [
            {
                "Effect": "Allow",
                "Action": "application-autoscaling:RegisterScalableTarget",
                "Resource": targets,
                "Condition": {"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}},
            },
            {"Effect": "Allow", "Action": "application-autoscaling:DescribeScalingPolicies", "Resource": "*"},
        ],
    )
    scaler = as_role(cloud, role, "application-autoscaling")
    scaler.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)
    scaler.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId=TARGET["ResourceId"])
    with pytest.raises(ClientError, match="not authorized"):
        scaler.deregister_scalable_target(**TARGET)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([{"VariantName": "missing", "DesiredInstanceCount": 2}], "not present within endpoint configuration"),
        ([{"VariantName": serving.VARIANT}] * 2, "non-unique"),
        ([{"VariantName": serving.VARIANT, "DesiredInstanceCount": 0}], "at least 1"),
    ],
)
def test_wrong_capacities_are_refused(cloud: RunningCloud, wanted: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        cloud.client("sagemaker", ACCOUNT).update_endpoint_weights_and_capacities(
            EndpointName=ENDPOINT, DesiredWeightsAndCapacities=wanted
        )


def test_targets_survive_a_restart(cloud: RunningCloud, client: Any) -> None:
    client.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=3)
    _has(cloud, 2)
    cloud.pid = cloud.restart().pid
    found = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [item["MaxCapacity"] for item in found] == [3]
    _has(cloud, 2)


def test_targets_are_told_in_one_page(client: Any) -> None:
    client.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)
    found = client.describe_scalable_targets(ServiceNamespace="sagemaker", MaxResults=1)
    assert ([item["ResourceId"] for item in found["ScalableTargets"]], "NextToken" in found) == (
        [TARGET["ResourceId"]],
        False,
    )
