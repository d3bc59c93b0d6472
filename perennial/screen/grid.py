"""Tables that lose no word, however narrow the screen is."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

_GAP = 2
_INDENT = 2


class Grid:
    """A table without lines, as wide as its cells if the screen allows it.

    On a narrower screen cells wrap between words, and where even the longest words do not fit beside each other, every
    row becomes a block with a field a line.

    Args:
        headings: of the columns; the first one tells what a row is about.
    """

    def __init__(self, *headings: str) -> None:
        self._headings = headings
        self._rows: list[list[Text]] = []

    def add_row(self, *cells: str | Text) -> None:
        """Add a row, with a cell for each heading."""
        self._rows.append([cell if isinstance(cell, Text) else Text(cell) for cell in cells])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = list(zip(*([Text(heading) for heading in self._headings], *self._rows), strict=True))
        widths = _fitted(columns, options.max_width)
        if widths is None:
            yield from self._blocks(console, options.max_width)
            return
        table = Table(box=None, padding=(0, _GAP, 0, 0), collapse_padding=True, pad_edge=False, header_style="dim")
        for heading, width in zip(self._headings, widths, strict=True):
            table.add_column(heading, width=width, overflow="fold")
        for row in self._rows:
            table.add_row(*row)
        yield table

    def _blocks(self, console: Console, width: int) -> Iterator[Text]:
        label = _INDENT + max(map(cell_len, self._headings)) + _GAP
        for row in self._rows:
            for heading, cell in zip(self._headings, row, strict=True):
                name = Text(heading if heading == self._headings[0] else " " * _INDENT + heading, style="dim")
                if label + _longest_word(cell) > width:
                    yield name
                    yield from wrapped(console, cell, width=width, indent=2 * _INDENT)
                    continue
                first, *rest = wrapped(console, cell or Text("-"), width=width, indent=label)
                name.pad_right(label - name.cell_len)
                yield name.append_text(first[label:])
                yield from rest


def wrapped(console: Console, text: Text, *, width: int, indent: int = 0) -> list[Text]:
    """Lines of a text, broken between words, and within a word only if that is longer than a line.

    Args:
        console: where the lines will be shown.
        text: what to show.
        width: of the screen, in cells.
        indent: spaces before each line.
    """
    lines = text.wrap(console, max(width - indent, 1), overflow="fold", tab_size=8)
    for line in lines:
        line.rstrip()
        line.pad_left(indent)
    return list(lines)


def _fitted(columns: Sequence[Sequence[Text]], screen: int) -> list[int] | None:
    """Widths of columns that together fit the screen; None when no such widths hold every word."""
    widths = [max(_length(cell) for cell in cells) for cells in columns]
    narrowest = [max(_longest_word(cell) for cell in cells) for cells in columns]
    room = screen - _GAP * (len(columns) - 1)
    if sum(narrowest) > room:
        return None
    while sum(widths) > room:
        spare = [width if width > least else 0 for width, least in zip(widths, narrowest, strict=True)]
        widths[spare.index(max(spare))] -= 1
    return widths


def _length(cell: Text) -> int:
    return max((cell_len(line) for line in cell.plain.splitlines()), default=0)


def _longest_word(cell: Text) -> int:
    return max(map(cell_len, cell.plain.split()), default=0)
