"""What AssumeRole takes for the ARN of a role, and how STS refuses anything else."""

import re

_ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/.")


def is_role(arn: str) -> bool:
    """Whether it is the ARN of some role."""
    return _ROLE.match(arn) is not None


def check(arn: str) -> None:
    """Pass what is the ARN of a role; clients refuse what is too short for one.

    Raises:
        STSValidationError: in the words of STS.
    """
    from moto.sts.exceptions import STSValidationError

    if not is_role(arn):
        raise STSValidationError(f"{arn} is invalid")
