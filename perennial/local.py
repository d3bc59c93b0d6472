"""The local cloud as the demo needs it: a fresh one, and its clock."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import boto3

from perennial.errors import OperatorError

# The local cloud knows root users by the account id alone.
_SECRET = "local"  # noqa: S105  # guards nothing


@dataclass(frozen=True, kw_only=True)
class LocalCloud:
    """One local cloud.

    Args:
        root: the project's folder.
        state_dir: where it keeps everything.
        port: where it listens.
        account_id: whose root credentials are used.
        region: AWS region.
    """

    root: Path
    state_dir: Path
    port: int
    account_id: str
    region: str

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point any AWS client at it."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": self.account_id,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def session(self) -> boto3.Session:
        """A session of the account's root."""
        return boto3.Session(
            aws_access_key_id=self.account_id,
            aws_secret_access_key=_SECRET,
            region_name=self.region,
        )

    def restart_empty(self) -> None:
        """Stop it if it runs, forget everything, start it.

        Raises:
            OperatorError: it does not start.
        """
        self._command("reset")
        self._command("start", "--port", str(self.port))

    def fire_next(self, *, group: str, schedule: str) -> None:
        """Move the virtual clock to the next time a schedule fires.

        Raises:
            OperatorError: there is no such schedule, or it is disabled.
        """
        wanted = {"account_id": self.account_id, "region": self.region, "group": group, "name": schedule}
        request = urllib.request.Request(  # noqa: S310  # loopback address built here
            f"{self.environment['AWS_ENDPOINT_URL']}/_local/clock",
            data=json.dumps({"advance_to_next_firing_of": wanted}).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # loopback address built here
                answer.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            raise OperatorError(f"the local cloud cannot advance to schedule {group}/{schedule}: {said}") from error

    def _command(self, *arguments: str) -> None:
        finished = subprocess.run(
            [sys.executable, "-m", "local_cloud", *arguments, "--state-dir", str(self.state_dir)],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode:
            said = (finished.stderr or finished.stdout).strip()
            raise OperatorError(f"`python -m local_cloud {arguments[0]}` failed: {said}")
