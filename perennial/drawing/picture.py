"""An execution's state machine with the way it took."""

from perennial.account.execution import Run
from perennial.drawing import diagram
from perennial.screen import wording


def of(run: Run) -> str:
    """The picture of an execution, as SVG."""
    return diagram.svg(
        run.definition,
        title=f"{run.subject}: {run.outcome}",
        subtitle=f"{wording.duration(run.history.elapsed)} · {run.state_machine}",
        history=run.history,
    )
