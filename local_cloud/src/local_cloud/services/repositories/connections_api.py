"""CodeConnections' API, under both of its names.

References:
    https://docs.aws.amazon.com/codeconnections/latest/APIReference/Welcome.html
    https://docs.aws.amazon.com/codestar-connections/latest/APIReference/Welcome.html
"""

from collections.abc import Callable
from typing import Any, TypeVar

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from local_cloud.services.repositories import connections
from local_cloud.services.repositories.connections import Connection

_Answer = TypeVar("_Answer")


class RefusedError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """A request that CodeConnections refuses: moto sends the code and the message that it is made of."""


class _ConnectionsApi(BaseResponse):  # type: ignore[misc]  # moto is not typed for us
    """One request; the method of the operation's name answers it."""

    name: str

    def __init__(self) -> None:
        super().__init__(service_name=self.name)

    def create_connection(self) -> ActionResult:
        """CreateConnection: what it makes is PENDING, as on AWS."""
        if not self.params.get("ProviderType"):
            raise RefusedError("ValidationException", "ProviderType or HostArn must be specified.")
        made = _known(
            lambda: connections.create(
                service=self.name,
                account=self.current_account,
                region=self.region,
                name=self.params["ConnectionName"],
                provider=self.params["ProviderType"],
                tags=_tags(self.params),
            )
        )
        return ActionResult({"ConnectionArn": made.arn, "Tags": _tag_list(made)})

    def get_connection(self) -> ActionResult:
        """GetConnection."""
        found = _known(lambda: connections.get(self.params["ConnectionArn"]))
        return ActionResult({"Connection": _shown(found)})

    def list_connections(self) -> ActionResult:
        """ListConnections: all in one page."""
        wanted = self.params.get("ProviderTypeFilter")
        found = [
            each for each in connections.every(self.current_account, self.region) if wanted in {None, "", each.provider}
        ]
        return ActionResult({"Connections": [_shown(each) for each in found]})

    def delete_connection(self) -> ActionResult:
        """DeleteConnection."""
        _known(lambda: connections.delete(self.params["ConnectionArn"]))
        return EmptyResult()

    def tag_resource(self) -> ActionResult:
        """TagResource."""
        _known(lambda: connections.tag(self.params["ResourceArn"], put=_tags(self.params), drop=[]))
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """UntagResource."""
        _known(lambda: connections.tag(self.params["ResourceArn"], put={}, drop=list(self.params["TagKeys"])))
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """ListTagsForResource."""
        return ActionResult({"Tags": _tag_list(_known(lambda: connections.get(self.params["ResourceArn"])))})


class CodeConnectionsApi(_ConnectionsApi):
    """Under its name since 2024."""

    name = "codeconnections"


class CodeStarConnectionsApi(_ConnectionsApi):
    """Under its name before."""

    name = "codestar-connections"


def _known(ask: Callable[[], _Answer]) -> _Answer:
    try:
        return ask()
    except connections.UnknownConnectionError as error:
        raise RefusedError("ResourceNotFoundException", str(error)) from error
    except connections.ConnectionNameError as error:
        raise RefusedError("ValidationException", str(error)) from error


def _shown(found: Connection) -> dict[str, str]:
    return {
        "ConnectionName": found.name,
        "ConnectionArn": found.arn,
        "ProviderType": found.provider,
        "OwnerAccountId": found.account,
        "ConnectionStatus": found.status,
    }


def _tags(params: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}


def _tag_list(found: Connection) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in found.tags.items()]
