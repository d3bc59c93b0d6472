"""Connections to providers of repositories, as CodeConnections keeps them.

On AWS one that the API made is PENDING until somebody signs in at the provider, in the console:
https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html. Here nobody has to sign in anywhere;
``python -m local_cloud connection ARN`` stands for the console.
"""

import re
import threading
import uuid
from dataclasses import dataclass, field, replace
from typing import Literal

from local_cloud.kernel.errors import AccessDeniedError, LocalCloudError
from local_cloud.services.iam import authorization, principals

# Services that know connections; both names are one service.
NAMES = ("codeconnections", "codestar-connections")
_ARN = re.compile(
    r"arn:aws:(?P<service>codeconnections|codestar-connections):(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
    r"connection/(?P<id>[0-9a-f-]{36})"
)
_MOST_LETTERS = 32
# What reading a branch takes, each of which is a value of the condition key ProviderAction.
_READS = ("GetBranch", "StartUploadArchiveToS3", "GetUploadArchiveToS3Status")


class UnavailableConnectionError(LocalCloudError):
    """A connection cannot be used, for a reason that CodePipeline tells.

    Args:
        message: for whoever uses it.
    """


class UnknownConnectionError(LocalCloudError):
    """Nobody made such a connection."""


class ConnectionNameError(LocalCloudError):
    """A connection's name, ARN or provider is not valid."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A connection.

    Args:
        arn: of it.
        name: unique in its account.
        provider: ``GitHub``, ``Bitbucket``, ``GitLab`` and so on.
        status: only one that is AVAILABLE can be used.
        tags: by key.
    """

    arn: str
    name: str
    provider: str
    status: Literal["PENDING", "AVAILABLE"]
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def service(self) -> str:
        """Prefix of the actions on it, which is that of its ARN."""
        return self.arn.split(":")[2]

    @property
    def region(self) -> str:
        """Of it."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Of it."""
        return self.arn.split(":")[4]


PROVIDERS = ("Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged", "AzureDevOps")
_lock = threading.Lock()
_connections: dict[str, Connection] = {}


def dump() -> dict[str, Connection]:
    """What a snapshot keeps."""
    return dict(_connections)


def load(kept: dict[str, Connection]) -> None:
    """Take it back."""
    _connections.update(kept)


def create(*, service: str, account: str, region: str, name: str, provider: str, tags: dict[str, str]) -> Connection:
    """Make one, which is PENDING.

    Raises:
        ConnectionNameError: the name is taken or no name.
    """
    arn = f"arn:aws:{service}:{region}:{account}:connection/{uuid.uuid4()}"
    return _keep(Connection(arn=arn, name=name, provider=provider, status="PENDING", tags=tags))


def authorize(arn: str, *, provider: str = "GitHub", name: str | None = None) -> Connection:
    """Make one AVAILABLE, as the console does after a sign-in; one with this ARN is made if there is none.

    Args:
        arn: of it.
        provider: of one that is made.
        name: of one that is made; None for a part of its id.

    Raises:
        ConnectionNameError: it is no connection's ARN, or the provider or name of a new one is not valid.
    """
    with _lock:
        found = _connections.get(arn)
        if found is not None:
            _connections[arn] = replace(found, status="AVAILABLE")
            return _connections[arn]
    given = _ARN.fullmatch(arn)
    if given is None:
        example = "arn:aws:codeconnections:us-east-1:111111111111:connection/00000000-0000-0000-0000-000000000000"
        raise ConnectionNameError(f"a connection's ARN is one like {example}, got {arn!r}")
    if provider not in PROVIDERS:
        raise ConnectionNameError(f"a provider is {', '.join(PROVIDERS[:-1])} or {PROVIDERS[-1]}, got {provider!r}")
    name = name or f"connection-{given['id'][:8]}"
    return _keep(Connection(arn=arn, name=name, provider=provider, status="AVAILABLE"))


def get(arn: str) -> Connection:
    """The connection of an ARN.

    Raises:
        UnknownConnectionError: there is none.
    """
    found = _connections.get(arn)
    if found is None:
        raise UnknownConnectionError(f"Connection {arn} not found")
    return found


def every(account: str, region: str) -> list[Connection]:
    """All of an account and region, by name."""
    found = [each for each in _connections.values() if (each.account, each.region) == (account, region)]
    return sorted(found, key=lambda each: each.name)


def delete(arn: str) -> None:
    """Forget one.

    Raises:
        UnknownConnectionError: there is none.
    """
    with _lock:
        get(arn)
        del _connections[arn]


def tag(arn: str, *, put: dict[str, str], drop: list[str]) -> None:
    """Add or change tags, and remove others.

    Raises:
        UnknownConnectionError: there is no such connection.
    """
    with _lock:
        found = get(arn)
        kept = {key: value for key, value in found.tags.items() if key not in drop}
        _connections[arn] = replace(found, tags=kept | put)


def use(arn: str, *, access_key_id: str, full_repository_id: str, branch: str) -> Connection:
    """The connection for somebody who reads a repository by it: UseConnection is a permission, not a call.

    Reference: https://docs.aws.amazon.com/dtconsole/latest/userguide/security-iam.html; the texts are CodePipeline's as
    far as it publishes them: that of a connection that is PENDING or was deleted could not be verified.

    Args:
        arn: of it, whose prefix is that of the permission.
        access_key_id: of who uses it.
        full_repository_id: ``owner/name`` of what is read.
        branch: of it.

    Raises:
        AccessDeniedError: it is not allowed.
        UnavailableConnectionError: it is not there, or not available.
    """
    principal = principals.of_access_key(access_key_id)
    service, account = arn.split(":")[2], arn.split(":")[4]
    action = f"{service}:UseConnection"
    if principal is None:
        raise AccessDeniedError(principal="nobody", action=action, resource=arn, reason="the credentials are unknown")
    owner, _, name = full_repository_id.partition("/")
    context = {
        f"{service}:fullrepositoryid": full_repository_id,
        f"{service}:ownerid": owner,
        f"{service}:repositoryname": name,
        f"{service}:branchname": branch,
        f"{service}:providerpermissionsrequired": "read_only",
    }
    for each in _READS:
        more = {**context, f"{service}:provideraction": each}
        authorization.authorize(principal, action=action, resource=arn, owner=account, context=more)
    found = _connections.get(arn)
    if found is None:
        raise UnavailableConnectionError(
            f"Connection {arn} is not available: nobody made it; "
            f"`python -m local_cloud connection {arn}` makes it, as the console does on AWS"
        )
    if found.status != "AVAILABLE":
        raise UnavailableConnectionError(
            f"Connection {arn} is not available, its status is {found.status}; "
            f"`python -m local_cloud connection {arn}` authorizes it, as the console does on AWS"
        )
    return found


def is_taken(*, account: str, name: str) -> bool:
    """Whether a connection of an account has a name."""
    return any(each.name == name and each.account == account for each in list(_connections.values()))


def _keep(made: Connection) -> Connection:
    if not 0 < len(made.name) <= _MOST_LETTERS:
        raise ConnectionNameError(f"a connection's name has 1 to {_MOST_LETTERS} letters, got {made.name!r}")
    with _lock:
        if is_taken(account=made.account, name=made.name):
            raise ConnectionNameError(f"Connection names must be unique in an account, {made.name!r} is taken")
        _connections[made.arn] = made
    return made
