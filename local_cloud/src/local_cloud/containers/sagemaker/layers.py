"""A place for what pip installs while a container runs: an environment on top of the image's, which stays as it is.

On AWS a container is thrown away with all that was installed in it. Here an image's environment serves many, so that
what one of them installs comes into an environment above it, which sees all that lies below.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_FINISHED = "finished"


def make(folder: Path, *, below: Path | None = None) -> Path:
    """Make an environment above another one.

    Args:
        folder: gets it.
        below: Python of the other one; that of this process if none is given.

    Returns:
        Path: of its Python.
    """
    venv.EnvBuilder(symlinks=True).create(folder)
    place = packages(folder / "bin" / "python")
    # As a folder of site-packages: what path files there say counts too.
    found = packages(below) if below else Path(sysconfig.get_path("purelib"))
    (place / "below.pth").write_text(f"import site; site.addsitedir({str(found)!r})\n", encoding="utf-8")
    return folder / "bin" / "python"


def packages(python: Path) -> Path:
    """The folder of the packages of an environment.

    Args:
        python: of it.
    """
    home = str(python.parents[1])
    return Path(sysconfig.get_path("purelib", "venv", {"base": home, "platbase": home}))


def environment(python: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Variables of a process for which this is the only Python.

    Args:
        python: of an environment.
        variables: the others.
    """
    path = os.pathsep.join(filter(None, (str(python.parent), variables.get("PATH"))))
    return {**variables, "PATH": path, "VIRTUAL_ENV": str(python.parents[1])}


def with_requirements(file: Path, install: Callable[[Path], None], *, own: Path) -> Path:
    """The Python that has what a requirements.txt asks for, kept for whoever asks for the same.

    Args:
        file: the requirements.
        install: lets pip install it for a Python; whatever it raises leaves nothing behind.
        own: a folder for what cannot be kept, because a line names a file, an address or an option.

    Returns:
        Path: of the Python.
    """
    text = file.read_text(encoding="utf-8")
    if any(_leads_elsewhere(line) for line in _lines(text)):
        python = make(own)
        install(python)
        return python
    said = [sys.version, sys.prefix, *_lines(text)]
    folder = Path(sys.prefix).parent / "requirements" / hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
    with _alone(folder):
        if not (folder / _FINISHED).exists():
            shutil.rmtree(folder, ignore_errors=True)
            try:
                install(make(folder))
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            (folder / _FINISHED).touch()
    return folder / "bin" / "python"


def pip(python: Path, file: Path) -> list[str]:
    """The command that installs a requirements.txt.

    Args:
        python: into whose environment.
        file: the requirements.
    """
    return [str(python), "-m", "pip", "install", "-r", file.name]


def run_pip(python: Path, file: Path) -> None:
    """Install a requirements.txt, in its folder; what pip says goes where this process writes.

    Raises:
        subprocess.CalledProcessError: pip failed.
    """
    subprocess.run(pip(python, file), cwd=file.parent, env=environment(python, os.environ), check=True)


def _leads_elsewhere(line: str) -> bool:
    """What pip installs for an option, a file or an address may be something else next time."""
    return line.startswith(("-", ".")) or "/" in line or "@" in line


def _lines(text: str) -> list[str]:
    lines = (line.split(" #")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Whoever else makes the same environment waits."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
