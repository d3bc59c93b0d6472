"""The answer that a user's output_fn may return."""

from collections.abc import Mapping

_OK = 200


class Response:
    """What is read of a Flask response.

    Args:
        response: the body.
        accept: not read, as in the toolkit.
        status: HTTP status.
        headers: not sent on by SageMaker.
        mimetype: of the body; JSON if it is not said.
        direct_passthrough: not read.
    """

    def __init__(  # noqa: PLR0917  # the toolkit's signature
        self,
        response: str | bytes | None = None,
        accept: str | None = None,  # noqa: ARG002
        status: int = _OK,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
        mimetype: str | None = None,
        direct_passthrough: bool = False,  # noqa: ARG002
    ) -> None:
        self._body = response.encode() if isinstance(response, str) else response or b""
        self.status_code, self.mimetype = status, mimetype or "application/json"

    def get_data(self) -> bytes:
        """The body."""
        return self._body
