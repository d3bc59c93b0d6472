"""Settings that the stack passes to the functions as environment variables."""

import os
from dataclasses import dataclass

from retraining.errors import InvalidEventError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the functions work.

    Args:
        bucket_name: artifact bucket of the account.
    """

    bucket_name: str


def from_environment() -> Settings:
    """Read the environment.

    Raises:
        InvalidEventError: a variable is missing.
    """
    bucket_name = os.environ.get("ARTIFACT_BUCKET")
    if not bucket_name:
        raise InvalidEventError("the environment variable ARTIFACT_BUCKET is missing; the stack must set it")
    return Settings(bucket_name=bucket_name)
