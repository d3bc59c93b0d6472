"""Job arguments, as AWS Glue's own library resolves them.

Reference: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html
"""

import argparse
from collections.abc import Sequence
from typing import NoReturn

RESERVED = (
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
    """An argument that the script asks for is missing, or its name is reserved."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:  # noqa: N802  # AWS's name
    """Values of the named arguments.

    Args:
        args: ``sys.argv``; its first item, the script, is left out.
        options: names without the leading dashes.

    Raises:
        GlueArgumentError: an argument is missing or reserved.
    """
    if reserved := [name for name in options if name in RESERVED]:
        raise GlueArgumentError(f"Using reserved arguments {reserved}")
    parser = _Parser(allow_abbrev=False, add_help=False)
    for name in options:
        parser.add_argument(f"--{name}", required=True)
    for name in RESERVED:
        parser.add_argument(f"--{name}", required=False)
    known, _ = parser.parse_known_args(list(args[1:]))
    return {name: value for name, value in vars(known).items() if value is not None}
