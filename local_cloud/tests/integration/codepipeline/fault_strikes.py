"""What each fault does, and what undoes it, by its kind and action."""

from dataclasses import dataclass, field
from typing import Any

from integration.codepipeline import fault_cells as cells
from integration.codepipeline.promotion import BAD, Line
from integration.codepipeline.promotion_ground import BOOTSTRAP, BUILDS
from local_cloud.testing.roles import OTHER

# Who loses what.
_LOST = {
    "Source": ("act-source", "s3:GetObject"),
    "Build": ("act-build", "codebuild:StartBuild"),
    "Check": ("svc-check", "s3:GetObject"),
    "Confirm": ("act-confirm", "sns:Publish"),
    "Prepare": ("deploy", "cloudformation:CreateChangeSet"),
    "Deploy": ("deploy", "cloudformation:ExecuteChangeSet"),
    "Smoke": ("act-smoke", "codebuild:BatchGetBuilds"),
}
# Which call of whom is throttled.
_CALLS = {
    "Source": ("s3", "GetObject", "act-source"),
    "Build": ("codebuild", "BatchGetBuilds", "act-build"),
    "Check": ("s3", "GetObject", "svc-check"),
    "Confirm": ("sns", "Publish", "act-confirm"),
    "Prepare": ("cloudformation", "CreateChangeSet", "deploy"),
    "Deploy": ("cloudformation", "ExecuteChangeSet", "deploy"),
    "Smoke": ("codebuild", "BatchGetBuilds", "act-smoke"),
}
_HANG_SECONDS = 1


@dataclass
class Strike:
    """One fault on one action of one line.

    Args:
        line: whose action.
        action: its name.
        kind: of the fault.
    """

    line: Line
    action: str
    kind: str
    fault: str | None = field(default=None, init=False)

    def arm(self) -> None:
        """Let it befall the action as soon as that runs."""
        if self.kind == cells.REFUSED:
            role, lost = _LOST[self.action]
            # Both actions of CloudFormation have one role, which loses the first one's grant first.
            if self.action != "Deploy":
                self.line.ground.grant(role, without=lost)
        elif self.kind == cells.FAILED:
            self._fail()
        elif self.kind in {cells.THROTTLED, cells.THROTTLED_ONCE}:
            service, operation, principal = _CALLS[self.action]
            times = {"times": 1} if self.kind == cells.THROTTLED_ONCE else {}
            self.fault = self.line.ground.add_fault(
                "throttle", service=service, operation=operation, principal=principal, **times
            )
        elif self.kind == cells.TIMED_OUT:
            self._hold(seconds=_HANG_SECONDS)
        else:
            self._hold(then="go_on")

    def is_on(self, execution: str) -> bool:
        """Whether the action is in the middle."""
        if self.action == "Confirm":
            return self.line.is_asking(execution)
        if self.action in BUILDS:
            return self.line.gates[self.action].is_holding()
        assert self.fault is not None
        return self.line.ground.hits(self.fault) > 0

    def undo(self) -> None:
        """Take the cause away, or let go what is held."""
        if self.kind == cells.REFUSED:
            role, _ = _LOST[self.action]
            following = {"Prepare": _LOST["Deploy"][1]}.get(self.action)
            self.line.ground.grant(role, without=following)
        elif self.kind == cells.FAILED:
            self._mend()
        elif self.action in BUILDS:
            self.line.gates[self.action].open()
        if self.fault is not None:
            self.line.ground.cloud.control("faults", {"remove": self.fault})
            self.fault = None

    def forget(self) -> None:
        """The server that had the fault is gone."""
        self.fault = None

    def _fail(self) -> None:
        line = self.line
        if self.action == "Source":
            line.lose_source()
        elif self.action in BUILDS:
            line.gates[self.action].fail()
        elif self.action == "Prepare":
            line.ground.cloud.client("ssm", OTHER).delete_parameter(Name=BOOTSTRAP)

    def _mend(self) -> None:
        line = self.line
        if self.action == "Source":
            # What the stack will refuse.
            line.source(BAD)
        elif self.action in BUILDS:
            line.gates[self.action].open()
        elif self.action == "Prepare":
            line.ground.bootstrap()
        elif self.action == "Deploy":
            line.source(line.version)

    def _hold(self, **fields: Any) -> None:
        line = self.line
        if self.action in BUILDS:
            line.gates[self.action].close()
            return
        calls = {
            "Source": ("s3", "GetObject", "act-source", {"Key": line.key}),
            "Prepare": ("cloudformation", "CreateChangeSet", "deploy", {"StackName": line.name}),
            # Behind the first resource, and before the last.
            "Deploy": ("sqs", "SetQueueAttributes", "stack", {"QueueUrl": f".*/{line.name}"}),
        }
        if self.action in calls:
            service, operation, principal, match = calls[self.action]
            self.fault = line.ground.add_fault(
                "hang", service=service, operation=operation, principal=principal, match=match, **fields
            )


def arm(line: Line, kind: str) -> dict[str, Strike]:
    """All faults of a kind, on each action of a line."""
    strikes = {action: Strike(line, action, kind) for action in cells.CELLS[kind]}
    for strike in strikes.values():
        strike.arm()
    return strikes
