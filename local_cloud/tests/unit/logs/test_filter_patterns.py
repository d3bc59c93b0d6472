"""Patterns and events from AWS's own pages.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html
"""

import json

import pytest

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.logs import filter_patterns
from local_cloud.services.logs.operands import PatternError

REQUESTS = {
    "[ERROR 400] BAD REQUEST": "bad",
    "[ERROR 401] UNAUTHORIZED REQUEST": "unauthorized",
    "[ERROR 419] MISSING ARGUMENTS": "missing",
    "[ERROR 420] INVALID ARGUMENTS": "invalid",
    "[INFO 200] AUTHORIZED REQUEST": "good",
    "INTERNAL SERVER ERROR": "broken",
}
EVENT = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "ThisFlag": True,
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6]],
    "bandwidth": 75.5,
    "errorCode": 404,
    "cluster-name": "c",
}
ACCESS = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


def selected(pattern: str) -> set[str]:
    matches = filter_patterns.compiled(pattern)
    return {name for message, name in REQUESTS.items() if matches(message)}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", set(REQUESTS.values())),
        ("ERROR", {"bad", "unauthorized", "missing", "invalid", "broken"}),
        ("error", set()),
        ("ERROR ARGUMENTS", {"missing", "invalid"}),
        ('"INTERNAL SERVER ERROR"', {"broken"}),
        ('"SERVER INTERNAL"', set()),
        ("ERROR -ARGUMENTS", {"bad", "unauthorized", "broken"}),
        ("-ERROR", {"good"}),
        ('-"ERROR 4"', {"good", "broken"}),
        ("?ARGUMENTS ?BAD", {"missing", "invalid", "bad"}),
        ('?"INTERNAL SERVER" ?INFO', {"broken", "good"}),
        ("%AUTHORIZED%", {"unauthorized", "good"}),
        (r"%4[01]\d%", {"bad", "unauthorized", "missing"}),
        (r"%^INTERNAL%", {"broken"}),
        (r"%ARGUMENTS$%", {"missing", "invalid"}),
        ("%BAD|MISSING%", {"bad", "missing"}),
    ],
)
def test_terms(pattern: str, expected: set[str]) -> None:
    assert selected(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ('{$.eventType="UpdateTrail"}', True),
        ("{ $.eventType = UpdateTrail }", True),
        ('{ $.eventType = "updateTrail" }', False),
        ('{ $.eventType != "UpdateTrail" }', False),
        ("{ $.eventType = Update* }", True),
        ('{ $.eventType = "*Trail" }', True),
        ("{ $.eventType = * }", True),
        ("{ $.missing = * }", False),
        ("{ $.missing != x }", False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.111.* }", True),
        (r"{ $.sourceIPAddress = %111\.111\.1.*% }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[1] = "value" }', False),
        ('{ $.arrayKey[2] = "value" }', False),
        ('{ $.arrayKey = "value" }', False),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[*].id = 2 }", True),
        ("{ $.objectList[*].id = 3 }", False),
        ("{ $.coordinates[0][1] = 1 }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject IS NULL }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.user.id IS TRUE }", False),
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "DELETE" }', True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        ('{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = 9 && $.actions[2] = "nonmatch" }', True),
        (
            '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = 9) && $.actions[2] = "nonmatch" }',
            False,
        ),
        ("{ $.bandwidth > 75 }", True),
        ("{ $.bandwidth > 75.5 }", False),
        ("{ $.bandwidth >= 7.55e1 }", True),
        ("{ $.bandwidth < -1 }", False),
        ("{ $.bandwidth <= 75.5 }", True),
        ("{ $.eventType > 1 }", False),
        ("{ $.errorCode = 404 }", True),
        ("{ $.errorCode = 404.0 }", True),
        ("{ $.errorCode = 4* }", True),
        ("{ $.errorCode = %4[0-9]{2}% }", True),
        ("{ $.errorCode != 404 }", False),
        ('{ $.cluster-name = "c" }', True),
    ],
)
def test_json(pattern: str, expected: bool) -> None:
    assert filter_patterns.compiled(pattern)(json.dumps(EVENT)) is expected


@pytest.mark.parametrize("message", ["not JSON", "ERROR {", "[]", "7", '"text"'])
def test_what_is_no_object_has_no_fields(message: str) -> None:
    assert not filter_patterns.compiled("{ $.level = * }")(message)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True),
        ("[ip, user, username, timestamp, request = *.html*, status_code = 4*, bytes]", True),
        ("[..., request =*.html*, status_code = 4*, bytes]", True),
        ("[..., status_code = 5*, bytes]", False),
        ("[ip, ..., bytes > 1000]", True),
        ("[ip = 127.0.0.*, ..., bytes > 10000]", False),
        ("[ip, user, username = frank || username = bob, ...]", True),
        ("[ip, user, username != frank && username != bob, ...]", False),
        ("[ip, user, (username = frank || username = bob) && username != bob, ...]", True),
        ('[ip, user, username, timestamp = "10/Oct/2000*", ...]', True),
        ("[ip, user, username, timestamp, request = %^GET%, ...]", True),
        ("[ip, user, username, timestamp, request, status_code, bytes, more]", False),
        ("[w1 = 127.0.0.1, w2]", True),
        ("[w1 != 127.0.0.1, w2]", False),
        ("[..., status_code = 404 || status_code = 410, bytes]", True),
    ],
)
def test_fields(pattern: str, expected: bool) -> None:
    assert filter_patterns.compiled(pattern)(ACCESS) is expected


def test_the_first_word() -> None:
    without = filter_patterns.compiled("[w1!=%ERROR%&&w1!=%WARN%, w2]")

    assert filter_patterns.compiled("[w1=ERROR, w2]")("ERROR 401 UNAUTHORIZED REQUEST")
    assert not without("ERROR 401 UNAUTHORIZED REQUEST")
    assert not without("WARN 200 LATE")
    assert without("INFO 200 AUTHORIZED REQUEST")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("request-id", "Invalid character"),
        ('"open', "unexpected text"),
        ("%something!%", "operators"),
        ("%(a|b)%", "operators"),
        ("%[a%", "has an error"),
        ("{ $.a = 1", "no closing brace"),
        ("{ }", "ends within"),
        ("{ a = 1 }", "selector begins"),
        ("{ $.a }", "ends within"),
        ("{ $.a EXISTS }", "got EXISTS"),
        ("{ $.a IS NOT NULL }", "IS NULL"),
        ("{ $.a > text }", "compares numbers"),
        ("{ ($.a = 1 }", "not closed"),
        ("{ $.a = 1 $.b = 2 }", "unexpected text"),
        ("{ $.a = %b% || $.a = %c% || $.a = %d% }", "3 regular expressions"),
        ("{ $.a[*].b[*] = 1 }", "one wildcard"),
        ("[a, b", "no closing bracket"),
        ("[a,, b]", "field is empty"),
        ("[]", "field is empty"),
        ("[a =, b]", "ends within"),
        ("[a-b]", "letters and digits"),
        ("[a=%b%, c=%d%, e=%f%]", "3 regular expressions"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(PatternError, match=message):
        filter_patterns.compiled(pattern)


@pytest.mark.parametrize("pattern", ["ERROR ?INFO", "[..., a, ...]", "[a = 1 && b = 2]"])
def test_what_is_not_documented_is_not_emulated(pattern: str) -> None:
    with pytest.raises(NotEmulatedError, match="filter pattern"):
        filter_patterns.compiled(pattern)
