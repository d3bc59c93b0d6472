"""What moto lacks of Glue connections: changing and deleting them, and what a job's run makes of them."""

from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.models import FakeConnection
from moto.glue.responses import GlueResponse

from local_cloud.kernel import patching
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.errors import JobError


class InvalidInputError(JsonRESTError):  # type: ignore[misc]  # moto is skipped by the type check
    """InvalidInputException with AWS's own words; moto's class adds others to them."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("InvalidInputException", message)


@patching.owner
def install() -> None:
    """UpdateConnection and DeleteConnection are missing."""
    patching.replace(GlueResponse, "update_connection", _update_connection)
    patching.replace(GlueResponse, "delete_connection", _delete_connection)


def names_of(job: Any) -> tuple[str, ...]:
    """Connections of a job.

    Args:
        job: moto's job.

    Raises:
        InvalidInputError: one of them does not exist.
    """
    names = tuple((job.connections or {}).get("Connections", ()))
    if any(name not in job.backend.connections for name in names):
        raise InvalidInputError("Unable to resolve any valid connection")
    return names


def check_role(session: RoleSession, names: tuple[str, ...]) -> None:
    """Read the connections as the job's role, as Glue does before it starts a script.

    Raises:
        JobError: the role may not, or the connection was deleted meanwhile.
    """
    client = session.client("glue")
    for name in names:
        try:
            client.get_connection(Name=name)
        except ClientError as error:
            found = error.response["Error"]
            raise JobError(f"{found['Code']}: {found.get('Message', '')}") from error


def _update_connection(self: Any) -> ActionResult:
    name, given = self._get_param("Name"), self._get_param("ConnectionInput")
    old = _find(self, name)
    if given["Name"] != name:
        raise InvalidInputError(f"connection {name} cannot be renamed to {given['Name']}; make a new one")
    # The new definition replaces the old one completely.
    new = FakeConnection(self.glue_backend, old.catalog_id, given, {})
    new.created_time = old.created_time
    self.glue_backend.connections[name] = new
    return ActionResult({})


def _delete_connection(self: Any) -> ActionResult:
    name = self._get_param("ConnectionName")
    _find(self, name)
    del self.glue_backend.connections[name]
    return ActionResult({})


def _find(response: Any, name: str) -> Any:
    found = response.glue_backend.connections.get(name)
    if found is None:
        raise EntityNotFoundException(f"Connection {name} not found.")
    return found
