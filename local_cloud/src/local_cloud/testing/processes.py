"""Looks at processes that are no children of the tests."""

from pathlib import Path


def runs(pid: int) -> bool:
    """Whether a process lives; one that ended and was not fetched by its parent does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    # The second field, the name in parentheses, may hold spaces.
    return stat.rpartition(")")[2].split()[0] != "Z"
