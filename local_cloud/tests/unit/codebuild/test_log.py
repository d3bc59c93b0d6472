"""What of a build's log comes to CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.work import Background
from local_cloud.services.codebuild.log import Log

_MOST_BYTES, _BYTES_AN_EVENT = 1_048_576, 26


class Client:
    """CloudWatch Logs that refuses some calls, by their numbers."""

    def __init__(self, *refused: int) -> None:
        self.exceptions = SimpleNamespace(
            ResourceAlreadyExistsException=KeyError, ResourceNotFoundException=LookupError
        )
        self.taken: list[str] = []
        self._refused, self._calls = refused, 0

    def create_log_stream(self, **_: str) -> None:
        """Nothing to do."""

    def put_log_events(self, *, logEvents: list[dict[str, Any]], **_: str) -> None:  # noqa: N803  # the API's name
        self._calls += 1
        size = sum(len(event["message"].encode()) + _BYTES_AN_EVENT for event in logEvents)
        if self._calls in self._refused or size > _MOST_BYTES:
            raise ClientError({"Error": {"Code": "ServiceUnavailableException", "Message": "no"}}, "PutLogEvents")
        self.taken += [event["message"] for event in logEvents]


def _log(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    monkeypatch.setattr(runtime, "current", lambda: SimpleNamespace(background=Background()))
    log = Log(folder / "log", client=client, group="g", stream="s")
    log.open()
    return log


@pytest.mark.parametrize(
    "text",
    [
        "a" * 45_000 + "\nshort\n",
        "x\n" + "\u20ac" * 450_000 + "\nno end",
        "".join(f"line {number}\n" for number in range(1_200)),
    ],
)
def test_all_of_a_log_comes_in_events_that_are_not_too_long(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    log = _log(client, tmp_path, monkeypatch)

    log.write(text)
    log.close()

    assert "".join(client.taken) == text
    assert max(map(len, client.taken)) <= 20_000


def test_bytes_that_are_no_text_come_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    log = _log(client, tmp_path, monkeypatch)

    log.file.write_bytes(b"\xff" * 700_000 + b"\n")
    log.close()

    assert "".join(client.taken) == "\ufffd" * 700_000 + "\n"


def test_what_a_call_did_not_take_comes_with_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(1, 3)
    log = _log(client, tmp_path, monkeypatch)
    text = "".join(f"line {number}\n" for number in range(1_200))

    log.write(text)
    for _ in range(3):
        log.close()

    assert "".join(client.taken) == text
