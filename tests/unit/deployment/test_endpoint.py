"""The proof's client: a model that is still being loaded is asked again."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders

from deployment.adapters import endpoint
from shared.adapters.clients import Clients


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
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html#API_runtime_InvokeEndpoint_Errors
    answers = [(429, "ModelNotReadyException", b'{"Message": "still loading"}')] * 3 + [(200, "", b"12.5\n")]

    def send(request: AWSRequest, **_event: object) -> AWSResponse:
        status, error, content = answers.pop(0)
        return AWSResponse(str(request.url), status, HTTPHeaders.from_dict({"x-amzn-ErrorType": error}), _Body(content))

    client = Clients(boto3.Session("x", "x", region_name="us-east-1")).sagemaker_runtime
    client.meta.events.register("before-send.sagemaker-runtime.InvokeEndpoint", send)
    request = {"TargetModel": "m.tar.gz", "Body": "1,2"}
    assert endpoint.invoke(client, "fleet", request=request) == "12.5\n"
