import io

from rich.console import Console

from perennial import history, progress
from perennial.history import History
from tests.unit.perennial.events import Events


def _plain(before: History, after: History) -> list[str]:
    return [line.plain.strip() for line in progress.news(before, after)]


def test_each_change_is_told_once() -> None:
    events = Events()
    events.enter("Train")
    running = history.parse(events.events)
    assert _plain(History(), running) == ["● Train …"]
    assert _plain(running, running) == []
    events.exit("Train")
    events.enter("Gate", "Choice")
    events.exit("Gate", "Choice")
    later = history.parse(events.events)
    told = _plain(running, later)
    assert [line.split()[1] for line in told] == ["Train", "Gate"]
    assert told[0].endswith("1.0 s")


def test_a_failure_names_its_error() -> None:
    events = Events()
    events.enter("Train")
    events.fail_task("States.TaskFailed")
    events.exit("Train")
    (told,) = _plain(History(), history.parse(events.events))
    assert "States.TaskFailed: it broke" in told


def test_following_ends_with_the_execution_and_prints_plain_lines_without_a_terminal() -> None:
    events = Events()
    events.task("Train")
    looks = [history.parse(events.events)]
    events.add("ExecutionSucceeded")
    looks.append(history.parse(events.events))
    printed = io.StringIO()
    seen = progress.follow(lambda: looks.pop(0), console=Console(file=printed, width=200), timeout_seconds=30)
    assert seen.status == "SUCCEEDED"
    assert printed.getvalue().count("Train") == 1
