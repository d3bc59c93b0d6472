"""Orders of the fault plan: what is not known is refused, with what is."""

import json
from typing import Any

import pytest

from integration.faults.conftest import Add
from local_cloud.kernel.errors import ServerError
from local_cloud.kernel.lifecycle import RunningCloud

pytestmark = pytest.mark.security("faults")

CALL = {"service": "lambda", "operation": "Invoke"}


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ({}, "give one of add, remove, clear and list"),
        ({"add": {}, "list": True}, "give one of add, remove, clear and list"),
        ({"add": "throttle"}, "a fault must be an object, got 'throttle'"),
        ({"add": {"kind": "flood", **CALL}}, "unknown kind 'flood'; there are"),
        ({"add": {"kind": "throttle"}}, "missing ['service', 'operation']"),
        ({"add": {"kind": "throttle", **CALL, "often": 3}}, "unknown ['often']; it knows"),
        ({"add": {"kind": "throttle", "service": "lamda", "operation": "Invoke"}}, "unknown service 'lamda'"),
        ({"add": {"kind": "throttle", "service": "lambda", "operation": "invoke"}}, "lambda has no operation 'invoke'; it has"),
        ({"add": {"kind": "throttle", **CALL, "match": {"Name": ".*"}}}, "Invoke cannot be matched by ['Name']; give some of ['FunctionName'"),
        ({"add": {"kind": "throttle", **CALL, "match": {"FunctionName": "("}}}, "FunctionName must be a regular expression"),
        ({"add": {"kind": "throttle", **CALL, "match": []}}, "match must be an object"),
        ({"add": {"kind": "throttle", **CALL, "principal": "["}}, "principal must be a regular expression"),
        ({"add": {"kind": "throttle", **CALL, "account_id": "1111"}}, "account_id must have 12 digits, got '1111'"),
        ({"add": {"kind": "throttle", **CALL, "after": -1}}, "after must be a whole number from 0, got -1"),
        ({"add": {"kind": "throttle", **CALL, "times": 0}}, "times must be a whole number from 1, got 0"),
        ({"add": {"kind": "throttle", **CALL, "times": True}}, "times must be a whole number from 1, got True"),
        ({"add": {"kind": "server_error", **CALL, "status": 404}}, "status must be one of [500, 503], got 404"),
        ({"add": {"kind": "error", **CALL}}, "missing ['code']"),
        ({"add": {"kind": "error", **CALL, "code": "ThrottledException"}}, "lambda has no error 'ThrottledException'; it has"),
        ({"add": {"kind": "capacity", "service": "sns", "operation": "Publish"}}, "no capacity error of sns is known, only of"),
        ({"add": {"kind": "hang", **CALL, "seconds": 0}}, "seconds must be a positive number, got 0"),
        ({"add": {"kind": "hang", **CALL, "then": "wait"}}, "then must be one of ['fail', 'go_on'], got 'wait'"),
        ({"add": {"kind": "throttle", "service": "s3", "operation": "PutObject", "match": {"Body": "."}}}, "PutObject cannot be matched by ['Body']"),
        ({"remove": "fault-0"}, "there is no fault 'fault-0'"),
        ({"clear": False}, "clear must be true, got False"),
    ],
)  # fmt: skip
def test_a_wrong_order_is_refused(order: dict[str, Any], complaint: str, cloud: RunningCloud) -> None:
    with pytest.raises(ServerError) as caught:
        cloud.control("faults", order)

    answer = json.loads(str(caught.value).split("answered 400: ", 1)[1])
    assert complaint in answer["error"]


def test_faults_are_listed_until_they_are_taken_out(cloud: RunningCloud, add: Add) -> None:
    first = add("throttle", **CALL, match={"FunctionName": ".*Plan.*"}, times=2)
    second = add("server_error", **CALL, account_id="111111111111")

    def listed() -> list[str]:
        return [fault["id"] for fault in cloud.control("faults", {"list": True})["faults"]]

    assert listed() == [first, second]
    assert cloud.control("faults", {"remove": first})["match"] == {"FunctionName": ".*Plan.*"}
    assert listed() == [second]
    cloud.control("faults", {"clear": True})
    assert listed() == []
