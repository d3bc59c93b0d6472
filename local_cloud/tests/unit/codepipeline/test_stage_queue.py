"""Who may enter a stage, after https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html."""

import pytest

from local_cloud.services.codepipeline.stage_queue import PARALLEL, QUEUED, SUPERSEDED, Moves, StageQueue

_NOTHING = Moves()


def _enters(stage: str, *executions: str) -> Moves:
    return Moves(entered=tuple((stage, execution) for execution in executions))


@pytest.mark.parametrize("mode", [SUPERSEDED, QUEUED])
def test_a_stage_has_one_execution_and_the_next_one_waits(mode: str) -> None:
    queue = StageQueue()
    assert queue.arrive("1", "Test", mode=mode, closed=()) == _enters("Test", "1")
    assert queue.arrive("2", "Test", mode=mode, closed=()) == _NOTHING
    assert (queue.inside("Test"), queue.waiting("Test")) == (("1",), ("2",))

    assert queue.leave("1", mode=mode, closed=()) == _enters("Test", "2")


def test_a_newer_execution_supersedes_one_that_waits_and_none_that_is_in_the_stage() -> None:
    queue = StageQueue()
    for execution in ("1", "2"):
        queue.arrive(execution, "Test", mode=SUPERSEDED, closed=())

    assert queue.arrive("3", "Test", mode=SUPERSEDED, closed=()) == Moves(superseded=("2",))
    assert queue.leave("1", mode=SUPERSEDED, closed=()) == _enters("Test", "3")
    assert queue.leave("2", mode=SUPERSEDED, closed=()) == _NOTHING


def test_who_came_into_the_pipeline_later_is_newer_wherever_it_waits() -> None:
    queue = StageQueue()
    for execution in ("1", "2"):
        queue.arrive(execution, "Source", mode=PARALLEL, closed=())
    queue.arrive("0", "Test", mode=SUPERSEDED, closed=())
    queue.arrive("2", "Test", mode=SUPERSEDED, closed=())

    assert queue.arrive("1", "Test", mode=SUPERSEDED, closed=()) == Moves(superseded=("1",))


def test_queued_executions_enter_in_their_order() -> None:
    queue = StageQueue()
    for execution in ("1", "2", "3"):
        queue.arrive(execution, "Test", mode=QUEUED, closed=())

    assert queue.waiting("Test") == ("2", "3")
    assert queue.leave("1", mode=QUEUED, closed=()) == _enters("Test", "2")
    assert queue.leave("2", mode=QUEUED, closed=()) == _enters("Test", "3")


def test_parallel_executions_wait_for_nobody() -> None:
    queue = StageQueue()

    moves = [queue.arrive(execution, "Test", mode=PARALLEL, closed=()) for execution in ("1", "2")]

    assert moves == [_enters("Test", "1"), _enters("Test", "2")]
    assert queue.inside("Test") == ("1", "2")


def test_a_closed_transition_lets_nobody_in_until_it_opens_and_then_the_newest() -> None:
    queue = StageQueue()
    assert queue.arrive("1", "Prod", mode=SUPERSEDED, closed={"Prod"}) == _NOTHING
    assert queue.arrive("2", "Prod", mode=SUPERSEDED, closed={"Prod"}) == Moves(superseded=("1",))

    assert queue.look("Prod", mode=SUPERSEDED, closed=()) == _enters("Prod", "2")


def test_a_closed_transition_holds_parallel_executions_too() -> None:
    queue = StageQueue()
    for execution in ("1", "2"):
        assert queue.arrive(execution, "Prod", mode=PARALLEL, closed={"Prod"}) == _NOTHING

    assert queue.look("Prod", mode=PARALLEL, closed=()) == _enters("Prod", "1", "2")


def test_whoever_goes_on_in_a_stage_does_so_only_while_nobody_else_is_in_it() -> None:
    queue = StageQueue()
    queue.arrive("1", "Test", mode=SUPERSEDED, closed=())
    queue.leave("1", mode=SUPERSEDED, closed=())
    assert queue.take("1", "Test", mode=SUPERSEDED)
    assert not queue.take("2", "Test", mode=SUPERSEDED)
    assert queue.take("2", "Test", mode=PARALLEL)


def test_whoever_leaves_while_it_waits_is_forgotten() -> None:
    queue = StageQueue()
    for execution in ("1", "2"):
        queue.arrive(execution, "Test", mode=QUEUED, closed=())

    assert queue.leave("2", mode=QUEUED, closed=()) == _NOTHING
    assert queue.leave("1", mode=QUEUED, closed=()) == _NOTHING
