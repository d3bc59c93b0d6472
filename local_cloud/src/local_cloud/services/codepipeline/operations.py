"""What the calls that change executions do.

Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_Operations.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local_cloud.kernel import runtime
from local_cloud.services.codepipeline import executions, failures, pipelines
from local_cloud.services.codepipeline.declarations import StageDeclaration
from local_cloud.services.codepipeline.errors import (
    ConflictError,
    DuplicatedStopRequestError,
    ExecutionOutdatedError,
    NotLatestExecutionError,
    NotStoppableError,
    StageNotFoundError,
    StageNotRetryableError,
    UnableToRollbackError,
)
from local_cloud.services.codepipeline.records import Closed, Execution, Pipeline
from local_cloud.services.codepipeline.stage_queue import PARALLEL
from local_cloud.services.codepipeline.trigger import SourceOverride, Trigger


def start(
    pipeline: Pipeline,
    *,
    trigger: Trigger,
    variables: Mapping[str, str],
    overrides: Sequence[SourceOverride],
    token: str | None,
) -> str:
    """StartPipelineExecution; the same token means the same execution.

    Raises:
        ConflictError: the token was used for something else.
        PipelineError: see `executions.start`.
    """
    asked = json.dumps([sorted(variables.items()), [[item.action, item.type, item.value] for item in overrides]])
    with pipeline.lock:
        if token is not None and token in pipeline.tokens:
            before, key = pipeline.tokens[token]
            if before != asked:
                raise ConflictError(f"The client request token '{token}' was used with other parameters")
            return key
        key = executions.start(
            account_id=pipeline.account_id,
            region=pipeline.region,
            pipeline=pipeline.name,
            trigger=trigger,
            variables=variables,
            overrides=overrides,
        )
        if token is not None:
            pipeline.tokens[token] = asked, key
        return key


def stop(pipeline: Pipeline, key: str, *, abandon: bool, reason: str) -> None:
    """StopPipelineExecution.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-stop.html

    Raises:
        NotStoppableError: it is over.
        DuplicatedStopRequestError: it is being stopped this way.
    """
    engine = executions.engine()
    with pipeline.lock:
        execution = pipelines.execution_of(pipeline, key)
        if not execution.is_under_way:
            raise NotStoppableError(f"The pipeline execution '{key}' has the status {execution.status}")
        if execution.status == "Stopping" and not abandon:
            raise DuplicatedStopRequestError(f"The pipeline execution '{key}' is being stopped already")
        engine.stop(pipeline, execution, abandon=abandon, reason=reason)


def retry(pipeline: Pipeline, stage: str, key: str, *, mode: str) -> None:
    """RetryStageExecution.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-retry.html

    Raises:
        StageNotFoundError: the pipeline has no such stage.
        StageNotRetryableError: nothing of it failed, or the pipeline was changed since.
        NotLatestExecutionError: another execution entered the stage.
    """
    with pipeline.lock:
        declaration = pipelines.declared(pipeline)
        found = stage_of(pipeline, stage)
        execution = pipelines.execution_of(pipeline, key)
        run = execution.stages.get(stage)
        is_over = run is not None and run.status in {"Failed", "Stopped"}
        if not is_over or declaration.stages != execution.declaration.stages:
            raise StageNotRetryableError(
                f"The stage '{stage}' of pipeline execution '{key}' cannot be retried: it contains no failed actions,"
                " or the pipeline was changed"
            )
        if declaration.mode != PARALLEL and pipeline.latest_in(stage) is not execution:
            raise NotLatestExecutionError(f"A newer pipeline execution than '{key}' entered the stage '{stage}'")
        executions.check_room(pipeline, declaration)
        if not executions.engine().again(pipeline, execution, found, mode=mode):
            raise NotLatestExecutionError(f"Another pipeline execution is in the stage '{stage}'")


def roll_back(pipeline: Pipeline, stage: str, target: str, *, by: str) -> str:
    """RollbackStage.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html

    Raises:
        StageNotFoundError: the pipeline has no such stage.
        UnableToRollbackError: the execution did not succeed in it, or it is the stage of the sources.
        ExecutionOutdatedError: the pipeline was changed since.
    """
    with pipeline.lock:
        declaration = pipelines.declared(pipeline)
        found = stage_of(pipeline, stage)
        execution = pipelines.execution_of(pipeline, target)
        run = execution.stages.get(stage)
        if declaration.mode == PARALLEL:
            raise UnableToRollbackError("A stage of a pipeline in the mode PARALLEL cannot be rolled back")
        if found == declaration.stages[0] or execution.target or run is None or run.status != "Succeeded":
            raise UnableToRollbackError(
                f"The stage '{stage}' cannot be rolled back to pipeline execution '{target}': it did not succeed in it,"
                " or it is the stage of the sources, or the execution is a roll-back itself"
            )
        if declaration.stages != execution.declaration.stages:
            raise ExecutionOutdatedError(
                f"The pipeline execution '{target}' is outdated and cannot be used as a target for a rollback"
            )
        executions.check_room(pipeline, declaration)
        trigger = Trigger(type="ManualRollback", detail=by)
        return failures.roll_back(executions.engine(), pipeline, found, execution, trigger).id


def close(pipeline: Pipeline, stage: str, *, reason: str, by: str) -> None:
    """DisableStageTransition.

    Raises:
        StageNotFoundError: the pipeline has no such stage.
    """
    with pipeline.lock:
        stage_of(pipeline, stage)
        pipeline.closed[stage] = Closed(reason=reason, by=by, at=runtime.current().clock.now())


def open_(pipeline: Pipeline, stage: str, *, by: str) -> None:
    """EnableStageTransition.

    Raises:
        StageNotFoundError: the pipeline has no such stage.
    """
    with pipeline.lock:
        stage_of(pipeline, stage)
        if pipeline.closed.pop(stage, None) is not None:
            pipeline.opened[stage] = by, runtime.current().clock.now()
            executions.engine().look(pipeline, stage, mode=pipelines.declared(pipeline).mode)


def cancel(pipeline: Pipeline) -> None:
    """The pipeline was changed: its executions end, and no approval of theirs can be given any more.

    Builds and deployments that run go on to their end, so that one which changes its own pipeline can.

    Reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html: Cancelled means
    that the pipeline's definition was updated before the execution could be completed.
    """
    engine = executions.engine()
    with pipeline.lock:
        under_way = [item for item in pipeline.executions.values() if item.is_under_way]
        # The newest first, so that none that waits comes into a stage by the end of another one.
        for execution in sorted(under_way, key=_number, reverse=True):
            engine.give_up(pipeline, execution, state="CANCELED", only_approvals=True)
            engine.end(pipeline, execution, "Cancelled")


def stage_of(pipeline: Pipeline, name: str) -> StageDeclaration:
    """A stage by its name.

    Raises:
        StageNotFoundError: the pipeline has none of this name.
    """
    found = pipelines.declared(pipeline).stage(name)
    if found is None:
        raise StageNotFoundError(f"The stage '{name}' does not exist in pipeline '{pipeline.name}'")
    return found


def members(items: Sequence[Mapping[str, Any]] | None, name: str = "name") -> dict[str, str]:
    """Values of a request's list of names and values."""
    return {item[name]: item["value"] for item in items or ()}


def _number(execution: Execution) -> int:
    return execution.number
