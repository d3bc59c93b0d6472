"""The alarms of an update, on an endpoint of the local cloud: they undo a version that fails, and let its cure pass."""

from collections import Counter
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from contract.calls.stage_deployment import RollBackAlarms
from deployment.logic import roll_back
from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import serving, updates
from local_cloud.testing.sagemaker.updates import ENDPOINT, OLD, baking, canary, update
from local_cloud.testing.waiting import until


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with api.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    return updates.put_models(cloud)


@pytest.fixture(scope="module")
def configs(cloud: RunningCloud, role: str) -> None:
    updates.put_configs(cloud, role)


@pytest.fixture
def endpoint(cloud: RunningCloud, configs: None) -> Iterator[str]:
    with updates.endpoint(cloud) as name:
        yield name


def _fail(cloud: RunningCloud, config: str = "") -> None:
    """Let all requests fail that the fleet of a configuration takes; none without a configuration."""
    order = {"error_rate": 1.0, "endpoint_config_name": config} if config else {}
    cloud.control("endpoint_faults", {"account_id": ACCOUNT, "region": "us-east-1", "endpoint_name": ENDPOINT, **order})


def _watched(cloud: RunningCloud) -> tuple[str, ...]:
    """The product's own alarms on the new fleet; returns their names."""
    names = {kind: f"{ENDPOINT}-rollback-{kind}" for kind in ("errors", "latency")}
    watched = RollBackAlarms(
        alarms=names,
        endpoint_config="new",
        variant_name=serving.VARIANT,
        max_latency_ms=10_000,
        tags={"perennial:app": "test"},
    )
    client = cloud.client("cloudwatch", ACCOUNT)
    # As after every deployment; the metrics of the tests before this one are hours old.
    client.delete_alarms(AlarmNames=list(names.values()))
    cloud.control("clock", {"advance_seconds": 3600})
    for request in roll_back.requests(watched, endpoint_name=ENDPOINT):
        client.put_metric_alarm(**request)
    return tuple(names.values())


def _minute(cloud: RunningCloud, requests: int = 8) -> Counter[str]:
    """Ask, and let the minute pass; what came of it."""
    outcomes: Counter[str] = Counter()
    for _ in range(requests):
        try:
            outcomes["old" if serving.ask(serving.runtime(cloud), ENDPOINT) == OLD else "new"] += 1
        except ClientError:
            outcomes["failed"] += 1
    cloud.control("clock", {"advance_seconds": 60})
    return outcomes


def _state(cloud: RunningCloud, alarm: str) -> str:
    (found,) = cloud.client("cloudwatch", ACCOUNT).describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return str(found["StateValue"])


def test_a_version_that_fails_does_not_block_its_cure(cloud: RunningCloud, endpoint: str) -> None:
    both = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": serving.VARIANT}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors", "Dimensions": both}
    alarms = _watched(cloud)
    serving.alarm(cloud, "of-both", Statistic="Sum", Threshold=0.0, **metric)
    _fail(cloud, "old")
    assert _minute(cloud) == {"failed": 8}
    until(lambda: _state(cloud, "of-both") == "ALARM" or None)

    # An alarm that sees both fleets undoes the cure at once.
    update(cloud, DeploymentConfig=canary(50, wait=300, alarms=("of-both",)))
    after = serving.settled(cloud, endpoint)
    assert (after["EndpointConfigName"], "of-both" in after["FailureReason"]) == ("old", True)

    update(cloud, DeploymentConfig=canary(50, wait=300, alarms=alarms))
    baking(cloud)
    for _ in range(4):
        assert _minute(cloud) == {"failed": 4, "new": 4}
    assert _state(cloud, "of-both") == "ALARM"
    cloud.control("clock", {"advance_seconds": 300})
    cured = serving.settled(cloud, endpoint)
    assert (cured["EndpointConfigName"], cured.get("FailureReason")) == ("new", None)
    assert _minute(cloud) == {"new": 8}
    _fail(cloud)


def test_a_version_that_fails_is_undone_and_one_stray_error_undoes_nothing(cloud: RunningCloud, endpoint: str) -> None:
    alarms = _watched(cloud)
    update(cloud, DeploymentConfig=canary(50, wait=300, alarms=alarms))
    baking(cloud)
    _fail(cloud, "new")
    assert _minute(cloud)["failed"] == 4
    until(lambda: _state(cloud, alarms[0]) == "OK" or None)
    assert _minute(cloud)["failed"] == 4
    undone = serving.settled(cloud, endpoint)
    assert undone["EndpointConfigName"] == "old"
    assert alarms[0] in undone["FailureReason"]
    assert _minute(cloud) == {"old": 8}

    # The same update with new alarms; its only error is a stray one.
    alarms = _watched(cloud)
    _fail(cloud)
    update(cloud, DeploymentConfig=canary(50, wait=300, alarms=alarms))
    baking(cloud)
    _fail(cloud, "new")
    stray = _minute(cloud, requests=2)
    assert stray["failed"] == 1
    _fail(cloud)
    for _ in range(3):
        assert _minute(cloud)["failed"] == 0
    cloud.control("clock", {"advance_seconds": 300})
    after = serving.settled(cloud, endpoint)
    assert (after["EndpointConfigName"], after.get("FailureReason")) == ("new", None)
