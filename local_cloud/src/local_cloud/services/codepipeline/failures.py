"""Roll-backs of stages: asked for, or because a stage has failed that says so.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
"""

from collections.abc import Callable

from local_cloud.services.codepipeline.declarations import StageDeclaration
from local_cloud.services.codepipeline.engine import Engine
from local_cloud.services.codepipeline.records import ROLLBACK, Execution, Pipeline, new_id
from local_cloud.services.codepipeline.trigger import Trigger


def follow(engine: Engine) -> Callable[[Pipeline, Execution, StageDeclaration], None]:
    """Makes what the engine does after a failure."""

    def after(pipeline: Pipeline, execution: Execution, stage: StageDeclaration) -> None:
        if stage.on_failure == "ROLLBACK" and execution.target is None:
            target = _last_success(pipeline, execution, stage)
            if target is not None:
                trigger = Trigger(type="AutomatedRollback", detail=execution.id)
                roll_back(engine, pipeline, stage, target, trigger)

    return after


def roll_back(
    engine: Engine, pipeline: Pipeline, stage: StageDeclaration, target: Execution, trigger: Trigger
) -> Execution:
    """Run a stage again with what an earlier execution had.

    Args:
        engine: moves it.
        pipeline: its pipeline.
        stage: which one.
        target: the earlier execution.
        trigger: why.

    Returns:
        the execution that does it.
    """
    now = engine.now()
    names = [item.name for item in target.declaration.stages]
    before = set(names[: names.index(stage.name)])
    made = Execution(
        id=new_id(),
        number=len(pipeline.executions) + 1,
        declaration=target.declaration,
        trigger=trigger,
        variables=dict(target.variables),
        overrides=target.overrides,
        started=now,
        updated=now,
        inherited=tuple(run for run in target.runs if run.stage in before),
        artifacts={
            artifact.name: artifact
            for run in target.runs
            if run.stage in before and run.status == "Succeeded"
            for artifact in run.outputs
        },
        type=ROLLBACK,
        target=target.id,
    )
    engine.begin(pipeline, made, stage=stage.name)
    return made


def _last_success(pipeline: Pipeline, failed: Execution, stage: StageDeclaration) -> Execution | None:
    found = [
        item
        for item in pipeline.executions.values()
        if stage.name in item.stages
        and item.stages[stage.name].status == "Succeeded"
        and item.declaration.stages == failed.declaration.stages
    ]
    return max(found, key=lambda item: item.stages[stage.name].entered, default=None)
