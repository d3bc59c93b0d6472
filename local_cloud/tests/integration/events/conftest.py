"""What rules deliver to."""

import json
from typing import Any

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.waiting import until

EVENTS = {"Service": "events.amazonaws.com"}


class Queue:
    """A queue that EventBridge may write to, unless told otherwise."""

    def __init__(self, cloud: RunningCloud, name: str, *, account: str = ACCOUNT, allowed: bool = True) -> None:
        self._client = cloud.client("sqs", account)
        self.arn = f"arn:aws:sqs:us-east-1:{account}:{name}"
        self._url = self._client.create_queue(QueueName=name)["QueueUrl"]
        if allowed:
            statement = {"Effect": "Allow", "Principal": EVENTS, "Action": "sqs:SendMessage", "Resource": self.arn}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self._client.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})

    def next(self) -> dict[str, Any]:
        """The next message, waited for, with its body parsed."""

        def take() -> dict[str, Any] | None:
            for message in self._client.receive_message(
                QueueUrl=self._url, WaitTimeSeconds=1, MessageAttributeNames=["All"]
            ).get("Messages", []):
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                attributes = {
                    name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()
                }
                return {"body": json.loads(message["Body"]), "attributes": attributes}
            return None

        return until(take, seconds=20)

    def is_empty(self) -> bool:
        """Whether nothing arrived so far."""
        return not self._client.receive_message(QueueUrl=self._url).get("Messages")


def put_rule(
    cloud: RunningCloud, name: str, pattern: dict[str, Any], *targets: dict[str, Any], account: str = ACCOUNT
) -> str:
    """A rule on the default bus with its targets, numbered."""
    client = cloud.client("events", account)
    arn = client.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    client.put_targets(Rule=name, Targets=[{"Id": str(number), **target} for number, target in enumerate(targets)])
    return str(arn)


def send(cloud: RunningCloud, source: str, detail: dict[str, Any], *, account: str = ACCOUNT) -> str:
    """Put one event on the default bus; returns its id."""
    entry = {"Source": source, "DetailType": "test", "Detail": json.dumps(detail), "Resources": ["arn:x"]}
    return str(cloud.client("events", account).put_events(Entries=[entry])["Entries"][0]["EventId"])
