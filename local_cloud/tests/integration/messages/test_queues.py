"""Attributes of queues, of which each is looked at.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

DEAD = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"


@pytest.fixture(scope="module")
def sqs(cloud: RunningCloud) -> Any:
    client = cloud.client("sqs", ACCOUNT)
    for name in ("dead", "queue"):
        client.create_queue(QueueName=name)
    return client


def redrive(**policy: Any) -> str:
    return json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": 3} | policy)


@pytest.mark.parametrize(
    ("name", "value", "code", "reason"),
    [
        ("RedrivePolicy", "junk", "InvalidParameterValue", "not a valid JSON map"),
        ("RedrivePolicy", "[]", "InvalidParameterValue", "not a valid JSON map"),
        (
            "RedrivePolicy",
            '{"maxReceiveCount": 3}',
            "InvalidParameterValue",
            "mandatory attribute: deadLetterTargetArn",
        ),
        ("RedrivePolicy", json.dumps({"deadLetterTargetArn": DEAD}), "InvalidParameterValue", "maxReceiveCount"),
        ("RedrivePolicy", redrive(maxReceiveCount=0), "InvalidParameterValue", "from 1 to 1000"),
        ("RedrivePolicy", redrive(maxReceiveCount=1001), "InvalidParameterValue", "from 1 to 1000"),
        ("RedrivePolicy", redrive(maxReceiveCount="x"), "InvalidParameterValue", "from 1 to 1000"),
        ("RedrivePolicy", redrive(deadLetterTargetArn=f"{DEAD}er"), "InvalidParameterValue", "does not exist"),
        ("VisibilityTimeout", "43201", "InvalidAttributeValue", "VisibilityTimeout"),
        ("VisibilityTimeout", "x", "InvalidAttributeValue", "VisibilityTimeout"),
        ("DelaySeconds", "901", "InvalidAttributeValue", "DelaySeconds"),
        ("MessageRetentionPeriod", "59", "InvalidAttributeValue", "MessageRetentionPeriod"),
        ("MaximumMessageSize", "1023", "InvalidAttributeValue", "MaximumMessageSize"),
        ("ReceiveMessageWaitTimeSeconds", "21", "InvalidAttributeValue", "ReceiveMessageWaitTimeSeconds"),
        ("KmsDataKeyReusePeriodSeconds", "59", "InvalidAttributeValue", "KmsDataKeyReusePeriodSeconds"),
        ("SqsManagedSseEnabled", "x", "InvalidAttributeValue", "SqsManagedSseEnabled"),
        ("Policy", "junk", "InvalidAttributeValue", "Policy"),
        ("Nonsense", "1", "InvalidAttributeName", "Unknown Attribute Nonsense"),
        ("RedriveAllowPolicy", '{"redrivePermission": "denyAll"}', "NotEmulated", "RedriveAllowPolicy"),
    ],
)
def test_a_wrong_attribute_is_refused(sqs: Any, name: str, value: str, code: str, reason: str) -> None:
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    for call, given in (("create_queue", {"QueueName": "new"}), ("set_queue_attributes", {"QueueUrl": url})):
        with pytest.raises(ClientError) as refused:
            getattr(sqs, call)(**given, Attributes={name: value})
        error = refused.value.response["Error"]
        assert error["Code"] == code
        assert reason in error["Message"]
    assert "new" not in str(sqs.list_queues()["QueueUrls"])


def test_right_attributes_are_kept(sqs: Any) -> None:
    attributes = {
        "VisibilityTimeout": "0",
        "DelaySeconds": "900",
        "MessageRetentionPeriod": "1209600",
        "ReceiveMessageWaitTimeSeconds": "20",
        "MaximumMessageSize": "1024",
        "RedriveAllowPolicy": '{"redrivePermission": "allowAll"}',
    }
    url = sqs.create_queue(QueueName="kept", Attributes=attributes | {"RedrivePolicy": redrive()})["QueueUrl"]

    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert {name: found[name] for name in attributes if name != "RedriveAllowPolicy"} == {
        name: value for name, value in attributes.items() if name != "RedriveAllowPolicy"
    }
    assert json.loads(found["RedrivePolicy"]) == json.loads(redrive())

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_a_queue_does_not_become_a_fifo_one(sqs: Any) -> None:
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]

    with pytest.raises(ClientError, match="Unknown Attribute FifoQueue"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "true"})
