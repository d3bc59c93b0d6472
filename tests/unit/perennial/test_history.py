import json
from datetime import datetime, timedelta
from pathlib import Path

from perennial.account import history
from perennial.account.history import Outcome
from tests.unit.perennial.events import START, Events


def test_a_succeeded_task_has_its_duration() -> None:
    events = Events()
    events.task("Train", seconds=10)
    events.add("ExecutionSucceeded")
    seen = history.parse(events.events)
    assert seen.status == "SUCCEEDED"
    assert [visit.outcome for visit in seen.visits] == [Outcome.SUCCEEDED]
    assert seen.time_in("Train") == timedelta(seconds=11)
    assert seen.started_at == START


def test_a_task_that_was_repeated_counts_its_failures() -> None:
    events = Events()
    events.enter("Query")
    events.fail_task()
    events.fail_task()
    events.add("TaskSucceeded")
    events.exit("Query")
    (visit,) = history.parse(events.events).visits
    assert (visit.outcome, visit.failed_attempts, visit.error) == (Outcome.RETRIED, 2, "Lambda.ServiceException")


def test_a_caught_error_leads_on() -> None:
    events = Events()
    events.enter("Train")
    events.fail_task("States.TaskFailed")
    events.exit("Train")
    events.enter("Notify")
    seen = history.parse(events.events)
    assert [visit.outcome for visit in seen.visits] == [Outcome.CAUGHT, Outcome.RUNNING]
    assert ("Train", "Notify") in seen.transitions


def test_a_fail_state_carries_the_execution_s_error() -> None:
    events = Events()
    events.enter("Too Low", "Fail")
    events.add("ExecutionFailed", executionFailedEventDetails={"error": "ModelAccuracyTooLow", "cause": "0.7"})
    seen = history.parse(events.events)
    assert seen.status == "FAILED"
    assert (seen.visits[0].outcome, seen.visits[0].error) == (Outcome.FAILED, "ModelAccuracyTooLow")


def test_a_running_execution_is_valid_at_every_event() -> None:
    events = Events()
    events.task("A")
    events.enter("B")
    events.fail_task()
    for end in range(len(events.events) + 1):
        assert history.parse(events.events[:end]).status == "RUNNING"
    assert history.parse(events.events).visits[-1].outcome is Outcome.RUNNING


def test_a_loop_is_several_visits() -> None:
    events = Events()
    for _ in range(3):
        events.enter("Wait", "Wait")
        events.exit("Wait", "Wait")
    seen = history.parse(events.events)
    assert len(seen.of("Wait")) == 3
    assert seen.time_in("Wait") == timedelta(seconds=3)
    assert seen.transitions == {("Wait", "Wait")}


def test_interleaved_iterations_of_a_map_keep_their_own_errors() -> None:
    events = Events()
    started = events.enter("Each", "Map")
    first = events.add("MapIterationStarted", after=started)
    second = events.add("MapIterationStarted", after=started)
    first = events.enter("Copy", after=first)
    second = events.enter("Copy", after=second)
    first = events.fail_task(after=first)
    second = events.add("TaskSucceeded", after=second)
    second = events.exit("Copy", after=second)
    first = events.add("TaskSucceeded", after=first)
    first = events.exit("Copy", after=first)
    last = events.add("MapStateSucceeded", after=first)
    last = events.exit("Each", "Map", after=last)
    events.enter("Done", "Succeed", after=last)
    seen = history.parse(events.events)
    assert [visit.outcome for visit in seen.of("Copy")] == [Outcome.RETRIED, Outcome.SUCCEEDED]
    assert seen.of("Each")[0].outcome is Outcome.SUCCEEDED
    assert ("Each", "Done") in seen.transitions


def test_a_caught_failure_of_a_map_closes_the_state_in_it() -> None:
    events = Events()
    events.enter("Each", "Map")
    events.add("MapIterationStarted")
    events.enter("Copy")
    events.fail_task()
    events.add("MapIterationFailed")
    events.add("MapStateFailed")
    events.exit("Each", "Map")
    events.enter("Notify")
    seen = history.parse(events.events)
    assert seen.of("Copy")[0].outcome is Outcome.FAILED
    assert seen.of("Each")[0].outcome is Outcome.CAUGHT


def test_a_recorded_run_whose_gate_failed() -> None:
    """Recorded from the retraining state machine in the local cloud, state data removed."""
    recorded = json.loads((Path(__file__).parent / "data" / "gate_failed_history.json").read_text())
    events = [{**event, "timestamp": datetime.fromisoformat(event["timestamp"])} for event in recorded]
    seen = history.parse(events)
    assert seen.status == "FAILED"
    assert [visit.state for visit in seen.visits][-3:] == [
        "Release Lease After Failure",
        "Gate Failed?",
        "Model Accuracy Too Low",
    ]
    assert seen.visits[-1].error == "ModelAccuracyTooLow"
    # The endpoint's lease was never taken: giving it back fails, and the run goes on.
    assert seen.of("Release Endpoint Lease After Failure")[0].outcome is Outcome.CAUGHT
    # One unbroken way: every state was entered from the one before it.
    assert [visit.came_from for visit in seen.visits] == [None, *(visit.state for visit in seen.visits[:-1])]
