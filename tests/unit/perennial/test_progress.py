import io
from datetime import timedelta

from rich.console import Console

from perennial.account import history
from perennial.account.history import History
from perennial.screen import progress
from tests.unit.perennial.events import START, Events


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
    printed, pauses = io.StringIO(), list[float]()
    console = Console(file=printed, width=200)
    seen = progress.follow(lambda: looks.pop(0), console=console, timeout_seconds=30, pause=pauses.append)
    assert seen.status == "SUCCEEDED"
    assert printed.getvalue().count("Train") == 1
    assert len(pauses) == 1


def _table(events: Events, *, running: dict[int, timedelta] | None = None, height: int | None = None) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    found = progress.table(history.parse(events.events), console=console, running=running, height=height)
    assert all(line.cell_len <= 80 for line in found)
    return [line.plain.strip() for line in found]


def test_a_running_state_tells_how_long_it_has_been_running() -> None:
    events, now = Events(), [1000.0]
    events.task("Prepare")
    events.enter("Train")
    events.add("TaskScheduled", seconds=3)
    # By this machine's time the state has not begun yet: only differences of the local cloud's clock count.
    watch = progress.Watch(clock=lambda: now[0], now=lambda: START - timedelta(hours=8))
    assert watch.look(history.parse(events.events)) == {1: timedelta(seconds=3)}
    now[0] += 62
    running = watch.look(history.parse(events.events))

    assert running == {1: timedelta(seconds=65)}
    assert [line.split(maxsplit=2)[1:] for line in _table(events, running=running)] == [
        ["Prepare", "2.0 s"],
        ["Train", "1 min 05 s"],
    ]
    events.exit("Train")
    assert watch.look(history.parse(events.events)) == {}


def test_whoever_looks_late_hears_the_whole_time() -> None:
    events = Events()
    events.enter("Train")
    watch = progress.Watch(clock=lambda: 5.0, now=lambda: START + timedelta(seconds=91))
    # It was entered a second after the start.
    assert watch.look(history.parse(events.events)) == {0: timedelta(seconds=90)}


def test_a_remark_stands_below_its_state_and_is_whole() -> None:
    events = Events()
    events.enter("Train")
    events.fail_task("SageMaker." + "Long" * 20)
    events.exit("Train")
    state, *remark = _table(events)
    assert state.split()[:2] == ["!", "Train"]
    assert "".join(remark).replace(" ", "") == f"SageMaker.{'Long' * 20}:itbroke"


def test_on_a_low_screen_the_newest_states_are_in_sight_and_the_others_counted() -> None:
    events = Events()
    for number in range(30):
        events.task(f"State {number}")
    lines = _table(events, height=10)
    assert lines[0] == "… 21 states before these"
    assert [line.split()[2] for line in lines[1:]] == [str(number) for number in range(21, 30)]
    assert len(_table(events)) == 30
    assert len(_table(events, height=30)) == 30


def test_on_a_terminal_all_states_stay_in_the_end() -> None:
    events = Events()
    for number in range(30):
        events.task(f"State {number}")
    looks = [history.parse(events.events)]
    events.add("ExecutionSucceeded")
    looks.append(history.parse(events.events))
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True)
    progress.follow(lambda: looks.pop(0), console=console, timeout_seconds=30, pause=lambda _: None)
    assert isinstance(console.file, io.StringIO)
    assert all(f"State {number} " in console.file.getvalue() for number in range(30))
