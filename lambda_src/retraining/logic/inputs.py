"""Whether a run has anything new to read, told from a listing.

A listing stands for the fingerprint that the ETL computed when it read what was listed. The decision is the one that
the fingerprint would have led to; only the job that computes it is saved.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from contract.catalogue import Etl
from retraining.errors import NoRawDataError


def digest(objects: Iterable[tuple[str, str, int]], *, uri: str, etl: Etl) -> str:
    """SHA-256 of a listing and of what reads it, in hex.

    An ETag changes with the content, and with SSE-KMS perhaps also without: such data are read once more.
    The script and its arguments are in it, because another script may find another fingerprint.
    Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html

    Args:
        objects: key, ETag and size in bytes of each object, in the order of the keys.
        uri: what was listed.
        etl: the model's settings of its ETL.

    Raises:
        NoRawDataError: there is no object, or none but folders that the console made.
    """
    found, files = hashlib.sha256(json.dumps(etl.to_json(), sort_keys=True).encode()), 0
    for key, etag, size in objects:
        found.update(b"\n" + json.dumps([key, etag, size]).encode())
        files += not key.endswith("/")
    if not files:
        raise NoRawDataError(f"there are no data below {uri}; upload some: aws s3 cp <file> {uri}")
    return found.hexdigest()


def known_fingerprint(seen: Mapping[str, Any], report: Mapping[str, Any] | None) -> str | None:
    """Fingerprint of data that were looked at before; None when no ETL came to an end with them.

    Args:
        seen: what the state table has of an equal listing.
        report: what the ETL of the run wrote that listed it, None when it wrote nothing.
    """
    found = seen.get("fingerprint") or (report or {}).get("fingerprint")
    return found if isinstance(found, str) and found else None


def is_new(fingerprint: str | None, *, last: str, asked: bool) -> bool:
    """Whether there is something to train on, as far as is known.

    Args:
        fingerprint: of the data, None when it is not known yet.
        last: that of the last success, empty without one.
        asked: whether somebody wants the same data to be trained on.
    """
    return asked or fingerprint is None or fingerprint != last
