"""The table of faults as docs/pipeline-faults.md: `PYTHONPATH=tests python -m integration.codepipeline.fault_page`."""

from pathlib import Path

from integration.codepipeline.fault_cells import CELLS, KINDS, Cell
from integration.codepipeline.promotion import ACTIONS

PAGE = Path(__file__).parents[3] / "docs" / "pipeline-faults.md"
_HEAD = """# What happens when an action of a pipeline fails

Every action of a pipeline in the shape of CDK Pipelines' was run in the local cloud against every fault that can befall it: *Source* (S3), *Build* (CodeBuild), and a stage for production in another account with *Check* (CodeBuild), *Confirm* (manual approval), *Prepare* and *Deploy* (change set made and executed) and *Smoke* (CodeBuild).
`tests/integration/codepipeline/test_fault_matrix.py` runs all of it and looks that this page tells the same.

In every cell

- the action is told by its name with the error's code, and nothing behind it runs,
- production has all of the old stack or all of the new one, once CloudFormation has rolled back,
- nothing was deployed without an approval in the same execution, which the test alone gave; a retry of all actions and a new execution ask again, a retry of the failed action does not,
- once the cause is gone the pipeline gets to its end, and production has the new stack.

*How it goes on*: `retry` is RetryStageExecution of the failed actions, `retry of all actions` the same with ALL_ACTIONS.
An executed change set is used up, so that a retry of *Deploy* alone fails with `ChangeSet [PipelineChange] does not exist`; where that is tried before, the table says so.

The calls of actions are made by an SDK that repeats what is throttled; what CodePipeline itself does on AWS while it polls builds or stacks that throttle is not documented.
The limits of CodePipeline's own for actions (one hour for a source, three days for CloudFormation) are not emulated: *timed out* means the project's limit for a build, the seven days of an approval, and a call that is never answered for the others.
"""


def text() -> str:
    """The page."""
    parts = [_HEAD]
    for kind, what in KINDS.items():
        rows = [_row(action, CELLS[kind][action]) for action in ACTIONS]
        lines = [
            f"## {kind.capitalize()}",
            "",
            f"{what[:1].upper()}{what[1:]}.",
            "",
            "| action | how | action is | execution is | production | how it goes on |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
        parts.append("\n".join(lines))
    return "\n".join(parts).rstrip() + "\n"


def _row(action: str, cell: Cell) -> str:
    status = f"{cell.status}, `{cell.code}`" if cell.code else cell.status
    then = f"a retry fails; {cell.then}" if cell.in_vain else cell.then
    return f"| {action} | {cell.how} | {status} | {cell.execution} | {cell.prod} | {then} |"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
