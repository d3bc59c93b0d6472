"""The record of a local cloud: every decision on every call of every role."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Values = str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One kind of call: what differs in nothing but time counts as the same.

    Args:
        account_id: of the caller.
        principal: ARN of the role or root, or a service principal.
        session: ARN of the role session; empty without one.
        action: IAM action.
        resource: ARN, or ``*``.
        owner: account of the resource.
        context: condition keys in lower case and their values, sorted.
        allowed: what was decided.
        by: the kinds of policies that allowed it.
        reason: of a denial.
    """

    account_id: str
    principal: str
    session: str
    action: str
    resource: str
    owner: str
    context: tuple[tuple[str, Values], ...] = ()
    allowed: bool = True
    by: str = ""
    reason: str = ""
    conditions: Mapping[str, Values] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Add the keys that follow from caller and owner, which the record does not repeat."""
        derived: dict[str, Values] = {
            "aws:principalaccount": self.account_id,
            "aws:principalarn": self.principal,
            "aws:resourceaccount": self.owner,
            "aws:securetransport": "true",
        }
        object.__setattr__(self, "conditions", derived | dict(self.context))

    @property
    def crosses(self) -> bool:
        """Whether the resource belongs to another account than the caller."""
        return bool(self.owner) and self.owner != self.account_id

    @property
    def session_name(self) -> str:
        """Last part of the session's ARN: sessions of one role differ in it."""
        return self.session.rpartition("/")[2]


def read(path: Path) -> Counter[Call]:
    """Read a record; the names of sessions are kept only as far as a caller tells them apart.

    Raises:
        ValueError: a line is no decision of the local cloud.
    """
    found: Counter[Call] = Counter()
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            found[_call(line, f"{path}:{number}")] += 1
    return found


def _call(line: str, where: str) -> Call:
    try:
        entry = json.loads(line)
        return Call(
            account_id=entry["account"],
            principal=entry["principal"],
            session=entry["session"],
            action=entry["action"],
            resource=entry["resource"],
            owner=entry["owner"],
            context=tuple(sorted((key, _values(value)) for key, value in entry["context"].items())),
            allowed={"allow": True, "deny": False}[entry["decision"]],
            by=entry["by"],
            reason=entry["reason"],
        )
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{where}: got {line[:200]!r}, not a decision with all its parts: {error}") from error


def _values(value: object) -> Values:
    return tuple(str(item) for item in value) if isinstance(value, list) else str(value)
