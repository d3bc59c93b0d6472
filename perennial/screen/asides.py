"""What a command tells beside its results: on stderr, so that a pipe gets the results only."""

from rich.console import Console


def aside(text: str, *, style: str) -> None:
    """Tell something that is no result."""
    asides().print(text, style=style, markup=False, soft_wrap=True)


def asides() -> Console:
    """The console of stderr."""
    return Console(stderr=True, highlight=False, emoji=False)
