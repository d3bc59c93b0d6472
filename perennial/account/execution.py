"""One execution of a workflow, as plain values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perennial.account import failures
from perennial.account.history import History

_GATE_ERROR = "ModelAccuracyTooLow"


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One execution as Step Functions describes it.

    Args:
        arn: its ARN.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        started_at: when it began.
        stopped_at: when it ended.
        input: as a JSON text.
        output: as a JSON text; empty unless it succeeded.
        error: name of the error it failed with.
        cause: what the error says.
    """

    arn: str
    status: str
    started_at: datetime
    stopped_at: datetime | None
    input: str
    output: str
    error: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """One finished or running execution, of retraining or of deployment.

    Args:
        execution: as described.
        history: state by state.
        state_machine: its name.
        definition: in Amazon States Language.
        output: what it returned; empty unless it succeeded.
    """

    execution: Execution
    history: History
    state_machine: str
    definition: Mapping[str, Any]
    output: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """The model that was retrained, or ``deployment``."""
        return str(json.loads(self.execution.input).get("model", "deployment"))

    @property
    def reason(self) -> str:
        """The line that matters of what it failed with; empty when it did not fail."""
        return failures.reason(self.execution.cause)

    @property
    def outcome(self) -> str:
        """In a word or two, such as ``registered``, ``nothing new`` or ``gate failed``."""
        if self.execution.status == "SUCCEEDED":
            return str(self.output.get("outcome", "succeeded"))
        if self.execution.error == _GATE_ERROR:
            return "gate failed"
        return self.execution.status.lower().replace("_", " ")
