"""The local cloud as the demo needs it: a fresh one, and its clock."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

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
        region: AWS region.
    """

    root: Path
    state_dir: Path
    port: int
    region: str

    @property
    def url(self) -> str:
        """What clients set as AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self, account_id: str) -> dict[str, str]:
        """Variables that point any AWS client at it, as an account's root."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": account_id,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def session(self, account_id: str) -> boto3.Session:
        """A session of an account's root."""
        return boto3.Session(
            aws_access_key_id=account_id,
            aws_secret_access_key=_SECRET,
            region_name=self.region,
        )

    def restart_empty(self) -> None:
        """Stop it if it runs, forget everything, start it.

        Raises:
            OperatorError: it does not start.
        """
        self._command("reset")
        # Builds install the CDK CLI, which is here already.
        modules = ("--node-modules", str(self.root / "node_modules"))
        self._command("start", "--port", str(self.port), "--region", self.region, *modules)

    def repository(self, name: str, *, connection: str) -> Path:
        """Make the git repository that stands for a connection's, and authorize the connection.

        Args:
            name: ``owner/name``, as its provider calls it.
            connection: ARN.

        Returns:
            where to push.

        Raises:
            OperatorError: the local cloud refuses.
        """
        self._command("connection", connection)
        return Path(self._command("repository", name, "--account", connection.split(":")[4]))

    def now(self) -> datetime:
        """Time of the virtual clock."""
        return datetime.fromisoformat(self._clock()["now"])

    def advance(self, by: timedelta) -> None:
        """Move the virtual clock; schedules that became due fire, each once.

        Raises:
            OperatorError: it moves forward only.
        """
        self._clock({"advance_seconds": by.total_seconds()})

    def skip_pauses(self) -> None:
        """Move the virtual clock to the end of the pause, of all executions' ones, that ends first."""
        self._clock({"skip_pauses": True})

    def fire_next(self, *, account_id: str, group: str, schedule: str) -> None:
        """Move the virtual clock to the next time a schedule fires.

        Raises:
            OperatorError: there is no such schedule, or it is disabled.
        """
        wanted = {"account_id": account_id, "region": self.region, "group": group, "name": schedule}
        self._clock({"advance_to_next_firing_of": wanted})

    def _clock(self, order: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310  # loopback address built here
            f"{self.url}/_local/clock",
            data=None if order is None else json.dumps(order).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # loopback address built here
                return dict(json.loads(answer.read()))
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            raise OperatorError(f"the local cloud refused to move its clock with {order}: {said}") from error

    def _command(self, *arguments: str) -> str:
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
        return finished.stdout.strip()
