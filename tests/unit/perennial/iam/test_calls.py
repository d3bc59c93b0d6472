import json
from pathlib import Path

import pytest

from tests.support.iam.calls import read

pytestmark = pytest.mark.security("iam")

_LINE = {
    "time": "2026-01-01T00:00:00.000+00:00",
    "account": "222222222222",
    "principal": "arn:aws:iam::222222222222:role/reader",
    "session": "arn:aws:sts::222222222222:assumed-role/reader/now",
    "action": "s3:ListBucket",
    "resource": "arn:aws:s3:::data",
    "owner": "111111111111",
    "context": {"s3:prefix": "in/", "aws:tagkeys": ["a", "b"]},
    "decision": "allow",
    "by": "identity+resource",
    "reason": "allowed",
}


def _write(path: Path, *lines: object) -> Path:
    path.write_text(
        "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), encoding="utf-8"
    )
    return path


def test_calls_that_differ_in_time_only_are_counted(tmp_path: Path) -> None:
    found = read(_write(tmp_path / "calls.jsonl", _LINE, {**_LINE, "time": "later"}, {**_LINE, "decision": "deny"}))

    assert sorted((call.allowed, count) for call, count in found.items()) == [(False, 1), (True, 2)]


def test_a_call_has_the_keys_that_follow_from_caller_and_owner(tmp_path: Path) -> None:
    (call,) = read(_write(tmp_path / "calls.jsonl", _LINE))

    assert call.crosses
    assert call.session_name == "now"
    assert call.conditions == {
        "aws:principalaccount": "222222222222",
        "aws:principalarn": "arn:aws:iam::222222222222:role/reader",
        "aws:resourceaccount": "111111111111",
        "aws:securetransport": "true",
        "s3:prefix": "in/",
        "aws:tagkeys": ("a", "b"),
    }


@pytest.mark.parametrize(
    "line", ["nothing", "[]", json.dumps({"action": "s3:GetObject"}), json.dumps({**_LINE, "decision": "maybe"})]
)
def test_a_line_that_is_no_decision_is_named(line: str, tmp_path: Path) -> None:
    path = _write(tmp_path / "calls.jsonl", _LINE, line)

    with pytest.raises(ValueError, match=r"calls\.jsonl:2: got "):
        read(path)
