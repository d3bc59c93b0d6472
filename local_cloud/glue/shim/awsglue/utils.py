"""Job arguments.

Reference: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html
"""

import argparse
from collections.abc import Sequence
from typing import NoReturn

_RESERVED = (
    "job-bookmark-option",
    "job-bookmark-from",
    "job-bookmark-to",
    "continuation-option",
    "JOB_ID",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "encryption-type",
    "enable-data-lineage",
    "RedshiftTempDir",
    "TempDir",
)


class GlueArgumentError(Exception):
    """A required argument is missing."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:  # noqa: N802  # Glue's own name
    """Values of the named options; others are ignored.

    Raises:
        GlueArgumentError: a named option is missing.
    """
    parser = _Parser(allow_abbrev=False)
    for name in _RESERVED:
        parser.add_argument(f"--{name}", dest=name.replace("-", "_"))
    for option in options:
        if option not in _RESERVED:
            parser.add_argument(f"--{option}", dest=option.replace("-", "_"), required=True)
    known, _ = parser.parse_known_args(list(args)[1:])
    return {name: value for name, value in vars(known).items() if value is not None}
