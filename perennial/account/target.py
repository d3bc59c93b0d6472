"""Where a command acts: account, region and endpoint, and whether that is a local cloud."""

import ipaddress
import json
import urllib.request
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from perennial.account.aws import Aws

_OF_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_HEALTH_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Target:
    """One account, as a command reaches it.

    Args:
        account_id: 12 digits.
        region: AWS region.
        endpoint: URL that calls go to; empty for AWS's own ones.
        is_local: a local cloud answers there; everything else, also another emulator, counts as a real account.
    """

    account_id: str
    region: str
    endpoint: str = ""
    is_local: bool = False

    @classmethod
    def of(cls, aws: Aws) -> Self:
        """Ask who calls, and where.

        Raises:
            OperatorError: nothing answers, or there are no credentials.
        """
        account_id = aws.identity().split(":")[4]
        endpoint = str(aws.client("sts").meta.endpoint_url)
        # A profile may name endpoints of single services: only the one that is given for all of them proves anything.
        is_local = aws.endpoint_url is not None and is_local_cloud(aws.endpoint_url)
        is_aws = (urlsplit(endpoint).hostname or "").endswith(_OF_AWS)
        return cls(account_id=account_id, region=aws.region, endpoint="" if is_aws else endpoint, is_local=is_local)

    def __str__(self) -> str:
        where = f"{self.endpoint}{' (local cloud)' if self.is_local else ''}" if self.endpoint else "AWS"
        return f"account {self.account_id}, region {self.region}, endpoint {where}"


def is_local_cloud(url: str) -> bool:
    """Whether a local cloud of this machine answers at a URL; a tunnel to AWS may have a loopback address too."""
    host = urlsplit(url).hostname or ""
    try:
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            return False
    except ValueError:
        return False
    # No proxy stands between a machine and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url.rstrip('/')}/_local/health", timeout=_HEALTH_SECONDS) as answer:
            found = json.loads(answer.read())
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("status") == "ok"
