"""From an object to its result, with a model that is a function."""

import gzip
import io
import threading
from collections.abc import Callable
from typing import Any

import pytest

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.work import Background
from local_cloud.services.sagemaker import transform_objects, transform_requests, transform_source
from local_cloud.services.sagemaker.transform_records import RecordError
from local_cloud.services.sagemaker.transform_requests import InvocationError, Log
from local_cloud.services.sagemaker.transform_settings import Settings


def _settings(*, given: dict[str, Any] | None = None, output: dict[str, Any] | None = None, **members: Any) -> Settings:
    request = {
        "TransformInput": {"ContentType": "text/csv", "SplitType": "Line"} | (given or {}),
        "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"} | (output or {}),
    }
    return Settings.of(request | members)


def _transformed(data: bytes, settings: Settings, ask: Callable[[bytes], bytes]) -> bytes:
    target = io.BytesIO()
    transform_objects.transform(io.BytesIO(data), target, settings=settings, ask=ask, background=Background())
    return target.getvalue()


def _length(body: bytes) -> bytes:
    """The sum of each row, as a container of SageMaker's answers a batch: a line each."""
    return b"".join(b"%d\n" % sum(int(cell) for cell in row.split(b",")) for row in body.splitlines())


@pytest.mark.parametrize("strategy", ["SingleRecord", "MultiRecord"])
@pytest.mark.parametrize("concurrent", [1, 3])
def test_results_come_in_the_order_of_the_records(strategy: str, concurrent: int) -> None:
    settings = _settings(
        BatchStrategy=strategy,
        MaxConcurrentTransforms=concurrent,
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    data = b"".join(b"id-%d,%d,%d\n" % (number, number, 1) for number in range(20))
    expected = b"".join(b"id-%d,%d\n" % (number, number + 1) for number in range(20))
    assert _transformed(data, settings, _length) == expected


def test_as_many_requests_are_under_way_as_may_be() -> None:
    both = threading.Barrier(2, timeout=60)

    def ask(body: bytes) -> bytes:
        both.wait()
        return body

    settings = _settings(BatchStrategy="SingleRecord", MaxConcurrentTransforms=2)
    assert _transformed(b"1\n2\n3\n4\n", settings, ask) == b"1\n2\n3\n4\n"


@pytest.mark.parametrize(
    ("assembled", "result"), [("Line", b"a\na\n"), ("None", b"aa")], ids=["with line ends", "as they are"]
)
def test_answers_are_put_together(assembled: str, result: bytes) -> None:
    settings = _settings(output={"AssembleWith": assembled}, BatchStrategy="SingleRecord")
    assert _transformed(b"1\n2\n", settings, lambda _: b"a") == result


def test_objects_are_unpacked() -> None:
    settings = _settings(given={"CompressionType": "Gzip"})
    assert _transformed(gzip.compress(b"1,2\n3,4\n"), settings, _length) == b"3\n7\n"


@pytest.mark.parametrize("data", [b"1,2\n", gzip.compress(b"1,2\n")[:-4], gzip.compress(b"1" * 99)[:20] + b"\0" * 9])
def test_what_is_not_packed_as_it_should_be(data: bytes) -> None:
    with pytest.raises(RecordError, match="not in the format Gzip"):
        _transformed(data, _settings(given={"CompressionType": "Gzip"}), _length)


def test_an_empty_object_asks_nothing() -> None:
    def ask(body: bytes) -> bytes:
        raise AssertionError(body)

    for split_type in ("None", "Line", "RecordIO", "TFRecord"):
        assert _transformed(b"", _settings(given={"SplitType": split_type}), ask) == b""


class _Reply:
    def __init__(self, status: int, body: bytes = b"") -> None:
        self.status, self.body = status, body


def test_what_fails_is_asked_again_and_what_is_refused_is_not() -> None:
    replies: list[_Reply | OSError] = [
        _Reply(503, b"busy"),
        OSError("gone"),
        _Reply(200, b"7"),
        _Reply(400, b"no number"),
        _Reply(200),
    ]

    def invoke(_: bytes) -> _Reply:
        reply = replies.pop(0)
        if isinstance(reply, OSError):
            raise reply
        return reply

    ask = transform_requests.ask(invoke, retries=2, is_stopping=lambda: False)
    assert ask(b"1") == b"7"
    with pytest.raises(InvocationError, match="ClientError: 400") as raised:
        ask(b"x")
    assert raised.value.reason == "ClientError: See job logs for more information"
    assert len(replies) == 1


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        (lambda: _Reply(500, b"a\nb"), "Bad HTTP status received from algorithm: 500"),
        (lambda: (_ for _ in ()).throw(TimeoutError("timed out")), "Unable to get response from algorithm: timed out"),
    ],
)
def test_retries_end(fails: Callable[[], Any], told: str) -> None:
    asked = []

    def invoke(body: bytes) -> Any:
        asked.append(body)
        return fails()

    with pytest.raises(InvocationError, match=told) as raised:
        transform_requests.ask(invoke, retries=3, is_stopping=lambda: False)(b"1")
    assert raised.value.reason == "AlgorithmError: See job logs for more information"
    assert len(asked) == 4
    with pytest.raises(InvocationError):
        transform_requests.ask(invoke, retries=3, is_stopping=lambda: True)(b"1")
    assert len(asked) == 5


def test_the_log_tells_what_the_model_answered() -> None:
    log = Log()
    log.say("MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD")
    log.failed("bucket/a.csv", InvocationError("ClientError: 400", message="bad\nrow", reason="r"))
    log.failed("bucket/b.csv", LocalCloudError("Too much data"))
    moments, told = zip(*(line.split(":[sagemaker logs]: ") for line in log.lines), strict=True)
    assert told == (
        "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD",
        "bucket/a.csv: ClientError: 400",
        "bucket/a.csv: ",
        "bucket/a.csv: Message:",
        "bucket/a.csv: bad",
        "bucket/a.csv: row",
        "bucket/b.csv: Too much data",
    )
    assert all(len(moment) == len("2020-10-14T04:08:19.163") for moment in moments)


@pytest.mark.parametrize(
    ("key", "prefix", "name"),
    [
        ("in/a.csv", "in/a.csv", "a.csv"),
        ("in/a.csv", "in/", "a.csv"),
        ("in/b/a.csv", "in/", "b/a.csv"),
        ("in/b/a.csv", "in", "b/a.csv"),
        ("in/part-0", "in/part-", "part-0"),
        ("input/a.csv", "in", "input/a.csv"),
        ("a.csv", "", "a.csv"),
    ],
)
def test_names_of_results(key: str, prefix: str, name: str) -> None:
    found = transform_source.Source(bucket="b", key=key, name=transform_source.below(key, prefix))
    assert found.name == name
    assert found.result("s3://out/folder/") == f"s3://out/folder/{name}.out"
    assert found.result("s3://out") == f"s3://out/{name}.out"
    assert found.result("https://s3.amazonaws.com/out/a%20b") == f"s3://out/a b/{name}.out"
