"""Pipelines, stages and actions tell EventBridge of their states.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
"""

from datetime import UTC, datetime
from typing import Any

from local_cloud.services.codepipeline.action import Artifact
from local_cloud.services.codepipeline.records import ActionRun, Execution, Pipeline
from local_cloud.services.events import bus

SOURCE = "aws.codepipeline"


def tell_execution(pipeline: Pipeline, execution: Execution, state: str) -> None:
    """An execution is in another state.

    Args:
        pipeline: its pipeline.
        execution: which one.
        state: as in the reference.
    """
    trigger = {"trigger-type": execution.trigger.type, "trigger-detail": execution.trigger.detail}
    detail = _common(execution, state, execution.started) | {"execution-trigger": trigger}
    if execution.stop_reason is not None and state in {"STOPPING", "STOPPED"}:
        detail["stop-execution-comments"] = execution.stop_reason
    _emit(pipeline, "Pipeline", detail)


def tell_stage(pipeline: Pipeline, execution: Execution, stage: str, state: str) -> None:
    """A stage of an execution is in another state.

    Args:
        pipeline: its pipeline.
        execution: which one.
        stage: name of the stage.
        state: as in the reference.
    """
    detail = _common(execution, state, execution.stages[stage].started) | {"stage": stage}
    if state == "FAILED":
        detail["source-actions"] = [
            {
                "sourceActionName": run.declaration.name,
                "sourceActionProvider": run.declaration.type.provider,
                "sourceActionVariables": dict(run.variables),
            }
            for run in execution.source_runs()
        ]
        detail["failed-actions"] = [
            {"action": run.declaration.name, "additional-information": run.error[1] if run.error else run.summary or ""}
            for run in execution.runs
            if run.stage == stage and run.attempt == execution.stages[stage].attempt and run.status == "Failed"
        ]
    _emit(pipeline, "Stage", detail)


def tell_action(pipeline: Pipeline, execution: Execution, run: ActionRun, state: str) -> None:
    """An action is in another state.

    Args:
        pipeline: its pipeline.
        execution: which one.
        run: of the action.
        state: as in the reference.
    """
    kind = run.declaration.type
    detail = _common(execution, state, run.started) | {
        "stage": run.stage,
        "action": run.declaration.name,
        "action-execution-id": run.id,
        "region": run.declaration.region,
        "type": {
            "owner": kind.owner,
            "category": kind.category,
            "provider": kind.provider,
            "version": kind.version,
        },
    }
    if run.inputs:
        detail["input-artifacts"] = _artifacts(run.inputs)
    if run.outputs and state == "SUCCEEDED":
        detail["output-artifacts"] = _artifacts(run.outputs)
    if result := _result(run):
        detail["execution-result"] = result
    _emit(pipeline, "Action", detail)


def _common(execution: Execution, state: str, started: datetime) -> dict[str, Any]:
    return {
        "pipeline": execution.declaration.name,
        "execution-id": execution.id,
        "start-time": started.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "state": state,
        "version": float(execution.declaration.version),
        "pipeline-execution-attempt": float(execution.attempt),
    }


def _artifacts(artifacts: tuple[Artifact, ...]) -> list[dict[str, Any]]:
    return [{"name": item.name, "s3location": {"bucket": item.bucket, "key": item.key}} for item in artifacts]


def _result(run: ActionRun) -> dict[str, Any]:
    told = {
        "external-execution-id": run.external.id if run.external else None,
        "external-execution-url": run.external.url if run.external else None,
        "external-execution-summary": run.error[1] if run.error else (run.external.summary if run.external else None),
        "error-code": run.error[0] if run.error else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _emit(pipeline: Pipeline, kind: str, detail: dict[str, Any]) -> None:
    bus.emit(
        account_id=pipeline.account_id,
        region=pipeline.region,
        source=SOURCE,
        detail_type=f"CodePipeline {kind} Execution State Change",
        detail=detail,
        resources=[pipeline.arn],
    )
