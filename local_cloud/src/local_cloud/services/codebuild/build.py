"""One build: what is known of it, and how it gets from phase to phase.

References:
    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
    https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.utils import utcnow

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.job import Job
from local_cloud.kernel.work import Work
from local_cloud.services.codebuild import events
from local_cloud.services.codebuild.artifacts import Uploaded
from local_cloud.services.codebuild.definitions import Definition
from local_cloud.services.codebuild.order import BuildOrder

SUBMITTED, QUEUED, PROVISIONING, DOWNLOAD_SOURCE = "SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"
UPLOAD_ARTIFACTS, FINALIZING, COMPLETED = "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"
_INTERNAL = "INTERNAL_SERVICE_ERROR"


@dataclass(kw_only=True)
class PhaseRecord:
    """A phase, as BatchGetBuilds tells it.

    Args:
        type: BuildPhaseType.
        started: when it began.
        ended: when it was over; None before.
        status: StatusType; None before.
        contexts: why it failed: code and message.
    """

    type: str
    started: datetime = field(default_factory=utcnow)
    ended: datetime | None = None
    status: str | None = None
    contexts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def seconds(self) -> int:
        """How long it took, in whole seconds."""
        return int(((self.ended or self.started) - self.started).total_seconds())

    def describe(self) -> dict[str, Any]:
        """BuildPhase."""
        found: dict[str, Any] = {"phaseType": self.type, "startTime": epoch(self.started)}
        if self.status is not None and self.ended is not None:
            contexts = self.contexts or [("", "")]
            found |= {
                "phaseStatus": self.status,
                "endTime": epoch(self.ended),
                "durationInSeconds": self.seconds,
                "contexts": [{"statusCode": code, "message": message} for code, message in contexts],
            }
        return found


@dataclass(kw_only=True)
class Build(Job):
    """One build.

    Args:
        build_id: ``<project>:<uuid>``.
        arn: its ARN.
        number: of the project's builds.
        order: what it was started with.
        definition: the project's, with what the start overrides.
        status: StatusType, and STOPPING while it is stopped.
        phases: those that it entered.
        started: when it was asked for.
        ended: when it was over.
        resolved_source_version: of its primary source.
        exported_variables: what its specification exports, once it is over.
        uploaded: its artifacts.
        log_group: of CloudWatch Logs; None for no log there.
        log_stream: of the group.
    """

    UNDER_WAY: ClassVar = ("IN_PROGRESS", "STOPPING")
    INTERRUPTED: ClassVar = "the local cloud stopped while the build ran; retry it"

    build_id: str
    arn: str
    number: int
    order: BuildOrder
    definition: Definition
    status: str = "IN_PROGRESS"
    phases: list[PhaseRecord] = field(default_factory=list)
    started: datetime = field(default_factory=utcnow)
    ended: datetime | None = None
    resolved_source_version: str | None = None
    exported_variables: dict[str, str] = field(default_factory=dict)
    uploaded: list[Uploaded] = field(default_factory=list)
    log_group: str | None = None
    log_stream: str = ""

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn

    @property
    def uuid(self) -> str:
        """The part of its id that is its own."""
        return self.build_id.rpartition(":")[2]

    @property
    def project_arn(self) -> str:
        """Of its project."""
        return f"{self.arn.rpartition(':build/')[0]}:project/{self.order.project}"

    @property
    def source_version(self) -> str | None:
        """Of its primary source: of a pipeline's the artifact by its ARN, otherwise what its start asked for."""
        if self.order.inputs:
            return f"arn:aws:s3:::{self.order.inputs[0].bucket}/{self.order.inputs[0].key}"
        return str(self.definition["sourceVersion"]) if self.definition.get("sourceVersion") else None

    @property
    def current(self) -> PhaseRecord:
        """The phase that it is in."""
        return self.phases[-1]

    @property
    def failure_reason(self) -> str | None:
        """Why it failed: the first phase's context that says it."""
        for phase in self.phases:
            for code, message in phase.contexts:
                return f"{code}: {message}"
        return None

    def run(self, work: Work) -> None:
        """All phases."""
        from local_cloud.services.codebuild import running

        running.Run(self, work).run()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end; False when the time was up before."""
        work = runtime.current().background.find(self.key)
        return work is None or work.wait(seconds)

    def enter(self, phase: str) -> None:
        """Begin a phase."""
        self.phases.append(PhaseRecord(type=phase))

    def leave(self, status: str, *contexts: tuple[str, str]) -> None:
        """End the phase that it is in."""
        phase = self.current
        phase.ended, phase.contexts = utcnow(), list(contexts)
        phase.status = status
        events.phase_changed(self, phase)

    def complete(self, status: str) -> None:
        """End it."""
        if self.phases[-1].status is None:
            self.leave(status)
        self.enter(COMPLETED)
        self.ended = utcnow()
        # Last: whoever asks for the status finds the rest in its place.
        self.status = status
        events.phase_changed(self, self.current)
        events.build_changed(self)

    def enter_stopping(self) -> None:
        """It is stopped."""
        self.status = "STOPPING"

    def fail(self, reason: str) -> None:
        """It failed, by no command of its own."""
        if self.current.status is not None:
            self.enter(FINALIZING)
        self.leave("FAILED", (_INTERNAL, reason))
        self.complete("FAILED")

    def reason_of(self, error: Exception) -> str | None:
        """Of what the role, or the machine, lacks."""
        return str(error) if isinstance(error, LocalCloudError | ClientError | BotoCoreError | OSError) else None

    def unexplained(self, error: Exception | None) -> str:  # noqa: ARG002  # AWS does not tell it either
        """What is not the build's fault."""
        if runtime.current().processes.is_closed:
            return self.INTERRUPTED
        return "Internal service error"

    def summary(self) -> dict[str, Any]:
        """Lists have ids alone."""
        return {"id": self.build_id}

    def describe(self) -> dict[str, Any]:
        """BatchGetBuilds' item."""
        made = self.definition
        found = {
            "id": self.build_id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": epoch(self.started),
            "endTime": epoch(self.ended) if self.ended else None,
            "currentPhase": self.current.type,
            "buildStatus": "IN_PROGRESS" if self.is_under_way else self.status,
            "sourceVersion": self.source_version,
            "resolvedSourceVersion": self.resolved_source_version,
            "projectName": self.order.project,
            "phases": [phase.describe() for phase in list(self.phases)],
            "source": made["source"],
            "secondarySources": made.get("secondarySources") or [],
            "secondarySourceVersions": made.get("secondarySourceVersions") or [],
            "artifacts": self._artifact(),
            "secondaryArtifacts": [item.describe() for item in self.uploaded if item.identifier is not None],
            "cache": made["cache"],
            "environment": made["environment"],
            "serviceRole": made["serviceRole"],
            "logs": self._logs(),
            "timeoutInMinutes": made["timeoutInMinutes"],
            "queuedTimeoutInMinutes": made["queuedTimeoutInMinutes"],
            "buildComplete": not self.is_under_way,
            "initiator": self.order.initiator,
            "vpcConfig": made.get("vpcConfig"),
            "encryptionKey": made["encryptionKey"],
            "exportedEnvironmentVariables": [
                {"name": name, "value": value} for name, value in self.exported_variables.items()
            ],
        }
        return {name: value for name, value in found.items() if value is not None}

    def _artifact(self) -> dict[str, Any]:
        primary = next((item for item in self.uploaded if item.identifier is None), None)
        return primary.describe() if primary else {"location": ""}

    def _logs(self) -> dict[str, Any]:
        settings = (self.definition.get("logsConfig") or {}).get("cloudWatchLogs") or {"status": "ENABLED"}
        found: dict[str, Any] = {
            "cloudWatchLogs": settings,
            "s3Logs": {"status": "DISABLED", "encryptionDisabled": False},
        }
        if self.log_group is None:
            return found
        home, region, account_id = "console.aws.amazon.com", self.order.region, self.order.account_id
        return found | {
            "groupName": self.log_group,
            "streamName": self.log_stream,
            "deepLink": f"https://{home}/cloudwatch/home?region={region}#logEvent:group={self.log_group};"
            f"stream={self.log_stream}",
            "cloudWatchLogsArn": f"arn:aws:logs:{region}:{account_id}:log-group:{self.log_group}:"
            f"log-stream:{self.log_stream}",
        }


def epoch(moment: datetime) -> float:
    """A time of moto's, which is UTC without saying so, as clients get it."""
    return moment.replace(tzinfo=UTC).timestamp()
