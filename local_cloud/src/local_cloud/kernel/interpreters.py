"""An interpreter for each kind of container: what the container's image lacks is missing here too.

A job's program would otherwise see whatever lies on the path of the server: the repository that it was started in, its
editable installs, and the packages of development. So each image is a virtual environment with links to the packages
that it names, as far as this machine has them, and to what these need; nothing is installed or copied.
"""

import functools
import hashlib
import os
import sys
import sysconfig
import uuid
import venv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local_cloud.kernel import runtime, source

# A folder for the images of all servers that see the variable; without it each keeps its own in its state.
IMAGES = "LOCAL_CLOUD_IMAGES"
_CONTAINERS = source.ROOT / "local_cloud" / "containers"


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A virtual environment.

    Args:
        folder: where it lies.
    """

    folder: Path

    @property
    def python(self) -> str:
        """Its program."""
        return str(self.folder / "bin" / "python")

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Variables of a process; a program that it starts as ``python3`` is this interpreter too."""
        path = os.pathsep.join(filter(None, (str(self.folder / "bin"), variables.get("PATH"))))
        return {**variables, "PATH": path}


def of(packages: Iterable[str], *, with_containers: bool = False) -> Interpreter:
    """The interpreter that has these packages and what they need; made when it is asked for the first time.

    Args:
        packages: requirements; what this machine has not got is left out.
        with_containers: whether it has the programs of `local_cloud.containers` too, and nothing else of ours.
    """
    shared = os.environ.get(IMAGES)
    root = Path(shared) if shared else runtime.current().settings.state_dir / "images"
    return _of(root, tuple(packages), with_containers)


@functools.cache
def _of(root: Path, packages: tuple[str, ...], with_containers: bool) -> Interpreter:
    found = _closure(packages)
    text = "\n".join([sys.version, str(_CONTAINERS) if with_containers else "", *map(_identity, found)])
    folder = root / hashlib.sha256(text.encode()).hexdigest()[:16]
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        venv.EnvBuilder(symlinks=True).create(partial)
        place = Path(sysconfig.get_path("purelib", "venv", {"base": str(partial), "platbase": str(partial)}))
        for item in found:
            _link(item, place)
        if with_containers:
            ours = place / "local_cloud"
            ours.mkdir()
            (ours / "__init__.py").symlink_to(_CONTAINERS.parent / "__init__.py")
            (ours / "containers").symlink_to(_CONTAINERS)
        try:
            partial.rename(folder)
        except OSError:
            # Somebody else was faster.
            if not folder.exists():
                raise
    return Interpreter(folder=folder)


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
