"""An interpreter for each kind of container: what the container's image lacks is missing here too.

A job's program would otherwise see whatever lies on the path of the server: the repository that it was started in, its
editable installs, and the packages of development. So each image is a virtual environment with links to the packages
that it names, as far as this machine has them, and to what these need; nothing is installed or copied. What pip
installed for an image lies elsewhere (see `environments`), and its interpreter leads there.
"""

import functools
import hashlib
import os
import sys
import uuid
import venv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_cloud.kernel import linking, runtime, source, venvs

# A folder for the interpreters of all servers that see the variable; without it each keeps its own in its state.
SHARED = "LOCAL_CLOUD_INTERPRETERS"
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


def of(packages: Iterable[str], *, with_containers: bool = False, layers: Sequence[Path] = ()) -> Interpreter:
    """The interpreter that has these packages and what they need; made when it is asked for the first time.

    Args:
        packages: requirements; what this machine has not got is left out.
        with_containers: whether it has the programs of `local_cloud.containers` too, and nothing else of ours.
        layers: virtual environments whose packages it has before these, the topmost first.
    """
    shared = os.environ.get(SHARED)
    root = Path(shared) if shared else runtime.current().settings.state_dir / "images"
    linked = tuple(packages)
    if layers and linked:
        # What is linked comes first in its own interpreter, and last here.
        layers, linked = (*layers, _of(root, linked, False, ()).folder), ()
    return _of(root, linked, with_containers, tuple(layers))


@functools.cache
def _of(root: Path, packages: tuple[str, ...], with_containers: bool, layers: tuple[Path, ...]) -> Interpreter:
    containers = str(_CONTAINERS) if with_containers else ""
    held = [sys.version, containers, *map(str, layers), linking.identity(packages)]
    folder = root / hashlib.sha256("\n".join(held).encode()).hexdigest()[:16]
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        venv.EnvBuilder(symlinks=True).create(partial)
        place = venvs.purelib(partial)
        linking.link(packages, place)
        _lead_to(layers, partial, folder=folder)
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


def _lead_to(layers: Sequence[Path], partial: Path, *, folder: Path) -> None:
    """Have the packages of other environments, and their programs as this one's own."""
    if not layers:
        return
    # As site-packages of its own: what a path file there says counts too.
    lines = [f"import site; site.addsitedir({str(venvs.purelib(layer))!r})\n" for layer in layers]
    (venvs.purelib(partial) / "layers.pth").write_text("".join(lines), encoding="utf-8")
    for layer in reversed(layers):
        venvs.copy_programs(layer, partial, place=folder)
