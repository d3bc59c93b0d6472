"""What the local cloud covers, from its own code; ``python -m local_cloud.kernel.coverage`` renews its pages."""

import importlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from local_cloud.cloudformation import registry, resources
from local_cloud.kernel import decisions, source
from local_cloud.operations import SERVICES
from local_cloud.parameters import SERVICES as PARAMETERS
from local_cloud.parameters.notation import Member
from local_cloud.services.iam import requests

_DOCS = Path(__file__).parents[3] / "docs"
_START, _END = "<!-- generated: start -->", "<!-- generated: end -->"


def reference() -> str:
    """What is covered, as Markdown."""
    return "\n".join([*_operations(), "", *_resource_types(), "", *_iam(), "", *_patches()])


def parameters() -> str:
    """What of requests is not honoured, as Markdown."""
    counts = Counter(decision for request in decisions.every_request() for _, decision in decisions.of(*request))
    told = (
        f"Of {counts.total()} members {counts['honoured']} are honoured, {counts['some values']} take some values only,"
        f" {counts['no effect']} have no effect and {counts['refused']} are refused."
    )
    return "\n".join([told, "", *(line for service in sorted(PARAMETERS) for line in _parameters(service))])


# The generated part of each page.
PAGES: Mapping[Path, Callable[[], str]] = {_DOCS / "reference.md": reference, _DOCS / "parameters.md": parameters}


def update(text: str, generated: str) -> str:
    """A document with its generated part renewed.

    Args:
        text: of the document.
        generated: that part.

    Raises:
        ValueError: the document has no marks.
    """
    if _START not in text or _END not in text:
        raise ValueError(f"the document needs the lines {_START} and {_END}")
    head, tail = text.split(_START, maxsplit=1)[0], text.split(_END)[1]
    return f"{head}{_START}\n{generated}\n{_END}{tail}"


def _resource_types() -> list[str]:
    # Importing the package of handlers is what fills the registry.
    importlib.import_module(resources.__name__)
    rows = [f"| `{name}` | {', '.join(sorted(found.properties))} |" for name, found in sorted(registry.TYPES.items())]
    return ["### CloudFormation", "", "| type | properties |", "|---|---|", *rows]


def _operations() -> list[str]:
    rows = [
        f"| `{name}` | {', '.join(sorted(found.real))} | {', '.join(sorted(found.kept))} |"
        for name, found in sorted(SERVICES.items())
    ]
    real, kept = (sum(len(getattr(found, kind)) for found in SERVICES.values()) for kind in ("real", "kept"))
    told = (
        f"{real} are done for real and {kept} kept and shown; on AWS some act later, see [Limits](#limits). All others "
        "are refused."
    )
    return ["### Operations", "", told, "", "| service | done | only kept |", "|---|---|---|", *rows]


def _iam() -> list[str]:
    services = ", ".join(requests.covered_services())
    return ["### IAM", "", f"Resources of a call are known for {services}; for all others a policy must allow `*`."]


def _patches() -> list[str]:
    # What is replaced of moto is replaced for the whole process.
    command = [sys.executable, "-m", "local_cloud", "patches"]
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return ["### What of moto is replaced", "", *told.stdout.splitlines()]


def _parameters(service: str) -> list[str]:
    requests = [found for found in decisions.every_request() if found[0] == service]
    rows: list[str] = []
    idle: dict[tuple[str, str], list[str]] = {}
    for _, operation, shape in requests:
        refused = []
        for path, decision in decisions.of(service, operation, shape):
            if decision == "refused":
                refused.append(path)
            elif decision == "no effect":
                idle.setdefault((path, PARAMETERS[service].reason(f"{operation}.{path}")), []).append(operation)
        some = [f"{path}: {' or '.join(values)}" for path, values in _values(PARAMETERS[service].operations[operation])]
        if refused or some:
            rows.append(f"| {operation} | {', '.join(some)} | {', '.join(refused)} |")
    lines = [f"### `{service}`", ""]
    if rows:
        lines += ["| operation | takes only | refuses |", "|---|---|---|", *rows, ""]
    if idle:
        told = [f"| {path} | {reason} | {', '.join(found)} |" for (path, reason), found in sorted(idle.items())]
        lines += ["| without effect | because | of |", "|---|---|---|", *told, ""]
    return lines if rows or idle else []


def _values(member: Member, path: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, below in member.members.items():
        place = f"{path}.{name}" if path else name
        if below.values:
            yield place, below.values
        yield from _values(below, place)


if __name__ == "__main__":
    for page, generate in PAGES.items():
        page.write_text(update(page.read_text(encoding="utf-8"), generate()), encoding="utf-8")
