"""What the operator can ask for, besides the demo."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from perennial import facts, progress, report, wording
from perennial.aws import Aws, Execution, Stack
from perennial.errors import OperatorError

_LOOK_BACK = 100
_RUN_TIMEOUT_SECONDS = 6 * 3600.0


def run(aws: Aws, stack: Stack, *, model: str, console: Console) -> bool:
    """Start an execution by hand and follow it; tells whether it succeeded."""
    arn = aws.start(stack.state_machine_arn, payload=json.dumps({"model": model}))
    console.print(arn, style="dim", soft_wrap=True)
    progress.follow(lambda: aws.history(arn), console=console, timeout_seconds=_RUN_TIMEOUT_SECONDS)
    finished = facts.run(aws, arn)
    console.print(Text(_verdict(finished), style="bold"), soft_wrap=True)
    return finished.execution.status == "SUCCEEDED"


def status(aws: Aws, stack: Stack, *, console: Console) -> None:
    """One line a model: last run, last success, the version that serves, schedule."""
    last = _last_executions(aws, stack)
    schedules = aws.schedules(stack.schedule_group)
    endpoint = aws.endpoint(stack.endpoint)
    state = endpoint["EndpointStatus"] if endpoint else "not created yet"
    console.print(f"endpoint {stack.endpoint}: {state}", soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("model", "last run", "started", "serves version", "since", "schedule"):
        table.add_column(heading, no_wrap=True)
    for model in sorted({*schedules, *last}):
        execution = last.get(model)
        success = aws.item(stack.table, f"model#{model}")
        table.add_row(
            model,
            facts.run(aws, execution.arn).outcome if execution else "never",
            wording.moment(execution.started_at) if execution else "",
            _version(success["model_package_arn"]) if success else "none",
            _recorded(success) if success else "",
            schedules.get(model, "none"),
        )
    console.print(table)


def why(aws: Aws, stack: Stack, *, model: str, console: Console) -> None:
    """The last decision about a model, and the version that serves.

    Raises:
        OperatorError: the model never ran.
    """
    execution = _last_executions(aws, stack).get(model)
    if execution is None:
        raise OperatorError(f"no run of {model!r} among the last {_LOOK_BACK} executions; `status` lists the models")
    last = facts.run(aws, execution.arn)
    lines = [("last run", _verdict(last)), ("started", wording.moment(execution.started_at)), ("", execution.arn)]
    success = aws.item(stack.table, f"model#{model}")
    if success:
        lines += [
            ("serves", f"version {_version(success['model_package_arn'])}, since {_recorded(success)}"),
            ("because", f"{success['metric']} {success['value']} was greater than {success['threshold']}"),
            ("trained by", success["training_job"]),
            ("on data", f"fingerprint {success['fingerprint']}"),
            ("", success["execution"]),
        ]
    else:
        lines.append(("serves", "no version yet"))
    for name, words in lines:
        console.print(Text.assemble((f"{name:<12}", "dim"), words), soft_wrap=True)


def picture(aws: Aws, *, execution_arn: str, target: Path) -> None:
    """Draw the way an execution took as SVG."""
    svg = report.picture(facts.run(aws, execution_arn))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(svg, encoding="utf-8")


def invoke(aws: Aws, stack: Stack, *, model: str, line: str) -> str:
    """What the model answers to one CSV line of features."""
    return aws.invoke(stack.endpoint, target_model=f"{model}.tar.gz", body=line)


def _last_executions(aws: Aws, stack: Stack) -> Mapping[str, Execution]:
    """The newest execution of every model."""
    found: dict[str, Execution] = {}
    for index, arn in enumerate(aws.executions(stack.state_machine_arn)):
        if index >= _LOOK_BACK:
            break
        execution = aws.execution(arn)
        model = json.loads(execution.input).get("model")
        if isinstance(model, str):
            found.setdefault(model, execution)
    return found


def _version(model_package_arn: str) -> str:
    return model_package_arn.rpartition("/")[2]


def _recorded(success: Mapping[str, str]) -> str:
    return wording.moment(datetime.fromisoformat(success["recorded_at"]))


def _verdict(run: facts.Run) -> str:
    output = run.output
    if run.outcome == "deployed":
        return (
            f"deployed version {_version(str(output['model_package_arn']))}: {output['metric']} "
            f"{wording.number(float(output['value']))} is greater than {wording.number(float(output['threshold']))}"
        )
    if run.execution.error:
        return f"{run.outcome}: {run.execution.error}: {run.execution.cause}"
    return run.outcome
