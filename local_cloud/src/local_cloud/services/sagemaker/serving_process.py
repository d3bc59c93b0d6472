"""The process of a serving container, and how it is asked."""

import contextlib
import http.client
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from local_cloud.containers.own_opt_ml import PLACE
from local_cloud.containers.sagemaker import patience
from local_cloud.containers.sagemaker.http_interface import PORT_FILE
from local_cloud.kernel import environments, opt_ml, runtime
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.environments import InstallError
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.processes import JobProcess
from local_cloud.services.sagemaker.images import StandIn
from local_cloud.services.sagemaker.serving_request import Answer, Request

# SageMaker's, unless a variant's ContainerStartupHealthCheckTimeoutInSeconds says otherwise:
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
START_SECONDS = 480.0
_INVOKE_SECONDS = 60.0
# A model that is too slow is told by its container, before whoever asked gives up on both.
_SHARE_OF_MODEL = 55 / 60
_LOOK_SECONDS = 0.1


class FleetError(LocalCloudError):
    """A container did not start, or its artifact cannot be had."""


class UnhealthyError(FleetError):
    """A container does not pass its health check.

    Args:
        told: to the client of an endpoint.
        reason: the container's own.
    """

    def __init__(self, told: str, *, reason: str) -> None:
        super().__init__(told)
        self.reason = reason


class ModelDataError(LocalCloudError):
    """The artifact of a target model cannot be had."""


class RequestError(LocalCloudError):
    """A request names a model or container where none is to be named, none where one is, or one that is not there."""


class ServingContainer(Protocol):
    """A container of an endpoint."""

    @property
    def name(self) -> str:
        """Host name, as errors tell it."""

    def start(self) -> None:
        """Begin to start it.

        Raises:
            LocalCloudError: its artifact cannot be had, or its program does not exist.
        """

    def wait(self) -> None:
        """Wait until it takes requests.

        Raises:
            FleetError: it does not pass its health check.
        """

    def check(self, request: Request) -> None:
        """Refuse a request that names a model where none is to be named, or none where one is.

        Raises:
            RequestError: with AWS's reason.
        """

    def invoke(self, request: Request) -> Answer:
        """Ask it.

        Raises:
            ModelDataError: the artifact of the target model is missing, forbidden or no model.
        """

    def is_running(self) -> bool:
        """False when it died."""

    def stop(self) -> None:
        """End it and forget its disk."""


class ServingProcess:
    """A container's process, with a disk of its own.

    Args:
        name: host name of the container, as errors tell it.
        place: what it is a container of, as its failure tells it: for production variant AllTraffic.
        log: file that gets its output.
        image: the stand-in of the container's.
        session: of the model's execution role.
        environment: what the model sets for its container.
        start_seconds: after which it must be healthy.
        seconds: how long an answer may take; None for the minute of endpoints.
    """

    def __init__(
        self,
        *,
        name: str,
        place: str,
        log: Path,
        image: StandIn,
        session: RoleSession,
        environment: Mapping[str, str] = MappingProxyType({}),
        start_seconds: float = START_SECONDS,
        seconds: float | None = None,
    ) -> None:
        self._start_seconds, self._seconds = start_seconds, seconds or _INVOKE_SECONDS
        self.name, self._place, self._log = name, place, log
        self._image, self._session, self._environment = image, session, environment
        # Somebody may stop it while it is being started.
        self._lock = threading.Lock()
        self._is_stopped = False
        self._process: JobProcess | None = None
        # Made when it is started; one that never is leaves nothing behind.
        self._folder = runtime.current().settings.scratch_dir / f"fleet-{uuid.uuid4().hex}"
        self.disk = self._folder / "ml"
        self._port_file = self._folder / "port"

    def inside(self, path: Path) -> Path:
        """What the container calls a path of its disk; where the system gives it no /opt/ml, as it is."""
        return PLACE / path.relative_to(self.disk) if opt_ml.is_own() else path

    def install(self, requirements: Path) -> None:
        """Let pip install what a model's code needs, as SageMaker's toolkits do before they serve.

        ``model_server.py`` of https://github.com/aws/sagemaker-inference-toolkit. What SageMaker's own algorithms load
        is no code, and nothing is installed for it.

        Args:
            requirements: file of the artifact, which may be missing.

        Raises:
            UnhealthyError: pip failed.
        """
        if self._image.built_in is not None or not requirements.is_file():
            return
        text = requirements.read_text(encoding="utf-8", errors="replace")
        image = self._image.with_requirements(text, file=requirements)
        try:
            image.install(run=self._run)
        except InstallError as error:
            raise self._unhealthy(str(error)) from error
        self._image = image

    def _run(
        self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, tell: Callable[[str], None]
    ) -> int:
        """Run pip, whose builds run code of the model's: it ends with the container, the server, or the time to start.

        Raises:
            FleetError: it was stopped.
            JobError: the server is stopping.
        """
        # The container's log may be that of others too, which run already.
        said = self._folder / "pip.txt"
        completed = self._begin(command, environment, cwd=cwd, log=said).wait(timeout_seconds=self._start_seconds)
        text = said.read_text(encoding="utf-8", errors="replace") if said.exists() else ""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(text)
        for line in text.splitlines():
            tell(line)
        if completed.timed_out:
            tell(f"ERROR: it took more than the {self._start_seconds:g} seconds that a container has to start")
        return completed.returncode

    def start(self, command: Callable[[StandIn], list[str]], more: Mapping[str, str] = MappingProxyType({})) -> None:
        """Start it.

        Args:
            command: gives that of an image.
            more: variables that SageMaker itself sets.

        Raises:
            LocalCloudError: there is no such program, or it was stopped.
        """
        environment = {
            "OMP_NUM_THREADS": "1",
            **environments.pip_settings(),
            **self._environment,
            **more,
            **self._image.interpreter.environment(self._session.environment()),
            PORT_FILE: str(self._port_file),
            patience.VARIABLE: str(self._seconds * _SHARE_OF_MODEL),
        }
        self._begin(command(self._image), environment, cwd=self._folder, log=self._log, own=self.disk)

    def _begin(
        self, command: Sequence[str], environment: Mapping[str, str], *, cwd: Path, log: Path, own: Path | None = None
    ) -> JobProcess:
        """Start a process of it.

        Raises:
            FleetError: it was stopped.
            JobError: there is no such program, or the server is stopping.
        """
        with self._lock:
            if self._is_stopped:
                raise FleetError(f"the {self.name} container {self._place} was stopped before it served")
            self.disk.mkdir(parents=True, exist_ok=True)
            self._process = runtime.current().processes.start(
                command, environment=environment, cwd=cwd, log=log, own=own
            )
            return self._process

    def wait(self) -> None:
        """Wait until it is healthy.

        Raises:
            UnhealthyError: it is not, or died.
        """
        end, told = time.monotonic() + self._start_seconds, "it ended, or took too long"
        while time.monotonic() < end and self.is_running():
            # It may be gone by the time that it is asked.
            with contextlib.suppress(OSError, HTTPException):
                if self._port_file.exists():
                    health = self.call("GET", "/ping")
                    if health.status == HTTPStatus.OK:
                        return
                    told = health.body.decode(errors="replace")
                    if health.status == HTTPStatus.INTERNAL_SERVER_ERROR:
                        break
            time.sleep(_LOOK_SECONDS)
        self.stop()
        raise self._unhealthy(told)

    def call(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Ask it, for as long as an answer may take."""
        port = int(self._port_file.read_text(encoding="utf-8"))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=self._seconds)
        started = time.monotonic()
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            return Answer(
                status=response.status,
                body=response.read(),
                content_type=response.getheader("Content-Type") or "text/plain",
                seconds=time.monotonic() - started,
                container=self.name,
            )
        finally:
            connection.close()

    def is_running(self) -> bool:
        """False when it died."""
        return self._process is not None and self._process.is_running()

    def stop(self) -> None:
        """End it, if it runs, and forget its disk."""
        with self._lock:
            self._is_stopped, process = True, self._process
        if process is not None:
            process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _unhealthy(self, reason: str) -> UnhealthyError:
        return UnhealthyError(
            f"The {self.name} container {self._place} did not pass the ping health check. Please check CloudWatch logs"
            f" for this endpoint. ({reason})",
            reason=reason,
        )
