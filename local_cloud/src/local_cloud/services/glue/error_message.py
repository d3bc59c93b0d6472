"""The one line that Glue shows for a script that failed."""

_TRACEBACK = "Traceback (most recent call last):"


def last_exception(stderr: str, *, returncode: int) -> str:
    """The exception line of the last Python traceback, or the exit code when there is none."""
    _, found, after = stderr.rpartition(_TRACEBACK)
    if found:
        for line in after.splitlines():
            if line and not line[0].isspace():
                return line
    return f"Command failed with exit code {returncode}"
