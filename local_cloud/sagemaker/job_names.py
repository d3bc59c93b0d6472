"""Names of jobs."""

import re

from moto.sagemaker.exceptions import AWSValidationException


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
