"""The tables of docs/security.md: every exception and its reason."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.conftest import ROOT
from tests.infrastructure.nag import Finding

PAGE = ROOT / "docs" / "security.md"
_START, _END = "<!-- exceptions: make snapshots -->", "<!-- /exceptions -->"
_ACCOUNT = re.compile(r"\b\d{12}\b")


def in_stack(path: str) -> str:
    """A construct's path within its stack, which may be that of a pipeline's stage; as logical ids show it.

    CDK leaves the id ``Default`` out of them: docs/decisions/0055-accounts-by-composition.md.
    """
    *_, stack = [number for number, part in enumerate(path.split("/")) if part.startswith("Perennial")]
    return "/".join(part for part in path.split("/")[stack + 1 :] if part != "Default")


def table(findings: Iterable[Finding]) -> str:
    """Rules, reasons and places of what is acknowledged, a line a reason."""
    places: dict[tuple[str, str], dict[str, set[str]]] = {}
    for finding in findings:
        rule, _, detail = finding.rule.partition("[")
        where = places.setdefault((rule, finding.reason), {})
        where.setdefault(in_stack(finding.at).removesuffix("/Resource").removesuffix("/DefaultPolicy"), set()).update(
            [_plain(detail)] if detail else []
        )
    lines = ["| rule | where | why |", "|---|---|---|"]
    for (rule, reason), where in sorted(places.items()):
        cells = (f"{place}{_details(details)}" for place, details in sorted(where.items()))
        lines.append(f"| {rule} | {'; '.join(cells)} | {reason} |")
    return "\n".join(lines)


def simple_table(exceptions: Mapping[str, str], *, title: str) -> str:
    """Exceptions that are not a construct's own."""
    lines = [f"| {title} | why |", "|---|---|", *(f"| {name} | {reason} |" for name, reason in exceptions.items())]
    return "\n".join(lines)


def written(page: Path = PAGE) -> str:
    """What the page holds."""
    return page.read_text(encoding="utf-8").split(_START)[1].split(_END)[0].strip()


def write(text: str, page: Path = PAGE) -> None:
    """Replace it."""
    before, rest = page.read_text(encoding="utf-8").split(_START)
    page.write_text(f"{before}{_START}\n{text}\n{_END}{rest.split(_END)[1]}", encoding="utf-8")


def _plain(detail: str) -> str:
    """A pattern, the same for all accounts."""
    kind, _, granted = detail.removesuffix("]").partition("::")
    for environment in ("sandbox", "qa", "prod", "Sandbox", "Qa", "Prod"):
        granted = re.sub(rf"(perennial-|/Perennial|Pipeline){environment}\b", r"\1ENVIRONMENT", granted)
    # A logical id ends in a hash that says nothing to people.
    granted = re.sub(r"<([A-Za-z]+?)[0-9A-F]{8}\b", r"<\1", _ACCOUNT.sub("ACCOUNT", granted))
    return f"`{granted}`" if kind != "Policy" else f"`{granted.rpartition('/')[2]}`"


def _details(details: set[str]) -> str:
    return f" {', '.join(sorted(details))}" if details else ""
