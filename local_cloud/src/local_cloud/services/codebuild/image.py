"""What stands in for an image: one folder of links to the machine's programs, and a Python of the build's own.

What the image would not have is not on a build's path, and nothing that a build installs lies outside its own folder.

References:
    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
    https://github.com/aws/aws-codebuild-docker-images
"""

import functools
import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from local_cloud.kernel import node as machine_node
from local_cloud.kernel import runtime, source
from local_cloud.kernel.errors import JobError
from local_cloud.services.codebuild import programs

_STANDARD = re.compile(
    r"aws/codebuild/(?:standard:[5-8]\.0|(?:amazonlinux2|amazonlinux)-(?:x86_64|aarch64)-standard:[1-6]\.0)"
)
_CONTAINERS = source.ROOT / "local_cloud" / "containers"
_AWS_CLI, _NPM_SEED = _CONTAINERS / "aws_cli.py", _CONTAINERS / "npm_seed.py"
_LONGEST_QUESTION_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Image:
    """What a build finds.

    Args:
        folder: with links to programs.
        python: version of its Python.
        node: version of its Node; None when the machine has none.
        notes: what differs from the image, for the log.
    """

    folder: Path
    python: str
    node: str | None
    notes: tuple[str, ...]


def refusal(name: str) -> str | None:
    """Why an image is not covered, None when it is."""
    if _STANDARD.fullmatch(name):
        return None
    return (
        f"the local cloud does not emulate the image {name}: no container runs here; use one of AWS's standard images,"
        " aws/codebuild/standard:5.0 to 8.0 or aws/codebuild/amazonlinux-x86_64-standard"
    )


def of_server() -> Image:
    """What this server lends to its builds; put together once."""
    settings = runtime.current().settings
    return _of(settings.state_dir, settings.build_python, settings.node_modules)


@functools.cache
def _of(state_dir: Path, python: Path | None, node_modules: Path | None) -> Image:
    found = {name: path for name in programs.LENT if (path := shutil.which(name))}
    notes = []
    node = machine_node.find()
    if node is None:
        notes.append("this machine has no Node; node, npm and npx are missing")
    else:
        found["node"] = node.program
    aws = _aws()
    if aws is not None:
        found["aws"] = aws
    else:
        notes.append(
            "this machine has no AWS CLI 2; a program of the local cloud stands in for it, which calls any operation"
            " and has none of the CLI's own commands, such as aws s3 cp"
        )
    missing = [name for name in programs.MISSED if name not in found]
    notes.append(f"the image also has these, which are missing here: {', '.join(missing)}")
    scripts = {}
    if node is not None and node.npm is not None:
        scripts["npm"] = _npm(node.npm, node_modules)
    if node is not None and node.npx is not None:
        scripts["npx"] = f'exec node {shlex.quote(node.npx)} "$@"'
    if aws is None:
        scripts["aws"] = f'exec {shlex.quote(sys.executable)} -I {shlex.quote(str(_AWS_CLI))} "$@"'
    return Image(
        folder=_folder(state_dir, found, scripts),
        python=_python(python)[1],
        node=_answer([node.program, "--version"]).removeprefix("v") if node is not None else None,
        notes=tuple(notes),
    )


def _folder(state_dir: Path, links: dict[str, str], scripts: dict[str, str]) -> Path:
    text = repr((sorted(links.items()), sorted(scripts.items())))
    folder = state_dir / "images" / f"codebuild-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        partial.mkdir(parents=True)
        for name, target in links.items():
            (partial / name).symlink_to(target)
        for name, command in scripts.items():
            (partial / name).unlink(missing_ok=True)
            (partial / name).write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
            (partial / name).chmod(0o755)
        _settle(partial, folder)
    return folder


def _settle(partial: Path, folder: Path) -> None:
    """Give a folder that is whole its name, unless somebody else was faster."""
    try:
        partial.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        shutil.rmtree(partial)


def _npm(script: str, node_modules: Path | None) -> str:
    """Npm; what the server was started with is looked for first."""
    npm = f'exec node {shlex.quote(script)} "$@"'
    if node_modules is None:
        return npm
    words = (sys.executable, "-I", str(_NPM_SEED), str(node_modules))
    return f'{shlex.join(words)} "$@" && exit 0\n{npm}'


def _aws() -> str | None:
    found = shutil.which("aws")
    return found if found and _answer([found, "--version"]).startswith("aws-cli/2") else None


def _answer(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LONGEST_QUESTION_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def lend_python(folder: Path) -> None:
    """Make a build's own Python: it has the packages of the one that is lent, and what the build installs is its own.

    Args:
        folder: of the new virtual environment.

    Raises:
        JobError: the interpreter that the server was started with is none.
    """
    settings = runtime.current().settings
    shutil.copytree(_template(settings.state_dir, settings.build_python), folder, symlinks=True)
    for name in ("pip", "pip3"):
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{folder}/bin/python" -m pip "$@"\n', encoding="utf-8")
        script.chmod(0o755)


@functools.cache
def _template(state_dir: Path, given: Path | None) -> Path:
    """A virtual environment to copy: to make one takes as long as a short build."""
    python, version, packages = _python(given)
    identity = hashlib.sha256(f"{python} {version} {packages}".encode()).hexdigest()[:16]
    folder = state_dir / "images" / f"codebuild-python-{identity}"
    if folder.exists():
        return folder
    partial = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
    done = subprocess.run(
        [python, "-m", "venv", "--without-pip", "--symlinks", str(partial)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise JobError(f"cannot make a virtual environment of {python}: {done.stderr.strip()[-500:]}")
    # They name the folder that they were made in.
    for script in partial.glob("bin/[Aa]ctivate*"):
        script.unlink()
    (place,) = partial.glob("lib/python*/site-packages")
    # A path in such a file is looked at, but not the path files in it: what is installed for editing stays out.
    (place / "machine.pth").write_text(f"{packages}\n", encoding="utf-8")
    _settle(partial, folder)
    return folder


@functools.cache
def _python(given: Path | None) -> tuple[str, str, str]:
    """The interpreter that is lent, its version, and where its packages lie."""
    python = str(given or sys.executable)
    ask = "import platform, sysconfig; print(platform.python_version(), sysconfig.get_path('purelib'))"
    version, _, packages = _answer([python, "-c", ask]).partition(" ")
    if not packages:
        raise JobError(f"{python} is no Python; name another one where the local cloud is started")
    return python, version, packages
