"""What a server should never do is logged, kept where the environment says, and fails the test after which it came."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud.kernel import not_emulated, unforeseen
from local_cloud.testing.unforeseen import Watch


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before, path = list(unforeseen.LOG.handlers), tmp_path / "record"
    monkeypatch.setenv(unforeseen.RECORD, str(path))
    yield path
    for handler in set(unforeseen.LOG.handlers) - set(before):
        unforeseen.LOG.removeHandler(handler)
        handler.close()


class Item:
    """A test with marks."""

    def __init__(self, *patterns: str) -> None:
        self._marks = [pytest.mark.unforeseen(pattern).mark for pattern in patterns]

    def iter_markers(self, _name: str) -> Iterator[pytest.Mark]:
        return iter(self._marks)


def tear_down(watch: Watch, item: Item) -> None:
    steps = watch.pytest_runtest_teardown(item)  # type: ignore[arg-type]  # all that it asks of an item
    next(steps)
    with pytest.raises(StopIteration):
        next(steps)


def test_an_error_is_kept_with_its_traceback_in_one_line(record: Path) -> None:
    unforeseen.keep()
    try:
        int("nobody foresaw this")
    except ValueError:
        unforeseen.LOG.exception("%s failed", "s3:GetObject")

    (line,) = record.read_text(encoding="utf-8").splitlines()
    assert json.loads(line).startswith("s3:GetObject failed\nTraceback")
    assert "nobody foresaw this" in line


def test_nothing_is_kept_unless_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(unforeseen.RECORD)
    before = list(unforeseen.LOG.handlers)

    unforeseen.keep()

    assert unforeseen.LOG.handlers == before


def test_the_test_fails_after_which_an_error_came(record: Path) -> None:
    watch = Watch(record)
    tear_down(watch, Item())
    record.write_text('"s3 failed"\n"half', encoding="utf-8")

    with pytest.raises(pytest.fail.Exception, match="s3 failed"):
        tear_down(watch, Item("something else"))
    # It is told once.
    tear_down(watch, Item())


def test_an_expected_error_fails_no_test(record: Path) -> None:
    watch = Watch(record)
    record.write_text('"s3 failed"\n', encoding="utf-8")

    tear_down(watch, Item("something else", "s3 f.*d"))


def answer(status: str, kind: str, body: bytes, **environ: Any) -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []

    def inner(_environ: dict[str, Any], start: Any) -> list[bytes]:
        start(status, [("Content-Type", kind)])
        return [body]

    application = not_emulated.record_pages(not_emulated.middleware(inner))
    scope = "Credential=111111111111/20260101/us-east-1/{}/aws4_request"
    service = environ.pop("service", "s3")
    sent = b"".join(
        application(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": "/bucket/key",
                "HTTP_AUTHORIZATION": scope.format(service),
                "SERVER_NAME": "127.0.0.1",
                "SERVER_PORT": "80",
                "wsgi.url_scheme": "http",
                **environ,
            },
            lambda *start: told.append(start),
        )
    )
    return told[-1][0], dict(told[-1][1]), sent


def test_an_object_may_be_a_page(caplog: pytest.LogCaptureFixture) -> None:
    sent = answer("200 OK", "text/html; charset=utf-8", b"<!doctype html>")

    assert sent == ("200 OK", {"Content-Type": "text/html; charset=utf-8"}, b"<!doctype html>")
    assert not caplog.records


def test_a_page_of_another_service_is_recorded(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer("200 OK", "text/html", b"<!doctype html>", service="glue", HTTP_X_AMZ_TARGET="AWSGlue.GetJob")

    assert "glue:GetJob 200 OK was answered with a page" in caplog.text


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({"REQUEST_METHOD": "POST", "service": "sqs", "HTTP_X_AMZ_TARGET": "AmazonSQS.Nothing"}, "x-amz-json-1.1"),
        ({"REQUEST_METHOD": "POST", "service": "lambda", "PATH_INFO": "/2015-03-31/functions"}, "application/json"),
        ({"REQUEST_METHOD": "DELETE"}, "text/xml"),
    ],
)
def test_what_is_no_page_has_the_type_of_its_protocol(environ: dict[str, Any], kind: str) -> None:
    _, headers, body = answer("200 OK", "text/html", b"{}", **environ)

    assert headers["Content-Type"].endswith(kind)
    assert body == b"{}"


def test_what_is_empty_has_no_type() -> None:
    assert answer("200 OK", "text/html", b"", REQUEST_METHOD="PUT")[1] == {}


def test_a_page_that_refuses_is_told_in_the_words_of_the_service(caplog: pytest.LogCaptureFixture) -> None:
    asked = {"service": "glue", "HTTP_X_AMZ_TARGET": "AWSGlue.GetJob"}
    status, _, body = answer("404 Not Found", "text/html", b"<!DOCTYPE html>", **asked)

    assert status == "400 Bad Request"
    assert b"NotEmulated" in body
    assert not caplog.records


def test_what_fails_outside_of_all_is_recorded_too(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_environ: object, _start: object) -> list[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        not_emulated.record_pages(broken)({"PATH_INFO": "/"}, lambda *_: None)

    assert "/ was not answered" in caplog.text
