"""What all jobs have in common: they are started, asked about and stopped, and none goes on after the server."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import JobError
from local_cloud.kernel.work import Work


class Job(ABC):
    """A job of any service.

    Whatever ends its thread ends the job too: an error that `reason_of` knows is its reason of failure, any other one
    is logged with its traceback besides.
    """

    # The service's words for a job that has not ended, in their order; the last one is that of a job that is stopped.
    UNDER_WAY: ClassVar[tuple[str, ...]]
    # Why a job failed that was under way when the server stopped.
    INTERRUPTED: ClassVar[str]

    @property
    @abstractmethod
    def key(self) -> str:
        """Names its work; for example its ARN."""

    @property
    @abstractmethod
    def status(self) -> str:
        """In the service's words."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What the service's Describe or Get call answers."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """What the service's List call tells of it."""

    @abstractmethod
    def run(self, work: Work) -> None:
        """Do all of it, and enter the status that it ends with."""

    @abstractmethod
    def enter_stopping(self) -> None:
        """Enter the last status of those under way."""

    @abstractmethod
    def fail(self, reason: str) -> None:
        """Enter the status of a failure.

        Args:
            reason: as the service tells it.
        """

    @abstractmethod
    def reason_of(self, error: Exception) -> str | None:
        """Why the job failed, of an error that can be foreseen; None for another one."""

    @abstractmethod
    def unexplained(self, error: Exception | None) -> str:
        """Why the job failed, of an error that nobody foresaw; None when the job ended without a status."""

    @property
    def is_under_way(self) -> bool:
        """Whether it has not ended."""
        return self.status in self.UNDER_WAY

    @property
    def is_stopping(self) -> bool:
        """Whether somebody has stopped it, and it has not ended."""
        return self.status == self.UNDER_WAY[-1]

    def start(self) -> None:
        """Run it in the background.

        Raises:
            JobError: the machine has no thread left; the job has failed.
        """
        try:
            work = runtime.current().background.start(self.key, self._run)
        except JobError as error:
            # Whoever asks for it must not see one that goes on for ever.
            self.fail(str(error))
            self.over()
            raise
        # Whoever stops a job marks it first and looks for its work then; here it is the other way round.
        if self.is_stopping:
            work.stop()

    def stop(self) -> None:
        """Stop it, if it is under way."""
        if self.is_under_way and not self.is_stopping:
            self.enter_stopping()
            runtime.current().background.stop(self.key)

    def interrupted(self) -> bool:
        """Fail it, if it was under way when the server stopped; whether it was."""
        was = self.is_under_way
        if was:
            self.fail(self.INTERRUPTED)
        return was

    def over(self) -> None:  # noqa: B027  # most jobs have nothing to do
        """It has ended, whatever way."""

    def _run(self, work: Work) -> None:
        try:
            self.run(work)
        except Exception as error:
            reason = self.reason_of(error)
            self.fail(reason or self.unexplained(error))
            if reason is None:
                raise
        finally:
            if self.is_under_way:
                self.fail(self.unexplained(None))
            self.over()
