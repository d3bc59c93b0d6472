"""A container with many models, and the agent that feeds it them from S3.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

import http.client
import json
import shutil
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from botocore.exceptions import ClientError

from local_cloud.kernel.credentials import RoleSession
from local_cloud.services.sagemaker import archives, model_data, s3_uri
from local_cloud.services.sagemaker.serving_process import FleetError, ModelDataError, RequestError, ServingProcess
from local_cloud.services.sagemaker.serving_request import Answer, Request

_OK, _CONFLICT, _NO_MEMORY = 200, 409, 507
# SageMaker sets it, and its toolkits read it: https://github.com/aws/sagemaker-inference-toolkit.
_MULTI_MODEL = {"SAGEMAKER_MULTI_MODEL": "true"}


class MultiModelContainer:
    """A container of an endpoint that loads models on request.

    Args:
        process: of the container.
        session: of the model's execution role.
        prefix: URI of S3 below which the artifacts lie, ends with a slash.
        memory_bytes: how much the loaded models may take.
    """

    def __init__(self, process: ServingProcess, *, session: RoleSession, prefix: str, memory_bytes: int) -> None:
        self._process, self._session, self._url, self._memory_bytes = process, session, prefix, memory_bytes
        self._bucket, self._prefix = s3_uri.split(prefix)
        # A model that is slow to load must hold up the requests of no other, loaded or not.
        self._lock = threading.Lock()
        # With how many wait for each.
        self._loading: dict[str, tuple[threading.Lock, int]] = {}
        self._recent: OrderedDict[str, None] = OrderedDict()

    @property
    def name(self) -> str:
        """Host name, as errors tell it."""
        return self._process.name

    def start(self) -> None:
        """Begin to start it.

        Raises:
            FleetError: nothing lies below the prefix, or it may not be read.
            LocalCloudError: the program does not exist.
        """
        self._check_artifacts()
        self._process.start(lambda image: image.serving(port=0, memory_bytes=self._memory_bytes), _MULTI_MODEL)

    def wait(self) -> None:
        """Wait until it takes requests.

        Raises:
            FleetError: it does not pass its health check.
        """
        self._process.wait()

    def check(self, request: Request) -> None:
        """Refuse a request that names no model.

        Raises:
            RequestError: it does not.
        """
        if not request.target_model:
            raise RequestError("is a multi-model endpoint and needs the target model header, pass TargetModel.")

    def invoke(self, request: Request) -> Answer:
        """Ask one model, loading it first if it is not loaded.

        Raises:
            ModelDataError: its artifact is missing, forbidden or no model.
        """
        target = (request.target_model or "").lstrip("/")
        headers = {"Content-Type": request.content_type, "Accept": request.accept}
        path = f"/models/{quote(target, safe='')}/invoke"
        for _ in range(3):
            if not self._is_loaded(target):
                with self._alone(target):
                    self._load(target)
            answer = self._process.call("POST", path, request.body, headers)
            # Another request may have pushed the model out in between.
            if answer.status != http.HTTPStatus.NOT_FOUND:
                return answer
            with self._lock:
                self._recent.pop(target, None)
        return answer

    def loaded(self) -> list[str]:
        """Target models in memory, least recently used first."""
        with self._lock:
            return list(self._recent)

    def is_running(self) -> bool:
        """False when it died."""
        return self._process.is_running()

    def stop(self) -> None:
        """End it and forget its disk."""
        self._process.stop()

    @contextmanager
    def _alone(self, target: str) -> Iterator[None]:
        """Let one request at a time load a model."""
        with self._lock:
            lock, waiting = self._loading.get(target) or (threading.Lock(), 0)
            self._loading[target] = lock, waiting + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                _, waiting = self._loading.pop(target)
                if waiting > 1:
                    self._loading[target] = lock, waiting - 1

    def _is_loaded(self, target: str) -> bool:
        with self._lock:
            if target not in self._recent:
                return False
            self._recent.move_to_end(target)
            return True

    def _load(self, target: str) -> None:
        if self._is_loaded(target):
            return
        folder = self._process.inside(self._download(target))
        request = json.dumps({"model_name": target, "url": str(folder)}).encode()
        while True:
            answer = self._process.call("POST", "/models", request, {"Content-Type": "application/json"})
            with self._lock:
                if answer.status in {_OK, _CONFLICT}:
                    self._recent[target] = None
                    return
                if answer.status != _NO_MEMORY or not self._recent:
                    reason = answer.body.decode(errors="replace")
                    raise ModelDataError(f"Failed to load model {target}: {reason} ({answer.status})")
                oldest, _ = self._recent.popitem(last=False)
            self._process.call("DELETE", f"/models/{quote(oldest, safe='')}")

    def _download(self, target: str) -> Path:
        """The artifact from the container's disk, else from S3: a later overwrite is not seen, as on AWS."""
        bucket, key = self._bucket, f"{self._prefix}{target}"
        # HTTP clients resolve such parts, and the key would lie outside of the prefix.
        if {".", "..", ""} & set(target.split("/")):
            raise _no_artifact(bucket, key)
        place = self._process.disk / "models" / uuid.uuid5(uuid.NAMESPACE_URL, target).hex
        folder = place / "model"
        if folder.exists():
            return folder
        archive = place / "model.tar.gz"
        try:
            model_data.download(self._session.client("s3"), bucket, key, archive)
        except ClientError as error:
            raise _no_artifact(bucket, key) from error
        partial = place / "partial"
        try:
            archives.extract(archive, partial)
        except archives.BadArchiveError as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise ModelDataError(f"Failed to extract model data(bucket: {bucket}, key: {key}): {error}") from error
        finally:
            archive.unlink()
        partial.rename(folder)
        return folder

    def _check_artifacts(self) -> None:
        """An empty or forbidden prefix fails the endpoint, not its first request."""
        data = model_data.ModelData(uri=self._url, kind="prefix")
        try:
            data.check(self._session)
        except model_data.NoModelDataError as error:
            raise FleetError(
                f'Failed to download model data for container "container_1" from URL: "{self._url}". Please ensure'
                " that there is an object located at the URL and that the role passed to CreateModel has permissions to"
                f" download the object. ({error})"
            ) from error


def _no_artifact(bucket: str, key: str) -> ModelDataError:
    return ModelDataError(
        f"Failed to download model data(bucket: {bucket}, key: {key}). Please ensure that there is an object"
        " located at the URL and that the role passed to CreateModel has permissions to download the model."
    )
