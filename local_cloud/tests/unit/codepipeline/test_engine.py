"""Executions on their way through stages, with actions that the test ends.

References:
    https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-retry.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-stop.html
"""

from typing import Any

import pytest

from local_cloud.kernel.errors import JobError
from local_cloud.services.codepipeline.failures import follow
from local_cloud.services.codepipeline.records import Execution
from unit.codepipeline.stand_ins import Stage, action, source


def _stage(name: str, *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "actions": list(actions), **more}


def _build(name: str, order: int = 1, **more: Any) -> dict[str, Any]:
    return action(name, inputArtifacts=[{"name": "Code"}], runOrder=order, **more)


def _in_build(*actions: dict[str, Any], **more: Any) -> tuple[Stage, Execution]:
    """An execution that is past its source."""
    stage = Stage(source(), _stage("Build", *actions, **more))
    stage.succeed(1, "Pull")
    return stage, stage.start()


def test_stages_and_run_orders_follow_each_other_and_equal_orders_run_together() -> None:
    stage = Stage(source(), _stage("Build", _build("B", 2), _build("A1"), _build("A2")))
    execution = stage.start()
    stage.until_runs(1, "Pull")
    stage.succeed(1, "Pull")
    stage.until_runs(1, "A1")
    stage.until_runs(1, "A2")
    stage.succeed(1, "A2")
    assert (1, "B") not in stage.performed
    stage.succeed(1, "A1")
    stage.until_runs(1, "B")
    stage.succeed(1, "B")
    stage.until_is(execution, "Succeeded")

    assert [event for event in stage.told.events if len(event) < 4] == [
        ("1", "STARTED"),
        ("1", "Source", "STARTED"),
        ("1", "Source", "SUCCEEDED"),
        ("1", "Build", "STARTED"),
        ("1", "Build", "SUCCEEDED"),
        ("1", "SUCCEEDED"),
    ]
    assert [event for event in stage.told.events if event[2:3] == ("B",)] == [
        ("1", "Build", "B", "STARTED"),
        ("1", "Build", "B", "SUCCEEDED"),
    ]


def test_variables_and_artifacts_go_from_action_to_action() -> None:
    stage = Stage(
        source(namespace="Src"),
        _stage(
            "Build", _build("A", configuration={"ProjectName": "#{Src.CommitId}"}, outputArtifacts=[{"name": "Out"}])
        ),
    )
    stage.succeed(1, "Pull", CommitId="0a1b")
    stage.succeed(1, "A")
    execution = stage.start()
    stage.until_is(execution, "Succeeded")

    pull, build = execution.runs
    assert (build.declaration.configuration, build.declared) == (
        {"ProjectName": "0a1b"},
        {"ProjectName": "#{Src.CommitId}"},
    )
    assert build.inputs == pull.outputs
    assert pull.outputs[0].key.startswith("p/Code/")
    assert sorted(execution.artifacts) == ["Code", "Out"]


def test_an_action_that_needs_a_variable_nobody_set_fails() -> None:
    stage = Stage(
        source(namespace="Src"), _stage("Build", _build("A", configuration={"ProjectName": "#{Src.CommitId}"}))
    )
    stage.succeed(1, "Pull")
    execution = stage.start()
    stage.until_is(execution, "Failed")

    assert execution.runs[-1].error is not None
    assert execution.runs[-1].error[0] == "ConfigurationError"
    assert stage.performed == [(1, "Pull")]


def test_a_failure_waits_for_the_actions_beside_it_and_starts_nothing_more() -> None:
    stage, execution = _in_build(_build("A1"), _build("A2"), _build("B", 2))
    stage.fail(1, "A1")
    stage.until_runs(1, "A2")
    assert execution.status == "InProgress"
    stage.succeed(1, "A2")
    stage.until_is(execution, "Failed")

    assert execution.stages["Build"].status == "Failed"
    assert (1, "B") not in stage.performed
    assert stage.pipeline.queue.inside("Build") == ()


@pytest.mark.parametrize(
    ("mode", "again"),
    [("FAILED_ACTIONS", [(1, "A2"), (1, "B")]), ("ALL_ACTIONS", [(1, "A1"), (1, "A2"), (1, "B")])],
)
def test_a_retry_runs_what_failed_or_all_of_the_stage(mode: str, again: list[tuple[int, str]]) -> None:
    stage, execution = _in_build(_build("A1"), _build("A2"), _build("B", 2))
    stage.succeed(1, "A1")
    stage.fail(1, "A2")
    stage.until_is(execution, "Failed")
    before = len(stage.performed)
    for name in ("A1", "A2", "B"):
        stage.succeed(1, name)
    build = stage.declaration.stages[1]
    assert stage.engine.again(stage.pipeline, execution, build, mode=mode)
    stage.until_is(execution, "Succeeded")

    assert sorted(stage.performed[before:]) == again
    assert (execution.attempt, execution.stages["Build"].attempt) == (2, 2)
    assert ("1", "RESUMED") in stage.told.events
    assert ("1", "Build", "RESUMED") in stage.told.events


def test_a_stage_may_retry_itself_once() -> None:
    stage, execution = _in_build(_build("A"), onFailure={"result": "RETRY"})
    stage.fail(1, "A")
    stage.fail(1, "A")
    stage.until_is(execution, "Failed")

    assert stage.performed == [(1, "Pull"), (1, "A"), (1, "A")]
    run = execution.stages["Build"]
    assert (run.automatic, run.retried) == (1, "AutomatedStageRetry")


def test_an_execution_waits_before_a_stage_that_another_one_is_in_and_is_superseded_there() -> None:
    stage, first = _in_build(_build("A"))
    stage.until_runs(1, "A")
    for number in (2, 3):
        stage.succeed(number, "Pull")
    second = stage.start()
    stage.until(lambda: stage.pipeline.queue.waiting("Build") == (second.id,))
    third = stage.start()
    stage.until_is(second, "Superseded")
    stage.succeed(1, "A")
    stage.succeed(3, "A")
    stage.until_is(third, "Succeeded")

    assert first.status == "Succeeded"
    assert (2, "A") not in stage.performed
    assert ("2", "SUPERSEDED") in stage.told.events


def test_a_newer_execution_enters_a_stage_in_which_an_older_one_failed() -> None:
    stage, first = _in_build(_build("A"))
    stage.fail(1, "A")
    stage.until_is(first, "Failed")
    stage.succeed(2, "Pull")
    second = stage.start()
    stage.until_runs(2, "A")

    assert stage.pipeline.latest_in("Build") is second
    assert not stage.engine.again(stage.pipeline, first, stage.declaration.stages[1], mode="FAILED_ACTIONS")
    stage.succeed(2, "A")
    stage.until_is(second, "Succeeded")


def test_parallel_executions_are_in_a_stage_together() -> None:
    stage = Stage(source(), _stage("Build", _build("A")), executionMode="PARALLEL")
    for number in (1, 2):
        stage.succeed(number, "Pull")
    executions = [stage.start(), stage.start()]
    for number in (1, 2):
        stage.until_runs(number, "A")
        stage.succeed(number, "A")
    for execution in executions:
        stage.until_is(execution, "Succeeded")


def test_whoever_is_stopped_ends_its_actions_first() -> None:
    stage, execution = _in_build(_build("A"), _build("B", 2))
    stage.until_runs(1, "A")
    stage.engine.stop(stage.pipeline, execution, abandon=False, reason="why not")
    assert execution.status == "Stopping"
    stage.succeed(1, "A")
    stage.until_is(execution, "Stopped")

    assert (1, "B") not in stage.performed
    assert execution.stop_reason == "why not"
    assert stage.told.events[-4:] == [
        ("1", "Build", "STOPPING"),
        ("1", "Build", "A", "SUCCEEDED"),
        ("1", "Build", "STOPPED"),
        ("1", "STOPPED"),
    ]


def test_an_abandoned_execution_ends_at_once_and_can_be_retried_while_the_action_goes_on() -> None:
    stage, execution = _in_build(_build("A"))
    stage.until_runs(1, "A")
    abandoned = execution.runs[-1]
    stage.engine.stop(stage.pipeline, execution, abandon=True, reason="")

    assert (execution.status, abandoned.status) == ("Stopped", "Abandoned")
    assert stage.engine.again(stage.pipeline, execution, stage.declaration.stages[1], mode="FAILED_ACTIONS")
    stage.until_runs(1, "A", times=2)
    # One of the two takes it, and then the other one.
    stage.succeed(1, "A")
    stage.succeed(1, "A")
    stage.until_is(execution, "Succeeded")
    assert (abandoned.status, execution.runs[-1].status) == ("Abandoned", "Succeeded")


def test_how_an_abandoned_action_ends_is_of_no_matter_to_the_retry() -> None:
    stage, execution = _in_build(_build("A"))
    stage.until_runs(1, "A")
    first = execution.runs[-1]
    stage.engine.stop(stage.pipeline, execution, abandon=True, reason="")
    assert stage.engine.again(stage.pipeline, execution, stage.declaration.stages[1], mode="FAILED_ACTIONS")
    stage.until_runs(1, "A", times=2)

    stage.background.stop(first.id)
    stage.until(lambda: stage.background.find(first.id) is None)

    stage.until(lambda: stage.threads_of(execution) == 1)
    assert execution.status == "InProgress"
    stage.succeed(1, "A")
    stage.until_is(execution, "Succeeded")


def test_an_execution_that_waits_stops_at_once() -> None:
    stage, _ = _in_build(_build("A"))
    stage.until_runs(1, "A")
    stage.succeed(2, "Pull")
    second = stage.start()
    stage.until(lambda: stage.pipeline.queue.waiting("Build") == (second.id,))

    stage.engine.stop(stage.pipeline, second, abandon=False, reason="")

    assert second.status == "Stopped"
    assert stage.pipeline.queue.waiting("Build") == ()


def test_a_failed_stage_may_go_back_to_the_last_execution_that_succeeded_in_it() -> None:
    declared = _stage(
        "Build", _build("A", configuration={"ProjectName": "#{Src.CommitId}"}), onFailure={"result": "ROLLBACK"}
    )
    stage = Stage(source(namespace="Src"), declared, _stage("After", _build("C")))
    stage.engine.after_failure = follow(stage.engine)
    for number, commit in ((1, "good"), (2, "bad")):
        stage.succeed(number, "Pull", CommitId=commit)
    stage.succeed(1, "A")
    stage.succeed(1, "C")
    first = stage.start()
    stage.until_is(first, "Succeeded")
    stage.fail(2, "A")
    second = stage.start()
    stage.until_is(second, "Failed")
    stage.until_runs(3, "A")
    back = list(stage.pipeline.executions.values())[-1]
    stage.succeed(3, "A")
    stage.until_is(back, "Succeeded")

    assert (back.type, back.target, back.trigger.type, back.trigger.detail) == (
        "ROLLBACK",
        first.id,
        "AutomatedRollback",
        second.id,
    )
    assert back.runs[0].declaration.configuration == {"ProjectName": "good"}
    assert back.runs[0].inputs == first.runs[1].inputs
    assert (3, "C") not in stage.performed


@pytest.mark.parametrize("lacking", ["Build", "Pull"])
def test_without_a_thread_left_an_execution_fails_and_the_next_one_runs(
    lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(source(), _stage("Build", _build("A")))
    stage.succeed(1, "Pull")
    begin = stage.background.start

    def start(name: str, *given: Any, **more: Any) -> Any:
        runs = [run.id for execution in stage.pipeline.executions.values() for run in execution.runs]
        if name.endswith(" Build") if lacking == "Build" else name in runs:
            raise JobError("cannot start it: can't start new thread")
        return begin(name, *given, **more)

    monkeypatch.setattr(stage.background, "start", start)
    execution = stage.start()
    stage.until_is(execution, "Failed")
    monkeypatch.undo()

    assert "InProgress" not in [run.status for run in execution.stages.values()] + [
        run.status for run in execution.runs
    ]
    assert [stage.pipeline.queue.inside(name) for name in ("Source", "Build")] == [(), ()]
    for name in ("Pull", "A"):
        stage.succeed(2, name)
    stage.until_is(stage.start(), "Succeeded")


def test_an_unforeseen_error_ends_the_stage_and_the_actions_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(source(), _stage("Build", _build("A1"), _build("A2")))
    add, made = stage.engine.add_run, list[str]()

    def add_run(*given: Any) -> Any:
        made.append(given[-1].name)
        if made[-1] == "A2":
            raise ZeroDivisionError
        return add(*given)

    monkeypatch.setattr(stage.engine, "add_run", add_run)
    stage.succeed(1, "Pull")
    execution = stage.start()
    stage.until_is(execution, "Failed")

    assert [(run.declaration.name, run.status) for run in execution.runs] == [("Pull", "Succeeded"), ("A1", "Failed")]
    assert (execution.stages["Build"].status, stage.pipeline.queue.inside("Build")) == ("Failed", ())
