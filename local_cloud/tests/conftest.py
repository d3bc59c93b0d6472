"""What all suites of the local cloud share."""

import os

# Tests never reach AWS: without an endpoint of their own they have no credentials either.
for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names of bytes: archives hold the time they were made at, and workers must agree on every test's name."""
    return argname if isinstance(val, bytes) else None
