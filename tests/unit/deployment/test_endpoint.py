"""The proof's client: a model that is still being loaded is asked again."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders

from deployment.adapters import endpoint


class _Body:
    """What botocore reads of a urllib3 response."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content

    def read(self, _amount: int | None = None) -> bytes:
        content, self._content = self._content, b""
        return content


def test_a_model_that_is_not_ready_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html#API_runtime_InvokeEndpoint_Errors
    answers = [(429, "ModelNotReadyException", b'{"Message": "still loading"}')] * 3 + [(200, "", b"12.5\n")]

    def send(request: AWSRequest, **_event: object) -> AWSResponse:
        status, error, content = answers.pop(0)
        return AWSResponse(str(request.url), status, HTTPHeaders.from_dict({"x-amzn-ErrorType": error}), _Body(content))

    real = boto3.client

    def client(*arguments: object, **options: object) -> object:
        made = real(*arguments, **options)  # type: ignore[call-overload]  # whatever the adapter passes
        made.meta.events.register("before-send.sagemaker-runtime.InvokeEndpoint", send)
        return made

    monkeypatch.setattr(boto3, "client", client)
    request = {"TargetModel": "m.tar.gz", "Body": "1,2"}
    assert endpoint.invoke(endpoint.runtime(), "fleet", request=request) == "12.5\n"
