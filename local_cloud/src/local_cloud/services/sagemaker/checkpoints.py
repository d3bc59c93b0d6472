"""Checkpoints of a training job: a folder that comes from S3 before it runs, and goes there while it does.

A trial of a tuning job has a prefix of its own below the job's, its name, so that no trial goes on from another's; that
AWS does the same is not verified.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CheckpointConfig.html
"""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import ClientError
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.containers.own_opt_ml import PLACE
from local_cloud.kernel import runtime
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import job_files, s3_uri
from local_cloud.services.sagemaker.hosts import Host
from local_cloud.services.sagemaker.s3_uri import S3UriError

_DEFAULT = "/opt/ml/checkpoints"
# What is not copied: a file that is being written, and what AWS notes beside a file while it copies it. The names are
# those of checkpointing.py in https://github.com/aws/sagemaker-xgboost-container.
_NOT_COPIED = (".sagemaker-ignore", ".sagemaker-uploading", ".sagemaker-uploaded")
_LOOK_SECONDS = 1.0

# How a file looked: its size, and when it was changed.
_Looks = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Checkpoints:
    """Where a job's checkpoints lie.

    Args:
        uri: the prefix in S3.
        local_path: the folder, as the container knows it.
    """

    uri: str
    local_path: str

    def folder(self, host: Host) -> Path:
        """The folder of a host."""
        return host.root / PurePosixPath(self.local_path).relative_to(PLACE)

    def restore(self, client: Any, host: Host) -> None:
        """Make the folder, with all that lies in S3, and the file that tells the container of it.

        Raises:
            UnsafeInputError: a key leads elsewhere.
            InputError: the role may not read one.
            botocore.exceptions.ClientError: it may not list them.
        """
        folder = self.folder(host)
        folder.mkdir(parents=True, exist_ok=True)
        job_files.copy(client, job_files.below(client, f"{self.uri}/"), folder)
        # https://github.com/aws/sagemaker-xgboost-container/pull/32
        (host.root / "input" / "config" / "checkpointconfig.json").write_text(
            json.dumps({"LocalPath": self.local_path}), encoding="utf-8"
        )


def of(config: Mapping[str, str] | None, *, trial: str | None) -> Checkpoints | None:
    """Where a job's checkpoints lie, None if it has none.

    Args:
        config: CheckpointConfig.
        trial: name of the job if it is a trial.
    """
    if not config:
        return None
    uri = config["S3Uri"].rstrip("/")
    return Checkpoints(uri=f"{uri}/{trial}" if trial else uri, local_path=config.get("LocalPath") or _DEFAULT)


def check(config: Mapping[str, str] | None) -> None:
    """Refuse a CheckpointConfig that cannot be followed.

    Raises:
        AWSValidationException: its URI is none of S3.
        NotEmulatedError: its folder is not below /opt/ml.
    """
    if not config:
        return
    try:
        s3_uri.split(config["S3Uri"])
    except S3UriError as error:
        raise AWSValidationException(f"CheckpointConfig: {error}") from error
    path = PurePosixPath(config.get("LocalPath") or _DEFAULT)
    if PurePosixPath(PLACE) not in path.parents or ".." in path.parts:
        raise NotEmulatedError(
            f"the local cloud keeps checkpoints in a folder below {PLACE}, got LocalPath {str(path)!r}: leave it out,"
            f" it is {_DEFAULT} then"
        )


class Sync:
    """Copies the folders of all hosts to S3 as long as it is entered, and once more at its end.

    What a container deletes is deleted in S3 too, unless the role may not. Hosts share the prefix, as on AWS.

    Args:
        client: of S3, with the job's role.
        checkpoints: where they lie.
        hosts: of the job, their folders restored.
    """

    def __init__(self, client: Any, checkpoints: Checkpoints, hosts: Sequence[Host]) -> None:
        self._client = client
        self._bucket, prefix = s3_uri.split(checkpoints.uri)
        self._prefix = f"{prefix.rstrip('/')}/".lstrip("/")
        folders = [checkpoints.folder(host) for host in hosts]
        self._copied = {folder: _look(folder) for folder in folders}
        self._restored = dict(self._copied)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._copying = runtime.current().background.start("checkpoints", lambda _: self._copy_on())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._copying.wait()
        if runtime.current().processes.is_closed:
            return
        if error is None:
            self._copy()
            return
        # What went wrong first is what the job tells.
        with suppress(Exception):
            self._copy()

    def has_new(self) -> bool:
        """Whether a container has written a checkpoint since it started."""
        return any(_look(folder).items() - before.items() for folder, before in self._restored.items())

    def _copy_on(self) -> None:
        # A role that may not write is told at the end.
        with suppress(Exception):
            while not self._over.wait(_LOOK_SECONDS):
                self._copy()

    def _copy(self) -> None:
        for folder, copied in self._copied.items():
            found = _look(folder)
            for path in sorted(found):
                if found[path] != copied.get(path):
                    # It may be gone by now; then it is no checkpoint any more.
                    with suppress(FileNotFoundError):
                        self._client.upload_file(str(folder / path), self._bucket, f"{self._prefix}{path}")
            for path in sorted(set(copied) - set(found)):
                with suppress(ClientError):
                    self._client.delete_object(Bucket=self._bucket, Key=f"{self._prefix}{path}")
            self._copied[folder] = found


def _look(folder: Path) -> dict[str, _Looks]:
    """All files of a folder by their paths below it."""
    found = {}
    # Unlike a glob it goes on when a folder is gone that was there just before: trainers remove old checkpoints.
    for place, _, names in os.walk(folder):
        for path in (Path(place) / name for name in names if not name.endswith(_NOT_COPIED)):
            with suppress(FileNotFoundError):
                if path.is_file():
                    looks = path.stat()
                    found[path.relative_to(folder).as_posix()] = (looks.st_size, looks.st_mtime_ns)
    return found
