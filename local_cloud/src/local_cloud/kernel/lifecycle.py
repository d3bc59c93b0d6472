"""Starts, finds and stops server processes; for the command line and for tests."""

import contextlib
import json
import os
import shutil
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3

from local_cloud.kernel.errors import ServerError
from local_cloud.kernel.processes import reap_orphans
from local_cloud.kernel.settings import Settings
from local_cloud.kernel.spawning import spawn

_START_SECONDS = 90.0
_STOP_SECONDS = 60.0
# A snapshot of many accounts on a busy machine.
_PATIENCE_SECONDS = 300.0


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningCloud:
    """A server process that was started or found.

    Args:
        settings: of the server.
        pid: of its process.
    """

    def __init__(self, settings: Settings, pid: int) -> None:
        self.settings = settings
        self.pid = pid
        self._clients = dict[tuple[str, str, str], Any]()
        self._making = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def endpoint_url(self) -> str:
        """What clients set as AWS_ENDPOINT_URL."""
        return self.settings.endpoint_url

    def environment(self, account_id: str, region: str | None = None) -> dict[str, str]:
        """Variables that point an AWS client at this cloud as an account's root; None for the settings' region."""
        region = region or self.settings.region
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": account_id,
            "AWS_SECRET_ACCESS_KEY": "local",
            **(dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), region) if region else {}),
        }

    def client(self, service: str, account_id: str, region: str = "us-east-1") -> Any:
        """A boto3 client as an account's root: one and the same for all who ask, threads too."""
        key = (service, account_id, region)
        with self._making:
            if key not in self._clients:
                self._clients[key] = boto3.client(  # type: ignore[call-overload]  # the service name is not a literal here
                    service,
                    endpoint_url=self.endpoint_url,
                    region_name=region,
                    aws_access_key_id=account_id,
                    aws_secret_access_key="local",  # noqa: S106  # guards nothing
                )
            return self._clients[key]

    def control(self, path: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the cloud's own interface: GET, or POST when an order is given.

        Raises:
            ServerError: it refuses.
        """
        request = urllib.request.Request(  # noqa: S310  # loopback address built here
            f"{self.endpoint_url}/_local/{path}",
            data=None if order is None else json.dumps(order).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310  # as above
                return dict(json.loads(answer.read()))
        except urllib.error.HTTPError as error:
            raise ServerError(f"/_local/{path} answered {error.code}: {error.read().decode()}") from error

    def stop(self) -> None:
        """Stop the server and every process it started.

        Raises:
            ServerError: it does not stop.
        """
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server without a chance to clean up, as a crash would; its jobs are ended too."""
        self._end(signal.SIGKILL)

    def restart(self, *, crash: bool = False) -> "RunningCloud":
        """Start again with the same state on the same port.

        Args:
            crash: kill the server instead of stopping it. What the last snapshot does not hold is lost then, which a
                service of AWS would keep; `save` keeps that out of a test.
        """
        if crash:
            self.kill()
        else:
            self.stop()
        return start(self.settings)

    def save(self) -> None:
        """Write a snapshot, which holds everything that was asked for so far.

        Raises:
            ServerError: it cannot be written.
        """
        self.control("save", {})

    def _end(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        end = time.monotonic() + _STOP_SECONDS
        while _is_alive(self.pid):
            if time.monotonic() > end:
                raise ServerError(f"the local cloud (process {self.pid}) does not stop")
            time.sleep(0.05)
        reap_orphans(self.settings.run_dir)
        _file(self.settings.state_dir).unlink(missing_ok=True)


def start(settings: Settings) -> RunningCloud:
    """Start a server in the background and wait until it answers; port 0 takes a free one.

    Raises:
        ServerError: one runs on this state already, the port is taken, or it does not start.
    """
    state_dir = settings.state_dir.resolve()
    if find(state_dir) is not None:
        raise ServerError(f"a local cloud already runs on {state_dir}, stop it first")
    settings = replace(settings, state_dir=state_dir, port=settings.port or free_port())
    if _answers(settings):
        raise ServerError(f"port {settings.port} is taken, choose another one")
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    log = settings.log_dir / "server.log"
    arguments = ["serve", "--state-dir", str(state_dir), "--port", str(settings.port)]
    arguments += ["--time-scale", str(settings.time_scale), *(() if settings.enforce_iam else ("--no-iam",))]
    for option in ("build_python", "node_modules"):
        if (path := getattr(settings, option)) is not None:
            # Not resolved: what a link to an interpreter leads to has other packages.
            arguments += [f"--{option.replace('_', '-')}", str(path.absolute())]
    pid = spawn(arguments, log=log)
    end = time.monotonic() + _START_SECONDS
    while not _answers(settings):
        if not _is_alive(pid) or time.monotonic() > end:
            last = " ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:])
            raise ServerError(f"the local cloud does not start, see {log}: {last}")
        time.sleep(0.1)
    found = {"pid": pid, "port": settings.port, "region": settings.region}
    _file(state_dir).write_text(json.dumps(found), encoding="utf-8")
    return RunningCloud(settings, pid)


def find(state_dir: Path) -> RunningCloud | None:
    """The server that runs on a state folder, None when there is none."""
    file = _file(state_dir.resolve())
    if not file.exists():
        return None
    content = json.loads(file.read_text(encoding="utf-8"))
    if not _is_alive(content["pid"]):
        return None
    settings = Settings(state_dir=state_dir.resolve(), port=content["port"], region=content.get("region"))
    return RunningCloud(settings, content["pid"])


def reset(state_dir: Path) -> None:
    """Stop the server if it runs, and forget everything."""
    running = find(state_dir)
    if running is not None:
        running.stop()
    shutil.rmtree(state_dir, ignore_errors=True)


def _file(state_dir: Path) -> Path:
    return state_dir / "server.json"


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        # A child that ended stays a zombie until somebody asks.
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _answers(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"{settings.endpoint_url}/_local/health", timeout=2) as answer:  # noqa: S310  # loopback
            return bool(answer.status == 200)  # noqa: PLR2004  # HTTP's OK
    except (OSError, urllib.error.URLError):
        return False
