"""Links to packages of this machine, and to what they need: for an environment that has these and no others."""

from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def link(packages: Iterable[str], place: Path) -> None:
    """Link packages and what they need into a folder.

    Args:
        packages: requirements; what this machine has not got is left out.
        place: the folder.
    """
    for item in _closure(packages):
        _link(item, place)


def identity(packages: Iterable[str]) -> str:
    """What `link` would link, and from where."""
    return "\n".join(map(_identity, _closure(packages)))


def _closure(packages: Iterable[str]) -> list[Distribution]:
    """The packages and all that they need, in the order of their names."""
    waiting, seen = [Requirement(text) for text in packages], set[str]()
    found: dict[str, Distribution] = {}
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        try:
            item = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        found[canonicalize_name(requirement.name)] = item
        extras = requirement.extras or {""}
        for part in (Requirement(text) for text in item.requires or ()):
            marker, part.marker = part.marker, None
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(part)
    return [found[name] for name in sorted(found)]


def _identity(item: Distribution) -> str:
    return f"{item.metadata['Name']} {item.version} {item.locate_file('')}"


def _link(item: Distribution, place: Path) -> None:
    """Link whatever a package has at the top of its folder; several may share a part of it."""
    home = Path(str(item.locate_file("")))
    for name in {file.parts[0] for file in item.files or ()}:
        # What lies elsewhere are programs, and path files lead elsewhere.
        if name in {"..", "__pycache__"} or name.endswith(".pth") or (place / name).exists():
            continue
        (place / name).symlink_to(home / name)
