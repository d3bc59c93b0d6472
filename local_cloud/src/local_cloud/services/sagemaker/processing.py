"""Processing jobs: a container of the caller's program under the job's role.

The container's ``/opt/ml`` is a private folder here, which the program finds at that place where the system allows it.
Elsewhere paths below it are mapped where the caller names them: in the entrypoint, the arguments and the environment. A
script that takes its paths from there runs unchanged; one that has ``/opt/ml/processing`` in its text fails before it
starts.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from moto.core.utils import utcnow

from local_cloud.containers.own_opt_ml import PLACE
from local_cloud.faults import jobs
from local_cloud.kernel import opt_ml
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.processes import Completed
from local_cloud.services.sagemaker import entrypoint, images, job_files
from local_cloud.services.sagemaker.container_job import Container, ContainerJob
from local_cloud.services.sagemaker.hosts import Host
from local_cloud.services.sagemaker.job import JobFailedError
from local_cloud.services.sagemaker.job_output import Output

CONTAINER_ROOT = str(PLACE)
_PROCESSING = re.compile(rf"(?<![\w/.-]){CONTAINER_ROOT}/processing[\w/.-]*")
_LONGEST_REASON = 950
_LONGEST_MESSAGE_BYTES = 1024
_DAY_SECONDS = 86400


@dataclass(kw_only=True)
class ProcessingJob(ContainerJob):
    """One job, as it lies in moto's backend.

    Args:
        arn: its ARN.
        request: CreateProcessingJob's input.
        tags: its tags, where moto looks for them.
        status: ProcessingJobStatus.
        created: when it was asked for.
        modified: last change of its status.
        started: when its process started.
        ended: when it was over.
        exit_message: what the container left in ``/opt/ml/output/message``.
        failure_reason: why it failed.
    """

    KIND: ClassVar = "processing"
    LOG_GROUP: ClassVar = "/aws/sagemaker/ProcessingJobs"

    arn: str
    request: dict[str, Any]
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

    @property
    def key(self) -> str:
        """ProcessingJobArn."""
        return self.arn

    @property
    def role_arn(self) -> str:
        """RoleArn."""
        return str(self.request["RoleArn"])

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

    def enter_stopping(self) -> None:
        """It is stopped."""
        self._enter("Stopping")

    def fail(self, reason: str) -> None:
        """It has failed."""
        self._end("Failed", reason)

    def stopped(self) -> None:
        """It was stopped, by its time or by somebody."""
        self._end("Stopped", None)

    def completed(self, completed: Completed) -> None:  # noqa: ARG002  # the same for all
        """It ended by itself."""
        self._end("Completed", None)

    def prepare(self, session: RoleSession, host: Host) -> None:
        """The private /opt/ml with its configuration and inputs."""
        root = host.root
        for folder in ("config", "output", "processing"):
            (root / folder).mkdir(parents=True)
        told = {key: value for key, value in self.request.items() if key != "Tags"}
        (root / "config" / "processingjobconfig.json").write_text(
            json.dumps({"ProcessingJobArn": self.arn} | told), encoding="utf-8"
        )
        (root / "config" / "resourceconfig.json").write_text(
            json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}), encoding="utf-8"
        )
        client = session.client("s3")
        for item in self.request.get("ProcessingInputs") or []:
            source = item["S3Input"]
            job_files.download(client, source["S3Uri"], _inside(source["LocalPath"], root))
        for item in self._outputs():
            _inside(item["S3Output"]["LocalPath"], root).mkdir(parents=True, exist_ok=True)

    def container(self, session: RoleSession, host: Host) -> Container:
        """The caller's program."""
        root = host.root
        specification = self.request["AppSpecification"]
        interpreter = images.find(specification["ImageUri"]).interpreter
        own = dict(self.request.get("Environment") or {})
        argv = entrypoint.command(specification, python=interpreter.python)
        if not opt_ml.is_own():
            argv = [map_path(word, root) for word in argv]
            own = {name: map_path(value, root) for name, value in own.items()}
            check_scripts(argv, root)
        limit = (self.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", _DAY_SECONDS)
        self.started = utcnow()
        return Container(
            argv=argv,
            environment=own
            | interpreter.environment(session.environment())
            | {"PROCESSING_JOB_NAME": self.name, "PROCESSING_JOB_ARN": self.arn, "HOME": str(root.parent)},
            cwd=root.parent,
            seconds=float(limit),
        )

    def look_at(self, outputs: Mapping[Host, Output]) -> None:
        """The message."""
        (host,) = outputs
        self.exit_message = _exit_message(host.root / "output" / "message")

    def keeps(self, completed: Completed) -> bool:
        """A job that was stopped by its time uploads nothing."""
        return not completed.timed_out

    def explanation(self, log: str, host: Host) -> str:  # noqa: ARG002  # the log alone tells it
        """The end of its log."""
        return " ".join(log.splitlines()[-3:])[-_LONGEST_REASON:]

    def upload(self, session: RoleSession, hosts: Sequence[Host], *, incomplete: bool) -> None:
        """Each output's folder below its prefix."""
        (host,) = hosts
        client = session.client("s3")
        key_id = (self.request.get("ProcessingOutputConfig") or {}).get("KmsKeyId")
        for item in self._outputs():
            target = item["S3Output"]
            folder = _inside(target["LocalPath"], host.root)
            if incomplete:
                files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
                for path in set(files) - set(jobs.incomplete(files)):
                    path.unlink()
            job_files.upload_folder(client, folder, target["S3Uri"], kms_key_id=key_id)

    def _outputs(self) -> list[dict[str, Any]]:
        return (self.request.get("ProcessingOutputConfig") or {}).get("Outputs") or []

    def _enter(self, status: str) -> None:
        self.modified, self.status = utcnow(), status

    def _end(self, status: str, reason: str | None) -> None:
        self.failure_reason, self.ended = reason, utcnow()
        self._enter(status)


def check_scripts(argv: Sequence[str], root: Path) -> None:
    """Refuse scripts that would look for their files, or write them, in the machine's own ``/opt/ml``.

    Args:
        argv: the container's program, its paths mapped.
        root: the private ``/opt/ml``.

    Raises:
        JobFailedError: one names a path there.
    """
    for path in (Path(word) for word in argv if word.startswith(f"{root}/")):
        if path.is_file() and (named := _named(path)):
            raise JobFailedError(
                f"ClientError: {path.name} names {named} in its text, and this system does not let the local cloud give"
                " a job an /opt/ml of its own; take the path from an argument or from the environment"
            )


def _named(path: Path) -> str | None:
    """The first path below ``/opt/ml/processing`` in a script; what explains a Python script does not count."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        tree = ast.parse(text) if path.suffix == ".py" else None
    except (SyntaxError, ValueError):
        tree = None
    if tree is not None:
        said = {id(item.value) for item in ast.walk(tree) if isinstance(item, ast.Expr)}
        nodes = (item for item in ast.walk(tree) if isinstance(item, ast.Constant) and id(item) not in said)
        text = "\n".join(node.value for node in nodes if isinstance(node.value, str))
    found = _PROCESSING.search(text)
    return found[0] if found else None


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
        raise JobFailedError(f"ClientError: /opt/ml/output/message is not UTF-8: {error}") from error
    return content[:_LONGEST_MESSAGE_BYTES].decode("utf-8", errors="ignore")
