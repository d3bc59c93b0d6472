"""The append-only history and the state table."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract import keys
from contract.history import Kind
from shared.adapters import tables
from tests.integration.functions.conftest import Workspace

WRITERS = 20


def _at_once(write: Callable[[int], None]) -> None:
    """Run a function in all threads at the same moment."""
    barrier = threading.Barrier(WRITERS)

    def run(number: int) -> None:
        barrier.wait()
        write(number)

    with ThreadPoolExecutor(max_workers=WRITERS) as pool:
        list(pool.map(run, range(WRITERS)))


def test_twenty_writers_at_once_lose_nothing(workspace: Workspace) -> None:
    def write(number: int) -> None:
        for row in range(5):
            tables.append(
                workspace.aws.dynamodb,
                workspace.history,
                kind=Kind.TUNING,
                subject="m",
                moment=f"20260301-{number:02}-{row}",
                values={"number": number, "row": row},
            )

    _at_once(write)
    rows = list(tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.TUNING, subject="m"))
    assert sorted((row["number"], row["row"]) for row in rows) == [(n, r) for n in range(WRITERS) for r in range(5)]


def test_of_twenty_writers_of_the_same_row_the_first_stays(workspace: Workspace) -> None:
    def write(number: int) -> None:
        tables.append(
            workspace.aws.dynamodb,
            workspace.history,
            kind=Kind.DECISION,
            subject="m",
            moment="run",
            values={"number": number},
        )

    _at_once(write)
    (row,) = tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.DECISION, subject="m")
    before = row["number"]
    write(99)
    (row,) = tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.DECISION, subject="m")
    assert row["number"] == before


def test_rows_come_newest_first_and_by_kind_and_subject(workspace: Workspace) -> None:
    for kind, subject, moment in [
        (Kind.TUNING, "a", "2026-01"),
        (Kind.TUNING, "a", "2026-03"),
        (Kind.TUNING, "a", "2026-02"),
        (Kind.TUNING, "b", "2026-04"),
        (Kind.DECISION, "a", "2026-05"),
    ]:
        tables.append(workspace.aws.dynamodb, workspace.history, kind=kind, subject=subject, moment=moment, values={})
    rows = list(tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.TUNING, subject="a"))
    assert [row["sk"] for row in rows] == ["2026-03", "2026-02", "2026-01"]


def test_more_than_a_page_is_read(workspace: Workspace) -> None:
    # A query answers at most a megabyte: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
    for number in range(4):
        tables.append(
            workspace.aws.dynamodb,
            workspace.history,
            kind=Kind.TUNING,
            subject="a",
            moment=str(number),
            values={"filler": "x" * 390_000},
        )
    rows = list(tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.TUNING, subject="a"))
    assert [row["sk"] for row in rows] == ["3", "2", "1", "0"]


@pytest.mark.parametrize("value", [0, 7, 0.1, 1e-100, 12345678901234567, "text", True, [1, 2.5], {"a": {"b": 0.25}}])
def test_values_come_back_as_they_were(value: object, workspace: Workspace) -> None:
    tables.append(
        workspace.aws.dynamodb,
        workspace.history,
        kind=Kind.TUNING,
        subject="s",
        moment="m",
        values={"value": value, "nothing": None},
    )
    (row,) = tables.history(workspace.aws.dynamodb, workspace.history, kind=Kind.TUNING, subject="s")
    assert row == {"pk": Kind.TUNING.of("s"), "sk": "m", "value": value}
    assert type(row["value"]) is type(value)


def test_state_is_read_and_replaced(workspace: Workspace) -> None:
    assert tables.read_state(workspace.aws.dynamodb, workspace.state, "x") is None
    tables.write_state(workspace.aws.dynamodb, workspace.state, "x", {"a": 1, "b": 2})
    tables.write_state(workspace.aws.dynamodb, workspace.state, "x", {"a": 3})
    assert tables.read_state(workspace.aws.dynamodb, workspace.state, "x") == {"pk": "x", "a": 3}


def test_more_states_than_one_call_reads(workspace: Workspace) -> None:
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html: at most 100 keys.
    for number in range(110):
        tables.write_state(workspace.aws.dynamodb, workspace.state, keys.MODEL.of(str(number)), {"number": number})
    found = tables.read_states(
        workspace.aws.dynamodb, workspace.state, [keys.MODEL.of(str(number)) for number in range(120)]
    )
    assert {item["number"] for item in found.values()} == set(range(110))
    assert tables.read_states(workspace.aws.dynamodb, workspace.state, []) == {}
