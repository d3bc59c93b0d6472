"""Tables on screens of every width: nothing is lost, and nothing sticks out."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from perennial.screen.grid import Grid
from tests.conftest import ROOT

_WORDS = st.text("abcdefghij0123456789-_:/.", min_size=1, max_size=36)
_CELLS = st.lists(_WORDS, max_size=8).map(" ".join)


def _shown(headings: list[str], rows: list[list[str]], width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    grid = Grid(*headings)
    for row in rows:
        grid.add_row(*row)
    console.print(grid)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@given(st.data(), st.integers(1, 8), st.integers(60, 200))
def test_every_word_is_on_the_screen(data: st.DataObject, columns: int, width: int) -> None:
    headings = data.draw(st.lists(st.text("abcdef", min_size=1, max_size=14), min_size=columns, max_size=columns))
    rows = data.draw(st.lists(st.lists(_CELLS, min_size=columns, max_size=columns), min_size=1, max_size=4))

    lines = _shown(headings, rows, width)

    assert max(map(cell_len, lines)) <= width
    shown = " ".join(lines).split()
    for row in rows:
        for word in " ".join(row).split():
            # Each time that it is wanted.
            shown.remove(word)


def test_a_table_that_fits_has_a_line_a_row() -> None:
    assert [line.rstrip() for line in _shown(["model", "version"], [["air-time", "1"], ["b", "12"]], 19)] == [
        "model     version",
        "air-time  1",
        "b         12",
    ]


def test_cells_wrap_between_words_before_anything_else() -> None:
    assert [line.rstrip() for line in _shown(["model", "reason"], [["air-time", "auc is 0.93"]], 18)] == [
        "model     reason",
        "air-time  auc is",
        "          0.93",
    ]


def test_what_does_not_fit_side_by_side_has_a_field_a_line() -> None:
    rows = [["temperature-tomorrow", "PendingManualApproval", ""], ["air-time", "Approved", "1"]]
    assert _shown(["model", "approval", "metric"], rows, 38) == [
        "model       temperature-tomorrow",
        "  approval  PendingManualApproval",
        "  metric    -",
        "model       air-time",
        "  approval  Approved",
        "  metric    1",
    ]


def test_a_word_that_does_not_fit_beside_its_heading_has_a_line_of_its_own() -> None:
    assert _shown(["training_job", "outcome"], [["j" * 63, "accepted"]], 67) == [
        "training_job",
        f"    {'j' * 63}",
        "  outcome       accepted",
    ]


def test_a_word_that_is_longer_than_the_screen_is_folded_and_whole() -> None:
    arn = "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-flight-delay/1"
    lines = _shown(["model", "version"], [["flight-delay", arn]], 40)
    assert max(map(len, lines)) <= 40
    assert "".join(lines).replace(" ", "") == f"modelflight-delayversion{arn}"


def test_colours_survive_in_both_forms() -> None:
    for width in (100, 20):
        console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="standard", no_color=False)
        grid = Grid("model", "approval")
        grid.add_row("flight-delay", Text("PendingManual", style="yellow"))
        console.print(grid)
        assert isinstance(console.file, io.StringIO)
        assert "\x1b[33m" in console.file.getvalue()


def test_no_table_of_the_command_line_is_drawn_by_anything_else() -> None:
    drawn = {path.name for path in (ROOT / "perennial").rglob("*.py") if "rich.table" in path.read_text("utf-8")}
    assert drawn == {"grid.py"}
