"""Whom a template lets in from outside of its account: every statement that allows a principal, wherever it stands."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infrastructure.templates import Template, text

_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")
_HASH = re.compile(r"[0-9A-F]{8}$")
# Whatever a template refers to is of its own account.
_OWN = re.compile(r"^\$\{[^:]+\}$|\$\{AWS::AccountId\}")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_NARROWING = {"aws:principalaccount", "aws:principalarn", "aws:sourceaccount", "aws:sourcearn", "kms:calleraccount"}
_EXACT = {"StringEquals", "StringLike", "ArnEquals", "ArnLike"}
ANYBODY = "*"


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """Accounts that a resource of a stack lets in.

    Args:
        stack: as it is deployed alone.
        resource: its logical id without CDK's hash.
        accounts: 12 digits each.
        actions: all that they may do.
        why: the reason.
    """

    stack: str
    resource: str
    accounts: frozenset[str]
    actions: frozenset[str]
    why: str

    def covers(self, *, resource: str, account: str, action: str) -> bool:
        """Whether an account may do that."""
        return resource == self.resource and account in self.accounts and action in self.actions


def deployed(assembly: Path) -> Iterator[tuple[str, str, Template]]:
    """Stack, account and template, of the pipeline's stages too."""
    for path in sorted(assembly.rglob("manifest.json")):
        for name, artifact in json.loads(path.read_text(encoding="utf-8"))["artifacts"].items():
            if artifact["type"] == "aws:cloudformation:stack":
                properties = artifact["properties"]
                template = json.loads((path.parent / properties["templateFile"]).read_text(encoding="utf-8"))
                account = artifact["environment"].removeprefix("aws://").partition("/")[0]
                yield properties.get("stackName", name), account, template


def strangers(template: Template, *, account: str, agreed: Sequence[Agreed] = ()) -> list[str]:
    """Who is let in without an agreement, a line each.

    Args:
        template: of a stack.
        account: its own one.
        agreed: on this stack.
    """
    return [
        f"{resource} lets {other} do {action}"
        for resource, other, action in entries(template, account=account)
        if not any(item.covers(resource=resource, account=other, action=action) for item in agreed)
    ]


def entries(template: Template, *, account: str) -> Iterator[tuple[str, str, str]]:
    """Resource, foreign account (or ``*``) and action of every permission given to somebody else."""
    for name, resource in template["Resources"].items():
        for statement in _statements(resource.get("Properties", {})):
            others = set(_ID.findall(json.dumps(statement))) - {account}
            if _open(statement):
                others.add(ANYBODY)
            yield from (
                (_HASH.sub("", name), other, action)
                for other in sorted(others)
                for action in _list(statement.get("Action", statement.get("NotAction")))
            )


def _statements(value: Any) -> Iterator[Mapping[str, Any]]:
    """Whatever names a principal and does not deny: a permission may be a resource of its own, without an effect."""
    if isinstance(value, list):
        for item in value:
            yield from _statements(item)
    elif isinstance(value, str):
        yield from _written(value)
    elif not isinstance(value, dict):
        return
    elif value.keys() & {"Principal", "NotPrincipal"}:
        if value.get("Effect") != "Deny":
            yield value
    elif value.keys() == {"Fn::Join"}:
        yield from _written(text(value))
    else:
        for item in value.values():
            yield from _statements(item)


def _written(document: str) -> Iterator[Mapping[str, Any]]:
    """Statements of a policy that is given as a text, as CloudWatch Logs wants it."""
    if document.startswith("{") and '"Statement"' in document:
        yield from _statements(json.loads(document))


def _open(statement: Mapping[str, Any]) -> bool:
    if "NotPrincipal" in statement:
        return True
    return not all(_known(item) for item in _principals(statement["Principal"])) and not _narrowed(
        statement.get("Condition") or {}
    )


def _principals(principal: Any) -> Iterator[str]:
    """All but AWS's services, which act for whom a condition or their own resource says."""
    if isinstance(principal, str):
        yield from [] if principal.endswith(".amazonaws.com") else [principal]
        return
    for kind, values in principal.items():
        if kind.startswith("Fn::") or kind == "Ref":
            yield text(principal)
        elif kind != "Service":
            yield from (text(item) for item in _list(values))


def _known(principal: str) -> bool:
    return bool(_ID.search(principal) or _OWN.search(principal))


def _narrowed(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    return any(
        all(_known(text(item)) for item in _list(values))
        for operator, keys in condition.items()
        if operator in _EXACT
        for key, values in keys.items()
        if key.lower() in _NARROWING
    )


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
