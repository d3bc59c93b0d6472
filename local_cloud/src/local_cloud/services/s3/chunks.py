"""Bodies that are sent in chunks of their own inside of HTTP's (``Content-Encoding: aws-chunked``).

Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html#sigv4-chunked-body-definition
"""

from local_cloud.services.s3.refusals import RefusedRequestError

_END = b"\r\n"


def decoded(raw: bytes, length: int) -> bytes:
    """What is in the chunks of a body.

    Args:
        raw: what was sent, with or without signatures, and with or without a trailer.
        length: that was announced (x-amz-decoded-content-length).

    Raises:
        RefusedRequestError: the body ends before its last chunk, which is empty, or has another length.
        ValueError: a chunk has no size.
    """
    parts: list[bytes] = []
    at, view = 0, memoryview(raw)
    while True:
        line_end = raw.find(_END, at)
        if line_end < 0:
            raise _ended()
        # The size may be followed by a signature.
        size = int(raw[at:line_end].partition(b";")[0], 16)
        at = line_end + len(_END)
        if size == 0:
            break
        if at + size + len(_END) > len(raw):
            raise _ended()
        parts.append(bytes(view[at : at + size]))
        at += size + len(_END)
    body = b"".join(parts)
    if len(body) != length:
        raise RefusedRequestError(
            "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
        )
    return body


def _ended() -> RefusedRequestError:
    return RefusedRequestError("IncompleteBody", "The request body terminated unexpectedly")
