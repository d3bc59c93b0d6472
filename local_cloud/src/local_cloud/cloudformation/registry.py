"""Resource types: what each takes, and how it is made, changed and removed through the services' public APIs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.cloudformation.errors import ResourceFailure

Properties = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where a resource is made, and as whom.

    Args:
        account_id: of the stack.
        region: of the stack.
        stack_name: prefix of generated names.
        logical_id: of the resource.
        suffix: random part of generated names, constant for one attempt to create.
        client: makes a boto3 client with the stack's role, or the caller's credentials.
        stack_id: ARN of the stack.
        resource_type: as the template names it.
        initiate: takes the physical id of a resource as soon as there is one; what is made then is removed by a
            roll-back, though its creation fails.
        rolls_back: whether a failure rolls the stack back.
    """

    account_id: str
    region: str
    stack_name: str
    logical_id: str
    suffix: str
    client: Callable[[str], Any]
    stack_id: str
    resource_type: str
    initiate: Callable[[str], None]
    rolls_back: bool = True

    def generated_name(self, *, most: int = 64) -> str:
        """``<stack>-<logical id>-<random>``, as CloudFormation names what the template leaves unnamed."""
        tail = f"-{self.suffix}"
        return f"{self.stack_name}-{self.logical_id}"[: most - len(tail)] + tail

    def arn(self, service: str, resource: str) -> str:
        """ARN in the stack's account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource that exists.

    Args:
        physical_id: what Ref returns.
        attributes: what Fn::GetAtt returns.
    """

    physical_id: str
    attributes: dict[str, Any] = field(default_factory=dict)


Update = Callable[[Context, str, Properties, Properties], dict[str, Any] | Made]


def _cannot_update(_context: Context, _physical_id: str, _old: Properties, _new: Properties) -> dict[str, Any]:
    raise ResourceFailure("the local cloud cannot update this type in place; change its logical id to replace it")


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One CloudFormation type.

    Args:
        name: ``AWS::Service::Type``.
        properties: passed on to the service; any other one fails the stack.
        accepted: understood but without effect on one host, each with its reason.
        create_only: a change of one of these replaces the resource.
        create: makes it.
        update: changes it in place; returns its attributes, or all of it if its physical id can change, which makes the
            one with the old id obsolete.
        delete: removes it.
        named: property that names one, which is then a name that nothing has; None where the service makes names up.
        taken: whether something has the name, where the service's own call would answer with that, or change it. It
            looks into the store, for which the stack's role needs no permission.
        words: of CloudFormation when something has the name, where they differ from most types'.
        identifier: property that names one to be imported, see
            https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
        adopt: finds one that exists, by its physical id, and returns its attributes; None where nothing is imported.
        is_replaced: whether a change replaces it that the names of its properties do not tell.
        takes_anything: whether it has properties of its own besides.
        is_told_to_go_back: whether an update that failed is followed by another one, back to what it was before.
    """

    name: str
    properties: frozenset[str]
    create: Callable[[Context, Properties], Made]
    delete: Callable[[Context, str, Properties], None]
    update: Update = _cannot_update
    create_only: frozenset[str] = frozenset()
    accepted: Mapping[str, str] = field(default_factory=dict)
    named: str | None = None
    taken: Callable[[Context, Properties], bool] | None = None
    words: str | None = None
    identifier: str | None = None
    adopt: Callable[[Context, str], dict[str, Any]] | None = None
    is_replaced: Callable[[Properties, Properties], bool] = lambda _old, _new: False
    takes_anything: bool = False
    is_told_to_go_back: bool = False

    def lost(self, properties: Properties) -> list[str]:
        """Names of properties that are not emulated."""
        return [] if self.takes_anything else sorted(set(properties) - self.properties - set(self.accepted))

    def check(self, properties: Properties) -> None:
        """Refuse properties that would be lost.

        Raises:
            ResourceFailure: a property is not emulated.
        """
        if lost := self.lost(properties):
            raise ResourceFailure(f"the local cloud does not emulate {', '.join(lost)} of {self.name}")


# What each type is whose name begins with ``Custom::``.
CUSTOM = "AWS::CloudFormation::CustomResource"
TYPES: dict[str, ResourceType] = {}


def register(resource_type: ResourceType) -> None:
    """Add a type."""
    TYPES[resource_type.name] = resource_type


def find(name: str) -> ResourceType:
    """Look a type up.

    Raises:
        ResourceFailure: it is not emulated.
    """
    known = CUSTOM if name.startswith("Custom::") else name
    if known not in TYPES:
        raise ResourceFailure(f"the local cloud does not emulate the resource type {name}")
    return TYPES[known]


def replaces(name: str, changed: set[str]) -> bool:
    """Whether a change of these properties replaces the resource."""
    return name in TYPES and bool(TYPES[name].create_only & changed)


def with_stack_tags(name: str, properties: Properties, tags: Mapping[str, str]) -> dict[str, Any]:
    """A resource's properties with the tags of its stack, if its type has any; its own ones win.

    Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html;
    AWS adds tags of its own besides (``aws:cloudformation:...``), which nothing here has.

    Args:
        name: of the type.
        properties: as the template has them, resolved.
        tags: of the stack.
    """
    if name not in TYPES or "Tags" not in TYPES[name].properties:
        return dict(properties)
    own = properties.get("Tags", [])
    more = {key: value for key, value in sorted(tags.items()) if key not in tag_map(properties)}
    if not more:
        return dict(properties)
    added = {**own, **more} if isinstance(own, Mapping) else [*own, *({"Key": k, "Value": v} for k, v in more.items())]
    return {**properties, "Tags": added}


def retag(
    old: Properties,
    new: Properties,
    *,
    put: Callable[[Properties], object],
    drop: Callable[[list[str]], object],
) -> None:
    """Bring the tags of a resource to what its new properties say.

    Args:
        old: properties that it has.
        new: properties that it gets.
        put: adds or changes tags, given as a Tags property.
        drop: removes tags, given by their keys.
    """
    before, after = tag_map(old), tag_map(new)
    if gone := sorted(before.keys() - after.keys()):
        drop(gone)
    if changed := {key: value for key, value in after.items() if before.get(key) != value}:
        put({"Tags": changed})


def tag_list(properties: Properties, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """The Tags property under the service's own field names, whichever form it has."""
    return [{key: name, value: text} for name, text in tag_map(properties).items()]


def tag_map(properties: Properties) -> dict[str, str]:
    """The Tags property as a map, whichever form it has."""
    tags = properties.get("Tags", {})
    pairs = tags.items() if isinstance(tags, Mapping) else ((tag["Key"], tag["Value"]) for tag in tags)
    return {key: str(value) for key, value in pairs}
