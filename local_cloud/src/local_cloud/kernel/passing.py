"""Which errors of a call go better later."""

from botocore.exceptions import BotoCoreError, ClientError

_THROTTLED, _SERVER_ERROR = 429, 500


def is_passing(error: Exception) -> bool:
    """True for 5xx, throttling and connections that failed."""
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        return status >= _SERVER_ERROR or status == _THROTTLED or "Throttl" in error.response["Error"]["Code"]
    return isinstance(error, BotoCoreError)
