"""Presigned URLs are refused once their time is over; their signatures are not checked.

Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, and for the older form
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html, "Query String Request Authentication".
Clients sign with their own clock, so real time counts here, whatever the virtual clock says.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from local_cloud.services.s3.refusals import RefusedRequestError

_LONGEST = timedelta(days=7)


def check(query: Mapping[str, Sequence[str]], now: datetime) -> None:
    """Look whether a URL is still good; one that is not presigned is.

    Args:
        query: of the URL.
        now: aware.

    Raises:
        RefusedRequestError: it is not.
    """
    end = _end({name: values[0] for name, values in query.items() if values})
    if end is not None and now > end:
        raise RefusedRequestError("AccessDenied", "Request has expired")


def _end(query: Mapping[str, str]) -> datetime | None:
    if "X-Amz-Signature" in query:
        try:
            begin = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            lifetime = timedelta(seconds=int(query["X-Amz-Expires"]))
        except (KeyError, ValueError) as error:
            raise RefusedRequestError(
                "AuthorizationQueryParametersError",
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            ) from error
        if lifetime > _LONGEST:
            raise RefusedRequestError(
                "AuthorizationQueryParametersError",
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
                "than 604800 seconds",
            )
        return begin + lifetime
    if "AWSAccessKeyId" in query and "Signature" in query:
        try:
            return datetime.fromtimestamp(int(query["Expires"]), UTC)
        except (KeyError, ValueError, OverflowError) as error:
            raise RefusedRequestError(
                "AccessDenied", f"Invalid date (should be seconds since epoch): {query.get('Expires', '')}"
            ) from error
    return None
