"""Transform jobs: a model's containers are started, and asked about every record of the input.

Objects are transformed one after another, whatever InstanceCount says; so a job's results are those of AWS, where
instances share the objects among them. An object that fails has no result, the others have theirs, and the job fails.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-errors.html
"""

import contextlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.utils import utcnow

from local_cloud.faults import jobs
from local_cloud.faults.plan import Fault
from local_cloud.kernel import runtime
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.work import Work
from local_cloud.services.sagemaker import (
    job_files,
    job_logs,
    transform_containers,
    transform_events,
    transform_objects,
    transform_requests,
    transform_settings,
    transform_source,
)
from local_cloud.services.sagemaker.fleet import Fleet
from local_cloud.services.sagemaker.job import JobFailedError, SageMakerJob
from local_cloud.services.sagemaker.servable import Served
from local_cloud.services.sagemaker.transform_requests import InvocationError, Log
from local_cloud.services.sagemaker.transform_settings import Settings
from local_cloud.services.sagemaker.transform_source import Source

_KIND = "transform"
_LOG_GROUP = "/aws/sagemaker/TransformJobs"
# Somebody has to stop a job that hangs; it has no limit of its own.
_LOOK_SECONDS = 0.1


@dataclass(kw_only=True)
class TransformJob(SageMakerJob):
    """One job, as it lies in moto's backend.

    Args:
        arn: its ARN.
        request: CreateTransformJob's input.
        model: which is asked, as it was when the job was made; whoever deletes it later does not disturb the job.
        tags: its tags, where moto looks for them.
        status: TransformJobStatus.
        created: when it was asked for.
        modified: last change of its status.
        started: when its containers were started.
        ended: when it was over.
        failure_reason: why it failed.
    """

    arn: str
    request: dict[str, Any]
    model: Served
    tags: list[dict[str, str]]
    status: str = "InProgress"
    created: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)
    started: datetime | None = None
    ended: datetime | None = None
    failure_reason: str | None = None

    LISTED: ClassVar = (
        "TransformJobName",
        "TransformJobArn",
        "CreationTime",
        "TransformEndTime",
        "LastModifiedTime",
        "TransformJobStatus",
        "FailureReason",
    )

    @property
    def name(self) -> str:
        """TransformJobName."""
        return str(self.request["TransformJobName"])

    @property
    def key(self) -> str:
        """TransformJobArn."""
        return self.arn

    def describe(self) -> dict[str, Any]:
        """DescribeTransformJob's answer."""
        own = {
            "TransformJobArn": self.arn,
            "TransformJobStatus": self.status,
            "CreationTime": self.created,
            "TransformStartTime": self.started,
            "TransformEndTime": self.ended,
            "FailureReason": self.failure_reason,
        }
        told = {key: value for key, value in self.request.items() if key != "Tags"}
        return {key: value for key, value in (told | own).items() if value is not None}

    def summary(self) -> dict[str, Any]:
        """ListTransformJobs's item."""
        description = self.describe() | {"LastModifiedTime": self.modified}
        return {member: description[member] for member in self.LISTED if member in description}

    def start(self) -> None:
        """Run it in the background.

        Raises:
            JobError: the machine has no thread left; the job has failed.
        """
        self._tell()
        super().start()

    def run(self, work: Work) -> None:
        """From the role to the upload."""
        try:
            with job_files.scratch(_KIND) as scratch:
                self._run_in(scratch, work)
        except (LocalCloudError, OSError, BotoCoreError, ClientError) as error:
            if runtime.current().processes.is_closed:
                # Whatever ended, it was ended with the server.
                raise JobFailedError(self.INTERRUPTED) from error
            if not self.is_stopping:
                raise
            self._end("Stopped", None)

    def enter_stopping(self) -> None:
        """It is stopped."""
        self._enter("Stopping")

    def fail(self, reason: str) -> None:
        """It has failed."""
        self._end("Failed", reason)

    def _run_in(self, scratch: Path, work: Work) -> None:
        region, account_id = self.arn.split(":")[3:5]
        session = assume_service_role(
            self.model.role_arn,
            service="sagemaker.amazonaws.com",
            session_name="SageMaker",
            region=region,
            source_arn=self.arn,
        )
        fault = jobs.strike(_KIND, name=self.name, account_id=account_id)
        if refused := jobs.failure_reason(fault, _KIND, kind="job_failure"):
            raise JobFailedError(refused)
        settings, client = Settings.of(self.request), session.client("s3")
        sources = transform_source.find(client, self.request["TransformInput"]["DataSource"]["S3DataSource"])
        log, container_log = Log(), scratch / "log.txt"
        self.started = utcnow()
        try:
            with contextlib.ExitStack() as undo:
                fleet = transform_containers.start(
                    self.model,
                    name=self.name,
                    session=session,
                    environment=transform_settings.environment(self.request),
                    log=container_log,
                    seconds=settings.timeout_seconds,
                    work=work,
                )
                undo.callback(fleet.stop)
                if fault is not None and fault.kind == "job_hang":
                    _wait_for_stop(work)
                if jobs.crashes(fault):
                    fleet.stop()
                log.say(settings.described)
                transformed = self._transform(sources, client, settings, fleet, log, scratch=scratch, work=work)
        finally:
            self._write_logs(session, container_log, log)
        self._finish(transformed, client, fault, work)

    def _transform(
        self,
        sources: Sequence[Source],
        client: Any,
        settings: Settings,
        fleet: Fleet,
        log: Log,
        *,
        scratch: Path,
        work: Work,
    ) -> "_Transformed":
        """Each object's result in a file of its own; no more objects once the job is stopped."""
        done, background = _Transformed(), runtime.current().background
        ask = transform_requests.ask(
            lambda body: fleet.invoke(body, content_type=settings.content_type, accept=settings.accept),
            retries=settings.retries,
            is_stopping=lambda: work.is_stopping,
        )
        for number, source in enumerate(sources):
            if work.is_stopping or runtime.current().processes.is_closed:
                break
            given, result = scratch / f"in-{number}", scratch / f"out-{number}"
            job_files.fetch(client, source.bucket, source.key, given)
            try:
                with given.open("rb") as read, result.open("wb") as written:
                    transform_objects.transform(read, written, settings=settings, ask=ask, background=background)
            except LocalCloudError as error:
                # A record that is wrong, or an answer.
                log.failed(source.place, error)
                reason = error.reason if isinstance(error, InvocationError) else transform_requests.CLIENT_ERROR
                done.reason = done.reason or reason
            else:
                done.results.append((result, source))
            given.unlink()
        return done

    def _finish(self, transformed: "_Transformed", client: Any, fault: Fault | None, work: Work) -> None:
        if runtime.current().processes.is_closed:
            raise JobFailedError(self.INTERRUPTED)
        if work.is_stopping or self.is_stopping:
            # Nothing is stored then, says StopTransformJob's reference.
            self._end("Stopped", None)
            return
        lost = jobs.failure_reason(fault, _KIND, kind="partial_upload")
        self._upload(transformed, client, incomplete=lost is not None)
        if lost or transformed.reason:
            raise JobFailedError(lost or str(transformed.reason))
        self._end("Completed", None)

    def _upload(self, transformed: "_Transformed", client: Any, *, incomplete: bool) -> None:
        output = self.request["TransformOutput"]
        paths = [path for path, _ in transformed.results]
        arriving = jobs.incomplete(paths) if incomplete and paths else paths
        for path, source in transformed.results:
            if path in arriving:
                uri = source.result(output["S3OutputPath"])
                job_files.upload(client, path, uri, kms_key_id=output.get("KmsKeyId"))

    def _write_logs(self, session: RoleSession, container_log: Path, log: Log) -> None:
        instance = f"{self.name}/i-{uuid.uuid4().hex[:17]}-{int(time.time())}"
        text = container_log.read_text(encoding="utf-8", errors="replace") if container_log.exists() else ""
        place = job_logs.Place(kind=_KIND, group=_LOG_GROUP, job_name=self.name, stream=instance)
        job_logs.write(session, text, place, attempt=1)
        told = "\n".join(log.lines)
        data = replace(place, kind=f"{_KIND}-data", stream=f"{instance}/data-log")
        job_logs.write(session, told, data, attempt=1)

    def _enter(self, status: str) -> None:
        self.modified, self.status = utcnow(), status
        self._tell()

    def _end(self, status: str, reason: str | None) -> None:
        self.failure_reason, self.ended = reason, utcnow()
        self._enter(status)

    def _tell(self) -> None:
        transform_events.emit(self.describe(), self.tags)


@dataclass(kw_only=True)
class _Transformed:
    """What came of the objects.

    Args:
        results: files, each with its object.
        reason: why the first object failed that did.
    """

    results: list[tuple[Path, Source]] = field(default_factory=list)
    reason: str | None = None


def _wait_for_stop(work: Work) -> None:
    while not work.is_stopping and not runtime.current().processes.is_closed:
        time.sleep(_LOOK_SECONDS)
