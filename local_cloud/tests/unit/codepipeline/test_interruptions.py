"""Executions of a server that was stopped, as the next one finds them."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local_cloud.services.codepipeline import executions, interruptions, pipelines
from local_cloud.services.codepipeline.engine import STOPPED_HERE
from local_cloud.services.codepipeline.records import Execution
from unit.codepipeline.stand_ins import Stage, action, source


def _stage(*actions: dict[str, Any]) -> tuple[Stage, Execution]:
    stage = Stage(source(), {"name": "Build", "actions": list(actions)})
    stage.succeed(1, "Pull")
    return stage, stage.start()


def _restart(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.background.stop_all()
    stage.until(lambda: all(stage.background.find(run.id) is None for run in _runs(stage)))
    stage.run_again()
    monkeypatch.setattr(executions, "engine", lambda: stage.engine)
    monkeypatch.setattr(pipelines, "everything", lambda: [stage.pipeline])
    monkeypatch.setattr(pipelines, "declared", lambda _: stage.declaration)
    interruptions.end_all()


def _runs(stage: Stage) -> list[Any]:
    return [run for execution in stage.pipeline.executions.values() for run in execution.runs]


def test_an_action_that_ran_has_failed_and_can_be_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, execution = _stage(action("A"), action("B", runOrder=2))
    stage.until_runs(1, "A")

    _restart(stage, monkeypatch)

    stage.until_is(execution, "Failed")
    assert execution.latest("Build", "B") is None
    failed = execution.latest("Build", "A")
    assert failed is not None
    assert (failed.status, failed.error) == ("Failed", ("SystemUnavailable", STOPPED_HERE))
    assert stage.engine.again(stage.pipeline, execution, stage.declaration.stages[1], mode="FAILED_ACTIONS")
    for name in ("A", "B"):
        stage.succeed(1, name)
    stage.until_is(execution, "Succeeded")


def test_an_approval_waits_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, execution = _stage(action("Ask", "Approval"), action("B", runOrder=2))
    stage.until_runs(1, "Ask")

    _restart(stage, monkeypatch)

    stage.until_runs(1, "Ask", times=2)
    assert (execution.status, len(execution.runs)) == ("InProgress", 2)
    for name in ("Ask", "B"):
        stage.succeed(1, name)
    stage.until_is(execution, "Succeeded")


def test_an_approval_beside_an_action_that_failed_waits_on_and_nothing_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, execution = _stage(action("Ask", "Approval"), action("A"), action("B", runOrder=2))
    for name in ("Ask", "A"):
        stage.until_runs(1, name)

    _restart(stage, monkeypatch)

    stage.until_runs(1, "Ask", times=2)
    assert execution.status == "InProgress"
    stage.succeed(1, "Ask")
    stage.until_is(execution, "Failed")
    assert execution.latest("Build", "B") is None


def test_between_two_actions_the_next_ones_have_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, execution = _stage(action("A"), action("B1", runOrder=2), action("B2", runOrder=2))
    stage.until_runs(1, "A")
    stage.background.stop_all()
    stage.until(lambda: stage.background.find(execution.runs[-1].id) is None)
    # As a snapshot has it that was written at this moment.
    execution.runs[-1].status = "Succeeded"

    _restart(stage, monkeypatch)

    stage.until_is(execution, "Failed")
    assert [(run.declaration.name, run.status) for run in execution.runs[2:]] == [("B1", "Failed"), ("B2", "Failed")]


def test_whoever_waits_before_a_stage_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, first = _stage(action("A"))
    stage.until_runs(1, "A")
    stage.succeed(2, "Pull")
    second = stage.start()
    stage.until(lambda: stage.pipeline.queue.waiting("Build") == (second.id,))

    _restart(stage, monkeypatch)

    stage.until_is(first, "Failed")
    stage.until_runs(2, "A")
    stage.succeed(2, "A")
    stage.until_is(second, "Succeeded")


def test_what_ran_on_after_a_change_of_the_pipeline_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, execution = _stage(action("SelfMutate"))
    stage.until_runs(1, "SelfMutate")
    stage.engine.end(stage.pipeline, execution, "Cancelled")
    assert execution.runs[-1].status == "InProgress"

    _restart(stage, monkeypatch)

    assert (execution.status, execution.runs[-1].status) == ("Cancelled", "Failed")


@pytest.mark.parametrize("killed", ["Source", "Build", ""])
def test_who_was_between_two_stages_comes_to_the_next_one(killed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, execution = _stage(action("A"))
    stage.until_runs(1, "A")
    stage.background.stop_all()
    stage.until(lambda: stage.threads_of(execution) == 0)
    stage.pipeline.queue.leave(execution.id, mode="SUPERSEDED", closed=())
    execution.runs[-1].status = "Succeeded"
    execution.stages["Build"].status = "Succeeded"
    if killed != "Build":
        del execution.stages["Build"], execution.runs[-1]
    if not killed:
        execution.stages.clear()
        execution.runs.clear()
        stage.succeed(1, "Pull")
    stage.succeed(1, "A")

    _restart(stage, monkeypatch)

    stage.until_is(execution, "Succeeded")
    assert [run.declaration.name for run in execution.runs] == ["Pull", "A"]
    assert stage.performed.count((1, "A")) == (1 if killed == "Build" else 2)


def test_who_comes_into_a_stage_meanwhile_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, first = _stage(action("A"))
    stage.until_runs(1, "A")
    stage.succeed(2, "Pull")
    second = stage.start()
    stage.until(lambda: stage.pipeline.queue.waiting("Build") == (second.id,))
    stage.background.stop_all()
    stage.until(lambda: stage.threads_of(first) == 0)
    # As if whoever was inside had been ended while the snapshot was read.
    monkeypatch.setattr(
        interruptions, "_fail", lambda engine, pipeline, execution, _: engine.end(pipeline, execution, "Failed")
    )
    stage.succeed(2, "A")

    _restart(stage, monkeypatch)

    stage.until_is(second, "Succeeded")
    assert first.status == "Failed"


def test_right_behind_a_retry_of_all_actions_the_first_ones_have_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, execution = _stage(action("A"), action("B", runOrder=2))
    stage.succeed(1, "A")
    stage.fail(1, "B")
    stage.until_is(execution, "Failed")
    stage.background.stop_all()
    # Nothing starts any more: the retry is all that the snapshot has.
    assert stage.engine.again(stage.pipeline, execution, stage.declaration.stages[1], mode="ALL_ACTIONS")

    _restart(stage, monkeypatch)

    stage.until_is(execution, "Failed")
    assert [(run.declaration.name, run.attempt, run.status) for run in execution.runs[1:]] == [
        ("A", 1, "Succeeded"),
        ("B", 1, "Failed"),
        ("A", 2, "Failed"),
    ]
    assert stage.performed.count((1, "A")) == 1


def test_what_had_failed_has_not_failed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, execution = _stage(action("A"))
    stage.until_runs(1, "A")
    stage.background.stop_all()
    stage.until(lambda: stage.threads_of(execution) == 0)
    execution.runs[-1].status, execution.runs[-1].error = "Failed", ("JobFailed", "its own")

    _restart(stage, monkeypatch)

    stage.until_is(execution, "Failed")
    assert [run.error for run in execution.runs] == [None, ("JobFailed", "its own")]


def test_a_snapshot_waits_for_whoever_changes_the_pipeline() -> None:
    stage, execution = _stage(action("A"))
    stage.until_runs(1, "A")
    with ThreadPoolExecutor() as others:
        with stage.pipeline.lock:
            written = others.submit(pickle.dumps, stage.pipeline)
            execution.summary = "all of it"
        kept = pickle.loads(written.result(600))  # noqa: S301  # of the test itself
    stage.background.stop_all()

    assert kept.executions[execution.id].summary == "all of it"
    assert kept.queue.inside("Build") == (execution.id,)
    with kept.lock:
        assert kept.arn == stage.pipeline.arn
