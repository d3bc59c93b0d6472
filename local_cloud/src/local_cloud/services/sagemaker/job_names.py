"""Names of jobs."""

import re
from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException, ResourceInUseException


def check(name: str, *, member: str, longest: int) -> None:
    """Refuse what is no name, in AWS's words.

    Args:
        name: of a job.
        member: the API's, in camel case.
        longest: characters.

    Raises:
        AWSValidationException: it is too long, or has characters that are not allowed.
    """
    problem = f"1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: "
    if len(name) > longest:
        raise AWSValidationException(f"{problem}Member must have length less than or equal to {longest}")
    if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", name):
        raise AWSValidationException(
            f"{problem}Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){{0,{longest - 1}}}"
        )


def check_unused(name: str, jobs: Mapping[str, Any], *, kind: str) -> None:
    """Refuse the name of a job that is there, in AWS's words.

    Args:
        name: of the new job.
        jobs: those that there are, by name.
        kind: of the jobs, as AWS spells it in a sentence.

    Raises:
        ResourceInUseException: the name is taken.
    """
    if name in jobs:
        raise ResourceInUseException(
            message=f"Job name must be unique within an AWS account and region, and a {kind} job with this name"
            f" already exists ({jobs[name].arn})"
        )
