"""An error that nobody foresaw is told without another look at a stream that has been read."""

import io
from typing import Any

import pytest

from local_cloud.kernel import not_emulated


class Socket:
    """A stream that would wait for ever for more than was sent."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int) -> bytes:
        read = self._content.read(size)
        if len(read) < size:
            pytest.fail("the server waits for what the client does not send")
        return read


def test_a_form_that_was_read_still_names_its_operation() -> None:
    form = b"Action=ListRoles&Version=2010-05-08&Rest=" + b"x" * 2_000_000
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8",
        "CONTENT_LENGTH": str(len(form)),
        "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=111111111111/20260101/us-east-1/iam/aws4_request",
        "wsgi.input": Socket(form),
    }
    told: list[Any] = []

    def broken(environ: dict[str, Any], _start: object) -> Any:
        assert environ["wsgi.input"].read(len(form)) == form
        raise ZeroDivisionError

    body = b"".join(not_emulated.middleware(broken)(environ, lambda *start: told.append(start)))

    assert told[0][0].startswith("500 ")
    assert b"<Code>InternalFailure</Code>" in body
    assert b"iam:ListRoles" in body
