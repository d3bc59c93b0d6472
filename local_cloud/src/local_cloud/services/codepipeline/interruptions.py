"""What becomes of executions that were under way when the server stopped.

On AWS they would have gone on. Here the actions that ran have failed, since what they did ended with the server or is
not known; approvals wait on, and so does whoever waits before a stage.
"""

from local_cloud.services.codepipeline import executions, pipelines
from local_cloud.services.codepipeline.action import ActionDeclaration
from local_cloud.services.codepipeline.declarations import StageDeclaration
from local_cloud.services.codepipeline.engine import STOPPED_HERE, Engine
from local_cloud.services.codepipeline.records import ActionRun, Execution, Pipeline

CODE = "SystemUnavailable"


def end_all() -> None:
    """Look at all executions, once, when the server starts."""
    engine = executions.engine()
    for pipeline in pipelines.everything():
        with pipeline.lock:
            known = list(pipeline.executions.values())
            # Before anything moves: whoever comes into a stage by the end of another one has lost nothing.
            inside = [
                (execution, stage)
                for execution in known
                for stage in execution.declaration.stages
                if stage.name in execution.stages and execution.stages[stage.name].status == "InProgress"
            ]
            nowhere = [item for item in known if item.is_under_way and not pipeline.queue.knows(item.id)]
            for execution, stage in inside:
                _end(engine, pipeline, execution, stage)
            for execution in nowhere:
                engine.bring_on(pipeline, execution)
            for execution in known:
                if not execution.is_under_way:
                    # What a change of the pipeline let run to its end.
                    for left in [item for item in execution.runs if item.status == "InProgress"]:
                        _fail(engine, pipeline, execution, left)
            declaration = pipelines.declared(pipeline)
            for stage in declaration.stages:
                engine.look(pipeline, stage.name, mode=declaration.mode)


def _end(engine: Engine, pipeline: Pipeline, execution: Execution, stage: StageDeclaration) -> None:
    runs = [run for run in execution.runs if run.stage == stage.name and run.status == "InProgress"]
    if not runs:
        # It was between two actions; whether the next ones had begun is not known.
        runs = [engine.add_run(pipeline, execution, stage.name, action) for action in _next(execution, stage)]
    for run in runs:
        _fail(engine, pipeline, execution, run)
    engine.resume(pipeline, execution, stage)


def _next(execution: Execution, stage: StageDeclaration) -> list[ActionDeclaration]:
    """The actions of the first run order that has not succeeded; none when all have, or when one has failed."""
    now = execution.stages[stage.name]
    latest = [(action, execution.latest(stage.name, action.name)) for action in stage.actions]
    if any(run is not None and run.attempt == now.attempt and run.status != "Succeeded" for _, run in latest):
        return []
    open_ = [
        action
        for action, run in latest
        if run is None or run.status != "Succeeded" or (run.attempt != now.attempt and action.name in now.redo)
    ]
    first = min((action.run_order for action in open_), default=None)
    return [action for action in open_ if action.run_order == first]


def _fail(engine: Engine, pipeline: Pipeline, execution: Execution, run: ActionRun) -> None:
    if run.declaration.type.category != "Approval":
        engine.finish(pipeline, execution, run, (CODE, STOPPED_HERE))
