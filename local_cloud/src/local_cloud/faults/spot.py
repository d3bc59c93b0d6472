"""Spot interruptions: the instances of a training job are taken away, not at a moment but once it has got somewhere.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from local_cloud.faults import plan
from local_cloud.faults.kinds import JOB, SPOT_INTERRUPTION
from local_cloud.faults.plan import Fault


class Interruptions:
    """Looks for a fault that takes the instances of one job away; new for each time that the job gets some.

    Args:
        job: training or trial.
        name: of the job.
        account_id: whose it is.
        logs: of its containers.
        has_checkpoint: whether one has written a checkpoint since it started.
    """

    def __init__(
        self, job: str, *, name: str, account_id: str, logs: Sequence[Path], has_checkpoint: Callable[[], bool]
    ) -> None:
        self._job, self._name, self._account_id = job, name, account_id
        self._logs, self._has_checkpoint = logs, has_checkpoint
        # An occasion comes once: a fault that leaves it alone does not see it again.
        self._seen: set[str] = set()

    def strike(self) -> Fault | None:
        """The fault that takes the instances away now, None while they stay."""
        if plan.is_empty():
            return None
        return plan.strike(JOB, account_id=self._account_id, fits=self._fits, kinds=(SPOT_INTERRUPTION,))

    def _fits(self, fault: Fault) -> bool:
        if fault.given["job"] != self._job or not fault.matches("name", self._name) or fault.id in self._seen:
            return False
        line = fault.given.get("line")
        if not (self._has_checkpoint() if line is None else self._has_line(line)):
            return False
        self._seen.add(fault.id)
        return True

    def _has_line(self, pattern: str) -> bool:
        return any(
            re.fullmatch(pattern, line.rstrip("\r\n"))
            for log in self._logs
            if log.exists()
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
            if line.endswith("\n")
        )


def wait_seconds(fault: Fault) -> float:
    """How long no other instances are to be had, in virtual seconds."""
    return float(fault.given.get("wait_seconds", 0))
