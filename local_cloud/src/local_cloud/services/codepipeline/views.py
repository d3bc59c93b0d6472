"""What the calls about executions answer."""

from datetime import datetime
from typing import Any

from local_cloud.services.codepipeline.action import Artifact
from local_cloud.services.codepipeline.declarations import PipelineDeclaration, StageDeclaration
from local_cloud.services.codepipeline.records import ActionRun, Execution, Pipeline

Answer = dict[str, Any]


def execution(pipeline: Pipeline, shown: Execution) -> Answer:
    """GetPipelineExecution.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html
    """
    return _told(
        pipelineName=pipeline.name,
        pipelineVersion=shown.declaration.version,
        pipelineExecutionId=shown.id,
        status=shown.status,
        statusSummary=shown.summary,
        artifactRevisions=[
            _told(
                name=artifact.name,
                revisionId=run.revision.id,
                revisionSummary=run.revision.summary or None,
                revisionUrl=run.revision.url,
                created=seconds(run.updated),
            )
            for run in shown.source_runs()
            if run.revision
            for artifact in run.outputs
        ],
        variables=[{"name": name, "resolvedValue": value} for name, value in shown.variables.items()],
        **_kind(shown),
    )


def summary(shown: Execution) -> Answer:
    """One item of ListPipelineExecutions.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecutionSummary.html
    """
    return _told(
        pipelineExecutionId=shown.id,
        status=shown.status,
        statusSummary=shown.summary,
        startTime=seconds(shown.started),
        lastUpdateTime=seconds(max([shown.updated, *(run.updated for run in shown.runs)])),
        sourceRevisions=[
            _told(
                actionName=run.declaration.name,
                revisionId=run.revision.id,
                revisionSummary=run.revision.summary or None,
                revisionUrl=run.revision.url,
            )
            for run in shown.source_runs()
            if run.revision
        ],
        stopTrigger={"reason": shown.stop_reason} if shown.stop_reason is not None else None,
        **_kind(shown),
    )


def _kind(shown: Execution) -> Answer:
    return _told(
        trigger={"triggerType": shown.trigger.type, "triggerDetail": shown.trigger.detail},
        executionMode=shown.declaration.mode,
        executionType=shown.type,
        rollbackMetadata={"rollbackTargetPipelineExecutionId": shown.target} if shown.target else None,
    )


def action_execution(shown: Execution, run: ActionRun) -> Answer:
    """One item of ListActionExecutions.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html
    """
    declaration = run.declaration
    kind = declaration.type
    result = _told(
        externalExecutionId=run.external.id if run.external else None,
        externalExecutionSummary=(run.external.summary if run.external else None) or run.summary,
        externalExecutionUrl=run.external.url if run.external else None,
        errorDetails=_error(run),
    )
    return _told(
        pipelineExecutionId=shown.id,
        actionExecutionId=run.id,
        pipelineVersion=shown.declaration.version,
        stageName=run.stage,
        actionName=declaration.name,
        startTime=seconds(run.started),
        lastUpdateTime=seconds(run.updated),
        updatedBy=run.updated_by,
        status=run.status,
        input=_told(
            actionTypeId={
                "category": kind.category,
                "owner": kind.owner,
                "provider": kind.provider,
                "version": kind.version,
            },
            configuration=run.declared,
            resolvedConfiguration=dict(declaration.configuration),
            roleArn=declaration.role_arn,
            region=declaration.region,
            inputArtifacts=_artifacts(run.inputs),
            namespace=declaration.namespace,
        ),
        output={
            "outputArtifacts": _artifacts(run.outputs) if run.status == "Succeeded" else [],
            "executionResult": result,
            "outputVariables": run.variables,
        },
    )


def state(pipeline: Pipeline, declaration: PipelineDeclaration) -> Answer:
    """GetPipelineState, without the times of the definition.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineState.html
    """
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": declaration.version,
        "stageStates": [_stage(pipeline, stage) for stage in declaration.stages],
    }


def _stage(pipeline: Pipeline, stage: StageDeclaration) -> Answer:
    latest = pipeline.latest_in(stage.name)
    inbound = [
        {"pipelineExecutionId": key, "status": "InProgress", "type": pipeline.executions[key].type}
        for key in pipeline.queue.waiting(stage.name)
    ]
    return _told(
        stageName=stage.name,
        inboundExecution=inbound[0] if inbound else None,
        inboundExecutions=inbound,
        inboundTransitionState=_transition(pipeline, stage.name),
        actionStates=[_action(pipeline, stage.name, action.name) for action in stage.actions],
        latestExecution=None if latest is None else _stage_execution(latest, stage.name),
        retryStageMetadata=None if latest is None else _retries(latest, stage.name),
    )


def _stage_execution(latest: Execution, stage: str) -> Answer:
    status = latest.stages[stage].status
    if status == "InProgress" and latest.status == "Stopping":
        status = "Stopping"
    return {"pipelineExecutionId": latest.id, "status": status, "type": latest.type}


def _retries(latest: Execution, stage: str) -> Answer | None:
    run = latest.stages[stage]
    if run.retried is None:
        return None
    return {
        "autoStageRetryAttempt": run.automatic,
        "manualStageRetryAttempt": run.attempt - 1 - run.automatic,
        "latestRetryTrigger": run.retried,
    }


def _transition(pipeline: Pipeline, stage: str) -> Answer:
    closed = pipeline.closed.get(stage)
    if closed is not None:
        return {
            "enabled": False,
            "lastChangedBy": closed.by,
            "lastChangedAt": seconds(closed.at),
            "disabledReason": closed.reason,
        }
    if stage in pipeline.opened:
        by, at = pipeline.opened[stage]
        return {"enabled": True, "lastChangedBy": by, "lastChangedAt": seconds(at)}
    return {"enabled": True}


def _action(pipeline: Pipeline, stage: str, name: str) -> Answer:
    runs = [found for item in pipeline.executions.values() if (found := item.latest(stage, name)) is not None]
    run = max(runs, key=lambda item: item.started, default=None)
    if run is None:
        return {"actionName": name}
    revision = run.revision
    return _told(
        actionName=name,
        currentRevision={"revisionId": revision.id, "created": seconds(run.updated)} if revision else None,
        latestExecution=_told(
            actionExecutionId=run.id,
            status=run.status,
            summary=(run.external.summary if run.external else None) or run.summary,
            lastStatusChange=seconds(run.updated),
            token=run.approval.token if run.approval and run.status == "InProgress" and not run.verdict else None,
            lastUpdatedBy=run.updated_by,
            externalExecutionId=run.external.id if run.external else None,
            externalExecutionUrl=run.external.url if run.external else None,
            errorDetails=_error(run),
        ),
        entityUrl=run.declaration.configuration.get("ExternalEntityLink"),
        revisionUrl=revision.url if revision else None,
    )


def _error(run: ActionRun) -> Answer | None:
    return {"code": run.error[0], "message": run.error[1]} if run.error else None


def _artifacts(artifacts: tuple[Artifact, ...]) -> list[Answer]:
    return [{"name": item.name, "s3location": {"bucket": item.bucket, "key": item.key}} for item in artifacts]


def seconds(moment: datetime) -> float:
    """A time as JSON has it."""
    return round(moment.timestamp(), 3)


def _told(**members: Any) -> Answer:
    return {name: value for name, value in members.items() if value is not None}
