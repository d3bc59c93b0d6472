"""Why S3 refuses a request, in its own codes and words."""


class RefusedRequestError(Exception):
    """A request that S3 does not take.

    Args:
        code: of S3's error.
        message: of it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message
