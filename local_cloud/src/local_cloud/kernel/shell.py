"""What ``python -m local_cloud env`` prints for ``eval``: variables that lead to a local cloud, or to nothing at all.

``eval "$(command)"`` forgets how the command ended: of what a command that failed did not print, no shell learns
anything, and the next AWS client talks to AWS. So a failure is text for the shell as well.
"""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

from local_cloud.kernel import sagemaker_sdk

# Nothing listens on the port of the discard protocol, and nothing leaves the machine; the path tells why.
NOWHERE = "http://127.0.0.1:9/no-local-cloud-runs"
# Each would win over the variables that are set here, in one AWS client or another.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
_STRONGER = re.compile(
    r"AWS_ENDPOINT_URL_[A-Z0-9_]+|AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
    r"|AWS_PROFILE|AWS_DEFAULT_PROFILE|AWS_SESSION_TOKEN|AWS_ROLE_ARN"
)


def lead_to(variables: Mapping[str, str]) -> Iterator[str]:
    """Lines that set variables and unset what would win over them, or is left from another local cloud."""
    yield from _unset(os.environ)
    if sagemaker_sdk.VARIABLE not in variables:
        yield from _forget_sdk()
    for name, value in variables.items():
        yield f"export {name}={shlex.quote(value)}"


def lead_nowhere() -> Iterator[str]:
    """Lines after which every AWS client of the shell fails, and which fail themselves, so that ``eval`` does."""
    yield from _unset(name for name in os.environ if "ENDPOINT" in name)
    yield from _forget_sdk()
    yield f"export AWS_ENDPOINT_URL={NOWHERE}"
    yield "false"


def _forget_sdk() -> Iterator[str]:
    if sagemaker_sdk.is_set(os.environ):
        yield f"unset {sagemaker_sdk.VARIABLE}"


def _unset(names: Iterable[str]) -> Iterator[str]:
    for name in sorted(names):
        if _STRONGER.fullmatch(name):
            yield f"unset {name}"
