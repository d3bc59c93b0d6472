"""Updates and roll-backs of an endpoint that is called all the time."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.sagemaker import serving, updates
from local_cloud.testing.sagemaker.updates import ENDPOINT, NEW, OLD, baking, canary, update
from local_cloud.testing.waiting import until


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


class _Callers:
    """What clients saw: answers since the last look, and failures."""

    def __init__(self) -> None:
        self.answers: Counter[float] = Counter()
        self.failures: list[Exception] = []
        self.stop = threading.Event()
        self.lock = threading.Lock()

    def more(self, count: int) -> Counter[float]:
        """The answers to so many requests from now on."""
        with self.lock:
            before = self.answers.copy()
        until(lambda: self.failures or sum((self.answers - before).values()) >= count or None)
        with self.lock:
            return self.answers - before


@contextmanager
def _callers(cloud: RunningCloud, count: int = 3) -> Iterator[_Callers]:
    callers = _Callers()

    def call() -> None:
        client = serving.runtime(cloud)
        while not callers.stop.is_set():
            try:
                answer = serving.ask(client, ENDPOINT)
            except (BotoCoreError, ClientError, ValueError) as error:
                callers.failures.append(error)
                return
            with callers.lock:
                callers.answers[answer] += 1

    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        callers.stop.set()
        for thread in threads:
            thread.join()


def test_no_request_fails_while_a_canary_becomes_the_fleet(cloud: RunningCloud, endpoint: str) -> None:
    with _callers(cloud) as callers:
        assert set(callers.more(30)) == {OLD}
        update(cloud, DeploymentConfig=canary(25))
        pending = baking(cloud)
        assert pending["EndpointConfigName"] == "new"
        assert pending["ProductionVariants"][0]["InstanceType"] == "ml.m5.large"
        during = callers.more(120)
        # A quarter of the traffic; the threads' own start and end leave a little slack.
        assert 0.2 < during[NEW] / during.total() < 0.3
        assert serving.describe(cloud, endpoint)["EndpointConfigName"] == "old"
        cloud.control("clock", {"advance_seconds": 601})
        after = serving.settled(cloud, endpoint)
        callers.more(6)
        assert set(callers.more(60)) == {NEW}
    assert callers.failures == []
    assert (after["EndpointConfigName"], after.get("FailureReason")) == ("new", None)
    assert "PendingDeploymentSummary" not in after
    assert after["LastDeploymentConfig"] == canary(25)


def test_an_alarm_rolls_back_without_a_failed_request(cloud: RunningCloud, endpoint: str) -> None:
    serving.alarm(cloud, "latency")
    with _callers(cloud) as callers:
        update(cloud, DeploymentConfig=canary(50, alarms=("latency",)))
        baking(cloud)
        assert set(callers.more(40)) == {OLD, NEW}
        cloud.client("cloudwatch", ACCOUNT).put_metric_data(
            Namespace="Test", MetricData=[{"MetricName": "latency", "Value": 6.0}]
        )
        after = serving.settled(cloud, endpoint)
        callers.more(6)
        assert set(callers.more(60)) == {OLD}
    assert callers.failures == []
    assert after["EndpointStatus"] == "InService"
    assert after["EndpointConfigName"] == "old"
    assert "latency" in after["FailureReason"]


def test_an_alarm_within_a_jump_of_the_clock_rolls_back(cloud: RunningCloud, endpoint: str) -> None:
    serving.alarm(cloud, "average", Statistic="Average")
    update(cloud, DeploymentConfig=canary(50, alarms=("average",)))
    baking(cloud)
    cloud.client("cloudwatch", ACCOUNT).put_metric_data(
        Namespace="Test", MetricData=[{"MetricName": "average", "Value": 6.0}]
    )
    # The alarm trips after a minute and has recovered long before the baking time is over.
    cloud.control("clock", {"advance_seconds": 3600})
    after = serving.settled(cloud, endpoint)
    assert after["EndpointConfigName"] == "old"
    assert "average" in after["FailureReason"]


def test_a_deployment_that_takes_too_long_rolls_back(cloud: RunningCloud, endpoint: str) -> None:
    config = canary(50)
    config["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 700
    update(cloud, DeploymentConfig=config)
    baking(cloud)
    cloud.control("clock", {"advance_seconds": 701})
    after = serving.settled(cloud, endpoint)
    assert after["EndpointConfigName"] == "old"
    assert "maximum execution timeout of 700 seconds" in after["FailureReason"]


def test_a_deployment_configuration_is_used_again_on_request(cloud: RunningCloud, endpoint: str) -> None:
    config = canary(50, wait=0)
    update(cloud, DeploymentConfig=config)
    serving.settled(cloud, endpoint)
    update(cloud, "old", RetainDeploymentConfig=True)
    assert serving.settled(cloud, endpoint)["LastDeploymentConfig"] == config
    update(cloud, "new")
    assert "LastDeploymentConfig" not in serving.settled(cloud, endpoint)


def test_linear_steps_shift_more_and_more(cloud: RunningCloud, endpoint: str) -> None:
    routing = {
        "Type": "LINEAR",
        "WaitIntervalInSeconds": 300,
        "LinearStepSize": {"Type": "INSTANCE_COUNT", "Value": 1},
    }
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 300}
    client = serving.runtime(cloud)
    update(cloud, DeploymentConfig={"BlueGreenUpdatePolicy": policy})
    baking(cloud)
    assert Counter(serving.ask(client, endpoint) for _ in range(20)) == {OLD: 10, NEW: 10}
    cloud.control("clock", {"advance_seconds": 301})
    until(lambda: {serving.ask(client, endpoint) for _ in range(4)} == {NEW} or None)
    # All traffic has shifted; the old fleet stays until the termination wait is over.
    assert serving.describe(cloud, endpoint)["EndpointStatus"] == "Updating"
    cloud.control("clock", {"advance_seconds": 301})
    assert serving.settled(cloud, endpoint)["EndpointConfigName"] == "new"


def _empty_prefix(cloud: RunningCloud) -> str:
    return serving.role(cloud, "reads-nothing-there")


def _forbidden(cloud: RunningCloud) -> str:
    return serving.role(cloud, "cannot-read", without="s3:GetObject")


@pytest.mark.parametrize(("make_role", "prefix"), [(_empty_prefix, "empty/"), (_forbidden, "new/")])
def test_a_fleet_that_cannot_start_rolls_an_update_back(
    cloud: RunningCloud, endpoint: str, make_role: Callable[[RunningCloud], str], prefix: str
) -> None:
    serving.config(cloud, f"broken-{prefix[:-1]}", make_role(cloud), prefix=prefix)
    update(cloud, f"broken-{prefix[:-1]}")
    after = serving.settled(cloud, endpoint)
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "old")
    assert f's3://{serving.BUCKET}/{prefix}"' in after["FailureReason"]
    assert serving.ask(serving.runtime(cloud), endpoint) == OLD


def test_a_first_fleet_that_cannot_start_fails_the_endpoint(cloud: RunningCloud, role: str) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    serving.config(cloud, "nothing", role, prefix="nothing/")
    client.create_endpoint(EndpointName="failed", EndpointConfigName="nothing")
    after = serving.settled(cloud, "failed")
    assert after["EndpointStatus"] == "Failed"
    assert "Failed to download model data" in after["FailureReason"]
    with pytest.raises(ClientError, match="delete it"):
        client.update_endpoint(EndpointName="failed", EndpointConfigName="old")
    client.delete_endpoint(EndpointName="failed")


def test_the_execution_role_must_be_allowed_to_read_the_alarms(cloud: RunningCloud, endpoint: str) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    blind = serving.role(cloud, "blind", without="cloudwatch:DescribeAlarms")
    serving.config(cloud, "blind", blind, prefix="new/")
    serving.alarm(cloud, "unseen")
    update(cloud, "blind", DeploymentConfig=canary(50, wait=0, alarms=("unseen",)))
    after = serving.settled(cloud, endpoint)
    assert after["EndpointConfigName"] == "old"
    assert "cloudwatch:DescribeAlarms" in after["FailureReason"]


def test_counts_are_kept_when_the_caller_asks_for_it(cloud: RunningCloud, endpoint: str) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    wanted = [{"VariantName": serving.VARIANT, "DesiredInstanceCount": 5, "DesiredWeight": 3.0}]
    client.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=wanted)
    serving.settled(cloud, endpoint)
    update(cloud, RetainAllVariantProperties=True)
    kept = serving.settled(cloud, endpoint)["ProductionVariants"][0]
    assert (kept["CurrentInstanceCount"], kept["DesiredInstanceCount"], kept["CurrentWeight"]) == (5, 5, 3.0)
    update(
        cloud,
        "old",
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}],
    )
    partly = serving.settled(cloud, endpoint)["ProductionVariants"][0]
    assert (partly["CurrentInstanceCount"], partly["CurrentWeight"]) == (2, 3.0)
    update(cloud)
    renewed = serving.settled(cloud, endpoint)["ProductionVariants"][0]
    assert (renewed["CurrentInstanceCount"], renewed["CurrentWeight"]) == (2, 1.0)


def test_what_is_under_way_refuses_everything_else(cloud: RunningCloud, endpoint: str) -> None:
    client = cloud.client("sagemaker", ACCOUNT)
    update(cloud, DeploymentConfig=canary(50))
    wanted = [{"VariantName": serving.VARIANT, "DesiredInstanceCount": 3}]
    for call in (
        lambda: update(cloud),
        lambda: client.delete_endpoint(EndpointName=endpoint),
        lambda: client.update_endpoint_weights_and_capacities(
            EndpointName=endpoint, DesiredWeightsAndCapacities=wanted
        ),
    ):
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint") as raised:
            call()
        assert raised.value.response["Error"]["Code"] == "ValidationException"
    baking(cloud)
    cloud.control("clock", {"advance_seconds": 601})
    serving.settled(cloud, endpoint)


def test_the_variant_keeps_its_name_in_a_guarded_deployment(cloud: RunningCloud, endpoint: str, role: str) -> None:
    serving.config(cloud, "renamed", role, prefix="new/", variant="Other")
    with pytest.raises(ClientError, match="same variant names"):
        update(cloud, "renamed", DeploymentConfig=canary(50))
    assert serving.describe(cloud, endpoint)["EndpointStatus"] == "InService"


def test_an_update_can_be_made_to_roll_back_without_a_word(cloud: RunningCloud, endpoint: str) -> None:
    place = {"account_id": ACCOUNT, "region": "us-east-1", "endpoint_name": endpoint}
    cloud.control("endpoint_faults", {**place, "silent_rollbacks": 1})
    update(cloud)
    after = serving.settled(cloud, endpoint)
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "old")
    assert "FailureReason" not in after
    update(cloud)
    assert serving.settled(cloud, endpoint)["EndpointConfigName"] == "new"


def test_failures_on_order_trip_an_alarm_that_rolls_back(cloud: RunningCloud, endpoint: str) -> None:
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": serving.VARIANT}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors", "Dimensions": dimensions}
    serving.alarm(cloud, "errors", Statistic="Sum", Threshold=3.0, **metric)
    place = {"account_id": ACCOUNT, "region": "us-east-1", "endpoint_name": endpoint}
    cloud.control("endpoint_faults", {**place, "error_rate": 0.5, "endpoint_config_name": "new"})
    client = serving.runtime(cloud)
    update(cloud, DeploymentConfig=canary(50, alarms=("errors",)))
    baking(cloud)
    outcomes: Counter[object] = Counter()
    for _ in range(20):
        try:
            outcomes[serving.ask(client, endpoint)] += 1
        except ClientError as error:
            outcomes[error.response["Error"]["Code"], dict(error.response)["OriginalStatusCode"]] += 1
    # Half of the requests reach the new fleet, and half of those fail.
    assert outcomes["ModelError", 500] >= 4
    assert outcomes[OLD] >= 10
    after = serving.settled(cloud, endpoint)
    assert after["EndpointConfigName"] == "old"
    assert "errors" in after["FailureReason"]
    cloud.control("endpoint_faults", place)
    assert serving.ask(client, endpoint) == OLD


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


def test_each_request_is_counted_for_the_fleet_that_answered(cloud: RunningCloud, endpoint: str) -> None:
    cloud.control("clock", {"advance_seconds": 3600})
    update(cloud, DeploymentConfig=canary(25, wait=300))
    baking(cloud)
    started = datetime.fromisoformat(cloud.control("clock")["now"]) - timedelta(minutes=1)
    assert _minute(cloud, requests=12) == {"old": 9, "new": 3}

    def counted(config: str = "") -> float:
        dimensions = {"EndpointName": endpoint, "VariantName": serving.VARIANT}
        if config:
            dimensions["EndpointConfigName"] = config
        points = cloud.client("cloudwatch", ACCOUNT).get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="Invocations",
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=started,
            EndTime=started + timedelta(minutes=5),
            Period=300,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(float(point["Sum"]) for point in points)

    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    assert (counted(), counted("old"), counted("new")) == (12.0, 9.0, 3.0)
    cloud.control("clock", {"advance_seconds": 301})
    serving.settled(cloud, endpoint)


def test_endpoints_serve_again_after_a_restart(cloud: RunningCloud, endpoint: str) -> None:
    before = serving.describe(cloud, endpoint)
    restarted = cloud.restart()
    cloud.pid = restarted.pid
    after = serving.describe(cloud, endpoint)
    assert after["EndpointStatus"] == "InService"
    assert after["ProductionVariants"] == before["ProductionVariants"]
    assert serving.ask(serving.runtime(cloud), endpoint) == OLD
