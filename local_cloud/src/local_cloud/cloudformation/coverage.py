"""What of a template nobody here can make, told in one answer before anything is made.

AWS refuses types that it does not know when a template is handed in ("Unrecognized resource types", by CreateChangeSet
and ValidateTemplate), and a change set with properties that it does not know ends FAILED
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html). The local cloud has no
list of what AWS knows: what it does not emulate is refused as NotEmulated, whether it exists on AWS or not.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_cloud.cloudformation import registry
from local_cloud.cloudformation.errors import ResourceFailure, ValidationError
from local_cloud.cloudformation.intrinsics import Scope, references, strange_functions
from local_cloud.cloudformation.template import Template
from local_cloud.kernel.errors import NotEmulatedError

Resources = Mapping[str, Mapping[str, Any]]
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html; MODULE is for those
# of https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/modules.html.
_TYPE = re.compile(r"[A-Za-z0-9]{2,64}(::[A-Za-z0-9]{2,64}){2}(::MODULE)?|Custom::[\w@-]{1,60}")
_NESTED = "AWS::CloudFormation::Stack"
# Nobody here waits for signals, or shifts traffic from one version of a function to another.
_POLICIES = frozenset({"CreationPolicy", "UpdatePolicy"})


def check_names(template: Template) -> None:
    """Refuse what AWS refuses for sure.

    Raises:
        ValidationError: a resource has no type, or one whose name is none.
    """
    for logical_id, resource in template["Resources"].items():
        if not isinstance(resource, Mapping) or not isinstance(resource.get("Type"), str):
            raise ValidationError(
                f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a Type member."
            )
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    if strange := sorted(kind for kind in kinds if not _TYPE.fullmatch(kind)):
        raise ValidationError(f"Template format error: Unrecognized resource types: [{', '.join(strange)}]")


def check(resources: Resources, scope: Scope, *, read: Callable[[str], Template]) -> None:
    """Refuse what is not emulated of resources, and of the templates of nested stacks as far as they can be read.

    Args:
        resources: those that are to be made, by logical id.
        scope: resolves whether a property is there, and where a nested template is.
        read: reads a nested template.

    Raises:
        NotEmulatedError: something is not, all of which it names.
        ValidationError: a nested template is none.
    """
    found: dict[str, list[str]] = {}
    for place, what in _lost_of(resources, scope, read, ""):
        found.setdefault(what, []).append(place)
    if found:
        told = "; ".join(f"{what} ({', '.join(places)})" for what, places in found.items())
        raise NotEmulatedError(f"the local cloud does not emulate {told}: leave it out of the template")


def without_condition(template: Template) -> dict[str, Mapping[str, Any]]:
    """Resources that are made whatever the parameters are."""
    return {name: resource for name, resource in template["Resources"].items() if "Condition" not in resource}


def lost(resource: Mapping[str, Any], scope: Scope) -> Iterator[str]:
    """What of a resource is not emulated: its type, its properties and their functions, or its policies."""
    for policy in sorted(_POLICIES & resource.keys()):
        yield f"the {policy} of a resource"
    try:
        kind = registry.find(resource["Type"])
    except ResourceFailure:
        yield f"the resource type {resource['Type']}"
        return
    properties = resource.get("Properties") or {}
    for function in sorted(strange_functions(properties)):
        yield f"the function {function}"
    if names := [name for name in kind.lost(properties) if _is_there(properties[name], scope)]:
        yield f"{', '.join(names)} of {kind.name}"


def _lost_of(
    resources: Resources, scope: Scope, read: Callable[[str], Template], prefix: str
) -> Iterator[tuple[str, str]]:
    for logical_id, resource in resources.items():
        for what in lost(resource, scope):
            yield prefix + logical_id, what
        template = _nested(resource, scope, read)
        if template is not None:
            check_names(template)
            inner = Scope(template=template, parameters={}, pseudo=scope.pseudo)
            yield from _lost_of(without_condition(template), inner, read, f"{prefix}{logical_id}/")


def _nested(resource: Mapping[str, Any], scope: Scope, read: Callable[[str], Template]) -> Template | None:
    """None where there is none, or where it is, is told only later; then its own deployment looks."""
    url = (resource.get("Properties") or {}).get("TemplateURL")
    if resource["Type"] != _NESTED or url is None:
        return None
    try:
        return read(str(scope.resolve(url)))
    except (ValidationError, LookupError):
        return None


def _is_there(value: Any, scope: Scope) -> bool:
    """Whether a property is; AWS::NoValue takes it away."""
    if "AWS::NoValue" not in references(value):
        return True
    try:
        return "it" in scope.resolve({"it": value, "other": ""})
    except ValidationError:
        # A condition of parameters that are not known yet.
        return False
