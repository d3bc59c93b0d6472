"""FilterLogEvents and GetLogEvents: patterns, streams, ranges and pages.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
"""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

GROUP = "/app/events"
# Milliseconds, not older than two weeks; the two streams alternate.
START = int(time.time()) * 1000
MESSAGES = ["START one", json.dumps({"level": "ERROR", "n": 2}), json.dumps({"level": "INFO", "n": 3}), "END four"]


@pytest.fixture(scope="module")
def logs(cloud: RunningCloud) -> Any:
    client = cloud.client("logs", ACCOUNT)
    client.create_log_group(logGroupName="/app/empty")
    client.create_log_group(logGroupName=GROUP)
    for stream in ("a/1", "b/2"):
        client.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    for number, message in enumerate(MESSAGES):
        stream, event = ("a/1", "b/2")[number % 2], {"timestamp": START + number, "message": message}
        client.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])
    return client


def found(logs: Any, **asked: Any) -> list[int]:
    events = logs.filter_log_events(**{"logGroupName": GROUP} | asked)["events"]
    return [MESSAGES.index(event["message"]) for event in events]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.level = "ERROR" }', [1]),
        ("{ $.n >= 2 }", [1, 2]),
        ("-INFO", [0, 1, 3]),
        ("?one ?four", [0, 3]),
        ("%^START|^END%", [0, 3]),
        ("[word = E*, number]", [3]),
    ],
)
def test_a_pattern_selects(logs: Any, pattern: str, expected: list[int]) -> None:
    assert found(logs, filterPattern=pattern) == expected


@pytest.mark.parametrize("group", [GROUP, "/app/empty"])
def test_a_pattern_that_is_none_is_refused_also_where_no_event_is(logs: Any, group: str) -> None:
    with pytest.raises(ClientError, match="Invalid character") as refused:
        logs.filter_log_events(logGroupName=group, filterPattern="request-id")

    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"


def test_a_pattern_whose_meaning_is_not_known_is_refused_by_name(logs: Any) -> None:
    with pytest.raises(ClientError, match="optional terms beside others") as refused:
        logs.filter_log_events(logGroupName=GROUP, filterPattern="ERROR ?INFO")

    assert refused.value.response["Error"]["Code"] == "NotEmulated"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [0, 1, 2, 3]),
        ({"logStreamNamePrefix": "a/"}, [0, 2]),
        ({"logStreamNamePrefix": "c/"}, []),
        ({"logStreamNames": ["b/2"]}, [1, 3]),
        ({"startTime": START + 1, "endTime": START + 2}, [1, 2]),
        ({"startTime": 0, "endTime": 1}, []),
        ({"limit": 2}, [0, 1]),
    ],
)
def test_streams_and_a_range_narrow_the_search(logs: Any, asked: dict[str, Any], expected: list[int]) -> None:
    assert found(logs, **asked) == expected


def test_a_group_is_found_by_its_name_or_arn(logs: Any) -> None:
    group = next(each for each in logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"])

    for identifier in (GROUP, group["logGroupArn"]):
        asked = {"logGroupIdentifier": identifier, "logStreamNames": ["a/1"]}
        assert len(logs.filter_log_events(**asked)["events"]) == 2
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupIdentifier="/app/none")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"logStreamNames": ["c"]}, "ResourceNotFoundException"),
        ({"logStreamNames": ["a/1"], "logStreamNamePrefix": "a"}, "InvalidParameterException"),
    ],
)
def test_streams_that_are_none_are_refused(logs: Any, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        found(logs, **asked)

    assert refused.value.response["Error"]["Code"] == code


def test_pages_lead_through_all_events_once(logs: Any) -> None:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 3})

    assert [[MESSAGES.index(event["message"]) for event in page["events"]] for page in pages] == [[0, 1, 2], [3]]


def test_the_end_of_a_stream_s_range_is_not_in_it(logs: Any) -> None:
    def numbers(**asked: int) -> list[int]:
        events = logs.get_log_events(logGroupName=GROUP, logStreamName="a/1", startFromHead=True, **asked)["events"]
        return [MESSAGES.index(event["message"]) for event in events]

    assert numbers(startTime=START, endTime=START + 2) == [0]
    assert numbers(startTime=START, endTime=START + 3) == [0, 2]
    assert numbers(startTime=START + 2) == [2]
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log stream does not exist"):
        logs.get_log_events(logGroupName=GROUP, logStreamName="c")


def test_the_token_of_a_stream_s_end_stays_the_same(logs: Any) -> None:
    asked = {"logGroupName": GROUP, "logStreamName": "a/1", "startFromHead": True, "limit": 1}
    first = logs.get_log_events(**asked)
    second = logs.get_log_events(**asked, nextToken=first["nextForwardToken"])
    third = logs.get_log_events(**asked, nextToken=second["nextForwardToken"])
    back = logs.get_log_events(**asked, nextToken=second["nextBackwardToken"])

    assert [len(each["events"]) for each in (first, second, third)] == [1, 1, 0]
    assert third["nextForwardToken"] == second["nextForwardToken"]
    assert back["events"] == first["events"]
