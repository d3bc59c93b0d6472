"""Topics: who is subscribed, what is delivered to whom, and what is refused by name."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.lambda_ import functions
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, make_role
from local_cloud.testing.waiting import until

TELLER = "import json\ndef handler(event, context):\n    print(json.dumps(event['Records'][0]))\n"


@pytest.fixture(scope="module")
def sns(cloud: RunningCloud) -> Any:
    return cloud.client("sns", ACCOUNT)


def queue(cloud: RunningCloud, name: str, account: str = ACCOUNT) -> tuple[str, str]:
    """URL and ARN."""
    url = cloud.client("sqs", account).create_queue(QueueName=name)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:{account}:{name}"


def received(cloud: RunningCloud, url: str, account: str = ACCOUNT) -> list[str]:
    found = cloud.client("sqs", account).receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [str(json.loads(message["Body"])["Message"]) for message in found]


def test_a_queue_that_is_gone_keeps_a_message_from_nobody(cloud: RunningCloud, sns: Any) -> None:
    topic = sns.create_topic(Name="gone")["TopicArn"]
    (gone, gone_arn), (there, there_arn) = queue(cloud, "gone"), queue(cloud, "there")
    for arn in (gone_arn, there_arn):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloud.client("sqs", ACCOUNT).delete_queue(QueueUrl=gone)

    assert sns.publish(TopicArn=topic, Message="one")["MessageId"]
    entries = [{"Id": "a", "Message": "two"}]
    assert sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Failed"] == []

    assert sorted(received(cloud, there)) == ["one", "two"]


def test_a_queue_of_another_account_gets_its_messages(cloud: RunningCloud, sns: Any) -> None:
    topic, (url, arn) = sns.create_topic(Name="abroad")["TopicArn"], queue(cloud, "abroad", OTHER)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    sns.publish(TopicArn=topic, Message="hello")

    assert received(cloud, url, OTHER) == ["hello"]


def test_a_function_is_invoked_if_it_lets_the_topic_do_so(cloud: RunningCloud, sns: Any) -> None:
    topic = sns.create_topic(Name="function")["TopicArn"]
    statement = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    role = make_role(cloud, "teller", [statement], trust={"Service": "lambda.amazonaws.com"})
    client = functions.create(cloud, "teller", role=role, handler="teller.handler", files={"teller.py": TELLER})
    arn = client.get_function(FunctionName="teller")["Configuration"]["FunctionArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="not allowed yet")
    client.add_permission(
        FunctionName="teller",
        StatementId="topic",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )

    attributes = {"kind": {"DataType": "String", "StringValue": "test"}}
    sent = sns.publish(TopicArn=topic, Message="allowed", Subject="s", MessageAttributes=attributes)

    def told() -> list[dict[str, Any]]:
        logs = cloud.client("logs", ACCOUNT)
        found = logs.filter_log_events(logGroupName="/aws/lambda/teller", filterPattern="{ $.EventSource = * }")
        return [json.loads(event["message"]) for event in found["events"]]

    def first() -> dict[str, Any] | None:
        try:
            return next(iter(told()), None)
        except ClientError:
            # Its group is made with the first invocation.
            return None

    record = until(first)
    assert record["EventSubscriptionArn"] == subscription
    # https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    message = record["Sns"]
    assert (message["Message"], message["Subject"], message["Type"]) == ("allowed", "s", "Notification")
    assert (message["MessageId"], message["TopicArn"]) == (sent["MessageId"], topic)
    assert message["MessageAttributes"] == {"kind": {"Type": "String", "Value": "test"}}
    assert len(told()) == 1


def test_a_function_that_cannot_run_here_keeps_a_message_from_nobody(cloud: RunningCloud, sns: Any) -> None:
    topic = sns.create_topic(Name="other-language")["TopicArn"]
    role = make_role(cloud, "ruby", [], trust={"Service": "lambda.amazonaws.com"})
    files = {"index.rb": "def handler(event:, context:) = 1"}
    client = functions.create(cloud, "ruby", role=role, handler="index.handler", files=files, Runtime="ruby3.4")
    client.add_permission(
        FunctionName="ruby", StatementId="s", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    arn = client.get_function(FunctionName="ruby")["Configuration"]["FunctionArn"]
    url, queue_arn = queue(cloud, "beside-ruby")
    for protocol, endpoint in (("lambda", arn), ("sqs", queue_arn)):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)

    assert sns.publish(TopicArn=topic, Message="one")["MessageId"]

    assert received(cloud, url) == ["one"]


def test_a_message_without_a_text_for_everybody_reaches_nobody(cloud: RunningCloud, sns: Any) -> None:
    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: MessageStructure
    topic, (url, arn) = sns.create_topic(Name="structures")["TopicArn"], queue(cloud, "structures")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    for message in ('{"sqs": "one"}', "nonsense", '["default"]'):
        with pytest.raises(ClientError) as refused:
            sns.publish(TopicArn=topic, Message=message, MessageStructure="json")
        assert refused.value.response["Error"]["Code"] == "InvalidParameter"
    sns.publish(TopicArn=topic, Message='{"default": "two"}', MessageStructure="json")

    assert received(cloud, url) == ["two"]


def test_a_letter_waits_for_its_confirmation(sns: Any) -> None:
    topic = sns.create_topic(Name="letters")["TopicArn"]
    waits = {"TopicArn": topic, "Protocol": "email"}

    assert sns.subscribe(**waits, Endpoint="a@example.com")["SubscriptionArn"] == "pending confirmation"
    arn = sns.subscribe(**waits, Endpoint="b@example.com", ReturnSubscriptionArn=True)["SubscriptionArn"]

    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(each["SubscriptionArn"], each["Endpoint"]) for each in found] == [
        ("PendingConfirmation", "a@example.com"),
        ("PendingConfirmation", "b@example.com"),
    ]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "2"
    sns.publish(TopicArn=topic, Message="to nobody yet")
    sns.unsubscribe(SubscriptionArn=arn)


def test_a_topic_counts_its_subscriptions(cloud: RunningCloud, sns: Any) -> None:
    topic = sns.create_topic(Name="counted")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue(cloud, "counted")[1])

    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]

    assert (found["SubscriptionsConfirmed"], found["SubscriptionsPending"]) == ("1", "0")


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("create_topic", {"Name": "t.fifo", "Attributes": {"FifoTopic": "true"}}, "FIFO topics"),
    ("subscribe", {"Protocol": "https", "Endpoint": "https://example.com"}, "protocol https"),
    ("subscribe", {"Protocol": "sms", "Endpoint": "+15555550100"}, "protocol sms"),
    ("subscribe", {"Protocol": "firehose", "Endpoint": "arn:aws:firehose:us-east-1:1:deliverystream/s"}, "firehose"),
    (
        "subscribe",
        {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "Attributes": {"RedrivePolicy": "{}"}},
        "RedrivePolicy",
    ),
    ("confirm_subscription", {"Token": "t"}, "sns:ConfirmSubscription"),
]


@pytest.mark.parametrize(("call", "asked", "what"), REFUSED)
def test_what_nothing_would_come_of_is_refused_by_name(sns: Any, call: str, asked: dict[str, Any], what: str) -> None:
    given = asked if call == "create_topic" else {"TopicArn": _topic(sns), **asked}
    with pytest.raises(ClientError) as refused:
        getattr(sns, call)(**given)

    error = refused.value.response["Error"]
    assert error["Code"] == "NotEmulated"
    assert what in error["Message"]


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("set_topic_attributes", {"AttributeName": "Nonsense", "AttributeValue": "1"}),
        ("set_topic_attributes", {"AttributeName": "Policy", "AttributeValue": "junk"}),
        ("subscribe", {"Protocol": "lambda", "Endpoint": "junk"}),
        ("subscribe", {"Protocol": "lambda", "Endpoint": "arn:aws:lambda:us-east-1:1:function:f"}),
        ("subscribe", {"Protocol": "lambda", "Endpoint": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"}),
        ("subscribe", {"Protocol": "lambda", "Endpoint": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f:1:2"}),
        ("subscribe", {"Protocol": "lambda", "Endpoint": f"arn:aws:lambda:mars-1:{ACCOUNT}:function:f"}),
        ("subscribe", {"Protocol": "sqs", "Endpoint": "junk"}),
        ("subscribe", {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:mars-1:{ACCOUNT}:q"}),
        ("subscribe", {"Protocol": "sqs", "Endpoint": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/q"}),
        ("subscribe", {"Protocol": "email", "Endpoint": "junk"}),
        ("publish", {"Message": ""}),
        (
            "subscribe",
            {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "Attributes": {"FilterPolicy": "{"}},
        ),
    ],
)
def test_what_is_no_request_is_refused(sns: Any, call: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(sns, call)(TopicArn=_topic(sns), **asked)

    assert refused.value.response["Error"]["Code"] == "InvalidParameter"


def _topic(sns: Any) -> str:
    return str(sns.create_topic(Name="refusals")["TopicArn"])
