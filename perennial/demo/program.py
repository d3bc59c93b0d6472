"""Python programs that the demo runs as a person would."""

import os
import subprocess
import sys
from pathlib import Path

from perennial.account.cdk import OTHER_IDENTITIES
from perennial.errors import OperatorError


def run(*arguments: str, root: Path, **environment: str) -> list[str]:
    """Lines that a program writes.

    Args:
        arguments: after ``python``.
        root: folder that it runs in.
        environment: variables on top of this process's.

    Raises:
        OperatorError: it failed; the message has what it said.
    """
    own = {name: value for name, value in os.environ.items() if name not in OTHER_IDENTITIES}
    finished = subprocess.run(
        [sys.executable, *arguments], cwd=root, env={**own, **environment}, capture_output=True, text=True, check=False
    )
    if finished.returncode:
        said = (finished.stderr or finished.stdout).strip()
        raise OperatorError(f"`python {' '.join(arguments)}` failed: {said}")
    return finished.stdout.splitlines()
