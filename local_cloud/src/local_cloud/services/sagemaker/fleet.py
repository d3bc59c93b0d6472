"""One endpoint configuration that serves: a container process, and the agent that feeds it models from S3."""

import http.client
import json
import shutil
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from botocore.exceptions import ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import archives, s3_uri
from local_cloud.services.sagemaker.images import StandIn

_START_SECONDS = 60.0
_INVOKE_SECONDS = 60.0
_OK, _CONFLICT, _NO_MEMORY = 200, 409, 507


class FleetError(LocalCloudError):
    """The container did not start."""


class ModelDataError(LocalCloudError):
    """The artifact of a target model cannot be had."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the container answered.

    Args:
        status: HTTP status.
        body: as it came.
        content_type: of the body.
        seconds: how long the container took, the way there and back included.
    """

    status: int
    body: bytes
    content_type: str
    seconds: float


class Fleet:
    """A multi-model variant.

    Args:
        name: of the endpoint, for logs.
        image: the stand-in of the container's.
        model_data_url: prefix of the artifacts, ends with a slash.
        session: of the model's execution role.
        memory_bytes: how much the loaded models may take.
        environment: what the model sets for its container.
    """

    def __init__(
        self,
        *,
        name: str,
        image: StandIn,
        model_data_url: str,
        session: RoleSession,
        memory_bytes: int,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        command = image.serving(port=0, memory_bytes=memory_bytes)
        self._bucket, self._prefix = s3_uri.split(model_data_url)
        self._session = session
        # Of what is loaded, and of loading: a model that is slow to load must not hold up the others' requests.
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._folder = runtime.current().settings.scratch_dir / f"fleet-{uuid.uuid4().hex}"
        own = self._folder / "ml"
        own.mkdir(parents=True)
        port_file = self._folder / "port"
        self._process = runtime.current().processes.start(
            command,
            environment={
                **environment,
                **image.interpreter.environment(session.environment()),
                "PORT_FILE": str(port_file),
                "OMP_NUM_THREADS": "1",
            },
            cwd=self._folder,
            log=runtime.current().settings.log_dir / f"endpoint-{name}.log",
            own=own,
        )
        self._port = self._wait_for_port(port_file)

    def invoke(self, target: str, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Ask one model, loading it first if it is not loaded.

        Raises:
            ModelDataError: its artifact is missing, forbidden or no model.
        """
        headers = {"Content-Type": content_type, "Accept": accept}
        path = f"/models/{quote(target, safe='')}/invoke"
        for _ in range(3):
            if not self._is_loaded(target):
                with self._loading:
                    self._load(target)
            answer = self._call("POST", path, body, headers)
            # Another request may have pushed the model out in between.
            if answer.status != http.HTTPStatus.NOT_FOUND:
                return answer
        return answer

    def loaded(self) -> list[str]:
        """Target models in memory, least recently used first."""
        return list(self._recent)

    def stop(self) -> None:
        """End the container and forget its disk."""
        self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def is_running(self) -> bool:
        """False when the container died."""
        return self._process.is_running()

    def _is_loaded(self, target: str) -> bool:
        with self._lock:
            if target not in self._recent:
                return False
            self._recent.move_to_end(target)
            return True

    def _load(self, target: str) -> None:
        if self._is_loaded(target):
            return
        folder = self._download(target)
        request = json.dumps({"model_name": target, "url": str(folder)}).encode()
        while True:
            answer = self._call("POST", "/models", request, {"Content-Type": "application/json"})
            with self._lock:
                if answer.status in {_OK, _CONFLICT}:
                    self._recent[target] = None
                    return
                if answer.status != _NO_MEMORY or not self._recent:
                    reason = answer.body.decode(errors="replace")
                    raise ModelDataError(f"Failed to load model {target}: {reason} ({answer.status})")
                oldest, _ = self._recent.popitem(last=False)
            self._call("DELETE", f"/models/{quote(oldest, safe='')}", b"", {})

    def _download(self, target: str) -> Path:
        """The artifact from this fleet's disk, else from S3: a later overwrite is not seen, as on AWS."""
        bucket, key = self._bucket, f"{self._prefix}{target}"
        # HTTP clients resolve such parts, and the key would lie outside of the prefix.
        if {".", "..", ""} & set(target.split("/")):
            raise _no_artifact(bucket, key)
        folder = self._folder / "models" / uuid.uuid5(uuid.NAMESPACE_URL, target).hex
        if folder.exists():
            return folder
        archive = folder.with_suffix(".tar.gz")
        archive.parent.mkdir(exist_ok=True)
        try:
            response = self._session.client("s3").get_object(Bucket=bucket, Key=key)
            with archive.open("wb") as file:
                shutil.copyfileobj(response["Body"], file)
        except ClientError as error:
            raise _no_artifact(bucket, key) from error
        partial = folder.with_suffix(".partial")
        try:
            archives.extract(archive, partial)
        except archives.BadArchiveError as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise ModelDataError(f"Failed to extract model data(bucket: {bucket}, key: {key}): {error}") from error
        partial.rename(folder)
        return folder

    def _call(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_INVOKE_SECONDS)
        started = time.monotonic()
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(
                status=response.status,
                body=response.read(),
                content_type=response.getheader("Content-Type") or "text/plain",
                seconds=time.monotonic() - started,
            )
        finally:
            connection.close()

    def _wait_for_port(self, port_file: Path) -> int:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self._process.is_running():
            text = port_file.read_text(encoding="utf-8") if port_file.exists() else ""
            if text:
                self._port = int(text)
                if self._call("GET", "/ping", b"", {}).status == _OK:
                    return self._port
            time.sleep(0.1)
        self._process.stop()
        raise FleetError("the container did not pass its health check, see the endpoint's log")


def _no_artifact(bucket: str, key: str) -> ModelDataError:
    return ModelDataError(
        f"Failed to download model data(bucket: {bucket}, key: {key}). Please ensure that there is an object"
        " located at the URL and that the role passed to CreateModel has permissions to download the model."
    )
