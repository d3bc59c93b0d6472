"""A job run whose state is that of a real process."""

from typing import Any

from moto.glue.models import FakeJobRun


class JobRun(FakeJobRun):  # type: ignore[misc]  # moto is not typed for us
    """Moto's run, with a state that the runner sets."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.lc_state = "STARTING"
        self.lc_error: str | None = None
        self.completed_on = None

    @property
    def status(self) -> str:
        """JobRunState."""
        return self.lc_state

    @status.setter
    def status(self, _value: str) -> None:
        """Moto's own transitions do not count."""

    def as_dict(self) -> dict[str, Any]:
        """GetJobRun's JobRun."""
        seconds = ((self.completed_on or self.modified_on) - self.started_on).total_seconds()
        content = {
            **super().as_dict(),
            "JobRunState": self.lc_state,
            "ErrorMessage": self.lc_error,
            "CompletedOn": self.completed_on,
            "ExecutionTime": int(seconds),
            "LogGroupName": "/aws-glue/jobs",
            "GlueVersion": "5.1",
        }
        return {key: value for key, value in content.items() if value is not None}
