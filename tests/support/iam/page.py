"""The proof on one self-contained HTML page: no request leaves it, everything in it is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tests.support.iam import proof as proofs
from tests.support.iam.proof import Denied, Proof, RoleProof


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One action of one role.

    Args:
        text: what the matrix shows.
        css_class: ``used``, ``unused``, ``denied``, ``bad`` or empty.
        title: what the pointer shows.
    """

    text: str = ""
    css_class: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The roles of an account by action.

    Args:
        stack: its stack.
        account_id: 12 digits.
        roles: in the order of the columns.
        rows: cells in the order of the roles, by action.
    """

    stack: str
    account_id: str
    roles: tuple[RoleProof, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def render(proof: Proof) -> str:
    """Write the page."""
    return _template().render(proof=proof, matrices=matrices(proof), shown=proofs.shown)


def matrices(proof: Proof) -> list[Matrix]:
    """One matrix an account, in the order of the roles."""
    stacks = dict.fromkeys((entry.role.stack, entry.role.account_id) for entry in proof.roles)
    return [_matrix(stack, account, [e for e in proof.roles if e.role.stack == stack]) for stack, account in stacks]


def _matrix(stack: str, account_id: str, roles: Sequence[RoleProof]) -> Matrix:
    actions = {use.grant.action for entry in roles for use in entry.grants}
    actions |= {call.action for entry in roles for call, _ in entry.unmatched}
    actions |= {call.action for entry in roles for call, _, _ in entry.denied}
    rows = tuple((action, tuple(_cell(entry, action) for entry in roles)) for action in sorted(actions))
    return Matrix(stack=stack, account_id=account_id, roles=tuple(roles), rows=rows)


def _cell(entry: RoleProof, action: str) -> Cell:
    unmatched = [(call, count) for call, count in entry.unmatched if call.action == action]
    if unmatched:
        text = "\n".join(proofs.shown(call) for call, _ in unmatched)
        return Cell(text=f"not granted, {sum(count for _, count in unmatched)} calls", css_class="bad", title=text)
    denied = [item for item in entry.denied if item[0].action == action]
    unexpected = [f"{proofs.shown(call)}: {call.reason}" for call, _, expected in denied if expected is None]
    if unexpected:
        return Cell(text=_denials(denied), css_class="bad", title="\n".join(unexpected))
    return _granted(entry, action, denied)


def _granted(entry: RoleProof, action: str, denied: Sequence[Denied]) -> Cell:
    uses = [use for use in entry.grants if use.grant.action == action]
    unexplained = [use.grant.template for use in uses if not use.explained]
    if unexplained:
        return Cell(text="unexplained", css_class="bad", title="\n".join(unexplained))
    refusals = [f"denied {proofs.shown(call)}: {expected.why}" for call, _, expected in denied if expected]
    idle = list(dict.fromkeys(f"{use.grant.template}: {use.reason.why}" for use in uses if use.reason))
    count = sum(use.count for use in uses)
    if count:
        text = f"{count:,}, {_denials(denied)}" if denied else f"{count:,}"
        return Cell(text=text, css_class="used", title="\n".join([*(["not used:", *idle] if idle else []), *refusals]))
    if denied:
        return Cell(text=_denials(denied), css_class="denied", title="\n".join([*refusals, *idle]))
    return Cell(text="unused", css_class="unused", title="\n".join(idle)) if uses else Cell()


def _denials(denied: Sequence[Denied]) -> str:
    return f"denied {sum(count for _, count, _ in denied):,}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("tests.support.iam"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("iam.html")
