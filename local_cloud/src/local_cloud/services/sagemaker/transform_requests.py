"""A transform job's requests to its model, and what its log tells of them.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelClientConfig.html
    https://github.com/aws/sagemaker-python-sdk/issues/1882 and
    https://github.com/aws/sagemaker-tensorflow-serving-container/issues/93 (lines of a job's log)
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Protocol

from moto.core.utils import utcnow

from local_cloud.kernel.errors import LocalCloudError

# What DescribeTransformJob tells; the rest is in the log.
_SEE = "See job logs for more information"
CLIENT_ERROR, ALGORITHM_ERROR = f"ClientError: {_SEE}", f"AlgorithmError: {_SEE}"
_BAD_REQUEST, _SERVER_ERROR = 400, 500


class Reply(Protocol):
    """What a model answers."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def body(self) -> bytes:
        """As it came."""


class InvocationError(LocalCloudError):
    """The model gives no answer that can be used.

    Args:
        told: in the job's log.
        message: of the model; None for none.
        reason: FailureReason of the job.
    """

    def __init__(self, told: str, *, message: str | None = None, reason: str) -> None:
        super().__init__(told)
        self.message, self.reason = message, reason


@dataclass(frozen=True, kw_only=True)
class Log:
    """What a job's second log stream holds, ``data-log``.

    Args:
        lines: so far.
    """

    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add a line."""
        moment = utcnow().isoformat(timespec="milliseconds")
        self.lines.append(f"{moment}:[sagemaker logs]: {text}")

    def failed(self, place: str, error: LocalCloudError) -> None:
        """Tell why an object has no result.

        Args:
            place: of the object.
            error: what was raised.
        """
        self.say(f"{place}: {error}")
        message = error.message if isinstance(error, InvocationError) else None
        if message is not None:
            for line in ("", "Message:", *message.splitlines()):
                self.say(f"{place}: {line}")


def ask(invoke: Callable[[bytes], Reply], *, retries: int, is_stopping: Callable[[], bool]) -> Callable[[bytes], bytes]:
    """How the model is asked, again if it fails.

    AWS does not say which failures it repeats. Here those of the model's side are, at once; what the model refuses is
    not sent again.

    Args:
        invoke: sends a request.
        retries: of a request.
        is_stopping: tells that nothing is wanted any more.
    """

    def asked(body: bytes) -> bytes:
        left = retries
        while True:
            try:
                return _answer(invoke, body)
            except InvocationError as error:
                if left <= 0 or error.reason == CLIENT_ERROR or is_stopping():
                    raise
                left -= 1

    return asked


def _answer(invoke: Callable[[bytes], Reply], body: bytes) -> bytes:
    try:
        reply = invoke(body)
    except (OSError, HTTPException, LocalCloudError) as error:
        raise InvocationError(f"Unable to get response from algorithm: {error}", reason=ALGORITHM_ERROR) from error
    if reply.status < _BAD_REQUEST:
        return reply.body
    message = reply.body.decode(errors="replace")
    if reply.status < _SERVER_ERROR:
        raise InvocationError(f"ClientError: {reply.status}", message=message, reason=CLIENT_ERROR)
    raise InvocationError(
        f"Bad HTTP status received from algorithm: {reply.status}", message=message, reason=ALGORITHM_ERROR
    )
