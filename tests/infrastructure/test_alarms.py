"""What is watched in every account."""

import fnmatch

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
        # One stray error, or one minute with cold models, is no news.
        assert (alarm["Period"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (60, 2, 3)


def test_alarms_of_the_fleet_read_what_the_functions_write(sandbox: Template) -> None:

    alarms = _alarms(sandbox)
    unapproved, stale = alarms["perennial-sandbox-unapproved"], alarms["perennial-stale-models"]
    assert unapproved["Namespace"] == stale["Namespace"] == "Perennial"
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


def test_an_update_that_waits_is_rolled_back_by_alarms_of_its_own(stacks: dict[str, Template]) -> None:
    prod = stacks["PerennialProd"]
    states = definition(prod, "Deployment")["States"]
    update = states["Update Endpoint"]["Arguments"]["DeploymentConfig"]
    named = [item["AlarmName"] for item in update["AutoRollbackConfiguration"]["Alarms"]]
    payload = states["Stage Deployment"]["Arguments"]["Payload"]
    assert named == list(payload["roll_back"]["alarms"].values())
    # None of the stack's alarms, which see the old fleet too, and may be red before the update starts.
    assert not [name for name in named if any(f"'{alarm}'" in name for alarm in _alarms(prod))]
    assert all("$deployment_id" in name for name in named)
    assert payload["roll_back"]["max_latency_ms"] == 1000
    assert payload["roll_back"]["variant_name"] == "AllTraffic"
    # SageMaker reads them with the endpoint's role:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    assert granted(prod, "SageMakerRole")["cloudwatch:DescribeAlarms"] == {
        "arn:aws:cloudwatch:us-east-1:333333333333:alarm:*"
    }


def test_an_update_that_does_not_wait_has_no_alarms(stacks: dict[str, Template]) -> None:
    for name in ("PerennialSandbox", "PerennialQa"):
        states = definition(stacks[name], "Deployment")["States"]
        assert "AutoRollbackConfiguration" not in states["Update Endpoint"]["Arguments"]["DeploymentConfig"]
        assert "roll_back" not in states["Stage Deployment"]["Arguments"]["Payload"]
        assert "cloudwatch:DescribeAlarms" not in granted(stacks[name], "SageMakerRole")
        made = granted(stacks[name], "DeploymentFunctionsRole")["cloudwatch:PutMetricAlarm"]
        assert not [arn for arn in made if "rollback" in arn]


def test_functions_make_and_remove_alarms_of_updates_and_of_further_endpoints_only(
    each: Template, stacks: dict[str, Template]
) -> None:
    found = granted(each, "DeploymentFunctionsRole", "cloudwatch:")
    first = f"perennial-{next(name for name, item in stacks.items() if item is each).removeprefix('Perennial').lower()}"
    of_updates = {f"{first}-rollback-*", f"{first}-*-rollback-*"}
    of_others = {f"{first}-*-{kind}" for kind in ("errors", "latency", "unapproved")}
    names = {action: {arn.rpartition(":")[2] for arn in arns} for action, arns in found.items()}
    assert names["cloudwatch:DeleteAlarms"] == of_updates | of_others
    # The stack's own are not among them.
    granted_names = names["cloudwatch:DeleteAlarms"]
    assert not [name for name in _alarms(each) if any(fnmatch.fnmatchcase(name, item) for item in granted_names)]
    for action in ("cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"):
        assert names[action] == (of_updates | of_others if each is stacks["PerennialProd"] else of_others)
