"""One build as a job of this server."""

from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.job import Job
from local_cloud.kernel.work import Work
from local_cloud.services.codebuild import progress, running
from local_cloud.services.codebuild.record import FINALIZING, UNDER_WAY, BuildRecord

_INTERNAL = "INTERNAL_SERVICE_ERROR"


@dataclass(kw_only=True)
class Build(BuildRecord, Job):
    """One build."""

    UNDER_WAY: ClassVar = UNDER_WAY
    INTERRUPTED: ClassVar = "the local cloud stopped while the build ran; retry it"

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn

    def run(self, work: Work) -> None:
        """All phases."""
        running.Run(self, work, interrupted=self.INTERRUPTED).run()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end; False when the time was up before."""
        work = runtime.current().background.find(self.key)
        return work is None or work.wait(seconds)

    def enter_stopping(self) -> None:
        """It is stopped."""
        self.status = UNDER_WAY[-1]

    def fail(self, reason: str) -> None:
        """It failed, by no command of its own."""
        if self.current.status is not None:
            self.enter(FINALIZING)
        progress.leave(self, "FAILED", (_INTERNAL, reason))
        progress.complete(self, "FAILED")

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
