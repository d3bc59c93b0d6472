"""What is watched in every account."""

import pytest

from tests.infrastructure.templates import Template, definition, granted, of_type


def _alarms(template: Template) -> dict[str, dict[str, object]]:
    return {item["Properties"]["AlarmName"]: item["Properties"] for item in of_type(template, "AWS::CloudWatch::Alarm")}


@pytest.mark.parametrize("stack", ["Sandbox", "Qa", "Prod"])
def test_endpoint_and_fleet_are_watched(stack: str, stacks: dict[str, Template]) -> None:
    endpoint = f"perennial-{stack.lower()}"
    expected = {f"{endpoint}-errors", f"{endpoint}-latency", f"{endpoint}-unapproved", f"{endpoint}-lost-triggers"}
    if stack == "Sandbox":
        expected.add("perennial-stale-models")
    assert set(_alarms(stacks[f"Perennial{stack}"])) == expected


def test_an_alarm_is_told_when_it_begins_and_when_it_ends(each: Template) -> None:
    (topic,) = [name for name, item in each["Resources"].items() if item["Type"] == "AWS::SNS::Topic"]
    for name, alarm in _alarms(each).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}], name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold", name


def test_an_endpoint_is_watched_in_the_units_of_its_metrics(sandbox: Template) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html: ModelLatency is in microseconds.
    alarms = _alarms(sandbox)
    latency, errors = alarms["perennial-sandbox-latency"], alarms["perennial-sandbox-errors"]
    assert (latency["Namespace"], latency["MetricName"]) == ("AWS/SageMaker", "ModelLatency")
    assert (latency["Statistic"], latency["Threshold"]) == ("Average", 1_000_000)
    assert (errors["Namespace"], errors["MetricName"]) == ("AWS/SageMaker", "Invocation5XXErrors")
    assert (errors["Statistic"], errors["Threshold"]) == ("Sum", 0)
    for alarm in (latency, errors):
        assert alarm["Dimensions"] == [
            {"Name": "EndpointName", "Value": "perennial-sandbox"},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ]


def test_alarms_of_the_fleet_read_what_the_functions_write(sandbox: Template) -> None:
    from shared.adapters import metrics

    alarms = _alarms(sandbox)
    unapproved, stale = alarms["perennial-sandbox-unapproved"], alarms["perennial-stale-models"]
    assert unapproved["Namespace"] == stale["Namespace"] == metrics.NAMESPACE
    assert (unapproved["MetricName"], unapproved["Dimensions"]) == (
        "ModelsWithoutApprovedVersion",
        [{"Name": "EndpointName", "Value": "perennial-sandbox"}],
    )
    assert (stale["MetricName"], stale["Dimensions"]) == ("StaleModels", [{"Name": "App", "Value": "perennial"}])


def test_one_lost_trigger_is_enough(each: Template) -> None:
    (queue,) = [name for name, item in each["Resources"].items() if item["Type"] == "AWS::SQS::Queue"]
    (alarm,) = [item for name, item in _alarms(each).items() if name.endswith("-lost-triggers")]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", 0)


def test_the_alarms_of_the_endpoint_roll_back_its_updates(each: Template) -> None:
    update = definition(each, "Deployment")["States"]["Update Endpoint"]["Arguments"]["DeploymentConfig"]
    named = {item["AlarmName"] for item in update["AutoRollbackConfiguration"]["Alarms"]}
    assert named == {name for name in _alarms(each) if name.endswith(("-errors", "-latency"))}
    # SageMaker reads them with the endpoint's role:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    assert granted(each, "SageMakerRole")["cloudwatch:DescribeAlarms"]
