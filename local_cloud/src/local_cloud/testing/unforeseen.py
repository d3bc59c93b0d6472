"""Fails the test after which a server has logged what it should never do: a part of the plugin.

Every server that a test starts, in whatever way, writes into one file of this process: `local_cloud.kernel.unforeseen`.
A test that provokes such an error says so by ``@pytest.mark.unforeseen("part of its text")``, a regular expression.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud.kernel.unforeseen import RECORD

_MARK = "unforeseen"


class Watch:
    """Reads what has come into the file since it was read before.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def news(self) -> list[str]:
        """What was logged, with its tracebacks; a line that is being written comes with the next call."""
        if not self._path.exists() or self._path.stat().st_size == self._read:
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            whole = file.read().rpartition(b"\n")[0]
        self._read += len(whole) + 1 if whole else 0
        return [json.loads(line) for line in whole.splitlines()]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Look after each test, whose servers have been stopped if it was the last of its file."""
        yield
        expected = [str(pattern) for mark in item.iter_markers(_MARK) for pattern in mark.args]
        told = [text for text in self.news() if not any(re.search(pattern, text) for pattern in expected)]
        if told:
            pytest.fail(
                "a server did what nobody foresaw; mend it, or mark the test with "
                f"@pytest.mark.{_MARK}:\n" + "\n".join(told),
                pytrace=False,
            )


def watch(config: pytest.Config) -> None:
    """Watch the servers of this process's tests.

    Args:
        config: of pytest.
    """
    config.addinivalue_line("markers", f"{_MARK}(pattern): the test provokes an error of a server, which this is in")
    folder = tempfile.TemporaryDirectory(prefix="unforeseen-")
    path = Path(folder.name) / "record"
    os.environ[RECORD] = str(path)

    def end() -> None:
        os.environ.pop(RECORD, None)
        folder.cleanup()

    config.add_cleanup(end)
    config.pluginmanager.register(Watch(path), "local-cloud-unforeseen")
