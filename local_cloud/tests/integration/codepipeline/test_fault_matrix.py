"""Every action of a pipeline against every fault that can befall it.

Whatever befalls: the action is told by name, nothing behind it runs, production has the old stack whole or the new one
whole, no approval is skipped, and once the cause is gone the pipeline gets to its end.

Faults of most kinds strike the actions of one execution one after the other, which is harder than each alone. Where
the server is killed or the clock runs fast, each action is struck in a pipeline of its own, all at once.
"""

from collections.abc import Iterator

import pytest

from integration.codepipeline import fault_cells as cells
from integration.codepipeline import fault_page
from integration.codepipeline import fault_strikes as strikes
from integration.codepipeline.fault_cells import CELLS, Cell
from integration.codepipeline.fault_strikes import Strike
from integration.codepipeline.promotion import ACTIONS, STAGES, Line
from integration.codepipeline.promotion_ground import Ground
from integration.codepipeline.small_pipelines import State
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.waiting import until

_WEEK = 7 * 24 * 3600
_FAST = 3600


@pytest.fixture(scope="module", autouse=True)
def _few_attempts() -> Iterator[None]:
    """The SDK of the server gives up soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_MAX_ATTEMPTS", "2")
        yield


@pytest.fixture(scope="module")
def cloud(_few_attempts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def line(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Line:
    return Line(Ground(cloud, tmp_path_factory.mktemp("gates")), "line")


class Walk:
    """One execution of a line, or several, from the source to the end.

    Args:
        line: whose.
    """

    def __init__(self, line: Line, version: int) -> None:
        (self.old,) = line.deployed()
        self.line, self.new = line, version
        line.version = version
        line.source(version)
        self.execution = ""
        # Whatever begins the stage anew asks anew.
        self.approvals = line.approvals + 1

    def start(self) -> None:
        """A new execution."""
        self.execution = self.line.start()

    def settle(self, *, approve: bool = True) -> None:
        """Wait until the execution is over; approve what it asks for, or wait for its question alone."""
        line = self.line
        while True:
            until(lambda: self.is_over() or line.is_asking(self.execution))
            if self.is_over() or not approve:
                return
            line.answer(approved=True)

    def is_over(self) -> bool:
        """Whether the execution is."""
        return self.line.is_over(self.execution)

    def reach(self, strike: Strike) -> None:
        """Wait until an action is in the middle; approve what is asked for before it."""

        def look() -> bool:
            return strike.is_on(self.execution) or self.line.is_asking(self.execution) or self.is_over()

        until(look)
        while not strike.is_on(self.execution):
            assert not self.is_over(), f"{strike.action} was never reached"
            self.line.answer(approved=True)
            until(look)

    def check(self, action: str, cell: Cell, words: tuple[str, ...] | None = None) -> None:
        """The action that was struck is told, nothing behind it ran, and production is whole."""
        where = f"{action}: {cell.how}"
        runs = self.line.runs(self.execution)
        latest: dict[str, State] = {run["actionName"]: run for run in runs}
        behind = ACTIONS[ACTIONS.index(action) + 1 :]
        assert not set(behind) & set(latest), f"{where}: {sorted(latest)} ran"
        found = latest[action]
        told = found.get("output", {}).get("executionResult", {})
        error = told.get("errorDetails", {})
        assert found["status"] == cell.status, f"{where}: {found}"
        assert error.get("code") == cell.code, f"{where}: {error}"
        summary = self.line.yard.action(self.line.name, STAGES[action], action)["latestExecution"].get("summary", "")
        for word in words or cell.words:
            assert word in error.get("message", summary), f"{where}: {error or summary}"
        for other, run in latest.items():
            assert other == action or run["status"] == "Succeeded", f"{where}: {run}"
        assert self.line.yard.execution(self.line.name, self.execution)["status"] == cell.execution, where
        assert self.line.deployed() == {self.old if cell.prod == cells.OLD else self.new}, where

    def go_on(self, action: str, cell: Cell) -> None:
        """Retry, once the cause is gone."""
        if cell.in_vain is not None:
            self.line.retry(self.execution, action, "FAILED_ACTIONS")
            self.settle()
            failed = Cell(how=f"{cell.how}, retried", code="JobFailed", prod=cell.prod)
            self.check(action, failed, (cell.in_vain,))
        begins_anew = cell.then in {cells.ANEW, cells.RETRY_ALL}
        self.approvals += begins_anew and ACTIONS.index(action) > ACTIONS.index("Confirm")
        if cell.then == cells.ANEW:
            self.start()
        elif cell.then != cells.GOES_ON:
            mode = "ALL_ACTIONS" if cell.then == cells.RETRY_ALL else "FAILED_ACTIONS"
            self.line.retry(self.execution, action, mode)

    def finish(self) -> None:
        """It got to its end, and every approval was the test's."""
        self.settle()
        assert self.line.yard.execution(self.line.name, self.execution)["status"] == "Succeeded"
        assert self.line.deployed() == {self.new}
        assert self.line.approvals == self.approvals
        self.line.check_approvals()


def test_the_table_has_every_action_and_every_fault() -> None:
    assert set(CELLS) == set(cells.KINDS)
    assert all(tuple(row) == ACTIONS for row in CELLS.values())


def test_the_docs_tell_the_table() -> None:
    told = fault_page.PAGE.read_text(encoding="utf-8")
    assert told == fault_page.text(), f"write it anew: {fault_page.__doc__}"


@pytest.mark.parametrize("kind", [cells.REFUSED, cells.FAILED, cells.THROTTLED])
def test_what_fails_is_told_and_its_retry_goes_on(kind: str, line: Line) -> None:
    walk = Walk(line, line.version + 1)
    armed = strikes.arm(line, kind)
    try:
        walk.start()
        for action, strike in armed.items():
            cell = CELLS[kind][action]
            if action == "Confirm":
                if kind == cells.FAILED:
                    walk.settle(approve=False)
                    line.answer(approved=False)
                # Its token can be seen before its topic was told.
                until(walk.is_over)
            walk.settle()
            walk.check(action, cell)
            strike.undo()
            walk.go_on(action, cell)
        walk.finish()
    finally:
        for strike in armed.values():
            strike.undo()


def test_what_is_throttled_once_goes_on_by_itself(line: Line) -> None:
    walk = Walk(line, line.version + 1)
    armed = strikes.arm(line, cells.THROTTLED_ONCE)
    walk.start()
    walk.finish()

    hits = {action: line.ground.hits(str(strike.fault)) for action, strike in armed.items()}
    for strike in armed.values():
        strike.undo()
    assert hits == dict.fromkeys(ACTIONS, 1)
    assert [run["actionName"] for run in line.runs(walk.execution)] == list(ACTIONS)


@pytest.mark.parametrize("kind", [cells.STOPPED, cells.ABANDONED])
def test_what_is_stopped_in_the_middle_goes_on_when_it_is_asked_to(kind: str, line: Line) -> None:
    walk = Walk(line, line.version + 1)
    armed = strikes.arm(line, kind)
    try:
        walk.start()
        for action, strike in armed.items():
            cell = CELLS[kind][action]
            walk.reach(strike)
            line.stop(walk.execution, abandon=kind == cells.ABANDONED)
            if kind == cells.STOPPED:
                assert line.yard.execution(line.name, walk.execution)["status"] == "Stopping"
                if action == "Confirm":
                    line.answer(approved=True)
            strike.undo()
            until(walk.is_over)
            walk.check(action, cell)
            walk.go_on(action, cell)
        walk.finish()
    finally:
        for strike in armed.values():
            strike.undo()


class Lines:
    """A line for each action, on a server that may be killed."""

    def __init__(self, cloud: RunningCloud, ground: Ground) -> None:
        self.cloud, self.ground = cloud, ground
        self.lines = {action: Line(ground, action.lower(), minutes=5) for action in ACTIONS}

    def hold(self, kind: str) -> tuple[dict[str, Walk], dict[str, Strike]]:
        """Let each line come to its action."""
        walks = {action: Walk(line, line.version + 1) for action, line in self.lines.items()}
        armed = {action: Strike(line, action, kind) for action, line in self.lines.items()}
        for action, strike in armed.items():
            strike.arm()
            walks[action].start()
        for action, strike in armed.items():
            walks[action].reach(strike)
        return walks, armed


@pytest.fixture(scope="module")
def lines(_few_attempts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lines]:
    with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("killed"), port=0)) as running:
        found = Lines(running, Ground(running, tmp_path_factory.mktemp("gates-of-lines")))
        yield found
        found.cloud.stop()


def test_what_the_servers_end_left_undone_is_told_and_its_retry_goes_on(lines: Lines) -> None:
    walks, armed = lines.hold(cells.KILLED)
    tokens = lines.lines["Confirm"].token()
    lines.cloud.save()

    lines.cloud = lines.cloud.restart(crash=True)

    lines.ground.move(lines.cloud)
    for action, strike in armed.items():
        strike.forget()
        strike.undo()
        cell, walk = CELLS[cells.KILLED][action], walks[action]
        walk.settle(approve=False)
        walk.check(action, cell)
        walk.go_on(action, cell)
    assert lines.lines["Confirm"].token() == tokens
    for walk in walks.values():
        walk.finish()


def test_what_takes_too_long_is_told_and_its_retry_goes_on(lines: Lines) -> None:
    walks, armed = lines.hold(cells.TIMED_OUT)
    lines.cloud.control("clock", {"advance_seconds": _WEEK})
    lines.cloud.control("clock", {"scale": _FAST})
    for walk in walks.values():
        until(walk.is_over)
    lines.cloud.control("clock", {"scale": 1})

    for action, strike in armed.items():
        strike.undo()
        cell, walk = CELLS[cells.TIMED_OUT][action], walks[action]
        walk.check(action, cell)
        walk.go_on(action, cell)
    for walk in walks.values():
        walk.finish()
