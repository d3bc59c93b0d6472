"""Whether the programs of containers can have an /opt/ml of their own on this machine, and how they are started then.

See docs/decisions/0065-opt-ml-of-its-own.md.
"""

import functools
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local_cloud.containers import own_opt_ml
from local_cloud.containers.own_opt_ml import PLACE

PROGRAM = Path(own_opt_ml.__file__)
# A busy machine takes long for the little that is asked; what never answers is as good as a no.
_LOOK_SECONDS = 600


@functools.cache
def is_own() -> bool:
    """Whether this system allows it; looked up once, by a program that finds its file there."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "ml"
        root.mkdir()
        (root / "probe").touch()
        try:
            done = subprocess.run(
                command(["test", "-f", str(PLACE / "probe")], root),
                capture_output=True,
                timeout=_LOOK_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return False
    return done.returncode == 0


def command(argv: Sequence[str], root: Path) -> list[str]:
    """A command that has a folder as its /opt/ml.

    Args:
        argv: the command.
        root: the folder.
    """
    return [sys.executable, "-I", "-S", str(PROGRAM), str(root), *argv]
