"""What is asked of serving containers, and what they answer."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as the client of an endpoint sends it.

    Args:
        body: as it came.
        content_type: of the body; empty if the client names none.
        accept: what is wanted; empty if the client does not say.
        target_model: which model of a multi-model container; None for none.
        target_container: host name of the container that is to answer alone; None for none.
    """

    body: bytes
    content_type: str = ""
    accept: str = ""
    target_model: str | None = None
    target_container: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a container answered.

    Args:
        status: HTTP status.
        body: as it came.
        content_type: of the body.
        seconds: how long the containers took, the way there and back included.
        container: which one answered, as errors name it.
    """

    status: int
    body: bytes
    content_type: str
    seconds: float
    container: str
