"""SimulatePrincipalPolicy and SimulateCustomPolicy, as methods of moto's response class.

Reference: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult

from local_cloud.kernel import patching
from local_cloud.services.iam import policy, principals, role_arns, simulation
from local_cloud.services.iam.policy import Document, Principal
from local_cloud.services.iam.simulation import Simulation, Source

_PAGE = 100
# As AWS answers; the service model lists other values.
_IDENTITY, _BOUNDARY, _RESOURCE = "IAM Policy", "Permissions Boundary Policy", "Resource Policy"


class SimulationError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """The request is wrong."""

    code = "InvalidInput"


class MissingEntityError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """The principal does not exist."""

    code = "NoSuchEntity"


@patching.owner
def install() -> None:
    """IAM simulates no policies; the SageMaker SDK v3 asks for that before it makes a job."""
    from moto.iam.responses import IamResponse

    for call in (simulate_principal_policy, simulate_custom_policy):
        patching.replace(IamResponse, call.__name__, call)


def simulate_principal_policy(self: Any) -> ActionResult:
    """SimulatePrincipalPolicy: of a role; there are neither users nor groups here."""
    arn = str(self._get_param("PolicySourceArn"))
    _, _, _, _, account_id, entity = (arn.split(":", 5) + [""] * 6)[:6]
    if not role_arns.is_role(arn):
        if entity.startswith(("user/", "group/")):
            kind, _, name = entity.partition("/")
            raise MissingEntityError(f"The {kind} with name {name.rpartition('/')[2]} cannot be found.")
        raise SimulationError(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    role = principals.role_of(Principal(arn=arn, account_id=account_id)) if account_id == self.current_account else None
    if role is None:
        raise MissingEntityError(f"The role with name {entity.rpartition('/')[2]} cannot be found.")
    boundary = principals.permissions_boundary(Principal(arn=arn, account_id=account_id))
    attached = [
        *(Source(name=f"role_{role.name}_{name}", kind=_IDENTITY, document=policy.parse(text))
          for name, text in role.policies.items()),
        *(Source(name=item.name, kind=_IDENTITY, document=principals.document_of(item))
          for item in role.managed_policies.values()),
    ]  # fmt: skip
    return _simulate(
        self,
        source_arn=arn,
        identity=[*attached, *_given(self, "PolicyInputList", _IDENTITY)],
        boundary=Source(name=role.permissions_boundary_arn.rpartition("/")[2], kind=_BOUNDARY, document=boundary)
        if boundary is not None
        else None,
    )


def simulate_custom_policy(self: Any) -> ActionResult:
    """SimulateCustomPolicy: of policies that are sent."""
    return _simulate(self, source_arn="", identity=_given(self, "PolicyInputList", _IDENTITY), boundary=None)


def _simulate(self: Any, *, source_arn: str, identity: Sequence[Source], boundary: Source | None) -> ActionResult:
    caller = self._get_param("CallerArn") or source_arn
    resources = [str(item) for item in self._get_param("ResourceArns") or ()]
    resource_policy = self._get_param("ResourcePolicy")
    if resource_policy:
        _check_resource_policy(caller, resources)
    given = _given(self, "PermissionsBoundaryPolicyInputList", _BOUNDARY)
    account_id = caller.split(":")[4] if caller else self.current_account
    settings = Simulation(
        principal=Principal(arn=caller, account_id=account_id),
        identity=identity,
        boundary=given[0] if given else boundary,
        resource_policy=_source("ResourcePolicy", _RESOURCE, resource_policy) if resource_policy else None,
        owner=_account_of(self._get_param("ResourceOwner")) or account_id,
        context=_context(self._get_param("ContextEntries") or ()),
    )
    actions = [str(item) for item in self._get_param("ActionNames") or ()]
    for action in actions:
        if ":" not in action:
            raise SimulationError(f"Invalid action {action}: name it with its service, as in iam:CreateUser.")
    first, size = _first(self._get_param("Marker")), int(self._get_param("MaxItems") or _PAGE)
    shown = actions[first : first + size]
    more = first + size < len(actions)
    return ActionResult(
        {
            "EvaluationResults": [simulation.evaluate(settings, action, resources) for action in shown],
            "IsTruncated": more,
            **({"Marker": base64.urlsafe_b64encode(str(first + size).encode()).decode()} if more else {}),
        }
    )


def _check_resource_policy(caller: str, resources: Sequence[str]) -> None:
    """AWS simulates one for a caller and for resources that it knows, and for no role."""
    if not role_arns.is_role(caller):
        raise SimulationError("Invalid caller - CallerArn must be the ARN of a role where ResourcePolicy is given.")
    for arn in resources or ["*"]:
        if not arn.startswith("arn:") or role_arns.is_role(arn):
            raise SimulationError(f"Invalid Entity Arn: {arn} cannot have the ResourcePolicy, name other resources.")


def _given(self: Any, member: str, kind: str) -> list[Source]:
    texts = self._get_param(member) or ()
    return [_source(f"{member}.{number}", kind, str(text)) for number, text in enumerate(texts, 1)]


def _source(name: str, kind: str, text: str) -> Source:
    try:
        document: Document = policy.check(text)
    except policy.MalformedPolicyError as error:
        raise SimulationError(f"{name} is no policy: {error}") from error
    if not policy.statements(document):
        raise SimulationError(f"{name} is no policy: it has no statement")
    return Source(name=name, kind=kind, document=document)


def _context(entries: Sequence[Mapping[str, Any]]) -> dict[str, str | list[str]]:
    """Keys in lower case; of one value, unless the key is said to have several."""
    found: dict[str, str | list[str]] = {}
    for entry in entries:
        values = [str(value) for value in entry.get("ContextKeyValues") or ()]
        several = str(entry.get("ContextKeyType") or "").endswith("List") or len(values) != 1
        found[str(entry["ContextKeyName"]).lower()] = values if several else values[0]
    return found


def _account_of(owner: str | None) -> str:
    """Of an account id or the ARN of an account's root."""
    return (owner or "").split(":")[4] if (owner or "").startswith("arn:") else owner or ""


def _first(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        return int(base64.urlsafe_b64decode(marker.encode()))
    except (binascii.Error, ValueError) as error:
        raise SimulationError("Invalid Marker: it is none that this call gave.") from error
