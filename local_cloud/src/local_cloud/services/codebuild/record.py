"""What is known of a build: plain values, so that snapshots of the server can hold them.

References:
    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
    https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_cloud.kernel import runtime
from local_cloud.services.codebuild.artifacts import Uploaded
from local_cloud.services.codebuild.definitions import Definition
from local_cloud.services.codebuild.order import BuildOrder

SUBMITTED, QUEUED, PROVISIONING, DOWNLOAD_SOURCE = "SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"
UPLOAD_ARTIFACTS, FINALIZING, COMPLETED = "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"
# Its status before it has ended; the second one is ours, and told as the first.
UNDER_WAY = ("IN_PROGRESS", "STOPPING")


def now() -> datetime:
    """The time of builds is that of the virtual clock, which their timeouts run on too."""
    return runtime.current().clock.now()


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
    started: datetime = field(default_factory=now)
    ended: datetime | None = None
    status: str | None = None
    contexts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def seconds(self) -> int:
        """How long it took, in whole seconds."""
        return int(((self.ended or self.started) - self.started).total_seconds())

    def describe(self) -> dict[str, Any]:
        """BuildPhase."""
        found: dict[str, Any] = {"phaseType": self.type, "startTime": self.started.timestamp()}
        if self.status is not None and self.ended is not None:
            contexts = self.contexts or [("", "")]
            found |= {
                "phaseStatus": self.status,
                "endTime": self.ended.timestamp(),
                "durationInSeconds": self.seconds,
                "contexts": [{"statusCode": code, "message": message} for code, message in contexts],
            }
        return found


@dataclass(kw_only=True)
class BuildRecord:
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

    build_id: str
    arn: str
    number: int
    order: BuildOrder
    definition: Definition
    status: str = "IN_PROGRESS"
    phases: list[PhaseRecord] = field(default_factory=list)
    started: datetime = field(default_factory=now)
    ended: datetime | None = None
    resolved_source_version: str | None = None
    exported_variables: dict[str, str] = field(default_factory=dict)
    uploaded: list[Uploaded] = field(default_factory=list)
    log_group: str | None = None
    log_stream: str = ""

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
    def is_complete(self) -> bool:
        """Whether it has ended."""
        return self.status not in UNDER_WAY

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

    def enter(self, phase: str) -> None:
        """Begin a phase."""
        self.phases.append(PhaseRecord(type=phase))

    def leave(self, status: str, *contexts: tuple[str, str]) -> None:
        """End the phase that it is in."""
        phase = self.current
        phase.ended, phase.contexts = now(), list(contexts)
        phase.status = status

    def complete(self, status: str) -> None:
        """End it, once its last phase has ended."""
        self.enter(COMPLETED)
        self.ended = now()
        # Last: whoever asks for the status finds the rest in its place.
        self.status = status

    def describe(self) -> dict[str, Any]:
        """BatchGetBuilds' item."""
        made = self.definition
        found = {
            "id": self.build_id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": self.started.timestamp(),
            "endTime": self.ended.timestamp() if self.ended else None,
            "currentPhase": self.current.type,
            "buildStatus": self.status if self.is_complete else UNDER_WAY[0],
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
            "buildComplete": self.is_complete,
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
