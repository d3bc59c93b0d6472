"""The conditions on which an object is copied, of its source.

Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html, "x-amz-copy-source-if-..."
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_PREFIX = "x-amz-copy-source-if-"


def hold(headers: Mapping[str, str], *, etag: str, modified: datetime) -> bool:
    """Whether a copy is made.

    A tag that matches outweighs a date that does not, and one that must not match outweighs a date that does.

    Args:
        headers: of the request.
        etag: of the source.
        modified: when the source was written, in UTC.
    """
    match, none_match = headers.get(f"{_PREFIX}match"), headers.get(f"{_PREFIX}none-match")
    if match is not None:
        if not _is(etag, match):
            return False
    elif (limit := _moment(headers.get(f"{_PREFIX}unmodified-since"))) is not None and _whole(modified) > limit:
        return False
    if none_match is not None:
        return not _is(etag, none_match)
    limit = _moment(headers.get(f"{_PREFIX}modified-since"))
    return limit is None or _whole(modified) > limit


def _is(etag: str, wanted: str) -> bool:
    return wanted == "*" or wanted.strip('"') == etag.strip('"')


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parsedate_to_datetime(text).astimezone(UTC)


def _whole(moment: datetime) -> datetime:
    """HTTP's dates have seconds."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.replace(microsecond=0)
