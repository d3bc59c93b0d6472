"""Where things lie in a virtual environment, and what names its folder."""

import os
import sysconfig
from pathlib import Path


def purelib(environment: Path) -> Path:
    """Where the packages of a virtual environment lie."""
    base = str(environment)
    return Path(sysconfig.get_path("purelib", "venv", {"base": base, "platbase": base}))


def copy_programs(source: Path, target: Path, *, place: Path) -> None:
    """Have the programs of an environment in another one, whose Python runs them then.

    Args:
        source: folder of the environment.
        target: folder of the other one; it may be the same.
        place: where that will lie.
    """
    for path in sorted((source / "bin").iterdir()):
        copy = target / "bin" / path.name
        if path.is_symlink() or not os.access(path, os.X_OK):
            continue
        content = path.read_bytes()
        if content.startswith(b"#!"):
            # The first line, or the second of a file for /bin/sh, names the Python that it was installed with.
            old = str(source / "bin" / "python").encode()
            copy.write_bytes(content.replace(old, str(place / "bin" / "python").encode()))
            copy.chmod(0o755)
        elif not copy.exists():
            copy.symlink_to(path)
