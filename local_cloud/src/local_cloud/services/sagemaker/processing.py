"""Runs processing jobs: one thread and one process a job, under the job's role.

The container's ``/opt/ml`` is a private folder here, and paths below it are mapped where the caller names them: in the
entrypoint, the arguments and the environment. A script that takes its paths from there runs unchanged; one that has
``/opt/ml`` in its own text does not find it.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

import json
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from moto.core.utils import utcnow

from local_cloud.faults import jobs
from local_cloud.faults.plan import Fault
from local_cloud.kernel.credentials import RoleSession, assume_service_role
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.processes import exit_code
from local_cloud.services.sagemaker import images, job_files, job_logs, job_process
from local_cloud.services.sagemaker.job_process import InterruptedJobError

CONTAINER_ROOT = "/opt/ml"
_LONGEST_REASON = 950
_UNDER_WAY = ("InProgress", "Stopping")
_LONGEST_MESSAGE_BYTES = 1024
_DAY_SECONDS = 86400


class ProcessingFailedError(LocalCloudError):
    """The container ended with an error; the message is the job's FailureReason."""


@dataclass(kw_only=True)
class ProcessingJob:
    """One job, as it lies in moto's backend.

    Args:
        arn: its ARN.
        request: CreateProcessingJob's input.
        region: where it runs.
        tags: its tags, where moto looks for them.
        status: ProcessingJobStatus.
        created: when it was asked for.
        modified: last change of its status.
        started: when its process started.
        ended: when it was over.
        exit_message: what the container left in ``/opt/ml/output/message``.
        failure_reason: why it failed.
    """

    arn: str
    request: dict[str, Any]
    region: str
    tags: list[dict[str, str]]
    status: str = "InProgress"
    created: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)
    started: datetime | None = None
    ended: datetime | None = None
    exit_message: str | None = None
    failure_reason: str | None = None

    @property
    def name(self) -> str:
        """ProcessingJobName."""
        return str(self.request["ProcessingJobName"])

    def describe(self) -> dict[str, Any]:
        """DescribeProcessingJob's answer."""
        own = {
            "ProcessingJobArn": self.arn,
            "ProcessingJobStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "ProcessingStartTime": self.started,
            "ProcessingEndTime": self.ended,
            "ExitMessage": self.exit_message,
            "FailureReason": self.failure_reason,
        }
        told = {key: value for key, value in self.request.items() if key != "Tags"}
        return {key: value for key, value in (told | own).items() if value is not None}

    def summary(self) -> dict[str, Any]:
        """ListProcessingJobs's item."""
        members = (
            "ProcessingJobName",
            "ProcessingJobArn",
            "CreationTime",
            "ProcessingEndTime",
            "LastModifiedTime",
            "ProcessingJobStatus",
            "FailureReason",
            "ExitMessage",
        )
        description = self.describe()
        return {member: description[member] for member in members if member in description}


def start(job: ProcessingJob) -> None:
    """Run a job in the background."""
    threading.Thread(target=_run, args=(job,), name=job.name, daemon=True).start()


def stop(job: ProcessingJob) -> None:
    """Stop a job that is under way."""
    if job.status != "InProgress":
        return
    _enter(job, "Stopping")
    job_process.stop(job.arn)


def fail_interrupted(job: ProcessingJob) -> None:
    """A job that ran when the server stopped has failed."""
    if job.status in _UNDER_WAY:
        _end(job, "Failed", str(InterruptedJobError()))


def _run(job: ProcessingJob) -> None:
    try:
        with job_files.scratch("processing") as scratch:
            _run_in(scratch, job)
    except (LocalCloudError, ClientError, BotoCoreError, Boto3Error, OSError) as error:
        prefix = "" if isinstance(error, ProcessingFailedError | InterruptedJobError) else "ClientError: "
        _end(job, "Failed", f"{prefix}{error}"[:1024])
    finally:
        # An error that nobody foresaw goes to the server's log; the job must not look as if it went on.
        if job.status in _UNDER_WAY:
            _end(job, "Failed", job_process.unexplained_end())


def _run_in(scratch: Path, job: ProcessingJob) -> None:
    session = assume_service_role(
        job.request["RoleArn"],
        service="sagemaker.amazonaws.com",
        session_name="SageMaker",
        region=job.region,
        source_arn=job.arn,
    )
    fault = jobs.strike("processing", name=job.name, account_id=job.arn.split(":")[4])
    refused = jobs.failure_reason(fault, "processing", kind="job_failure")
    if refused:
        raise ProcessingFailedError(refused)
    root = scratch / "ml"
    _prepare(job, session, root)
    finished = _process(job, session, root, fault)
    if not finished:
        _end(job, "Stopped", None)
        return
    lost = jobs.failure_reason(fault, "processing", kind="partial_upload")
    _upload(job, session, root, incomplete=lost is not None)
    if lost:
        raise ProcessingFailedError(lost)
    _end(job, "Completed", None)


def _prepare(job: ProcessingJob, session: RoleSession, root: Path) -> None:
    """The private /opt/ml with its configuration and inputs."""
    for folder in ("config", "output", "processing"):
        (root / folder).mkdir(parents=True)
    (root / "config" / "processingjobconfig.json").write_text(
        json.dumps({"ProcessingJobArn": job.arn} | {key: job.request[key] for key in job.request if key != "Tags"}),
        encoding="utf-8",
    )
    (root / "config" / "resourceconfig.json").write_text(
        json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}), encoding="utf-8"
    )
    client = session.client("s3")
    for item in job.request.get("ProcessingInputs") or []:
        source = item["S3Input"]
        job_files.download(client, source["S3Uri"], _inside(source["LocalPath"], root))
    for item in _outputs(job):
        _inside(item["S3Output"]["LocalPath"], root).mkdir(parents=True, exist_ok=True)


def _process(job: ProcessingJob, session: RoleSession, root: Path, fault: Fault | None) -> bool:
    """Run the container; False when it was stopped, by its time or by somebody."""
    specification, log = job.request["AppSpecification"], root.parent / "log.txt"
    limit = (job.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", _DAY_SECONDS)
    interpreter = images.find(specification["ImageUri"]).interpreter
    environment = {name: map_path(value, root) for name, value in (job.request.get("Environment") or {}).items()}
    job.started = utcnow()
    completed = job_process.run(
        command(specification, root, python=interpreter.python),
        arn=job.arn,
        environment=environment
        | interpreter.environment(session.environment())
        | {"PROCESSING_JOB_NAME": job.name, "PROCESSING_JOB_ARN": job.arn, "HOME": str(root.parent)},
        cwd=root.parent,
        log=log,
        timeout_seconds=float(limit),
        is_stopping=lambda: job.status == "Stopping",
        fault=fault,
    )
    text = log.read_text(encoding="utf-8", errors="replace")
    job_logs.write(session, text, kind="processing", group="/aws/sagemaker/ProcessingJobs", job_name=job.name)
    job.exit_message = _exit_message(root / "output" / "message")
    if completed.timed_out or job.status == "Stopping":
        return False
    if completed.returncode != 0:
        reason = " ".join(text.splitlines()[-3:])[-_LONGEST_REASON:] or "no message"
        raise ProcessingFailedError(f"AlgorithmError: {reason}, exit code: {exit_code(completed.returncode)}")
    return True


def command(specification: dict[str, Any], root: Path, *, python: str) -> list[str]:
    """The container's program as it runs here: paths mapped, and Python is the image's.

    Args:
        specification: AppSpecification.
        root: the private ``/opt/ml``.
        python: the image's.
    """
    words = [*specification["ContainerEntrypoint"], *(specification.get("ContainerArguments") or [])]
    program, *rest = [map_path(word, root) for word in words]
    return [python if program in {"python", "python3"} else program, *rest]


def map_path(text: str, root: Path) -> str:
    """A text with the paths below ``/opt/ml`` in it changed to those below a folder."""
    return re.sub(rf"(?<![\w/.-]){CONTAINER_ROOT}(?=/|$)", lambda _: str(root), text)


def _inside(path: str, root: Path) -> Path:
    return root / path.removeprefix(CONTAINER_ROOT).lstrip("/")


def _exit_message(file: Path) -> str | None:
    """First kilobyte of what the container left.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html
    """
    if not file.is_file():
        return None
    content = file.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProcessingFailedError(f"ClientError: /opt/ml/output/message is not UTF-8: {error}") from error
    return content[:_LONGEST_MESSAGE_BYTES].decode("utf-8", errors="ignore")


def _outputs(job: ProcessingJob) -> list[dict[str, Any]]:
    return (job.request.get("ProcessingOutputConfig") or {}).get("Outputs") or []


def _upload(job: ProcessingJob, session: RoleSession, root: Path, *, incomplete: bool) -> None:
    client = session.client("s3")
    key_id = (job.request.get("ProcessingOutputConfig") or {}).get("KmsKeyId")
    for item in _outputs(job):
        target = item["S3Output"]
        folder = _inside(target["LocalPath"], root)
        if incomplete:
            files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
            for path in set(files) - set(jobs.incomplete(files)):
                path.unlink()
        job_files.upload_folder(client, folder, target["S3Uri"], kms_key_id=key_id)


def _enter(job: ProcessingJob, status: str) -> None:
    job.modified, job.status = utcnow(), status


def _end(job: ProcessingJob, status: str, reason: str | None) -> None:
    job.failure_reason, job.ended = reason, utcnow()
    _enter(job, status)
