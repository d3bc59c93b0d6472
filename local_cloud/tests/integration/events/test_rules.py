"""Rules deliver what matches, under the permissions of their role or of the target's own policy."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.events.conftest import EVENTS, Queue, put_rule, send
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, as_role, make_role
from local_cloud.testing.waiting import until

THIRD = "333333333333"
PASS = json.dumps({"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}})


def _machine(cloud: RunningCloud, name: str) -> str:
    role = make_role(cloud, f"{name}-machine", [], trust={"Service": "states.amazonaws.com"})
    client = cloud.client("stepfunctions", ACCOUNT)
    return str(client.create_state_machine(name=name, definition=PASS, roleArn=role)["stateMachineArn"])


def _allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _open_bus(cloud: RunningCloud, account: str, *, to: str) -> str:
    cloud.client("events", account).put_permission(Action="events:PutEvents", Principal=to, StatementId=f"from-{to}")
    return f"arn:aws:events:us-east-1:{account}:event-bus/default"


def test_an_event_arrives_as_it_was_sent_and_others_do_not(cloud: RunningCloud) -> None:
    queue = Queue(cloud, "plain")
    put_rule(cloud, "plain", {"source": ["plain"], "detail": {"kind": ["a"]}}, {"Arn": queue.arn})

    send(cloud, "plain", {"kind": "b"})
    event_id = send(cloud, "plain", {"kind": "a", "n": 1})

    event = queue.next()["body"]
    assert event["id"] == event_id
    assert (event["source"], event["detail-type"], event["detail"]) == ("plain", "test", {"kind": "a", "n": 1})
    assert (event["account"], event["region"], event["resources"]) == (ACCOUNT, "us-east-1", ["arn:x"])
    assert event["version"] == "0"
    assert queue.is_empty()


def test_a_disabled_rule_delivers_nothing(cloud: RunningCloud) -> None:
    silent, loud = Queue(cloud, "silent"), Queue(cloud, "loud")
    put_rule(cloud, "silent", {"source": ["disabled"]}, {"Arn": silent.arn})
    put_rule(cloud, "loud", {"source": ["disabled"]}, {"Arn": loud.arn})
    cloud.client("events", ACCOUNT).disable_rule(Name="silent")

    send(cloud, "disabled", {})

    loud.next()
    assert silent.is_empty()


def test_a_target_gets_the_input_that_it_asks_for(cloud: RunningCloud) -> None:
    queue = Queue(cloud, "inputs")
    template = {"InputPathsMap": {"kind": "$.detail.kind"}, "InputTemplate": '{"text": "is <kind>", "kind": <kind>}'}
    put_rule(cloud, "inputs", {"source": ["inputs"]}, {"Arn": queue.arn, "InputTransformer": template})

    send(cloud, "inputs", {"kind": "a"})

    assert queue.next()["body"] == {"text": "is a", "kind": "a"}


def test_a_state_machine_is_started_as_the_role(cloud: RunningCloud) -> None:
    machine = _machine(cloud, "started")
    role = make_role(cloud, "starter", [_allow("states:StartExecution", machine)], trust=EVENTS)
    put_rule(cloud, "started", {"source": ["states"]}, {"Arn": machine, "RoleArn": role, "InputPath": "$.detail"})

    send(cloud, "states", {"n": 7})

    client = cloud.client("stepfunctions", ACCOUNT)
    execution = until(lambda: next(iter(client.list_executions(stateMachineArn=machine)["executions"]), None))
    assert json.loads(client.describe_execution(executionArn=execution["executionArn"])["input"]) == {"n": 7}


def test_a_role_that_may_not_start_the_machine_sends_the_event_to_the_dead_letter_queue(cloud: RunningCloud) -> None:
    machine, queue = _machine(cloud, "forbidden"), Queue(cloud, "dead-role")
    role = make_role(cloud, "no-starter", [], trust=EVENTS)
    target = {"Arn": machine, "RoleArn": role, "DeadLetterConfig": {"Arn": queue.arn}}
    rule = put_rule(cloud, "forbidden", {"source": ["forbidden"]}, target)

    event_id = send(cloud, "forbidden", {})

    message = queue.next()
    assert message["body"]["id"] == event_id
    assert message["attributes"]["ERROR_CODE"] == "NO_PERMISSIONS"
    assert message["attributes"]["RETRY_ATTEMPTS"] == "0"
    assert (message["attributes"]["RULE_ARN"], message["attributes"]["TARGET_ARN"]) == (rule, machine)
    assert "states:StartExecution" in message["attributes"]["ERROR_MESSAGE"]


def test_a_queue_whose_policy_does_not_name_eventbridge_gets_nothing(cloud: RunningCloud) -> None:
    closed, dead = Queue(cloud, "closed", allowed=False), Queue(cloud, "dead-closed")
    put_rule(cloud, "closed", {"source": ["closed"]}, {"Arn": closed.arn, "DeadLetterConfig": {"Arn": dead.arn}})

    send(cloud, "closed", {})

    assert "no resource-based policy allows" in dead.next()["attributes"]["ERROR_MESSAGE"]
    assert closed.is_empty()


def test_an_encrypted_queue_takes_an_event_only_if_its_key_names_eventbridge(cloud: RunningCloud) -> None:
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html#eb-sqs-encrypted
    kms, sqs = cloud.client("kms", ACCOUNT), cloud.client("sqs", ACCOUNT)
    key = kms.create_key()["KeyMetadata"]
    sealed, dead = Queue(cloud, "sealed"), Queue(cloud, "dead-sealed")
    url = sqs.get_queue_url(QueueName="sealed")["QueueUrl"]
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={**kept, "KmsMasterKeyId": key["Arn"]})
    put_rule(cloud, "sealed", {"source": ["sealed"]}, {"Arn": sealed.arn, "DeadLetterConfig": {"Arn": dead.arn}})

    send(cloud, "sealed", {"number": 1})
    assert "kms:GenerateDataKey" in dead.next()["attributes"]["ERROR_MESSAGE"]
    assert sealed.is_empty()

    owner = {**_allow("kms:*", "*"), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    service = {**_allow("kms:*", "*"), "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Principal": EVENTS}
    policy = {"Version": "2012-10-17", "Statement": [owner, service]}
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(policy))
    send(cloud, "sealed", {"number": 2})
    assert sealed.next()["body"]["detail"] == {"number": 2}


def test_a_missing_target_is_not_tried_again(cloud: RunningCloud) -> None:
    dead = Queue(cloud, "dead-missing")
    machine = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:missing"
    role = make_role(cloud, "start-all", [_allow("states:StartExecution", "*")], trust=EVENTS)
    target = {"Arn": machine, "RoleArn": role, "DeadLetterConfig": {"Arn": dead.arn}}
    put_rule(cloud, "missing", {"source": ["missing"]}, target)

    send(cloud, "missing", {})

    assert dead.next()["attributes"]["ERROR_CODE"] == "NO_RESOURCE"


def test_a_topic_passes_the_event_on(cloud: RunningCloud) -> None:
    sns, queue = cloud.client("sns", ACCOUNT), Queue(cloud, "behind-topic")
    topic = sns.create_topic(Name="events")["TopicArn"]
    statement = {"Effect": "Allow", "Principal": EVENTS, "Action": "sns:Publish", "Resource": topic}
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [statement]})
    )
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    put_rule(cloud, "topic", {"source": ["topic"]}, {"Arn": topic})

    send(cloud, "topic", {"n": 1})

    assert queue.next()["body"]["detail"] == {"n": 1}


def test_an_event_reaches_another_account_as_it_was(cloud: RunningCloud) -> None:
    bus = _open_bus(cloud, OTHER, to=ACCOUNT)
    role = make_role(cloud, "forwarder", [_allow("events:PutEvents", bus)], trust=EVENTS)
    queue = Queue(cloud, "abroad", account=OTHER)
    put_rule(cloud, "abroad", {"source": ["abroad"]}, {"Arn": bus, "RoleArn": role})
    put_rule(cloud, "abroad", {"source": ["abroad"], "account": [ACCOUNT]}, {"Arn": queue.arn}, account=OTHER)

    event_id = send(cloud, "abroad", {"n": 1})

    event = queue.next()["body"]
    assert (event["id"], event["account"], event["detail"]) == (event_id, ACCOUNT, {"n": 1})


@pytest.mark.parametrize(
    ("account", "statements", "reason"),
    [
        (THIRD, [_allow("events:PutEvents", "*")], "no resource-based policy allows"),
        (OTHER, [], "no identity-based policy allows"),
    ],
    ids=["bus policy", "role"],
)
def test_forwarding_needs_the_role_and_the_bus(
    account: str, statements: list[dict[str, Any]], reason: str, cloud: RunningCloud
) -> None:
    _open_bus(cloud, OTHER, to=ACCOUNT)
    bus, name = f"arn:aws:events:us-east-1:{account}:event-bus/default", f"refused-{account}"
    role, dead = make_role(cloud, name, statements, trust=EVENTS), Queue(cloud, name)
    put_rule(cloud, name, {"source": [name]}, {"Arn": bus, "RoleArn": role, "DeadLetterConfig": {"Arn": dead.arn}})

    send(cloud, name, {})

    attributes = dead.next()["attributes"]
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"
    assert reason in attributes["ERROR_MESSAGE"]


def test_two_accounts_that_forward_to_each_other_do_not_loop(cloud: RunningCloud) -> None:
    there, back = _open_bus(cloud, OTHER, to=ACCOUNT), _open_bus(cloud, ACCOUNT, to=OTHER)
    going = make_role(cloud, "going", [_allow("events:PutEvents", there)], trust=EVENTS)
    coming = make_role(cloud, "coming", [_allow("events:PutEvents", back)], account=OTHER, trust=EVENTS)
    dead = Queue(cloud, "dead-loop", account=OTHER)
    put_rule(cloud, "loop", {"source": ["loop"]}, {"Arn": there, "RoleArn": going})
    target = {"Arn": back, "RoleArn": coming, "DeadLetterConfig": {"Arn": dead.arn}}
    put_rule(cloud, "loop", {"source": ["loop"]}, target, account=OTHER)

    send(cloud, "loop", {})

    assert dead.next()["attributes"]["ERROR_CODE"] == "THIRD_ACCOUNT_HOP_DETECTED"


def test_a_client_sends_to_another_accounts_bus(cloud: RunningCloud) -> None:
    bus, queue = _open_bus(cloud, OTHER, to=ACCOUNT), Queue(cloud, "direct", account=OTHER)
    put_rule(cloud, "direct", {"source": ["direct"]}, {"Arn": queue.arn}, account=OTHER)
    role = make_role(cloud, "direct", [_allow("events:PutEvents", bus)])
    entry = {"Source": "direct", "DetailType": "t", "Detail": "{}", "EventBusName": bus}

    assert as_role(cloud, role, "events").put_events(Entries=[entry])["FailedEntryCount"] == 0

    assert queue.next()["body"]["account"] == ACCOUNT


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Source": "aws.sagemaker"}, "NotAuthorizedForSourceException"),
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"Detail": "no json"}, "MalformedDetail"),
        ({"DetailType": ""}, "InvalidArgument"),
    ],
)
def test_entries_that_are_refused(entry: dict[str, str], code: str, cloud: RunningCloud) -> None:
    full = {"Source": "s", "DetailType": "t", "Detail": "{}", **entry}

    answer = cloud.client("events", ACCOUNT).put_events(Entries=[full])

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            {"Arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"},
            "RoleArn is required for target arn:aws:states",
        ),
        (
            {"Arn": f"arn:aws:events:us-east-1:{OTHER}:event-bus/default"},
            "RoleArn is required for target arn:aws:events",
        ),
        ({"Arn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"}, "its own event bus"),
        (
            {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "Input": "{}", "InputPath": "$"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target 0.",
        ),
    ],
)
def test_targets_that_are_refused(target: dict[str, Any], message: str, cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="ValidationException") as caught:
        put_rule(cloud, "refusing", {"source": ["s"]}, target)

    assert message in caught.value.response["Error"]["Message"]


def test_a_target_that_aws_would_call_is_no_error_of_the_caller(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match=r"\(NotEmulated\).*does not emulate rule targets like arn:aws:kinesis"):
        put_rule(cloud, "refusing", {"source": ["s"]}, {"Arn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"})


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"EventPattern": '{"source": [{"foo": 1}]}'}, "InvalidEventPatternException"),
        ({"ScheduleExpression": "rate(1 hour)"}, "NotEmulated"),
        ({"EventPattern": '{"source": ["aws.ec2"]}'}, "NotEmulated"),
    ],
)
def test_rules_that_are_refused(request_: dict[str, str], code: str, cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match=code):
        cloud.client("events", ACCOUNT).put_rule(Name="refused", **request_)


def test_a_pattern_is_tried_out(cloud: RunningCloud) -> None:
    client = cloud.client("events", ACCOUNT)
    event = json.dumps({"source": "s", "detail": {"n": 3}})

    assert client.test_event_pattern(EventPattern='{"detail": {"n": [{"numeric": [">", 2]}]}}', Event=event)["Result"]
    assert not client.test_event_pattern(EventPattern='{"detail": {"n": [{"numeric": [">", 3]}]}}', Event=event)[
        "Result"
    ]


def test_events_need_permission(cloud: RunningCloud) -> None:
    bus = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
    granted = make_role(
        cloud,
        "only-mine",
        [{**_allow("events:PutEvents", bus), "Condition": {"StringEquals": {"events:source": "mine"}}}],
    )
    client = as_role(cloud, granted, "events")
    entry = {"DetailType": "t", "Detail": "{}"}

    assert client.put_events(Entries=[{"Source": "mine", **entry}])["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match="AccessDenied"):
        client.put_events(Entries=[{"Source": "yours", **entry}])


def test_an_organization_is_not_everybody(cloud: RunningCloud) -> None:
    client, fourth = cloud.client("events", "444444444444"), "arn:aws:events:us-east-1:444444444444:event-bus/default"
    organization = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1234567890"}
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}", "EventBusName": fourth}
    sender = cloud.client("events", ACCOUNT)

    client.put_permission(Action="events:PutEvents", Principal="*", StatementId="organization", Condition=organization)
    with pytest.raises(ClientError, match="AccessDenied"):
        sender.put_events(Entries=[entry])
    client.put_permission(Action="events:PutEvents", Principal="*", StatementId="all")
    assert sender.put_events(Entries=[entry])["FailedEntryCount"] == 0
