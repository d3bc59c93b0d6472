"""The alarms of an update, against what AWS publishes of a new fleet and against its own example."""

from typing import Any

import pytest

from contract.calls.stage_deployment import RollBackAlarms
from deployment.logic import roll_back
from local_cloud.testing import alarms

WATCHED = RollBackAlarms(
    alarms={"errors": "e", "latency": "l"},
    endpoint_config="fleet-prod-8",
    variant_name="AllTraffic",
    max_latency_ms=250,
    tags={"perennial:app": "fleet", "perennial:deployment": "8"},
)
ERRORS, LATENCY = roll_back.requests(WATCHED, endpoint_name="fleet-prod")
_BOTH = pytest.mark.parametrize("alarm", [ERRORS, LATENCY], ids=["errors", "latency"])


@_BOTH
def test_it_watches_the_new_fleet_alone(alarm: dict[str, Any]) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    assert alarm["Namespace"] == "AWS/SageMaker"
    assert alarm["Dimensions"] == [
        {"Name": "EndpointName", "Value": "fleet-prod"},
        {"Name": "VariantName", "Value": "AllTraffic"},
        {"Name": "EndpointConfigName", "Value": "fleet-prod-8"},
    ]
    assert alarms.problem(alarm) is None


def test_metrics_thresholds_and_statistics_are_those_that_aws_lists() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html: 1 for each 5XX, 0 for each other answer;
    # ModelLatency in microseconds; Average is a valid statistic of both.
    assert (ERRORS["MetricName"], ERRORS["Threshold"], ERRORS["Statistic"]) == ("Invocation5XXErrors", 0.01, "Average")
    assert (LATENCY["MetricName"], LATENCY["Threshold"], LATENCY["Statistic"]) == ("ModelLatency", 250_000, "Average")
    assert (ERRORS["AlarmName"], LATENCY["AlarmName"]) == ("e", "l")


@_BOTH
def test_it_bears_the_tags_and_tells_nobody(alarm: dict[str, Any]) -> None:
    assert alarm["Tags"] == [
        {"Key": "perennial:app", "Value": "fleet"},
        {"Key": "perennial:deployment", "Value": "8"},
    ]
    assert not [key for key in alarm if key.endswith("Actions")]


@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        # Nothing was asked: neither before the update nor in a quiet night.
        ([None, None, None], "OK"),
        # One stray error of ten requests; one minute in which every model was cold.
        ([None, 0.1, 0.0], "OK"),
        ([0.1, 0.0, 0.0], "OK"),
        # A stray error in thousands of requests, in every minute.
        ([0.001, 0.001, 0.001], "OK"),
        # A version that does not work.
        ([None, 1.0, 1.0], "ALARM"),
        # One of fifty models does not work.
        ([0.02, 0.0, 0.02], "ALARM"),
    ],
)
def test_two_of_three_bad_minutes_undo_an_update(minutes: list[float | None], state: str) -> None:
    assert alarms.state(ERRORS, minutes, current="OK") == state
    assert {key: LATENCY[key] for key in ("EvaluationPeriods", "DatapointsToAlarm", "TreatMissingData", "Period")} == {
        key: ERRORS[key] for key in ("EvaluationPeriods", "DatapointsToAlarm", "TreatMissingData", "Period")
    }
