"""Alarms over boto3: evaluated, told to topics, refused where they are not emulated."""

import json
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role
from local_cloud.testing.waiting import until


class Inbox:
    """A topic with a queue that keeps its messages."""

    def __init__(self, cloud: RunningCloud, name: str) -> None:
        self._sqs = cloud.client("sqs", ACCOUNT)
        self.topic = cloud.client("sns", ACCOUNT).create_topic(Name=name)["TopicArn"]
        self._queue = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        cloud.client("sns", ACCOUNT).subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def next(self) -> dict[str, Any]:
        """The next message, as CloudWatch wrote it, with its subject."""

        def check() -> dict[str, Any] | None:
            for message in self._sqs.receive_message(QueueUrl=self._queue).get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                envelope = json.loads(message["Body"])
                return {"Subject": envelope["Subject"], **json.loads(envelope["Message"])}
            return None

        return until(check)

    def is_empty(self) -> bool:
        return "Messages" not in self._sqs.receive_message(QueueUrl=self._queue)


def _alarm(cloud: RunningCloud, name: str, **changes: Any) -> None:
    request = {
        "AlarmName": name,
        "Namespace": "Test",
        "MetricName": name,
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    given = {name: value for name, value in (request | changes).items() if value is not None}
    cloud.client("cloudwatch", ACCOUNT).put_metric_alarm(**given)


def _put(cloud: RunningCloud, name: str, value: float, **more: Any) -> None:
    cloud.client("cloudwatch", ACCOUNT).put_metric_data(
        Namespace="Test", MetricData=[{"MetricName": name, "Value": value, **more}]
    )


def _describe(cloud: RunningCloud, name: str) -> dict[str, Any]:
    found: dict[str, Any] = cloud.client("cloudwatch", ACCOUNT).describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    return found


def _is(cloud: RunningCloud, name: str, state: str) -> dict[str, Any]:
    def check() -> dict[str, Any] | None:
        found = _describe(cloud, name)
        return found if found["StateValue"] == state else None

    return until(check)


def test_an_alarm_trips_and_recovers_and_tells_its_topics(cloud: RunningCloud) -> None:
    raised, cleared = Inbox(cloud, "raised"), Inbox(cloud, "cleared")
    _alarm(
        cloud,
        "life",
        AlarmActions=[raised.topic],
        OKActions=[cleared.topic],
        TreatMissingData="notBreaching",
        AlarmDescription="too high",
    )
    _is(cloud, "life", "OK")
    assert cleared.next()["OldStateValue"] == "INSUFFICIENT_DATA"
    _put(cloud, "life", 4.0)
    _put(cloud, "life", 6.0)
    assert "Threshold Crossed" in _is(cloud, "life", "ALARM")["StateReason"]
    message = raised.next()
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    assert message["Subject"] == 'ALARM: "life" in US East (N. Virginia)'
    assert message["AlarmDescription"] == "too high"
    assert (message["OldStateValue"], message["NewStateValue"]) == ("OK", "ALARM")
    assert message["AWSAccountId"] == ACCOUNT
    assert message["Trigger"]["MetricName"] == "life"
    assert message["Trigger"]["Threshold"] == 5.0
    _put(cloud, "life", 7.0)
    # The breaching minute leaves the evaluation range.
    cloud.control("clock", {"advance_seconds": 300})
    _is(cloud, "life", "OK")
    assert cleared.next()["OldStateValue"] == "ALARM"
    # A state is told once, however many data keep it.
    assert raised.is_empty()


def test_data_without_a_time_are_of_the_virtual_now(cloud: RunningCloud) -> None:
    cloud.control("clock", {"advance_seconds": 7200})
    _alarm(cloud, "virtual")
    _put(cloud, "virtual", 6.0)
    _is(cloud, "virtual", "ALARM")


def test_a_jump_of_the_clock_is_lived_through_minute_by_minute(cloud: RunningCloud) -> None:
    raised, cleared = Inbox(cloud, "jump-raised"), Inbox(cloud, "jump-cleared")
    # An average is compared once its minute is over, and is long forgotten an hour later.
    _alarm(
        cloud,
        "jump",
        Statistic="Average",
        TreatMissingData="notBreaching",
        AlarmActions=[raised.topic],
        OKActions=[cleared.topic],
    )
    _is(cloud, "jump", "OK")
    cleared.next()
    _put(cloud, "jump", 6.0)
    started = datetime.fromisoformat(cloud.control("clock")["now"])
    cloud.control("clock", {"advance_seconds": 3600})
    when = datetime.fromisoformat(raised.next()["StateChangeTime"])
    assert 0 <= (when - started).total_seconds() <= 61
    later = datetime.fromisoformat(cleared.next()["StateChangeTime"])
    # The datapoint is looked at for three minutes.
    assert (later - when).total_seconds() == 180
    assert _describe(cloud, "jump")["StateValue"] == "OK"


def test_two_of_three_minutes_make_the_alarm(cloud: RunningCloud) -> None:
    _alarm(cloud, "often", EvaluationPeriods=3, DatapointsToAlarm=2)
    now = datetime.fromisoformat(cloud.control("clock")["now"]).timestamp() // 60 * 60
    _put(cloud, "often", 9.0, Timestamp=now - 60)
    _put(cloud, "often", 1.0, Timestamp=now - 120)
    _is(cloud, "often", "OK")
    _put(cloud, "often", 9.0, Timestamp=now - 180)
    _is(cloud, "often", "ALARM")


def test_statistic_sets_and_percentiles_are_compared(cloud: RunningCloud) -> None:
    now = datetime.fromisoformat(cloud.control("clock")["now"]).timestamp() // 60 * 60
    client = cloud.client("cloudwatch", ACCOUNT)
    client.put_metric_alarm(
        AlarmName="tail",
        Namespace="Test",
        MetricName="tail",
        ExtendedStatistic="p90",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    values = {"Values": [1.0, 9.0], "Counts": [95.0, 5.0], "Timestamp": now - 60}
    client.put_metric_data(Namespace="Test", MetricData=[{"MetricName": "tail", **values}])
    _is(cloud, "tail", "OK")
    statistics = {"Sum": 90.0, "SampleCount": 10.0, "Minimum": 9.0, "Maximum": 9.0}
    client.put_metric_data(
        Namespace="Test", MetricData=[{"MetricName": "tail", "StatisticValues": statistics, "Timestamp": now - 60}]
    )
    _is(cloud, "tail", "ALARM")


def test_a_state_that_is_set_acts_until_the_next_comparison(cloud: RunningCloud) -> None:
    inbox = Inbox(cloud, "set")
    _alarm(cloud, "set", AlarmActions=[inbox.topic], TreatMissingData="notBreaching")
    _is(cloud, "set", "OK")
    cloud.client("cloudwatch", ACCOUNT).set_alarm_state(AlarmName="set", StateValue="ALARM", StateReason="a test")
    assert (inbox.next()["NewStateReason"], _describe(cloud, "set")["StateValue"]) == ("a test", "ALARM")
    cloud.control("clock", {"advance_seconds": 60})
    _is(cloud, "set", "OK")


def test_filters_of_describe_alarms_add_up(cloud: RunningCloud) -> None:
    client = cloud.client("cloudwatch", ACCOUNT)
    for name in ("filter-a", "filter-b"):
        _alarm(cloud, name, TreatMissingData="ignore")
    client.set_alarm_state(AlarmName="filter-a", StateValue="ALARM", StateReason="a test")

    def names(**filters: Any) -> list[str]:
        return [item["AlarmName"] for item in client.describe_alarms(**filters)["MetricAlarms"]]

    assert names(AlarmNamePrefix="filter-") == ["filter-a", "filter-b"]
    assert names(AlarmNamePrefix="filter-", StateValue="ALARM") == ["filter-a"]
    assert names(AlarmNames=["filter-b"], StateValue="ALARM") == []
    # Changing an alarm keeps its state.
    _alarm(cloud, "filter-a", TreatMissingData="ignore", Threshold=9.0)
    assert names(AlarmNamePrefix="filter-", StateValue="ALARM") == ["filter-a"]


def test_disabled_actions_stay_silent(cloud: RunningCloud) -> None:
    inbox = Inbox(cloud, "silent")
    _alarm(cloud, "silent", AlarmActions=[inbox.topic], ActionsEnabled=False)
    _put(cloud, "silent", 6.0)
    _is(cloud, "silent", "ALARM")
    assert inbox.is_empty()


def test_a_topic_whose_policy_does_not_let_cloudwatch_in_gets_nothing(cloud: RunningCloud) -> None:
    inbox, sns = Inbox(cloud, "closed"), cloud.client("sns", ACCOUNT)

    def allow(principal: dict[str, str]) -> None:
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": inbox.topic}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sns.set_topic_attributes(TopicArn=inbox.topic, AttributeName="Policy", AttributeValue=policy)

    allow({"Service": "events.amazonaws.com"})
    _alarm(cloud, "closed", AlarmActions=[inbox.topic], OKActions=[inbox.topic])
    _put(cloud, "closed", 6.0)
    _is(cloud, "closed", "ALARM")
    assert inbox.is_empty()
    allow({"Service": "cloudwatch.amazonaws.com"})
    cloud.client("cloudwatch", ACCOUNT).set_alarm_state(AlarmName="closed", StateValue="OK", StateReason="a test")
    assert inbox.next()["NewStateValue"] == "OK"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"AlarmActions": ["arn:aws:lambda:us-east-1:1:function:f"]}, r"\(NotEmulated\).*SNS topics only"),
        ({"Statistic": None, "ExtendedStatistic": "tm90"}, r"\(NotEmulated\).*percentiles such as p99"),
        ({"OKActions": ["mail"]}, r"\(ValidationError\).*Invalid arn syntax: mail"),
        ({"Period": 45}, r"\(ValidationError\).*multiple of 60"),
        ({"DatapointsToAlarm": 2}, "between 1 and EvaluationPeriods"),
        ({"TreatMissingData": "guess"}, "not supported"),
        ({"ComparisonOperator": "LessThanLowerThreshold"}, "ComparisonOperator must be one of"),
    ],
)
def test_what_is_not_emulated_is_refused(cloud: RunningCloud, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        _alarm(cloud, "refused", **changes)
    assert cloud.client("cloudwatch", ACCOUNT).describe_alarms(AlarmNames=["refused"])["MetricAlarms"] == []


def test_a_stack_makes_changes_and_removes_an_alarm(cloud: RunningCloud) -> None:
    client, topic = cloud.client("cloudformation", ACCOUNT), Inbox(cloud, "stack").topic

    def template(threshold: int) -> str:
        properties = {
            "AlarmName": "from-a-stack",
            "Namespace": "Test",
            "MetricName": "stack",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 2,
            "DatapointsToAlarm": 1,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [topic],
            "Dimensions": [{"Name": "Model", "Value": "m"}],
        }
        resources = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}
        outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Alarm", "Arn"]}}}
        return json.dumps({"Resources": resources, "Outputs": outputs})

    def deploy(threshold: int, kind: str) -> dict[str, Any]:
        client.create_change_set(
            StackName="alarms", ChangeSetName=kind, ChangeSetType=kind, TemplateBody=template(threshold)
        )
        client.execute_change_set(StackName="alarms", ChangeSetName=kind)

        def check() -> dict[str, Any] | None:
            stack: dict[str, Any] = client.describe_stacks(StackName="alarms")["Stacks"][0]
            return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

        return until(check)

    made = deploy(5, "CREATE")
    assert made["StackStatus"] == "CREATE_COMPLETE"
    found = _describe(cloud, "from-a-stack")
    assert made["Outputs"][0]["OutputValue"] == found["AlarmArn"]
    assert (found["Threshold"], found["DatapointsToAlarm"], found["AlarmActions"]) == (5.0, 1, [topic])
    assert deploy(7, "UPDATE")["StackStatus"] == "UPDATE_COMPLETE"
    assert _describe(cloud, "from-a-stack")["Threshold"] == 7.0
    client.delete_stack(StackName="alarms")
    until(lambda: not cloud.client("cloudwatch", ACCOUNT).describe_alarms(AlarmNames=["from-a-stack"])["MetricAlarms"] or None)  # fmt: skip


def test_permissions_are_on_alarms_and_namespaces(cloud: RunningCloud) -> None:
    alarms = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm"
    role = make_role(
        cloud,
        "watcher",
        [
            {"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": f"{alarms}:mine-*"},
            {
                "Effect": "Allow",
                "Action": "cloudwatch:PutMetricData",
                "Resource": "*",
                "Condition": {"StringEquals": {"cloudwatch:namespace": "Custom"}},
            },
        ],
    )
    client = as_role(cloud, role, "cloudwatch")
    client.describe_alarms(AlarmNames=["mine-1"])
    client.put_metric_data(Namespace="Custom", MetricData=[{"MetricName": "m", "Value": 1.0}])
    for denied in (
        lambda: client.describe_alarms(AlarmNames=["other"]),
        client.describe_alarms,
        lambda: client.delete_alarms(AlarmNames=["mine-1"]),
        lambda: client.put_metric_data(Namespace="Other", MetricData=[{"MetricName": "m", "Value": 1.0}]),
    ):
        with pytest.raises(ClientError, match="not authorized"):
            denied()


def test_alarms_are_evaluated_after_a_restart(cloud: RunningCloud) -> None:
    # The datapoint must not age while a busy machine restarts the server.
    _alarm(cloud, "kept", Period=3600)
    _put(cloud, "kept", 6.0)
    _is(cloud, "kept", "ALARM")
    cloud.pid = cloud.restart().pid
    assert _describe(cloud, "kept")["StateValue"] == "ALARM"
    cloud.control("clock", {"advance_seconds": 6 * 3600})
    _is(cloud, "kept", "INSUFFICIENT_DATA")
