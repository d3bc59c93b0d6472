"""Virtual environments that pip makes for images: kept for all local clouds of a user, and never changed once made.

Each lies in a folder that is named by what it holds, is made under another name and renamed when it is complete. So two
that are made at once are the same, one that breaks off leaves nothing that anybody would use, and a requirement that
changes is another environment.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import uuid
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_cloud.kernel import linking, venvs
from local_cloud.kernel.errors import LocalCloudError

# Where they lie, in place of the user's cache folder.
IMAGES = "LOCAL_CLOUD_IMAGES"
# What pip is told beside the requirements, for example another index.
PIP_OPTIONS = "LOCAL_CLOUD_PIP_OPTIONS"
# What pip says of an error that it goes on after is of no use to whoever asked for an image.
_LAST_LINES = 12
# Runs a command with exactly these variables in a folder, passes each line of its output on, and returns its exit code.
Run = Callable[[Sequence[str], Mapping[str, str], Path, Callable[[str], None]], int]
# Of whoever asks, which would lead pip or what it builds into another environment.
_LEADS_ELSEWHERE = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_PYTHON")


class InstallError(LocalCloudError):
    """Pip could not make an environment."""


def run_here(command: Sequence[str], environment: Mapping[str, str], cwd: Path, tell: Callable[[str], None]) -> int:
    """Run a command as a part of this process, which an interrupt ends with it."""
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None  # noqa: S101  # a pipe was asked for
        for line in process.stdout:
            tell(line.rstrip())
    return process.returncode


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What pip installs from requirements, on top of packages that are there already.

    Args:
        requirements: text of a requirements file.
        below: environments whose packages it has too, the topmost first.
        linked: names of packages of this machine, which it has too.
        file: where the text stands; what it names, such as ``-r other.txt``, lies beside. None for a text that names no
            files.
    """

    requirements: str
    below: tuple["Environment", ...] = ()
    linked: tuple[str, ...] = ()
    file: Path | None = None

    @property
    def place(self) -> Path:
        """Its folder, whether it is installed or not."""
        held = [
            sys.version,
            sys.base_prefix,
            sysconfig.get_platform(),
            self.requirements,
            linking.identity(self.linked),
            *(environment.place.name for environment in self.below),
            *self._files(),
        ]
        digest = hashlib.sha256("\0".join(held).encode()).hexdigest()[:16]
        return root() / f"{_slug(self.requirements)}-{digest}"

    @property
    def is_installed(self) -> bool:
        """It is there, whole."""
        return self.place.is_dir()

    def install(self, tell: Callable[[str], None] = lambda _: None, *, run: Run = run_here) -> None:
        """Let pip make it, and before it what lies below, unless it is there.

        Args:
            tell: gets what pip says, a line each.
            run: runs pip.

        Raises:
            InstallError: pip failed; the message has the end of what it said.
        """
        if self.is_installed:
            return
        for environment in reversed(self.below):
            environment.install(tell, run=run)
        place = self.place
        partial = place.with_name(f"{place.name}.{uuid.uuid4().hex}")
        try:
            venv.EnvBuilder(symlinks=True).create(partial)
            # Stays, for people.
            copy = partial / "requirements.txt"
            copy.write_text(self.requirements, encoding="utf-8")
            with self._below() as below:
                _pip(partial, self.file or copy, below=below, tell=tell, run=run)
            venvs.copy_programs(partial, partial, place=place)
            try:
                partial.rename(place)
            except OSError:
                # Somebody else was faster.
                if not self.is_installed:
                    raise
        except OSError as error:
            raise InstallError(f"{place} cannot be written: {error}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    @contextmanager
    def _below(self) -> Iterator[list[Path]]:
        """Folders of the packages that pip must find and leave alone."""
        with tempfile.TemporaryDirectory(prefix="local-cloud-linked-") as folder:
            linked = Path(folder)
            linking.link(self.linked, linked)
            yield [*(venvs.purelib(environment.place) for environment in self.below), linked]

    def _files(self) -> list[str]:
        """Digests of the files beside the requirements, if these name any of them."""
        if self.file is None:
            return []
        folder = self.file.parent
        words = {word for line in self.requirements.splitlines() for word in re.split(r"[\s=@]+", line) if word}
        if not any((folder / word).exists() for word in words):
            return []
        return [
            f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]


def pip_settings() -> dict[str, str]:
    """Variables by which pip in a container, whose home is another one, does as its user's pip does."""
    settings = {
        name: value for name, value in os.environ.items() if name.startswith("PIP_") and name not in _LEADS_ELSEWHERE
    }
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pip"
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pip" / "pip.conf"
    files = {"PIP_CACHE_DIR": str(cache)} | ({"PIP_CONFIG_FILE": str(config)} if config.is_file() else {})
    return files | settings


def root() -> Path:
    """The folder that holds all of them."""
    if named := os.environ.get(IMAGES):
        return Path(named).absolute()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "local-cloud" / "images"


def _pip(partial: Path, requirements: Path, *, below: Sequence[Path], tell: Callable[[str], None], run: Run) -> None:
    options = shlex.split(os.environ.get(PIP_OPTIONS, ""))
    command = [
        *(sys.executable, "-m", "pip", "--python", str(partial / "bin" / "python")),
        *("install", "--disable-pip-version-check", "--no-input", "--no-compile", "--progress-bar", "off"),
        *options,
        *("--requirement", str(requirements.absolute())),
    ]
    environment = {name: value for name, value in os.environ.items() if name not in _LEADS_ELSEWHERE}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, below))
    said = list[str]()

    def hear(line: str) -> None:
        said.append(line)
        tell(line)

    if run(command, environment, requirements.parent, hear):
        wrong = [line for line in said if line.startswith("ERROR") or "No module named pip" in line]
        raise InstallError("pip failed: " + " ".join((wrong or said)[-_LAST_LINES:]))


def _slug(requirements: str) -> str:
    """What begins the name of a folder, for people: the first requirement."""
    lines = [line.strip() for line in requirements.splitlines()]
    first = next((line for line in lines if re.match(r"\w", line)), "requirements")
    return re.sub(r"[^\w.]+", "-", first.split(";")[0].split("@")[0].strip())[:40].strip("-") or "requirements"
